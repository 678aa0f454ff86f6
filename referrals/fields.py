"""Services of partners for the picker: what one organisation offers, by words of either."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from partners.models import Organisation, Service
from terminology import lists

MOST = 12
Choice = tuple[str, str]


class Services:
    """Current services as a list of codes; `suggested` are offered at once."""

    name = "partner_services"
    complete = False

    def __init__(self, suggested: QuerySet[Service] | None = None) -> None:
        self._suggested = suggested
        self._labels: dict[str, str] = {}

    def quick(self) -> list[Choice]:
        if self._suggested is None:
            return []
        return self._choices(self._suggested.select_related("organisation")[:MOST])

    def label(self, key: str) -> str | None:
        if key not in self._labels and is_id(key):
            self._choices(Service.objects.filter(pk=key).select_related("organisation"))
        return self._labels.get(key)

    def find(self, text: str) -> list[Choice]:
        offered = [entry.key for entry in lists.search("service_taxonomy", text, limit=MOST)]
        named = Organisation.objects.current().with_words(text)
        rows = Service.objects.current().filter(
            Q(organisation__in=named)
            | Q(service__in=offered, organisation__retired_on__isnull=True)
        )
        return self._choices(rows.select_related("organisation").order_by("service", "pk")[:MOST])

    def _choices(self, rows: Any) -> list[Choice]:
        choices = [(str(row.pk), words(row)) for row in rows]
        self._labels |= dict(choices)
        return choices


def words(service: Service) -> str:
    return f"{lists.label(service.service_id)} · {service.organisation.name}"


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
