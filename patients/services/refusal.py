from django.utils.functional import Promise


class Refused(Exception):
    """What was asked cannot be done as things stand; `str()` tells the user why."""

    def __init__(self, reason: "str | Promise") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.reason)
