"""How a field looks in HTML: what is said, to whom, and what works without JavaScript."""

import re

import pytest
from django import forms
from django.http import QueryDict
from django.template import engines
from django.test import RequestFactory

from tests.frontend.sample import Lines, SampleForm

pytestmark = pytest.mark.urls("tests.frontend.pages")


def field(name, sent=None):
    form = SampleForm(None if sent is None else QueryDict(sent))
    return str(form[name].as_field_group())


def show(template, **context):
    request = RequestFactory().get("/?q=a&page=2")
    return engines["django"].from_string(template).render(context, request)


def test_only_optional_fields_say_so():
    assert "optional" in field("plan")
    assert "optional" not in field("name_used")


def test_a_field_needed_to_sign_is_not_called_optional():
    form = SampleForm()
    form.fields["plan"].needed = True
    assert "optional" not in str(form["plan"].as_field_group())


def test_a_form_can_leave_the_marks_out():
    form = SampleForm()
    form.mark_optional = False
    assert "optional" not in str(form["plan"].as_field_group())


def test_an_error_stands_beside_its_field_and_is_tied_to_it():
    html = field("name_used", "")
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_used_helptext id_name_used_error"' in html
    assert 'id="id_name_used_error"' in html


def test_a_group_is_a_fieldset_with_a_legend():
    html = field("sex", "")
    assert "<legend>Sexo" in html
    assert 'aria-describedby="id_sex_error"' in html


def test_chips_keep_the_choice():
    assert re.search(r'value="m" [^>]*checked', field("sex", "sex=m"))


def test_no_chip_is_chosen_before_it_was_asked():
    assert "checked" not in field("interpreter")
    assert re.search(r'value="no"[^>]*checked', field("interpreter", "interpreter=no"))


def test_typed_markup_stays_text():
    html = field("nationality", "nationality_other=<script>alert(1)</script>")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_picker_offers_what_a_typed_text_may_mean():
    html = field("nationality", "nationality_other=guin")
    assert [key in html for key in ('value="GIN"', 'value="GNB"', 'value="GNQ"')] == [True] * 3
    assert 'value="guin"' in html


def test_the_picker_shows_what_it_found_as_chosen():
    html = field("nationality", "nationality_other=senegal")
    assert re.search(r'value="SEN"[^>]* checked', html)


def test_chosen_codes_stand_first_and_once():
    html = field("diagnoses", "diagnoses=HTI&diagnoses=VEN")
    assert re.findall(r'value="(\w+)"', html)[:2] == ["HTI", "VEN"]
    assert html.count('value="HTI"') == 1


def test_the_last_answer_stands_beside_and_is_copied_only_where_allowed():
    assert "same_as_last" in field("plan")
    assert "Control en 14 días" in field("plan")
    distress = field("distress")
    assert "<b>6</b>" in distress
    assert "same_as_last" not in distress


@pytest.mark.parametrize("name", SampleForm.core + SampleForm.optional)
def test_the_summary_leads_to_an_id_that_exists(name):
    form = SampleForm(QueryDict("women=x&weight=x&seen_on=x&arrived_0=x&needs=x"))
    form.full_clean()
    html = show("{% error_summary form %}{% fields form names %}", form=form, names=[name])
    links = [link for link in re.findall(r'href="#(id_\w+)"', html) if f"id_{name}" in link]
    assert all(f'id="{link}"' in html for link in links)
    assert bool(links) == (name in form.errors)


def test_a_summary_of_nothing_is_nothing():
    assert show("{% error_summary form %}", form=SampleForm()).strip() == ""


def test_the_title_says_error():
    assert show("{% error_prefix %}", form=SampleForm(QueryDict(""))) != ""
    assert show("{% error_prefix %}", form=SampleForm()) == ""
    assert show("{% error_prefix %}") == ""


def test_a_removed_line_is_not_complained_about():
    sent = "m-TOTAL_FORMS=1&m-INITIAL_FORMS=0&m-0-medicine=HTI"
    kept, removed = (Lines(QueryDict(s), prefix="m") for s in (sent, f"{sent}&m-0-DELETE=on"))
    assert "href" in show("{% error_summary lines %}", lines=kept)
    assert show("{% error_summary lines %}", lines=removed).strip() == ""


def test_a_fold_says_that_something_in_it_is_filled():
    fold = "{% fold 'More' form=form names=names %}{% endfold %}"
    empty = show(fold, form=SampleForm(QueryDict("")), names=["needs", "remarks", "agree"])
    filled = show(fold, form=SampleForm(QueryDict("needs=food")), names=["needs", "remarks"])
    assert "data-filled" not in empty
    assert "data-filled" in filled


def test_a_fold_with_an_error_in_it_is_open():
    fold = "{% fold 'More' form=form names=names %}{% endfold %}"
    assert " open" in show(fold, form=SampleForm(QueryDict("seen_on=x")), names=["seen_on"])
    assert " open" not in show(fold, form=SampleForm(QueryDict("")), names=["seen_on"])


def test_lines_work_without_javascript():
    html = show("{% lines lines title='Medicines' add='Add' %}", lines=Lines(prefix="m"))
    assert 'name="m-add"' in html
    assert 'name="m-TOTAL_FORMS"' in html
    assert 'name="m-__prefix__-quantity"' in html


def test_plain_radios_and_boxes_are_chips_too():
    choices = [("a", "A"), ("b", "B")]
    one = forms.ChoiceField(choices=choices, widget=forms.RadioSelect)
    many = forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple)
    form = type("Plain", (forms.Form,), {"one": one, "many": many})(QueryDict("one=a&many=b"))
    html = str(form["one"].as_field_group()) + str(form["many"].as_field_group())
    assert html.count('<label class="chip">') == 4
    assert html.count("checked") == 2
