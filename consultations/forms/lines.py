"""Rows of a form: medicines, tests, items, goals, needs. A row without its main answer is blank
and left out; what is half filled says what it lacks.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet
from django.forms.utils import ErrorDict, ErrorList
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField, WholeField
from accounts.widgets import Number
from consultations.forms.codes import Offered
from consultations.forms.fields import NOT_OFFERED, SHORT_TEXT, Text
from consultations.forms.payloads import Payload, pack, unpack, write
from consultations.models import Prescription
from terminology import lists

BLANK = 3  # empty rows where no script adds them
QUICK = 8  # medicines to tap
MOST = 20


class LineForm(forms.Form):
    """One row. `main` are the answers that make it one; the rest has usual values."""

    use_required_attribute = False
    mark_optional = False
    main: ClassVar[tuple[str, ...]]
    layout: ClassVar[tuple[tuple[str, ...], ...]]  # fields that stand side by side

    def __init__(self, *args: Any, quiet: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.quiet = quiet

    def has_changed(self) -> bool:
        return any(self._is_given(name) for name in self.main)

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        return [
            found
            for names in self.layout
            if (found := [self[name] for name in names if name in self.fields])
        ]

    @property
    def is_removable(self) -> bool:
        """A row that somebody filled; the browser's own are emptied or left."""
        return self.is_bound or bool(self.initial.keys() - {"DELETE"})

    def _is_given(self, name: str) -> bool:
        value = self[name].data
        return bool(str(value or "").strip())

    def full_clean(self) -> None:
        if self.quiet:
            self._errors, self.cleaned_data = ErrorDict(), {}
            return
        super().full_clean()

    def payload(self) -> Payload:
        packed: Payload = {}
        for name, field in self.fields.items():
            if name != "DELETE":
                packed |= pack(name, field, self.cleaned_data.get(name))
        return packed


if TYPE_CHECKING:
    _FormSet = BaseFormSet[LineForm]
else:
    _FormSet = BaseFormSet  # takes no parameters when it runs


class Lines(_FormSet):
    """The rows of one field. Reads whatever rows were sent, also without the counting field.

    `once` names an answer that may stand on one row only.
    """

    min_num, max_num, absolute_max = 0, 2 * MOST, 2 * MOST
    can_order, can_delete, can_delete_extra = False, True, True
    validate_min, validate_max = False, False
    renderer: Any = None
    edit_only = False
    form = LineForm

    def __init__(
        self,
        data: QueryDict | None,
        *,
        form: type[LineForm],
        prefix: str,
        initial: Sequence[Mapping[str, Any]] = (),
        quiet: bool = False,
        required: bool = False,
        most: int = MOST,
        once: str = "",
        title: str = "",
        add: Any = "",
        **kwargs: Any,
    ) -> None:
        self.form = form
        self.title, self.add, self.required = title, add, required
        self.quiet, self.most, self.once = quiet, most, once
        rows = [_initial(form, row, kwargs) for row in initial]
        self.extra = len(rows) + BLANK
        self.filled = len(rows)
        super().__init__(
            _counted(data, prefix),
            prefix=prefix,
            initial=rows,
            form_kwargs={"quiet": quiet, **kwargs},
        )

    def initial_form_count(self) -> int:
        return 0  # every row may be emptied

    @property
    def given(self) -> int:
        """How many rows, from the first, hold something."""
        if not self.is_bound:
            return self.filled
        changed = (index + 1 for index, form in enumerate(self.forms) if form.has_changed())
        return max(changed, default=0)

    @property
    def standing(self) -> int:
        """How many rows stand open: those filled; an empty one where there is none, and after
        each button that asked for one more."""
        asked = f"{self.prefix}-add" in self.data if self.is_bound else False
        return max(self.given + asked, self.filled, 1)

    @property
    def shown(self) -> list[SafeString]:
        """Rows that stand open, as HTML."""
        return [self._line(index) for index in range(min(self.standing, len(self.forms)))]

    @property
    def spare(self) -> list[SafeString]:
        """Empty rows for those without scripts, as HTML."""
        return [self._line(index) for index in range(self.standing, len(self.forms))]

    @cached_property
    def empty_line(self) -> SafeString:
        return self._render(self.empty_form)

    def _line(self, index: int) -> SafeString:
        form = self.forms[index]
        if index < self.filled or form.has_changed():
            return self._render(form)
        # Empty rows are all alike: drawing each would take most of the time of the page.
        return SafeString(self.empty_line.replace("__prefix__", str(index)))

    def _render(self, form: LineForm) -> SafeString:
        return render_to_string("consultations/forms/_line.html", {"form": form})

    @property
    def is_filled(self) -> bool:
        return self.given > 0

    def full_clean(self) -> None:
        if self.quiet:
            self._errors: list[Any] = [{} for _form in self.forms]
            self._non_form_errors = ErrorList()
            return
        super().full_clean()

    def clean(self) -> None:
        rows = self.payload()
        if len(rows) > self.most:
            message = _("At most %(most)d lines.") % {"most": self.most}
            raise ValidationError(message, code="too_many")
        if self.required and not rows:
            raise ValidationError(_("Fill in at least one line."), code="required")
        given = [row[self.once] for row in rows if self.once in row]
        if len(given) > len(set(given)):
            raise ValidationError(_("The same answer stands on two lines."), code="twice")

    def payload(self) -> list[Payload]:
        """The rows in their order, without the blank and the removed ones."""
        return [
            form.payload()
            for form in self.forms
            if getattr(form, "cleaned_data", None)
            and form.has_changed()
            and not form.cleaned_data.get("DELETE")
        ]


