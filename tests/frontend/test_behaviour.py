"""What JavaScript adds, and what stays when it is off."""

import re

import pytest
from playwright.sync_api import expect

from tests.frontend import pages

pytestmark = [
    pytest.mark.browser,
    pytest.mark.urls("tests.frontend.pages"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def form(page):
    page.goto("/form/")
    expect(page.locator("[data-module]")).to_have_count(0)  # every module has run
    return page


def chosen(page, name):
    return page.locator(f".picker[data-name={name}] .chosen .chip").all_inner_texts()


def test_the_picker_searches_and_keeps_the_order(form):
    form.locator("#id_diagnoses_other").fill("guin")
    form.locator(".found .chip", has_text="Ecuatorial").click()
    form.locator(".picker[data-name=diagnoses] .quick .chip", has_text="Haití").click()
    assert chosen(form, "diagnoses") == ["Guinea Ecuatorial", "Haití"]
    form.locator(".picker[data-name=diagnoses] .chosen .chip").first.click()
    assert chosen(form, "diagnoses") == ["Haití"]


def test_the_picker_is_used_from_the_keyboard(form):
    box = form.locator("#id_nationality_other")
    box.fill("seneg")
    form.locator(".found .chip").wait_for()
    box.press("Enter")
    assert chosen(form, "nationality") == ["Senegal"]
    assert form.url.endswith("/form/")


def test_one_choice_is_taken_back_with_a_second_tap(form):
    form.locator(".picker[data-name=nationality] .quick .chip", has_text="Cuba").click()
    form.locator(".picker[data-name=nationality] .chosen .chip").click()
    assert chosen(form, "nationality") == []


def test_the_stepper_counts_and_the_total_follows(form):
    for _tap in range(3):
        form.locator("#id_women ~ button").click()
    form.locator("button:has(~ #id_women)").click()
    assert form.input_value("#id_women") == "2"
    assert form.locator("output").inner_text() == "2"


def test_the_last_answer_is_copied_with_one_tap(form):
    form.locator("[name=same_as_last]").click()
    assert form.input_value("#id_plan") == "Control en 14 días"


def test_a_draft_saves_itself_and_goes_on_without_a_network(form):
    pages.SAVED.clear()
    state = form.locator("[data-save-state]")
    form.fill("#id_plan", "agua")
    expect(state).to_have_text(re.compile(r"\d\d:\d\d"), timeout=30_000)
    assert pages.SAVED[-1]["plan"] == "agua"
    form.context.set_offline(True)
    form.fill("#id_plan", "agua y reposo")
    expect(state).to_have_attribute("data-kind", "warn", timeout=30_000)
    form.locator(".actions .button").first.click()
    assert form.input_value("#id_plan") == "agua y reposo"
    assert form.url.endswith("/form/")
    form.context.set_offline(False)
    expect(state).to_have_attribute("data-kind", "", timeout=30_000)
    assert pages.SAVED[-1]["plan"] == "agua y reposo"


def test_a_line_is_added_with_working_controls(form):
    form.locator("[data-add]").click()
    line = form.locator(".line").nth(1)
    line.locator(".quick .chip", has_text="Haití").click()
    assert line.locator(".chosen .chip").all_inner_texts() == ["Haití"]
    assert form.input_value("[name=med-TOTAL_FORMS]") == "2"


def test_the_theme_changes_and_is_remembered(form):
    form.get_by_role("button", name="Menú").or_(form.locator(".menu-open")).first.click()
    form.locator("[data-theme-switch] [value=night]").click()
    form.goto("/")
    assert form.locator("html").get_attribute("data-theme") == "night"


def test_shift_three_times_leaves_for_a_neutral_page(form):
    form.route("https://www.wikipedia.org/**", lambda route: route.fulfill(body="neutral"))
    for _press in range(3):
        form.keyboard.press("Shift")
    form.wait_for_url("https://www.wikipedia.org/")


def test_capital_letters_do_not_leave_the_page(form):
    form.locator("#id_name_used").press_sequentially("ANA")
    assert form.url.endswith("/form/")


def test_a_question_is_asked_before_what_cannot_be_undone(page):
    page.goto("/")
    page.locator("html.js").wait_for()
    page.locator("[data-confirm]").click()
    assert page.locator("#confirm").is_visible()
    page.locator("#confirm [value=no]").click()
    assert not page.locator("#confirm").is_visible()


def test_the_summary_takes_the_focus_and_leads_to_the_field(form):
    form.locator(".actions .button").first.click()
    form.wait_for_load_state()
    assert form.title().startswith("Error")
    expect(form.locator(".errors")).to_be_focused()
    form.locator(".error-list a").first.click()
    assert form.evaluate("document.activeElement.id") == "id_name_used"


PATHS = ("/", "/form/", "/person/", "/figures/")


def test_nothing_is_wider_than_the_screen(page):
    for path in PATHS:
        page.goto(path)
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


@pytest.mark.parametrize("path", PATHS)
def test_targets_are_large_enough_for_a_thumb(page, path):
    page.goto(path)
    small = page.evaluate(
        """() => [...document.querySelectorAll("a, button, select, summary, .chip, input:not([type=hidden])")]
          .filter((e) => e.checkVisibility() && !e.closest(".chip input, .skip, p"))
          .filter((e) => !(e.matches("input") && e.closest(".chip")))
          .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
          .filter(([, box]) => box.height < 44 || box.width < 44)
          .map(([html, box]) => `${Math.round(box.width)}×${Math.round(box.height)} ${html}`)"""
    )
    assert small == []


def test_without_javascript_the_server_does_the_same(chromium, live_server):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/form/")
    page.fill("#id_nationality_other", "senegal")
    page.locator("[name=med-add]").click()
    assert page.locator(".line:not(template .line)").count() == 2
    assert page.locator("[name=nationality][value=SEN]").is_checked()
    assert not page.locator("[data-js]").first.is_visible()
    context.close()
