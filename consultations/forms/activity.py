"""The form of a group activity: heads are counted, not named."""

import re
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import formset_factory
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField, CodesField, DayField, SeveralField, WholeField
from accounts.models import User
from accounts.widgets import Chips, Number
from consultations.definitions import FORMS
from consultations.forms.fields import Text
from consultations.forms.outing import CHIPS
from consultations.models import GroupActivity
from consultations.queries.outings import Suggestions
from consultations.services.activities import Held
from partners.fields import Organisations
from partners.models import Organisation, Site
from patients import codes
from patients.models import Patient
from terminology import lists
from terminology.fields import Concepts
from terminology.paging import ListForm

_FORM = FORMS["group_activity"]
SEXES = "sex_gender(sex_recorded)"
BANDS = "age_bands(unhcr)"
MOST_HEADS = 5000
MOST_NAMED = 60


class Row(NamedTuple):
    """One row of the grid: a sex and its boxes by age band."""

    label: str
    boxes: list[forms.BoundField]


class ItemForm(forms.Form):
    """Items given at an activity, to all together."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"] = forms.ChoiceField(
            label=_("Item"),
            choices=[("", "–"), *lists.choices("items_distributed")],
            required=False,
        )
        self.fields["quantity"] = WholeField(
            label=_("Quantity"),
            min_value=1,
            max_value=MOST_HEADS,
            required=False,
            widget=Number({"inputmode": "numeric"}),
        )

    def clean(self) -> dict[str, Any]:
        item, quantity = self.cleaned_data.get("item"), self.cleaned_data.get("quantity")
        if item and quantity is None and "quantity" not in self.errors:
            self.add_error("quantity", ValidationError(_("How many?"), code="required"))
        if quantity is not None and not item and "item" not in self.errors:
            self.add_error("item", ValidationError(_("Of what?"), code="required"))
        return self.cleaned_data


Items = formset_factory(ItemForm, extra=1, max_num=20, absolute_max=20, can_delete=True)


class ActivityForm(forms.Form):
    """Type, topics, heads and minutes at once; all else folded.

    `people` are (code, name) of those who may be named, once the user asked to choose from them.
    """

    use_required_attribute = False
    mark_optional = False
    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        user: User,
        sites: Suggestions | None = None,
        people: "list[tuple[str, str]] | None" = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.user, self.people = user, people
        if sites is not None:
            self._add_place(sites)
        self.fields["type"] = CodeField(
            Concepts("group_activity_types"), label=_FORM["type"].label, required=True
        )
        self.fields["topics"] = CodesField(
            Concepts("health_promotion_topics"), label=_FORM["topics"].label, required=True
        )
        for group in GroupActivity.GROUPS:
            self.fields[group] = WholeField(
                label=lists.find("participant_groups", group).label,
                min_value=0,
                max_value=MOST_HEADS,
                required=False,
            )
        self.fields["minutes"] = WholeField(
            label=_FORM["minutes"].label, min_value=5, max_value=480, step=5
        )
        self._add_rest()
        self.items = Items(
            data if self.is_bound else None,
            prefix="items",
            initial=kwargs.get("initial", {}).get("items"),
        )

    def _add_place(self, sites: Suggestions) -> None:
        self.sites = {str(site.pk): site for site in sites}
        choices = [(pk, site.name) for pk, site in self.sites.items()]
        self.fields["site"] = forms.ChoiceField(
            label=FORMS["outing"]["site"].label,
            choices=choices,
            widget=Chips() if len(choices) < CHIPS else forms.Select(),
        )
        self.fields["date"] = DayField(label=FORMS["outing"]["date"].label)

    def _add_rest(self) -> None:
        self.fields["languages"] = CodesField(
            Concepts("languages"), label=_FORM["language"].label, required=False
        )
        self.fields["partner"] = CodeField(
            Organisations(), label=_FORM["partner"].label, required=False
        )
        for sex in lists.all(SEXES):
            for band in lists.all(BANDS):
                self.fields[_cell(sex, band)] = WholeField(
                    label=f"{sex.label}, {band.label}",
                    min_value=0,
                    max_value=MOST_HEADS,
                    required=False,
                    widget=Number({"inputmode": "numeric"}),
                )
        if self.people is not None:
            self.fields["named"] = SeveralField(
                label=_FORM["named"].label, choices=self.people, required=False
            )
        self.fields["codes"] = Text(
            label=_("Codes of participants"),
            required=False,
            rows=1,
            max_length=1000,
            help_text=_("As on their cards, with a blank between two."),
        )

    @property
    def grid(self) -> list[Row]:
        bands = lists.all(BANDS)
        return [
            Row(sex.label, [self[_cell(sex, band)] for band in bands]) for sex in lists.all(SEXES)
        ]

    @property
    def bands(self) -> list[str]:
        return [band.label for band in lists.all(BANDS)]

    @property
    def cells(self) -> list[str]:
        return [_cell(sex, band) for sex in lists.all(SEXES) for band in lists.all(BANDS)]

    @property
    def more(self) -> tuple[str, ...]:
        return ("languages", "partner")

    @property
    def naming(self) -> tuple[str, ...]:
        return ("codes", "named")

    @property
    def groups(self) -> tuple[str, ...]:
        return GroupActivity.GROUPS

    def is_valid(self) -> bool:
        return super().is_valid() and self.items.is_valid()

    def clean_type(self) -> str:
        """A retired type is not offered; a correction may keep the one it was signed with."""
        key: str = self.cleaned_data["type"]
        if key != self.initial.get("type") and not lists.known(key, "group_activity_types"):
            raise ValidationError(_("This answer is not in the list. Choose another one."))
        return key

    def clean(self) -> dict[str, Any]:
        heads = [self.cleaned_data.get(group) or 0 for group in GroupActivity.GROUPS]
        refused = any(group in self.errors for group in GroupActivity.GROUPS)
        if not sum(heads) and not refused:
            self.add_error("women", ValidationError(_("Count at least one person."), code="none"))
        self._check_detail(sum(heads))
        self._check_named()
        return self.cleaned_data

    def _check_detail(self, heads: int) -> None:
        total = sum(self.cleaned_data.get(name) or 0 for name in self.cells)
        if total and total != heads:
            message = _("The detail counts %(detail)d people, above there are %(heads)d.")
            self.add_error(
                self.cells[0],
                ValidationError(message, code="total", params={"detail": total, "heads": heads}),
            )

    def _check_named(self) -> None:
        found, wrong = self._people()
        if wrong:
            self.add_error(
                "codes",
                ValidationError(
                    _("Nobody was found under: %(codes)s"),
                    code="unknown",
                    params={"codes": ", ".join(wrong)},
                ),
            )
        kind = self.cleaned_data.get("type")
        if found and kind and not lists.get(kind).flag("named"):
            self.add_error(
                "codes",
                ValidationError(
                    _("People are named in therapeutic groups only."), code="not_named"
                ),
            )
        self.named = found

    def _people(self) -> tuple[list[Patient], list[str]]:
        """People of the user's scope, and what was typed that leads to none."""
        typed = re.split(r"[\s,;]+", self.cleaned_data.get("codes") or "")
        wanted = {codes.normalise(text): text for text in typed if text}
        wanted |= {code: code for code in self.cleaned_data.get("named") or ()}
        people = Patient.objects.visible_to(self.user).filter(code__in=[c for c in wanted if c])
        found = {patient.code: patient for patient in people[:MOST_NAMED]}
        return list(found.values()), [text for code, text in wanted.items() if code not in found]

    @property
    def site(self) -> Site:
        return self.sites[self.cleaned_data["site"]]

    @property
    def held(self) -> Held:
        """What the service signs."""
        said = self.cleaned_data
        partner = (
            Organisation.objects.filter(pk=said["partner"]).first() if said["partner"] else None
        )
        return Held(
            type=said["type"],
            minutes=said["minutes"],
            participants={group: said.get(group) or 0 for group in GroupActivity.GROUPS},
            topics=said["topics"],
            detail={
                (sex.code, band.key): said[_cell(sex, band)]
                for sex in lists.all(SEXES)
                for band in lists.all(BANDS)
                if said.get(_cell(sex, band))
            },
            languages=said["languages"],
            items=[
                (line["item"], line["quantity"])
                for line in self.items.cleaned_data
                if line.get("item") and not line.get("DELETE")
            ],
            partner=partner,
            named=self.named,
        )


