"""Pieces of pages, built in to every template; docs/frontend.md shows each in use."""

from __future__ import annotations  # form sets name their type only for the type checker

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.forms.formsets import BaseFormSet
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.charts import Chart, bars, columns, lines
from accounts.policy import Discipline

register = template.Library()

KIND_ICONS = {
    "ok": "check",
    "warn": "warn",
    "danger": "alert",
    "info": "info",
    "special": "lock",
    "plain": "note",
}
# Two or three letters that the teams write on paper, and a colour shared by a service.
DISCIPLINES: dict[str, tuple[Any, int]] = {
    Discipline.MEDICAL: (pgettext_lazy("letters of a discipline", "MED"), 1),
    Discipline.NURSING: (pgettext_lazy("letters of a discipline", "NUR"), 1),
    Discipline.SRH: (pgettext_lazy("letters of a discipline", "SRH"), 1),
    Discipline.SGBV: (pgettext_lazy("letters of a discipline", "SV"), 1),
    Discipline.PSYCHOLOGY: (pgettext_lazy("letters of a discipline", "MH"), 3),
    Discipline.PSYCHIATRY: (pgettext_lazy("letters of a discipline", "PSY"), 3),
    Discipline.SOCIAL_WORK: (pgettext_lazy("letters of a discipline", "SW"), 2),
    Discipline.CULTURAL_MEDIATION: (pgettext_lazy("letters of a discipline", "CM"), 5),
    Discipline.HEALTH_PROMOTION: (pgettext_lazy("letters of a discipline", "HP"), 4),
    Discipline.PHYSIOTHERAPY: (pgettext_lazy("letters of a discipline", "PT"), 6),
    Discipline.OCCUPATIONAL: (pgettext_lazy("letters of a discipline", "OT"), 6),
}


@dataclass(frozen=True)
class Tab:
    label: Any
    url: str
    count: int | None = None
    current: bool = False


# -- Words and icons -------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, label: Any = "") -> SafeString:
    """An icon of the sprite; with a label it speaks, without it is decoration."""
    href = f"{static('icons/sprite.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def badge(text: Any, kind: str = "plain", icon: str = "") -> SafeString:
    """A status: always a word and an icon, never colour alone."""
    drawing = _icon(icon or KIND_ICONS[kind])
    return format_html('<span class="badge {}">{}{}</span>', kind, drawing, text)


_icon = icon


@register.simple_tag
def discipline(code: str) -> SafeString:
    """The letters of a discipline; its full name for those who listen."""
    if code not in DISCIPLINES:
        return format_html('<span class="discipline">{}</span>', code)
    letters, colour = DISCIPLINES[code]
    return format_html(
        '<abbr class="discipline d-{}" title="{}">{}</abbr>',
        colour,
        Discipline(code).label,
        letters,
    )


@register.simple_tag
def module(*names: str) -> SafeString:
    """The attribute by which app.js loads what improves this element."""
    urls = " ".join(static(f"js/{name}.js") for name in names)
    return format_html('data-module="{}"', urls)


@register.simple_tag
def htmx() -> SafeString:
    """htmx, for the pages that use it; set up to run under the content security policy."""
    return format_html(
        '<meta name="htmx-config" content="{}"><script src="{}" defer></script>',
        '{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true}',
        static("vendor/htmx-2.0.10.min.js"),
    )


# -- Wrappers --------------------------------------------------------------------------------
@register.simple_block_tag
def panel(content: str, title: Any = "", id: str = "") -> SafeString:
    head = format_html("<h2>{}</h2>", title) if title else ""
    anchor = format_html(' id="{}"', id) if id else ""
    return format_html('<section class="panel"{}>{}{}</section>', anchor, head, content)


@register.simple_block_tag
def alert(content: str, kind: str = "info", title: Any = "", live: bool = False) -> SafeString:
    head = format_html('<p class="alert-title">{}</p>', title) if title else ""
    role = SafeString(' role="status"') if live else ""
    return format_html(
        '<div class="alert {}"{}>{}<div>{}{}</div></div>',
        kind,
        role,
        _icon(KIND_ICONS[kind]),
        head,
        content,
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: Any) -> SafeString:
    return format_html(
        '<dialog class="dialog" id="{0}" aria-labelledby="{0}-title"><div class="stack">'
        '<h2 id="{0}-title">{1}</h2>{2}</div></dialog>',
        id,
        title,
        content,
    )


@register.simple_block_tag
def fold(
    content: str,
    title: Any,
    form: BaseForm | None = None,
    names: Iterable[str] = (),
    filled: bool = False,
    open: bool = False,
) -> SafeString:
    """A part that opens on a tap; says whether something in it is filled in."""
    fields = [form[name] for name in names if name in form.fields] if form is not None else []
    return SafeString(
        render_to_string(
            "components/fold.html",
            {
                "title": title,
                "fields": fields,
                "content": content,
                "filled": filled or any(field.is_filled for field in fields),  # type: ignore[attr-defined]
                "open": open or any(field.errors for field in fields),
            },
        )
    )


# -- Lists -----------------------------------------------------------------------------------
@register.inclusion_tag("components/tabs.html")
def tabs(items: Sequence[Tab | Mapping[str, Any]], label: Any = "") -> dict[str, Any]:
    return {"items": items, "label": label or _("Lists")}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any]) -> dict[str, Any]:
    return {"page": page, "request": context.get("request")}


