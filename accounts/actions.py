"""What the access log calls what people did, and how each action is said to a reader.

An action is stored as a short key (`person.opened`). The app that writes it declares its words
in `AppConfig.ready`; a key without words is shown as it stands.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

_WORDS: dict[str, Any] = {}


def declare(words: Mapping[str, Any]) -> None:
    _WORDS.update(words)


def label(action: str) -> str:
    return str(_WORDS.get(action, action))


def choices() -> list[tuple[str, str]]:
    """All declared actions in the order of their words in the active language."""
    return sorted(((key, str(words)) for key, words in _WORDS.items()), key=lambda pair: pair[1])


def declared() -> set[str]:
    return set(_WORDS)


declare(
    {
        "session.signed_in": _("signed in"),
        "session.refused": _("sign-in refused"),
        "session.signed_out": _("signed out"),
        "account.created": _("created an account"),
        "account.edited": _("changed an account"),
        "account.deactivated": _("deactivated an account"),
        "account.activated": _("activated an account again"),
        "account.password_reset": _("gave an account a one-time password"),
        "account.password_changed": _("changed their password"),
        "account.profile_edited": _("changed their profile"),
        "posting.started": _("posted a colleague"),
        "posting.ended": _("ended a posting"),
        "programme.created": _("created a programme"),
        "programme.edited": _("changed a programme"),
        "access_log.read": _("read the access log"),
        "access_log.downloaded": _("downloaded the access log"),
        "access_log.verified": _("verified the access log"),
        "access_log.verification_asked": _("asked to verify the access log"),
    }
)
