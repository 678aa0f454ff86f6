from partners.models.agreement import Agreement
from partners.models.contact import Contact
from partners.models.organisation import Organisation
from partners.models.service import Service
from partners.models.site import Site
from partners.models.training import Training

__all__ = ("Agreement", "Contact", "Organisation", "Service", "Site", "Training")
