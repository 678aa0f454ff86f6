"""Every write about a person. Apps to the left grant and end access, keep vulnerabilities in step
and read keys through here; what they must know of, they join by `patients.hooks`."""

from patients.services.access import (
    end_access,
    grant_access,
    hide,
    open_by_code,
    unhide,
)
from patients.services.allergies import set_allergy
from patients.services.blocking import block, look_up_by_code, unblock
from patients.services.consents import record_consent
from patients.services.contacts import record_attempt, review_attempt
from patients.services.families import link_family, unlink_family
from patients.services.identity import correct_identity, update_contact, update_preferences
from patients.services.keys import key_of
from patients.services.merging import keep_apart, merge, undo_merge
from patients.services.protection import (
    close_protection_task,
    follow_risk,
    open_safety_task,
)
from patients.services.records import set_state, update_person
from patients.services.registration import add_family_member, register
from patients.services.vulnerabilities import (
    add_vulnerability,
    apply_rules,
    end_vulnerability,
)

__all__ = (
    "add_family_member",
    "add_vulnerability",
    "apply_rules",
    "block",
    "close_protection_task",
    "correct_identity",
    "end_access",
    "end_vulnerability",
    "follow_risk",
    "grant_access",
    "hide",
    "keep_apart",
    "key_of",
    "link_family",
    "look_up_by_code",
    "merge",
    "open_by_code",
    "open_safety_task",
    "record_attempt",
    "record_consent",
    "register",
    "review_attempt",
    "set_allergy",
    "set_state",
    "unblock",
    "undo_merge",
    "unhide",
    "unlink_family",
    "update_contact",
    "update_person",
    "update_preferences",
)
