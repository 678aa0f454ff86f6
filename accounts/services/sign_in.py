"""Checking an e-mail and a password, with a brake on guessing."""

import datetime as dt
import ipaddress

from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import crypto
from accounts.models import SignInAttempt, User
from accounts.services.log import record


class TooManyAttempts(Exception):
    """Too many failures for this account or from this address; `until` says when to try again."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__("too many attempts")
        self.until = until


def check_credentials(*, email: str, password: str, address: str) -> User | None:
    """The user who may sign in, or None; raises `TooManyAttempts`.

    Nothing in the answer, nor in the time it takes, tells whether an account exists. The attempt
    is written before the password is tried, so that a volley of parallel tries counts too.
    """
    attempt = _begin(email, address)
    user = authenticate(email=email, password=password)
    signed_in = user if isinstance(user, User) else None
    with transaction.atomic():
        if signed_in is not None:
            attempt.succeeded = True
            attempt.save(update_fields=["succeeded"])
        record(by=signed_in, action="session.signed_in" if signed_in else "session.refused")
    return signed_in


def check_present_password(user: User, password: str, *, address: str) -> None:
    """Raises `ValidationError` when it is not the user's password, or `TooManyAttempts`."""
    attempt = _begin(user.email, address)
    if not user.check_password(password):
        raise ValidationError(_("This is not your present password."))
    attempt.succeeded = True
    attempt.save(update_fields=["succeeded"])


def forget_old_attempts() -> None:
    """Attempts older than a day throttle nobody any more."""
    SignInAttempt.objects.filter(at__lt=timezone.now() - dt.timedelta(days=1)).delete()


def _begin(email: str, address: str) -> SignInAttempt:
    attempt = SignInAttempt.objects.create(
        account_mark=crypto.fingerprint(f"account {email.strip().lower()}"),
        address_mark=crypto.fingerprint(f"address {_network(address)}"),
        succeeded=False,
    )
    until = _blocked_until(attempt)
    if until is not None:
        attempt.delete()  # it was not tried, so it must not prolong the wait
        raise TooManyAttempts(until)
    return attempt


def _network(address: str) -> str:
    """The address; of IPv6 the /64, which one household or one attacker has for itself."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)


def _blocked_until(attempt: SignInAttempt) -> dt.datetime | None:
    window = dt.timedelta(minutes=settings.SIGN_IN_WINDOW_MINUTES)
    recent = (
        SignInAttempt.objects.filter(at__gte=timezone.now() - window)
        .exclude(pk=attempt.pk)
        .order_by("-at")
    )
    # A success wipes the slate of the account, but not of the address: whoever guesses there
    # may well own an account of their own.
    account = list(
        recent.filter(account_mark=attempt.account_mark).values_list("at", "succeeded")[
            : settings.SIGN_IN_ATTEMPTS_PER_ACCOUNT
        ]
    )
    starts: list[dt.datetime] = []
    if len(account) == settings.SIGN_IN_ATTEMPTS_PER_ACCOUNT and not any(ok for _, ok in account):
        starts.append(account[-1][0])
    last = settings.SIGN_IN_ATTEMPTS_PER_ADDRESS - 1
    starts += recent.filter(address_mark=attempt.address_mark, succeeded=False).values_list(
        "at", flat=True
    )[last : last + 1]
    return max(starts) + window if starts else None
