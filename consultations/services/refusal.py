"""One word for all services above `patients`, so that a page catches one exception."""

from patients.services.refusal import Refused

__all__ = ("Refused",)
