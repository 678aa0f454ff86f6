from accounts.views.errors import bad_request, csrf_failed, forbidden, not_found, server_error
from accounts.views.health import healthz
from accounts.views.log import access_log, download_access_log, verify_access_log
from accounts.views.postings import end_posting, new_posting
from accounts.views.programmes import edit_programme, new_programme, programmes
from accounts.views.session import (
    change_password,
    choose_language,
    choose_posting,
    choose_theme,
    profile,
    sign_in,
    sign_out,
)
from accounts.views.users import new_user, reset_password, switch_user, user, users

__all__ = (
    "access_log",
    "bad_request",
    "change_password",
    "choose_language",
    "choose_posting",
    "choose_theme",
    "csrf_failed",
    "download_access_log",
    "edit_programme",
    "end_posting",
    "forbidden",
    "healthz",
    "new_posting",
    "new_programme",
    "new_user",
    "not_found",
    "profile",
    "programmes",
    "reset_password",
    "server_error",
    "sign_in",
    "sign_out",
    "switch_user",
    "user",
    "users",
    "verify_access_log",
)
