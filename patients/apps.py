from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts import actions

ACTIONS = {
    "people.listed": _("saw a list of people"),
    "people.searched": _("searched for people"),
    "people.searched_hidden": _("found a hidden person by name"),
    "people.duplicates_shown": _("saw possible duplicates"),
    "person.opened": _("opened a record"),
    "person.opened_by_card": _("opened a record with the code of the card"),
    "person.opened_hidden": _("opened a hidden record with its code"),
    "person.registered": _("registered a person"),
    "person.edited": _("changed a record"),
    "person.identity_shown": _("saw names and birth date"),
    "person.identity_corrected": _("corrected names or birth date"),
    "person.contact_shown": _("saw the rules of contact"),
    "person.phone_shown": _("saw the phone number"),
    "contact.attempted": _("tried to reach the person"),
    "contact.reviewed": _("allowed contact again"),
    "person.contact_changed": _("changed phone or rules of contact"),
    "person.preferences_shown": _("saw who attends and whom not to meet"),
    "person.preferences_changed": _("changed who attends and whom not to meet"),
    "person.state_changed": _("changed profile or status"),
    "person.consents_shown": _("saw the consents"),
    "person.vulnerabilities_shown": _("saw the vulnerabilities"),
    "person.family_shown": _("saw the family"),
    "person.log_shown": _("saw who opened the record"),
    "person.hidden": _("hid a record"),
    "person.unhidden": _("took a record out of hiding"),
    "person.looked_up": _("looked up a record to block it"),
    "person.blocked": _("blocked a record"),
    "person.unblocked": _("unblocked a record"),
    "person.merged": _("merged two records"),
    "person.merge_undone": _("undid a merge"),
    "person.kept_apart": _("said that two records are of two people"),
    "consent.recorded": _("recorded a consent"),
    "vulnerability.added": _("recorded a vulnerability"),
    "vulnerability.ended": _("ended a vulnerability"),
    "allergy.recorded": _("recorded allergies"),
    "family.linked": _("linked two people as family"),
    "family.unlinked": _("ended a family link"),
    "protection.closed": _("closed a protection task"),
}


class PatientsConfig(AppConfig):
    name = "patients"

    def ready(self) -> None:
        actions.declare(ACTIONS)
