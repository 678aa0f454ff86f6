from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.test import RequestFactory
from django.utils import translation

from accounts import context
from accounts.policy import Discipline
from accounts.templatetags import ui
from tests.frontend.test_forms import show

pytestmark = pytest.mark.urls("tests.frontend.pages")


@pytest.mark.parametrize(
    ("language", "whole", "part"),
    [("es", "20,273", "38.6"), ("en", "20,273", "38.6"), ("fr", "20\xa0273", "38,6")],
)
def test_numbers_are_written_as_in_the_language(language, whole, part):
    with translation.override(language):
        assert ui.number(20273) == whole
        assert ui.number(38.6, 1) == part


def test_nothing_is_a_dash_and_a_star_stays_a_star():
    assert (ui.number(None), ui.number("*"), ui.number(0)) == ("–", "*", "0")


def test_a_share_is_per_cent():
    assert ui.percent(0.125) == "12 %"


def test_the_month_of_a_date_is_in_letters():
    with translation.override("es"):
        assert ui.day(date(2025, 11, 3)).lower() == "3 nov 2025"
        assert ui.weekday(date(2025, 11, 3)).lower() == "lunes 3 nov"


def test_instants_are_shown_in_local_time():
    assert ui.clock(datetime(2025, 11, 3, 16, 42, tzinfo=UTC)) == "10:42"


@pytest.mark.parametrize("code", Discipline.values)
def test_every_discipline_has_letters(code):
    letters, colour = ui.DISCIPLINES[code]
    assert 2 <= len(str(letters)) <= 3
    assert 1 <= colour <= 6


def test_pieces_escape_what_they_are_given():
    for piece in (
        ui.badge("<b>", "ok"),
        show("{% panel title %}{% endpanel %}", title="<b>"),
        show("{% alert 'warn' title %}{{ title }}{% endalert %}", title="<b>"),
        show("{% fold title %}{{ title }}{% endfold %}", title="<b>"),
        show("{% dialog 'd' title %}{% enddialog %}", title="<b>"),
        show("{% empty_state title %}", title="<b>"),
    ):
        assert "<b>" not in piece
        assert "&lt;b&gt;" in piece


def test_a_badge_is_a_word_and_an_icon():
    html = ui.badge("Urgent", "danger")
    assert "#alert" in html
    assert "Urgent" in html


def test_the_pager_keeps_the_filters():
    html = show("{% pager page %}", page=Paginator(range(100), 25).page(2))
    assert "?q=a&amp;page=1" in html
    assert "?q=a&amp;page=3" in html


def test_one_page_needs_no_pager():
    assert show("{% pager page %}", page=Paginator(range(3), 25).page(1)).strip() == ""


def test_a_tab_shows_its_count_even_when_it_is_zero():
    html = show("{% tabs items %}", items=[ui.Tab("Waiting", "/", 0, True), ui.Tab("All", "/a")])
    assert html.count('class="count"') == 1
    assert html.count("aria-current") == 1


class Staff(AnonymousUser):
    is_active = True
    is_system = False
    is_authenticated = True

    def __init__(self, *roles):
        self.active_postings = [
            type("P", (), {"role": role, "programme_id": 1})() for role in roles
        ]


def nav(*roles, path="/"):
    request = RequestFactory().get(path)
    request.user = Staff(*roles)
    return {item.url: item.current for item in context.page(request)["nav"]}


def test_the_navigation_shows_what_the_role_may_open():
    assert "/accounts/log/" in nav("dpo")
    assert "/accounts/log/" not in nav("doctor")
    assert "/accounts/users/" in nav("administrator")
    assert "/accounts/users/" not in nav("manager")


def test_the_navigation_marks_where_one_is():
    assert nav("dpo", path="/accounts/log/")["/accounts/log/"] is True


def test_nobody_signed_in_has_no_navigation():
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert list(context.page(request)["nav"]) == []


@pytest.mark.parametrize(
    ("cookie", "theme"), [("night", "night"), ("light", "light"), ('"><script>', "auto")]
)
def test_the_theme_comes_from_the_cookie(cookie, theme):
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie
    assert context.page(request)["theme"] == theme
