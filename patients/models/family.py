from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.privacy import PrivacyClass
from accounts.rows import Row
from patients.models.concepts import concept


class FamilyLinkQuerySet(models.QuerySet["FamilyLink"]):
    def open(self) -> "FamilyLinkQuerySet":
        return self.filter(ended_on__isnull=True)

    def about(self, patient_id: object) -> "FamilyLinkQuerySet":
        """Links in which the person stands on either side."""
        return self.filter(Q(patient=patient_id) | Q(relative=patient_id))


class FamilyLink(Row):
    """`relative` is the `relation` of `patient`: their child, their partner … One row serves both
    sides; `queries.relatives` reads it from either."""

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="relative_links", db_index=False
    )
    relative = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="links_to", db_index=False
    )
    relation = concept()
    since = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )

    objects = FamilyLinkQuerySet.as_manager()

    PRIVACY = {
        "relative": PrivacyClass.IDENTITY,
        "relation": PrivacyClass.IDENTITY,
        "since": PrivacyClass.IDENTITY,
        "ended_on": PrivacyClass.IDENTITY,
        "recorded_at": PrivacyClass.OPEN,
        "recorded_by": PrivacyClass.OPEN,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(patient=F("relative")), name="nobody_is_their_own_relative"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("since")),
                name="family_link_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=("patient", "relative"),
                condition=Q(ended_on__isnull=True),
                name="family_link_one_open_per_pair",
            ),
        )
        indexes = (
            # The family of one person, from either side.
            models.Index(fields=("patient", "ended_on"), name="family_of_person"),
            models.Index(fields=("relative", "ended_on"), name="family_of_relative"),
        )

    def __str__(self) -> str:
        return str(self.relation_id)


class LookAlike(Row):
    """Two records that may be of one person, found when `later` was registered or corrected.

    Open until a coordinator merges them or says that they are two people.
    """

    class Decision(models.TextChoices):
        OPEN = "open", _("to be looked at")
        TWO_PEOPLE = "two_people", _("two people")
        MERGED = "merged", _("one person, merged")

    earlier = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="+", db_index=False
    )
    later = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+", db_index=False)
    likeness = models.PositiveSmallIntegerField()  # per cent
    found_at = models.DateTimeField(default=timezone.now, editable=False)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    PRIVACY = {
        "earlier": PrivacyClass.IDENTITY,
        "later": PrivacyClass.IDENTITY,
        "likeness": PrivacyClass.IDENTITY,
        "found_at": PrivacyClass.OPEN,
        "decision": PrivacyClass.OPEN,
        "decided_at": PrivacyClass.OPEN,
        "decided_by": PrivacyClass.OPEN,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(decision="open", decided_at__isnull=True, decided_by__isnull=True)
                | Q(
                    decision__in=("two_people", "merged"),
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="look_alike_decision_has_author_and_time",
            ),
            models.CheckConstraint(
                condition=~Q(earlier=F("later")), name="look_alike_is_of_two_records"
            ),
            models.UniqueConstraint(fields=("earlier", "later"), name="look_alike_one_per_pair"),
        )
        indexes = (
            # The coordinator's list of possible duplicates.
            models.Index(
                fields=("-found_at",), name="look_alike_open", condition=Q(decision="open")
            ),
        )

    def __str__(self) -> str:
        return f"{self.likeness} %"
