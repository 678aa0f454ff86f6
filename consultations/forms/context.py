"""What a form must know of the person and the day, gathered by the view before it shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User
    from consultations.models import Need, Outing, Visit, VitalSigns
    from consultations.queries.scores import Score
    from consultations.scales import Due
    from patients.models import Patient


@dataclass(kw_only=True)
class FormContext:
    """Everything a consultation form shows or checks that was not typed into it."""

    patient: "Patient"
    discipline: str
    user: "User"
    outing: "Outing"
    visit: "Visit | None" = None
    age_years: int | None  # completed, on the day of the outing
    age_months: int | None
    under_18: bool
    first_visit: bool  # of this discipline's service group in this programme
    # Field -> last answer, as in a payload (see `builders`), of the same discipline: the last
    # answer that was not empty, so that what is asked at the first visit only can still be shown.
    last: Mapping[str, Any] | None = None
    last_on: Any = None  # date of that consultation
    open_needs: "Sequence[Need]" = ()
    open_problems: Sequence[str] = ()  # keys of diagnoses still open, the main one first
    supportable: Sequence[tuple[str, str]] = ()  # consultations of this visit: (id, label)
    sites: Sequence[tuple[str, str]] = ()  # where an appointment may be: (id, label)
    partners: Sequence[tuple[str, str]] | None = None  # (id, label); None: looked up when needed
    site_altitude: int | None = None  # metres
    vitals: "VitalSigns | None" = None  # the last measured today
    last_vitals: "VitalSigns | None" = None  # the last of an earlier day
    pregnancy: str = ""  # the last answer of any discipline: key of pregnancy_status
    sessions: int = 0  # signed consultations of this discipline before
    # Suggested answers of the frame: kind of visit, giver of consent …
    consent_defaults: Mapping[str, str] = field(default_factory=dict)
    interpreter_needed: bool = False
    scores: "Mapping[str, list[Score]]" = field(default_factory=dict)  # by scale, oldest first
    admission: date | None = None  # to the centre, while the stay is open
    due: "Mapping[str, Due]" = field(default_factory=dict)  # when a scale is next to be asked
    now: datetime = field(default_factory=timezone.now)

    @property
    def late(self) -> bool:
        """The outing is closed, or its day ended more than 72 h (setting) ago: why is asked."""
        if self.outing.closed_at is not None:
            return True
        zone = ZoneInfo(self.outing.programme.time_zone)
        end = datetime.combine(self.outing.local_date, time(23, 59), tzinfo=zone)
        return self.now - end > timedelta(hours=settings.LATE_ENTRY_HOURS)
