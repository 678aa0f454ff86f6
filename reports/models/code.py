from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.rows import Versioned


class ExchangeCode(Versioned):
    """What the system that receives our figures calls one of our codes (DHIS2, ADX).

    A code without a row goes out as it stands here.
    """

    class Kind(models.TextChoices):
        DATA_SET = "data_set", _("Data set")
        DATA_ELEMENT = "data_element", _("Figure (data element)")
        ORG_UNIT = "org_unit", _("Programme (organisation unit)")
        CATEGORY = "category", _("Sex or age (category option combination)")

    kind = models.CharField(max_length=14, choices=Kind)
    ours = models.CharField(max_length=60)
    theirs = models.CharField(max_length=60)

    class Meta:
        ordering = ("kind", "ours")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("data_set", "data_element", "org_unit", "category")),
                name="exchange_code_kind_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(ours="") & ~Q(theirs=""), name="exchange_code_has_both_codes"
            ),
            models.UniqueConstraint(fields=("kind", "ours"), name="exchange_code_one_per_code"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.ours}"
