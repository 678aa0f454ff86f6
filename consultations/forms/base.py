"""What every discipline's form does: the shared frame, its fields by layer, "last time",
warnings to be confirmed once, payload, drafts, and what buttons do where no script runs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.fields import YesNoField, one_more
from accounts.renderers import LastAnswer, is_empty
from consultations import definitions, summaries
from consultations.definitions import Field as Definition
from consultations.forms import fields, payloads, sheets
from consultations.forms.context import FormContext
from consultations.forms.fields import FollowUpField
from consultations.forms.frame import add_frame, check_frame
from consultations.forms.lines import LineForm, Lines, write_rows
from consultations.forms.payloads import Payload
from consultations.models import Diagnosis

ENDS: dict[str, tuple[Any, Any]] = {
    "pain": (_("no pain"), _("worst pain")),
    "distress": (_("no distress"), _("worst distress")),
}
ABILITY = (_("not at all"), _("fully"))


_ASIDE = ("confirmed_warnings", "known")


class Caution(NamedTuple):
    """A warning: never blocks, but is confirmed once. `token` tells one from another."""

    field: str
    message: str
    token: str


@dataclass(frozen=True)
class Block:
    """One part of a form as a template shows it: a field, fields in a row, or lines."""

    kind: str  # field, aside, lines, vitals, scales
    name: str
    form: "DisciplineForm"

    @property
    def field(self) -> forms.BoundField:
        return self.form[self.name]

    @property
    def lines(self) -> Lines:
        return self.form.lines[self.name]

    @property
    def scales(self) -> list[sheets.Line]:
        return sheets.lines(self.form)

    @property
    def last(self) -> LastAnswer | None:
        return self.form.last.get(self.name)

    @property
    def fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self.form.groups[self.name]]

    @property
    def problems(self) -> list[tuple[str, Any, str]]:
        if self.kind == "lines":
            return _problems_of(self.lines)
        names = self.form.groups.get(self.name, (self.name,))
        return [problem for name in names for problem in _problems(self.form[name])]

    @property
    def is_filled(self) -> bool:
        if self.kind == "lines":
            return self.lines.is_filled
        if self.kind in ("vitals", "scales"):
            return any(not is_empty(field.value()) for field in self.fields)
        return not is_empty(self.field.value())

    @property
    def is_open(self) -> bool:
        """Whether a fold around it must be open: it holds an error."""
        return bool(self.problems)


def _problems(field: Any) -> list[tuple[str, Any, str]]:
    return [(str(field.label), message, field.anchor) for message in field.errors]


def _problems_of(lines: Lines) -> list[tuple[str, Any, str]]:
    if not lines.is_bound or lines.quiet:
        return []
    found = [(lines.title, message, f"lines-{lines.prefix}") for message in lines.non_form_errors()]
    for form in lines.forms:
        for name in form.errors:
            found += _problems(form[name]) if name in form.fields else []
    return found


def _chosen(field: forms.BoundField) -> str:
    """The label of a choice as it stands."""
    choices: Any = getattr(field.field, "choices", ())
    return str(dict(choices).get(str(field.value() or ""), ""))


class DisciplineForm(forms.Form):
    """A consultation of one discipline, with the frame all disciplines share.

    `is_valid()` asks what signing needs; `warnings()` what must be confirmed once. `frame`,
    `core`, `optional` and `earlier` name the parts in order: `earlier` is what was asked at the
    first visit. `payload()` is what is signed.
    """

    discipline: ClassVar[str]
    asides: ClassVar[tuple[str, ...]] = ()  # fields that stay folded behind the one before
    use_required_attribute = False

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        context: FormContext,
        initial: Mapping[str, Any] | None = None,
        quiet: bool = False,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.context, self.quiet = context, quiet
        self.frame: list[str] = []
        self.core: list[str] = []
        self.optional: list[str] = []
        self.earlier: list[str] = []
        self.groups: dict[str, tuple[str, ...]] = {}
        self.lines: dict[str, Lines] = {}
        self.last: dict[str, LastAnswer] = {}
        self._line_forms: dict[str, tuple[type[LineForm], dict[str, Any]]] = {}
        self._cautions: list[Caution] = []
        self._known_before: tuple[str, ...] = ()
        self._previous: Payload = dict(context.last or {})
        self._loose = self.loosen(dict(self._previous))
        self.fields["confirmed_warnings"] = forms.CharField(
            required=False, widget=forms.HiddenInput, max_length=2000
        )
        add_frame(self)
        self.build()

    def build(self) -> None:
        """Add the fields of the discipline, in the order of `forms.csv`."""
        raise NotImplementedError

    # -- Adding fields -----------------------------------------------------------------------
    def define(self, code: str) -> Definition:
        return definitions.definition(self.discipline, code)

    def add(self, code: str, field: forms.Field | None = None, **kwargs: Any) -> None:
        """A field of `forms.csv` in its layer, prefilled as it says; made by type unless given."""
        definition = self.define(code)
        field = field or _MAKERS[definition.type](definition, **self._asked(definition, kwargs))
        self.place(definition, code, field)

    def _asked(self, definition: Definition, kwargs: dict[str, Any]) -> dict[str, Any]:
        """At later visits what was asked at the first is no longer required."""
        if definition.first_visit_only and not self.context.first_visit:
            kwargs["required"] = False
        return kwargs

    def place(self, definition: Definition, name: str, field: forms.Field) -> None:
        self.fields[name] = field
        self.group_of(definition).append(name)
        self._remember(definition, name, field)

    def beside(self, after: str, name: str, field: forms.Field) -> None:
        """A field that `forms.csv` has as part of another one: it stands behind that one."""
        self.fields[name] = field
        for group in (self.core, self.optional, self.earlier):
            if after in group:
                group.insert(group.index(after) + 1, name)

    def group_of(self, definition: Definition) -> list[str]:
        if definition.first_visit_only and not self.context.first_visit:
            return self.earlier
        return self.core if definition.layer == "core" else self.optional

    def _remember(self, definition: Definition, name: str, field: forms.Field) -> None:
        """Copy the last answer, or show it beside, as the definition says."""
        words = summaries.text(name, self._previous)
        if not words:
            return
        value = payloads.unpack(name, field, self._loose_previous)
        asked_again = definition.first_visit_only and not self.context.first_visit
        if definition.prefill == "last" and not asked_again:
            self.initial.setdefault(name, value)
        elif definition.prefill in ("last", "last_shown", "last_on_tap"):
            copied = _raw(value) if definition.prefill != "last_shown" else None
            self.last[name] = LastAnswer(words, self.context.last_on, copied)

    @property
    def _loose_previous(self) -> Payload:
        """The last answers in the shape of the fields."""
        return self.loosen(dict(self._previous))

    def add_lines(
        self,
        code: str,
        form: type[LineForm],
        *,
        add: Any,
        initial: Sequence[Mapping[str, Any]] = (),
        once: str = "",
        most: int = 0,
        **kwargs: Any,
    ) -> None:
        """Rows of `forms.csv`; "same as last time" brings those of the last consultation."""
        definition = self.define(code)
        previous = self._previous.get(code) or ()
        if definition.prefill == "last" and not initial:
            initial = previous
        self._line_forms[code] = form, kwargs
        self.lines[code] = Lines(
            self.data if self.is_bound else None,  # type: ignore[arg-type]
            form=form,
            prefix=code,
            initial=self.initial.get(code, initial),
            quiet=self.quiet,
            required=definition.required,
            title=definition.label,
            add=add,
            once=once,
            **({"most": most} if most else {}),
            **kwargs,
        )
        group = self.core if definition.layer == "core" else self.optional
        group.append(code)
        words = summaries.text(code, self._previous)
        if definition.prefill == "last_on_tap" and words:
            self.last[code] = LastAnswer(words, self.context.last_on, [])

    def add_known(self, keys: Sequence[str]) -> None:
        """Diagnoses known before count as follow-up. They are sent along, so that the same form
        sent again makes the same payload although it has been signed meanwhile."""
        self._known_before = tuple(keys)
        self.fields["known"] = forms.CharField(
            required=False, widget=forms.HiddenInput, max_length=2000
        )
        self.initial["known"] = " ".join(keys)

    def novelty(self, key: str) -> str:
        sent = self.data.get("known")
        known = self._known_before if sent is None else str(sent).split()
        return (Diagnosis.Novelty.FOLLOW_UP if key in known else Diagnosis.Novelty.NEW).value

    def add_follow_up(self) -> None:
        context = self.context
        definition = self.define("follow_up")
        field = FollowUpField(
            day=context.outing.local_date,
            site=str(context.outing.site_id),
            sites=context.sites,
            label=definition.label,
        )
        self.place(definition, "follow_up", field)

    # -- Showing -----------------------------------------------------------------------------
    def blocks(self, names: Iterable[str]) -> Iterator[Block]:
        for name in names:
            yield Block(self._kind(name), name, self)

    def _kind(self, name: str) -> str:
        if name in self.lines:
            return "lines"
        if name in self.groups:
            return "scales" if name == sheets.BLOCK else "vitals"
        return "aside" if name in self.asides else "field"

    @property
    def problems(self) -> list[tuple[str, Any, str]]:
        """Label, message and anchor of each error, in the order of the page."""
        found = [("", message, "") for message in self.non_field_errors()]
        for block in self.blocks((*self.frame, *self.core, *self.optional, *self.earlier)):
            found += block.problems
        return found

    @property
    def kind_of_visit(self) -> list[str]:
        """Answers of the folded part of the frame in words."""
        shown = (self[name] for name in self.folded if name in self.fields)
        return [words for field in shown if (words := _chosen(field))]

    @property
    def folded(self) -> list[str]:
        """The part of the frame that is seldom changed. An adult consents in person."""
        seldom: tuple[str, ...] = ("visit_type", "mode", "mediation")
        if not self.context.under_18:
            seldom += ("consent_giver", "consent_reason")
        return [name for name in self.frame if name in seldom]

    @property
    def asked(self) -> list[str]:
        """The part of the frame that is asked each time."""
        return [name for name in self.frame if name not in self.folded]

    @property
    def frame_is_open(self) -> bool:
        missing = self.fields.get("mediation") and self.context.interpreter_needed
        lacking = missing and is_empty(self["mediation"].value())
        return bool(lacking or any(name in self.errors for name in self.folded))

    @property
    def core_blocks(self) -> list[Block]:
        return list(self.blocks(self.core))

    @property
    def optional_blocks(self) -> list[Block]:
        return list(self.blocks(self.optional))

    @property
    def optional_filled(self) -> bool:
        return any(block.is_filled for block in self.optional_blocks)

    @property
    def optional_wrong(self) -> bool:
        return any(block.is_open for block in self.optional_blocks)

    @property
    def earlier_blocks(self) -> list[Block]:
        return list(self.blocks(self.earlier))

    @property
    def earlier_filled(self) -> bool:
        return any(block.is_filled for block in self.earlier_blocks)

    @property
    def earlier_wrong(self) -> bool:
        return any(block.is_open for block in self.earlier_blocks)

    @property
    def today_in_words(self) -> str:
        """The vital signs measured today, at triage or by a colleague."""
        today = self.context.vitals
        return "" if today is None else summaries.vitals_text(summaries.vitals_of(today))

    @property
    def parts(self) -> "list[forms.BaseForm | Lines]":
        """The form and its lines: all that can be wrong, for `error_summary` and the title."""
        return [self, *self.lines.values()]

    # -- Checking ----------------------------------------------------------------------------
    def full_clean(self) -> None:
        if self.quiet:
            self._errors, self.cleaned_data = ErrorDict(), {}
            return
        super().full_clean()

    def is_valid(self) -> bool:
        return super().is_valid() and all(lines.is_valid() for lines in self.lines.values())

    def clean(self) -> dict[str, Any]:
        self._cautions = []
        check_frame(self)
        self.check()
        return self.cleaned_data

    def check(self) -> None:
        """Rules of the discipline: errors by `refuse`, warnings by `caution`."""

    def answer(self, name: str) -> Any:
        """The clean answer, or None where it is empty or was refused."""
        return self.cleaned_data.get(name) or None

    def rows(self, name: str) -> list[Payload]:
        """The rows of a list as they stand, right or wrong."""
        lines = self.lines.get(name)
        if lines is None:
            return []
        lines.is_valid()
        return lines.payload()

    def refuse(self, name: str, message: Any, code: str = "invalid") -> None:
        self.add_error(name, ValidationError(message, code=code))

    def caution(self, field: str, message: Any, about: str = "") -> None:
        self._cautions.append(Caution(field, str(message), f"{field}.{about or 'check'}"))

    def warnings(self) -> list[tuple[str, str]]:
        """Field and message of what is unusual; never blocks, is confirmed once."""
        return [(caution.field, caution.message) for caution in self._cautions]

    @property
    def warning_tokens(self) -> str:
        """What the hidden field holds once the warnings shown are confirmed."""
        return " ".join(sorted({caution.token for caution in self._cautions}))

    @property
    def is_confirmed(self) -> bool:
        """Every warning stood on the page that was sent."""
        seen = str(self.cleaned_data.get("confirmed_warnings") or "").split()
        return {caution.token for caution in self._cautions} <= set(seen)

    # -- Payload -----------------------------------------------------------------------------
    def payload(self) -> Payload:
        """What is signed: JSON, normalised, nothing for what is empty."""
        packed: Payload = {}
        apart = {*_ASIDE, *(name for names in self.groups.values() for name in names)}
        for name, field in self.fields.items():
            if name not in apart:
                packed |= payloads.pack(name, field, self.cleaned_data.get(name))
        for name, lines in self.lines.items():
            packed |= {name: rows} if (rows := lines.payload()) else {}
        if filled := sheets.sheets(self):
            packed[sheets.BLOCK] = filled
        return self.refine(packed)

    def refine(self, payload: Payload) -> Payload:
        """What a discipline adds to, or changes in, the payload of its fields."""
        return payload

    # -- Drafts, and buttons without scripts -------------------------------------------------
    @classmethod
    def from_draft(cls, data: QueryDict, context: FormContext) -> Self:
        """The form as it was left, whatever it holds; nothing is checked."""
        return cls(data, context=context, quiet=True)

    @classmethod
    def reworked(cls, data: QueryDict, context: FormContext) -> Self | None:
        """The form after "add a line" or "same as last time"; None when another button was
        pressed. Nothing typed is lost."""
        form = cls.from_draft(data, context)
        for name in form.lines:
            if f"{name}-add" in data:
                return cls.from_draft(one_more(data, name), context)
        if "same_as_last" in data:
            return cls.from_draft(form._copied(str(data["same_as_last"])), context)
        return None

    def _copied(self, name: str) -> QueryDict:
        data: QueryDict = self.data.copy()  # type: ignore[attr-defined]
        if name in self.lines:
            self._write_lines(data, name, self._previous.get(name) or ())
        elif name in self.fields:
            field = self.fields[name]
            payloads.write(data, name, field, payloads.unpack(name, field, self._loose_previous))
        return data

    def _write_lines(self, data: QueryDict, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        form, kwargs = self._line_forms[name]
        write_rows(data, name, form(**kwargs), rows)

    @classmethod
    def post_data(cls, payload: Mapping[str, Any], context: FormContext) -> QueryDict:
        """A payload as the browser would have sent it: for the API and for replays."""
        form = cls(context=context)
        data = QueryDict(mutable=True)
        loose = form.loosen(dict(payload)) | sheets.loosen(payload)
        for name, field in form.fields.items():
            payloads.write(data, name, field, payloads.unpack(name, field, loose))
        for name in form.lines:
            form._write_lines(data, name, loose.get(name) or ())
        return data

    def loosen(self, payload: Payload) -> Payload:
        """The reverse of `refine`: a payload as the fields of the form hold it."""
        return payload


def _raw(value: Any) -> list[str]:
    """What the control would post."""
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, (list, tuple)):
        return [str(each) for each in value]
    return [] if value is None else [str(value)]


def _yes_no(definition: Definition, **kwargs: Any) -> YesNoField:
    kwargs.setdefault("required", definition.required)
    return YesNoField(label=definition.label, **kwargs)


def _slider(definition: Definition, **kwargs: Any) -> forms.Field:
    kwargs.setdefault("ends", ENDS.get(definition.code, ABILITY))
    return fields.slider(definition, **kwargs)


def _tap_or_text(definition: Definition, **kwargs: Any) -> forms.Field:
    if definition.list:
        return fields.taps(definition, **kwargs)
    return fields.text(definition, **kwargs)


_MAKERS: dict[str, Any] = {
    "choice": fields.choice,
    "consent": fields.choice,
    "multi": fields.multi,
    "chips_text": _tap_or_text,
    "text": fields.text,
    "long_text": fields.text,
    "yes_no": _yes_no,
    "slider": _slider,
    "body_map": fields.multi,
}
