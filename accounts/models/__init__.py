from accounts.models.access_event import AccessEvent, LogHead, LogVerification
from accounts.models.posting import Posting
from accounts.models.programme import Programme
from accounts.models.user import SignInAttempt, User

__all__ = (
    "AccessEvent",
    "LogHead",
    "LogVerification",
    "Posting",
    "Programme",
    "SignInAttempt",
    "User",
)
