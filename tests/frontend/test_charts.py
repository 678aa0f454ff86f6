import re
from xml.etree import ElementTree

import pytest

from accounts.charts import LETTER, Chart, Series, bars, columns, lines
from tests.frontend.sample import MONTHLY, MONTHS, SERVICES, SEXES, SITES, TREND
from tests.frontend.test_forms import show

pytestmark = pytest.mark.urls("tests.frontend.pages")

CHARTS = [
    ("bar_chart", SERVICES),
    ("bar_chart", SEXES),
    ("column_chart", MONTHLY),
    ("line_chart", TREND),
]


def svg(tag, chart):
    html = show(f"{{% {tag} chart table=False %}}", chart=chart)
    return re.findall(r"<svg xmlns.*?</svg>", html, re.DOTALL)[-1]


@pytest.mark.parametrize(("tag", "chart"), CHARTS)
def test_a_chart_is_small_and_well_formed(tag, chart):
    drawing = svg(tag, chart)
    assert len(drawing.encode()) <= 3 * 1024
    ElementTree.fromstring(drawing)  # noqa: S314 - our own text


@pytest.mark.parametrize(("tag", "chart"), CHARTS)
def test_the_table_below_holds_every_value(tag, chart):
    html = show(f"{{% {tag} chart %}}", chart=chart)
    assert html.count("<td class=") == len(chart.categories) * len(chart.series)
    assert "<table" not in show(f"{{% {tag} chart table=False %}}", chart=chart)


def test_bars_start_at_zero():
    drawn = bars(SERVICES)
    lengths = [group["bars"][0]["length"] for group in drawn["groups"]]
    values = SERVICES.series[0].values
    assert lengths[3] / lengths[0] == pytest.approx(values[3] / values[0], rel=0.01)


def test_columns_start_at_zero():
    tall = [column["height"] for column in columns(MONTHLY)["columns"]]
    values = MONTHLY.series[0].values
    assert tall[0] / tall[5] == pytest.approx(values[0] / values[5], rel=0.01)


def test_what_is_suppressed_is_hatched_starred_and_explained():
    html = show("{% bar_chart chart %}", chart=SEXES)
    assert f"url(#{SEXES.key}x)" in html
    assert ">*</text>" in html
    assert "has" not in html or "hatched" in html or "*" in html
    bar = bars(SEXES)["groups"][3]["bars"][0]
    other = bars(SEXES)["groups"][1]["bars"][2]
    assert bar["length"] == other["length"], "a hidden value shows through the length of its bar"


def test_series_differ_by_pattern_and_not_by_colour_alone():
    fills = {bar["fill"] for bar in bars(SEXES)["groups"][2]["bars"]}
    assert len(fills) == 3
    assert len({path["dash"] for path in lines(TREND)["paths"]}) == 3


def test_a_gap_in_the_data_is_a_gap_in_the_line():
    assert lines(TREND)["paths"][1]["d"].count("M") == 2


def test_small_multiples_share_one_scale():
    html = show("{% small_multiples charts table=False %}", charts=SITES)
    heights = [float(h) for h in re.findall(r'width="11.4" height="([\d.]+)"', html)]
    assert max(heights) == 56
    assert sum(height == 56 for height in heights) == 1


def test_text_stays_inside_the_drawing():
    long = Chart("t", ["Enero de 2025", "b", "Diciembre de 2025"], [Series("s", (1, 2, 123456))])
    for drawn in (columns(long), lines(long)):
        for tick in drawn["ticks"]:
            half = len(tick["text"]) * LETTER / 2
            assert tick["x"] - half >= -0.5
            assert tick["x"] + half <= drawn["width"] + 0.5


@pytest.mark.parametrize("values", [(), (0, 0), (None, None), ("*", "*")])
def test_a_chart_of_nothing_is_drawn(values):
    chart = Chart("Nothing", MONTHS[: len(values)], [Series("s", values)])
    for tag in ("bar_chart", "column_chart", "line_chart"):
        assert "<svg" in show(f"{{% {tag} chart %}}", chart=chart)


def test_labels_are_escaped():
    chart = Chart("<b>", ["<i>"], [Series("<u>", (1,)), Series("<s>", (2,))])
    html = show("{% bar_chart chart %}", chart=chart)
    assert not re.search("<[bius]>", html)
