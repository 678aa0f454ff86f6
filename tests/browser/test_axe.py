"""Every page as people with poor sight, big thumbs, a keyboard or a screen reader meet it.

One browser walks all pages and says at the end everything that is wrong. What depends on the
language is looked at in three languages, what depends on colours by day and by night.
"""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page

from accounts.models import User
from tests.browser import world
from tests.browser.team import signed_in

# Minutes long: `pytest -m bench tests/browser/test_axe.py` before a landing, not in `make test`.
pytestmark = [
    pytest.mark.bench,
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]

CONTRAST = ["color-contrast", "color-contrast-enhanced"]
ALL_RULES = {"rules": {"color-contrast-enhanced": {"enabled": True}}, "resultTypes": ["violations"]}
COLOURS = {"runOnly": {"type": "rule", "values": CONTRAST}, "resultTypes": ["violations"]}
WORDS = {"rules": {rule: {"enabled": False} for rule in CONTRAST}, "resultTypes": ["violations"]}

RUN = """async (options) => {
  const { violations } = await axe.run(options);
  return violations.map(({ id, nodes }) =>
    `${id}: ${nodes.slice(0, 2).map((n) => n.html.slice(0, 160)).join(" … ")}`);
}"""
NIGHT = "document.documentElement.dataset.theme = 'night'"
FOLDS = "for (const each of document.querySelectorAll('main details')) each.open = true"

# Links inside a sentence or beside others in a line of text are read, not aimed at.
SMALL = """() => [...document.querySelectorAll(
    "button, .button, select, textarea, summary, label.chip, .tabs a, nav a, a.row-main,"
    + " input:not([type=hidden]):not([type=radio]):not([type=checkbox])")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }))
  .filter((each) => !each.closest(".visually-hidden, .skip"))
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
  .map(([each, box]) => `${Math.round(box.width)}×${Math.round(box.height)} `
    + each.outerHTML.slice(0, 120))"""
WIDER = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide < 1) return [];
  const out = [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).slice(0, 2)
  return [`${wide} px too wide: ` + out.map((each) => each.outerHTML.slice(0, 120)).join(" … ")];
}"""


@pytest.fixture
def everything(db: None) -> world.World:
    return world.build()


def speaks(users: dict[str, User], language: str) -> None:
    for user in users.values():
        User.objects.filter(pk=user.pk).update(language=language)


def test_every_page_is_accessible_in_three_languages_by_day_and_night(
    everything, chromium, live_server
):
    faults: list[str] = []
    for language in ("es", "en", "fr"):
        speaks(everything.users, language)
        for role in dict.fromkeys(role for role, _address in everything.pages):
            with signed_in(chromium, live_server.url, everything.users.get(role)) as page:
                for whose, address in everything.pages:
                    if whose == role:
                        found = look(page, address, language)
                        faults += [f"{language} {role} {address}: {each}" for each in found]
    assert not faults, "\n".join(faults)


def look(page: Page, address: str, language: str) -> list[str]:
    """What is wrong with one page in one language; colours and sizes are looked at once."""
    answer = page.goto(address)
    if answer is None or answer.status != 200 or not page.url.endswith(address):
        return [f"not shown: {answer and answer.status}, {page.url}"]
    page.evaluate(FOLDS)
    page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(RUN, ALL_RULES if language == "es" else WORDS)
    found += page.evaluate(SMALL)
    page.set_viewport_size({"width": 320, "height": 740})
    found += page.evaluate(WIDER)
    if language == "es":
        page.evaluate(NIGHT)
        found += [f"at night: {each}" for each in page.evaluate(RUN, COLOURS)]
    page.set_viewport_size({"width": 360, "height": 740})
    if (said := page.locator("html").get_attribute("lang")) != language and address[
        1:9
    ] != "accounts/sign-in":
        found.append(f"speaks {said}")
    return found


def test_no_page_is_forgotten(everything):
    """Who adds an address shows it here, or says in `world.NO_PAGE` that it is none."""
    known = everything.named | world.NO_PAGE
    assert set(names(get_resolver())) - known == set()


def names(resolver: URLResolver, prefix: str = "") -> list[str]:
    found: list[str] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            if entry.name and not prefix.startswith("api"):
                found.append(prefix + entry.name)
        elif not str(entry.pattern).startswith("api/"):
            space = f"{entry.namespace}:" if entry.namespace else ""
            found += names(entry, prefix + space)
    return found


FORMS = {
    "/patients/new/": "doctor",
    "/activities/new/": "promoter",
    "/partners/organisations/new/": "coordinator",
    "/accounts/users/new/": "administrator",
}


def test_a_form_sent_empty_says_error_first_and_shows_where(everything, chromium, live_server):
    faults: list[str] = []
    for address, role in FORMS.items():
        with signed_in(chromium, live_server.url, everything.users[role]) as page:
            page.goto(address)
            with page.expect_navigation():
                page.locator("main form .button:not(.quiet)").last.tap()
            title, summary = page.title(), page.locator(".error-summary, main [role=alert]").first
            if title.split(":")[0].strip() not in ("Error", "Erreur"):
                faults.append(f"{address}: {title}")
            if not summary.evaluate("(each) => each.contains(document.activeElement)"):
                faults.append(f"{address}: the summary has no focus")
            page.evaluate(AXE_SCRIPT)
            faults += [f"{address}: {each}" for each in page.evaluate(RUN, ALL_RULES)]
    assert not faults, "\n".join(faults)