@register.inclusion_tag("components/empty_state.html")
def empty_state(text: Any, url: str = "", label: Any = "", icon: str = "people") -> dict[str, Any]:
    return {"text": text, "url": url, "label": label, "icon_name": icon}


@register.inclusion_tag("components/progress.html")
def progress(value: float, maximum: float, label: Any) -> dict[str, Any]:
    return {"value": value, "maximum": maximum, "label": label}


# -- Forms -----------------------------------------------------------------------------------
@register.simple_tag
def fields(form: BaseForm, *names: str | Iterable[str]) -> SafeString:
    """Fields one under the other: names, or lists of names."""
    flat = [
        name for given in names for name in ((given,) if isinstance(given, str) else tuple(given))
    ]
    return format_html_join("", "{}", ((form[name].as_field_group(),) for name in flat))


@register.filter
def bound(form: BaseForm, name: str) -> BoundField:
    return form[name]


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm | BaseFormSet[Any] | None) -> dict[str, Any]:
    """What is wrong, on top, with the way to each field."""
    return {"errors": [error for form in _single(forms) for error in _errors(form)]}


@register.simple_tag(takes_context=True)
def error_prefix(context: Context) -> Any:
    """`Error:` before the title of a page whose form came back."""
    given = [context.get("form"), *(context.get("forms") or ())]
    return _("Error: ") if any(True for form in _single(given) for _e in _errors(form)) else ""


def _single(forms: Iterable[Any]) -> Iterable[Any]:
    """Formsets and their forms, one by one; what is not a bound form is left out."""
    for form in forms:
        if isinstance(form, (BaseForm, BaseFormSet)) and form.is_bound:
            yield form
        if isinstance(form, BaseFormSet) and form.is_bound:
            yield from (line for line in form.forms if not _is_removed(line))


def _is_removed(line: BaseForm) -> bool:
    # `deleted_forms` would name none while another line is wrong.
    return bool(line.is_bound and line.errors and getattr(line, "cleaned_data", {}).get("DELETE"))


def _errors(form: BaseForm | BaseFormSet[Any]) -> Iterable[tuple[str, Any, str]]:
    """Label, message and anchor of each error."""
    if isinstance(form, BaseFormSet):
        yield from (("", message, "") for message in form.non_form_errors())
        return
    for name, messages in form.errors.items():
        field = form[name] if name in form.fields else None
        for message in messages:
            if field is None or field.is_hidden:
                yield "", message, ""
            else:
                yield str(field.label), message, field.anchor  # type: ignore[attr-defined]


@register.inclusion_tag("components/lines.html", name="lines")
def lines_of(formset: BaseFormSet[Any], title: Any, add: Any, hint: Any = "") -> dict[str, Any]:
    return {"formset": formset, "title": title, "add": add, "hint": hint}


@register.inclusion_tag("components/save_state.html")
def save_state() -> dict[str, Any]:
    return {}


# -- Charts ----------------------------------------------------------------------------------
@register.inclusion_tag("components/chart.html")
def bar_chart(chart: Chart, table: bool = True) -> dict[str, Any]:
    return bars(chart) | {"drawing": "components/chart_bar.html", "table": table}


@register.inclusion_tag("components/chart.html")
def column_chart(chart: Chart, table: bool = True) -> dict[str, Any]:
    return columns(chart) | {"drawing": "components/chart_column.html", "table": table}


@register.inclusion_tag("components/chart.html")
def line_chart(chart: Chart, table: bool = True) -> dict[str, Any]:
    return lines(chart) | {"drawing": "components/chart_line.html", "table": table}


@register.inclusion_tag("components/chart_multiples.html")
def small_multiples(charts: Sequence[Chart], title: Any = "", table: bool = True) -> dict[str, Any]:
    """The same columns for each site or month, all on one scale."""
    top = max((chart.top for chart in charts), default=1)
    return {
        "drawings": [columns(chart, top=top, width=150, height=56) for chart in charts],
        "charts": charts,
        "title": title,
        "table": table,
    }


# -- Numbers and dates -----------------------------------------------------------------------
@register.filter
def number(value: Any, decimals: int = 0) -> str:
    """A number as the active language writes it; a dash for none, words as they are."""
    if value is None or value == "":
        return "–"
    if not isinstance(value, (int, float, Decimal)):
        return str(value)
    return str(number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=True))


@register.filter
def percent(share: float | None, decimals: int = 0) -> str:
    """A share of 1 as per cent."""
    return "–" if share is None else f"{number(share * 100, decimals)} %"


@register.filter
def day(value: date | None) -> str:
    """3 nov 2025: the month in letters, because 3/11 is read in two ways."""
    return date_format(_local(value), "j M Y") if value else "–"


@register.filter
def weekday(value: date | None) -> str:
    if not value:
        return "–"
    local = _local(value)
    return f"{WEEKDAYS[local.weekday()]} {date_format(local, 'j M')}"


@register.filter
def month_name(value: date | None) -> str:
    return date_format(_local(value), "M Y") if value else "–"


@register.filter
def clock(value: datetime | None) -> str:
    return date_format(_local(value), "H:i") if value else "–"


@register.filter
def day_time(value: datetime | None) -> str:
    return date_format(_local(value), "j M Y, H:i") if value else "–"


def _local(value: date) -> date:
    """Instants in the local time zone; dates as they are."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value
