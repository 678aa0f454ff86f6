"""Words of list columns that are shown to people and have no labels in the files."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

MEDICINE_FORMS = {
    "tablet": _("tablet"),
    "oral suspension": _("oral suspension"),
    "injection": _("injection"),
    "capsule": _("capsule"),
    "powder for injection": _("powder for injection"),
    "vaginal ovule": _("vaginal ovule"),
    "granules": _("granules"),
    "chewable tablet": _("chewable tablet"),
    "cream": _("cream"),
    "vaginal tablet": _("vaginal tablet"),
    "implant": _("implant"),
    "powder": _("powder"),
    "dispersible tablet": _("dispersible tablet"),
    "inhaler": _("inhaler"),
    "nebuliser solution": _("nebuliser solution"),
    "syrup": _("syrup"),
    "sachet": _("sachet"),
    "solution": pgettext_lazy("medicine", "solution"),
    "ointment": _("ointment"),
    "eye drops": _("eye drops"),
    "ear drops": _("ear drops"),
}
