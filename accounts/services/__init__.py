"""Every write of this app: the access log, sign-in, accounts, postings, programmes."""

from accounts.services.log import (
    disclose,
    note_log_read,
    record,
    request_verification,
    verify_access_log,
)
from accounts.services.postings import create_programme, edit_programme, end_posting, post
from accounts.services.sign_in import (
    TooManyAttempts,
    check_credentials,
    check_present_password,
    forget_old_attempts,
)
from accounts.services.users import (
    activate,
    change_password,
    create_user,
    deactivate,
    edit_profile,
    edit_user,
    note_sign_out,
    one_time_password,
    reset_password,
    set_language,
)

__all__ = (
    "TooManyAttempts",
    "activate",
    "change_password",
    "check_credentials",
    "check_present_password",
    "create_programme",
    "create_user",
    "deactivate",
    "disclose",
    "edit_profile",
    "edit_programme",
    "edit_user",
    "end_posting",
    "forget_old_attempts",
    "note_log_read",
    "note_sign_out",
    "one_time_password",
    "post",
    "record",
    "request_verification",
    "reset_password",
    "set_language",
    "verify_access_log",
)
