"""The page of definitions, `docs/figures.md`: every figure of the list, out of the code.

`manage.py describe_figures` writes it; a test holds the file to what this gives.
"""

from collections.abc import Iterator

from django.utils.translation import override

from reports.indicators import INDICATORS, Indicator, words

FAMILIES = {
    "GEN": "General",
    "MED": "Primary health care",
    "MH": "Mental health",
    "SV": "Sexual violence",
    "VI": "Other violence",
    "SW": "Social work",
    "CM": "Cultural mediation",
    "HP": "Health promotion",
    "RF": "Referrals",
    "CA": "Comprehensive care centre",
    "PA": "Partners",
    "DQ": "Data quality",
}
_DISCLOSURE = {
    "table": "rounded and starred in editions for publication",
    "exempt": "exact in every edition",
}
_HEAD = """# The figures

Every figure is defined once, in `reports/indicators/`; the page, the API, the files and
`manage.py figures` show what that code counts. This page is written by
`manage.py describe_figures` from the code and from `reports/data/indicators.csv`: change those,
not this.

A period is local dates, both included. People are distinct for the scope and period asked and
never added up. A referral belongs to the scope of who sent it and of who received it. Referrals
and admissions are cohorts by their day in the period; how they went on is judged at the cut-off
(now). A percentage, ratio or median without anybody to speak of has no value, never a zero.
"""


def document() -> str:
    """The whole page, in English."""
    with override("en"):
        return "\n".join([_HEAD, *_computed(), *_others()])


def family(code: str) -> str:
    return code.rstrip("0123456789")


def _computed() -> Iterator[str]:
    shown = ""
    for code, indicator in INDICATORS.items():
        if indicator.reason:
            continue
        if family(code) != shown:
            shown = family(code)
            yield f"## {FAMILIES[shown]}\n"
        yield _entry(indicator)


def _entry(indicator: Indicator) -> str:
    row = indicator.words
    lines = [
        f"### {indicator.code} {row['label_en']}\n",
        f"*{row['label_es']} · {row['label_fr']}*\n",
        f"- Numerator: {row['numerator']}",
        f"- Denominator: {row['denominator'] or 'none'}",
        f"- Breakdowns: {', '.join(indicator.breakdowns) or 'none'}{_not_offered(indicator)}",
        f"- Unit: {row['unit']}; class: {row['privacy']}; {_DISCLOSURE[row['disclosure']]}",
        f"- Source: {row['source']}",
        f"- Rule: {_rule(indicator)}\n",
    ]
    return "\n".join(lines)


def _not_offered(indicator: Indicator) -> str:
    listed = [name for name in indicator.words["disaggregation"].split(";") if name]
    missing = [name for name in listed if name not in indicator.breakdowns]
    return f" (not offered yet: {', '.join(missing)})" if missing else ""


def _rule(indicator: Indicator) -> str:
    """The docstring without its title and source."""
    _title, _blank, rule = indicator.definition.partition("\n\n")
    return " ".join(rule.partition("Source:")[0].split())


def _others() -> Iterator[str]:
    yield "## Not computed yet\n"
    yield "Of the list, these have no value yet. They are never shown as zero.\n"
    yield "| code | figure | what must be recorded or computed first |"
    yield "|---|---|---|"
    for code, row in words().items():
        found = INDICATORS.get(code)
        if found is None:
            yield f"| {code} | {row['label_en']} | Not computed; needs {_needs(row['needs'])} |"
        elif found.reason:
            yield f"| {code} | {row['label_en']} | {found.reason} Needs {_needs(row['needs'])} |"
    yield ""


def _needs(text: str) -> str:
    return text.replace(";", ", ")
