from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import User


class EmailBackend(BaseBackend):
    """Sign-in by e-mail and password. Rights come from postings, never from groups."""

    def authenticate(
        self, request: HttpRequest | None, email: str = "", password: str = "", **_: Any
    ) -> User | None:
        user = User.objects.by_email(email)
        if user is None:
            # Hash all the same: the time taken must not tell whether the account exists.
            User().set_password(password)
            return None
        return user if user.check_password(password) else None

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True, is_system=False).first()
