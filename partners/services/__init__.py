"""Everything that changes organisations, agreements, services, contacts, sites and trainings."""

from partners.services.builders import (
    Built,
    build_agreement,
    build_contact,
    build_organisation,
    build_service,
    build_site,
    build_training,
    save_all,
)
from partners.services.directory import (
    add_agreement,
    add_contact,
    add_service,
    create_organisation,
    edit_agreement,
    edit_contact,
    edit_organisation,
    edit_service,
    verify,
)
from partners.services.sites import create_site, edit_site
from partners.services.trainings import correct_training, record_training

__all__ = (
    "Built",
    "add_agreement",
    "add_contact",
    "add_service",
    "build_agreement",
    "build_contact",
    "build_organisation",
    "build_service",
    "build_site",
    "build_training",
    "correct_training",
    "create_organisation",
    "create_site",
    "edit_agreement",
    "edit_contact",
    "edit_organisation",
    "edit_service",
    "edit_site",
    "record_training",
    "save_all",
    "verify",
)