def _cell(sex: lists.Entry, band: lists.Entry) -> str:
    return f"n_{sex.code}_{band.code}"


def initial_of(activity: GroupActivity) -> dict[str, Any]:
    """What a correction starts from."""
    found: dict[str, Any] = {group: getattr(activity, group) for group in GroupActivity.GROUPS}
    found |= {
        "type": activity.type_id,
        "minutes": activity.minutes,
        "partner": str(activity.partner_id) if activity.partner_id else "",
        "topics": [row.topic_id for row in activity.topics.all()],
        "languages": [row.language_id for row in activity.languages.all()],
        "items": [{"item": row.item_id, "quantity": row.quantity} for row in activity.items.all()],
        "codes": " ".join(
            codes.display(row.patient.code) for row in activity.named.select_related("patient")
        ),
    }
    for row in activity.counts.all():
        band = str(row.age_band_id).rpartition(".")[2]
        found[f"n_{row.sex}_{band}"] = row.count
    return found


class ActivitiesFilter(ListForm):
    filters = ("type", "start", "end")
    type = forms.ChoiceField(label=_FORM["type"].lazy_label, required=False)
    start = DayField(label=_("From"), required=False)
    end = DayField(label=_("Until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [  # type: ignore[attr-defined]
            ("", _("all")),
            *lists.choices("group_activity_types"),
        ]
