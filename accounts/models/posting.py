from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.programme import Programme
from accounts.models.user import User
from accounts.policy import ROLES_WITHOUT_PROGRAMME, Discipline, Role
from accounts.rows import Versioned


class PostingQuerySet(models.QuerySet["Posting"]):
    def in_force(self) -> "PostingQuerySet":
        today = timezone.localdate()
        return self.filter(Q(until__isnull=True) | Q(until__gte=today), since__lte=today)


class Posting(Versioned):
    """A user's work in one role, for one programme, between two dates.

    Manager, data-protection officer and administrator are posted to no programme: they serve
    the organisation. Nobody posts themself.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="postings")
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="postings"
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    discipline = models.CharField(
        _("discipline"), max_length=20, choices=Discipline, blank=True, default=""
    )
    since = models.DateField(_("from"), default=timezone.localdate)
    until = models.DateField(_("until"), null=True, blank=True)
    posted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering = ("user", "since")
        constraints = (
            models.CheckConstraint(condition=Q(role__in=Role.values), name="posting_role_is_known"),
            models.CheckConstraint(
                condition=Q(discipline="") | Q(discipline__in=Discipline.values),
                name="posting_discipline_is_known",
            ),
            models.CheckConstraint(
                condition=Q(role__in=ROLES_WITHOUT_PROGRAMME, programme__isnull=True)
                | (~Q(role__in=ROLES_WITHOUT_PROGRAMME) & Q(programme__isnull=False)),
                name="posting_programme_follows_role",
                violation_error_message=_(
                    "Roles of the whole organisation have no programme; all others have one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="posting_ends_after_it_starts",
                violation_error_message=_("The last day comes before the first one."),
            ),
            models.CheckConstraint(
                condition=Q(posted_by__isnull=True) | ~Q(posted_by=F("user")),
                name="nobody_posts_themself",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()}"

    @property
    def is_over(self) -> bool:
        return self.until is not None and self.until < timezone.localdate()
