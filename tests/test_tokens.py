"""Contrast, computed from the tokens of the style sheet (WCAG 2.2 relative luminance)."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = (Path(settings.BASE_DIR) / "static/css/vereda.css").read_text()
TEXT, CONTROL = 7.0, 4.5

TEXT_PAIRS = [
    (ink, ground)
    for ink in ("ink", "muted", "link", "danger", "warn", "ok", "info", "special")
    for ground in ("page", "surface")
] + [
    ("on-primary", "primary"),
    ("on-danger", "danger"),
    ("surface", "ink"),  # the button that leaves a page
    ("ink", "tint"),
    ("danger", "danger-on"),
    ("warn", "warn-on"),
    ("ok", "ok-on"),
    ("info", "info-on"),
    ("special", "special-on"),
    *[("ink", f"{kind}-on") for kind in ("danger", "warn", "ok", "info", "special")],
]
CONTROL_PAIRS = [
    (mark, ground)
    for mark in ("line-strong", "primary", "focus-ink", *[f"series-{n}" for n in range(1, 7)])
    for ground in ("page", "surface")
]


def tokens(selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r" \{(.*?)\}", CSS, re.DOTALL)
    assert block, selector
    return dict(re.findall(r"--([\w-]+): (#[0-9A-Fa-f]{6})", block[1]))


LIGHT, NIGHT = tokens(":root"), tokens(':root[data-theme="night"]')


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21_to_1():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
@pytest.mark.parametrize("theme", [LIGHT, NIGHT], ids=["light", "night"])
def test_text_stands_out_seven_to_one(theme, ink, ground):
    assert contrast(theme[ink], theme[ground]) >= TEXT


@pytest.mark.parametrize(("mark", "ground"), CONTROL_PAIRS)
@pytest.mark.parametrize("theme", [LIGHT, NIGHT], ids=["light", "night"])
def test_controls_and_charts_stand_out(theme, mark, ground):
    if mark == "focus-ink" and theme is NIGHT:
        mark = "focus"  # by night the ring itself stands out, by day its ink line does
    assert contrast(theme[mark], theme[ground]) >= CONTROL


def test_both_ways_to_the_night_give_the_same_colours():
    assert tokens(':root[data-theme="auto"]') == NIGHT
    assert NIGHT.keys() == LIGHT.keys()
