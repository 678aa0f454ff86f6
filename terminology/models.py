from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.privacy import PrivacyClass
from accounts.rows import Row

LANGUAGES = ("en", "es", "fr")
LABELS = tuple(f"label_{language}" for language in LANGUAGES)
LABEL_LENGTH = 400


class ConceptQuerySet(models.QuerySet["Concept"]):
    def of(self, list_name: str) -> "ConceptQuerySet":
        return self.filter(list_name=list_name).order_by("position", "key")

    def offered(self) -> "ConceptQuerySet":
        return self.filter(retired_on__isnull=True)

    def retired(self) -> "ConceptQuerySet":
        return self.filter(retired_on__isnull=False)


class Concept(models.Model):
    """One value of a reference list. The key never changes and no concept is ever deleted:
    what is no longer offered is retired, so that old records keep their meaning.

    `relabelled`, `reordered` and `decided` remember what an administrator settled (labels,
    position, retirement), so that loading the shipped files again leaves it alone; `added` marks
    a value that is in no shipped file.
    """

    MUTABLE_FIELDS = (
        *LABELS, "position", "privacy", "attributes", "retired_on",
        "relabelled", "reordered", "decided", "added", "version",
    )  # fmt: skip

    key = models.CharField(max_length=120, primary_key=True, editable=False)
    list_name = models.CharField(max_length=40, editable=False)
    scope = models.CharField(max_length=40, blank=True, default="", editable=False)
    code = models.CharField(max_length=60, editable=False)
    label_en = models.CharField(_("English"), max_length=LABEL_LENGTH)
    label_es = models.CharField(_("Spanish"), max_length=LABEL_LENGTH)
    label_fr = models.CharField(_("French"), max_length=LABEL_LENGTH)
    position = models.PositiveIntegerField(_("position"))
    privacy = models.CharField(
        _("privacy"), max_length=10, choices=PrivacyClass, default=PrivacyClass.OPEN
    )
    attributes = models.JSONField(default=dict, blank=True)
    retired_on = models.DateField(_("retired on"), null=True, blank=True)
    relabelled = models.BooleanField(default=False, editable=False)
    reordered = models.BooleanField(default=False, editable=False)
    decided = models.BooleanField(default=False, editable=False)
    added = models.BooleanField(default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ConceptQuerySet.as_manager()

    class Meta:
        ordering = ("list_name", "position", "key")
        constraints = (
            models.CheckConstraint(
                condition=Q(scope="", key=Concat("list_name", Value(":"), "code"))
                | Q(key=Concat("list_name", Value(":"), "scope", Value("."), "code"))
                & ~Q(scope=""),
                name="concept_key_is_list_and_code",
            ),
            models.CheckConstraint(
                condition=~Q(label_en="") & ~Q(label_es="") & ~Q(label_fr=""),
                name="concept_has_a_label_in_each_language",
            ),
            models.CheckConstraint(
                condition=Q(privacy__in=PrivacyClass.values), name="concept_privacy_is_known"
            ),
        )
        indexes = (
            # The administrator's page of one list, in its order.
            models.Index(fields=("list_name", "position"), name="concept_in_list_order"),
        )

    def __str__(self) -> str:
        return self.key

    @property
    def short(self) -> str:
        """The key without the name of the list."""
        return self.key.partition(":")[2]

    @property
    def label(self) -> str:
        """The label in the active language."""
        return label_in(self)


def label_in(row: Any, stem: str = "label") -> str:
    """`<stem>_<active language>` of a row that has one column per language; Spanish otherwise."""
    language = (get_language() or "es")[:2]
    return str(getattr(row, f"{stem}_{language if language in LANGUAGES else 'es'}"))


class Load(Row):
    """A file of list values: shipped with the app, or sent by an administrator.

    The last shipped row of a list tells whether the file changed. A sent file keeps its text
    until it is applied (`applied_at`), so that the preview and what is saved are the same.
    """

    list_name = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    loaded_at = models.DateTimeField(auto_now_add=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    content = models.TextField(blank=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ("loaded_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | Q(content=""),
                name="load_keeps_its_text_until_applied",
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | Q(applied_at__gte=F("loaded_at")),
                name="load_is_applied_after_it_was_sent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.list_name} {self.sha256[:12]}"