def _counted(data: QueryDict | None, prefix: str) -> QueryDict | None:
    """The data with as many rows as it holds; a browser's count may be missing or wrong."""
    if data is None:
        return None
    pattern = re.compile(rf"{re.escape(prefix)}-(\d{{1,3}})-")
    found = [int(match[1]) + 1 for key in data if (match := pattern.match(key))]
    sent = data.get(f"{prefix}-TOTAL_FORMS") or ""
    counted = int(sent) if sent.isdecimal() and len(sent) < 4 else 0
    data = data.copy()
    data[f"{prefix}-TOTAL_FORMS"] = str(min(max([counted, *found]), 2 * MOST))
    data[f"{prefix}-INITIAL_FORMS"] = "0"
    return data


def _initial(
    form: type[LineForm], row: Mapping[str, Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    return {name: unpack(name, field, row) for name, field in form(**kwargs).fields.items()}


def write_rows(
    data: QueryDict, prefix: str, form: LineForm, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Post rows in place of those that are there, as the browser would send them."""
    for key in [key for key in data if key.startswith(f"{prefix}-")]:
        del data[key]
    for index, row in enumerate(rows):
        for name, field in form.fields.items():
            write(data, f"{prefix}-{index}-{name}", field, unpack(name, field, row))
    data[f"{prefix}-TOTAL_FORMS"] = str(len(rows) + 1)


def _select(choices: Sequence[tuple[str, Any]], **kwargs: Any) -> forms.ChoiceField:
    field = forms.ChoiceField(choices=[("", "–"), *choices], widget=forms.Select, **kwargs)
    field.error_messages["invalid_choice"] = NOT_OFFERED
    return field


def _small(**kwargs: Any) -> WholeField:
    """A whole number in a small box: steppers on each line would fill the screen."""
    return WholeField(widget=Number({"inputmode": "numeric"}), **kwargs)


class PrescriptionLine(LineForm):
    """A medicine: dose with its unit, route, frequency, days and quantity given."""

    layout = (("dose", "route"), ("frequency",), ("days", "quantity"), ("note",))
    main: ClassVar[tuple[str, ...]] = ("medicine", "dose", "days", "quantity", "note")

    def __init__(self, *args: Any, spec: str = "medicines", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["medicine"] = CodeField(
            Offered(spec, first=lists.quick(spec, limit=QUICK)), label=_("Medicine")
        )
        self.fields["dose"] = Text(
            label=_("Dose with its unit"), max_length=30, widget=forms.TextInput
        )
        self.fields["route"] = _select(
            Prescription.Route.choices, label=_("Route"), initial=Prescription.Route.ORAL
        )
        self._more()

    @property
    def picked(self) -> forms.BoundField:
        """What is chosen first; the rest is asked once it is there."""
        return self["medicine"]

    def _more(self) -> None:
        self.fields["frequency"] = _select(Prescription.Frequency.choices, label=_("Frequency"))
        self.fields["days"] = _small(label=_("Days"), min_value=1, max_value=365, required=False)
        self.fields["quantity"] = _small(
            label=_("Quantity given"), min_value=0, max_value=1000, required=False
        )
        self.fields["note"] = Text(
            label=_("Regimen, remarks"),
            max_length=SHORT_TEXT,
            widget=forms.TextInput,
            required=False,
        )


class GivenLine(PrescriptionLine):
    """A medicine administered on the spot: once, now."""

    main = ("medicine", "dose", "note")

    def _more(self) -> None:
        self.fields["note"] = Text(
            label=_("Remarks"), max_length=SHORT_TEXT, widget=forms.TextInput, required=False
        )

    def payload(self) -> Payload:
        return super().payload() | {"frequency": Prescription.Frequency.SINGLE.value}


class TestLine(LineForm):
    """A rapid test and its result; HIV with consent."""

    __test__ = False

    main = ("test", "result")
    layout = (("test", "result"),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["test"] = _select(lists.choices("rapid_tests"), label=_("Test"))
        self.fields["result"] = _select(lists.choices("test_results"), label=_("Result"))


class ItemLine(LineForm):
    """Items given to the person, 1 to 20 of a kind."""

    main = ("item",)
    layout = (("item", "quantity"),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"] = _select(lists.choices("items_distributed"), label=_("Item"))
        self.fields["quantity"] = _small(label=_("Quantity"), min_value=1, max_value=20, initial=1)


class GoalLine(LineForm):
    """A goal in the person's words, and where it stands."""

    main = ("text",)
    layout = (("text",), ("status",))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"] = Text(label=_("Goal, in the person's words"), max_length=1000)
        self.fields["status"] = _select(
            lists.choices("care_plan_goal_status"),
            label=_("Where it stands"),
            initial="care_plan_goal_status:in_progress",
        )


class NeedLine(LineForm):
    """A need, what was done for it today and how it stands.

    An open need of which nothing was said stays as it is: it is no row of today.
    """

    main = ("action",)
    layout = (("need",), ("action", "outcome"))

    def __init__(
        self,
        *args: Any,
        open_needs: Sequence[str] = (),
        partners: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.open_needs, self.partners = frozenset(open_needs), partners
        self.fields["need"] = _select(lists.choices("social_needs"), label=_("Need"))
        self.fields["action"] = _select(lists.choices("social_actions"), label=_("Action"))
        self.fields["outcome"] = _select(
            lists.choices("social_outcomes"), label=_("State"), initial="social_outcomes:open"
        )
        self.fields["partner"] = Text(
            label=_("Partner"),
            required=False,
            max_length=SHORT_TEXT,
            widget=forms.TextInput({"list": "partners", "autocomplete": "off"}),
        )

    def has_changed(self) -> bool:
        need = str(self["need"].data or "")
        done = self._is_given("action") or self._is_given("partner")
        moved = str(self["outcome"].data or "") not in ("", "social_outcomes:open")
        return done or moved or (bool(need) and need not in self.open_needs)

    def clean_partner(self) -> str:
        """The id of the partner meant by the typed name."""
        given: str = self.cleaned_data["partner"]
        typed = lists.plain(given)
        if not given or given in dict(self.partners):
            return given
        found = [id for id, label in self.partners if lists.plain(label) == typed]
        found = found or [id for id, label in self.partners if typed in lists.plain(label)]
        if len(found) != 1:
            raise ValidationError(
                _("No partner, or more than one, has this name. Take one of the list."),
                code="unknown",
            )
        return found[0]

    @property
    def tucked(self) -> forms.BoundField:
        """Only for what other bodies do."""
        return self["partner"]

    @property
    def is_removable(self) -> bool:
        return super().is_removable and not self.is_open_need

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """An open need is a heading, not a question."""
        rows = super().rows
        return rows[1:] if self.is_open_need else rows

    @property
    def is_open_need(self) -> bool:
        return self["need"].value() in self.open_needs

    @property
    def need_label(self) -> str:
        return lists.label(self["need"].value())
