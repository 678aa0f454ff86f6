"""What fails by itself when somebody adds a view, a model or a service that forgets a rule."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import actions, policy
from accounts.middleware import Policy
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.rows import SealedField

ROOT = settings.BASE_DIR
OURS = (
    "accounts", "terminology", "partners", "patients", "consultations", "referrals", "desk",
    "reports", "demo", "config",
)  # fmt: skip

# Rows about a person that nobody finds by themselves, only through the row named, which has
# `visible_to`. A new model stands here with its parent, or has `visible_to` of its own.
REACHED_THROUGH = {
    "patients.Access": "patients.Patient",  # is what `visible_to` asks
    "patients.Allergy": "patients.Patient",
    "patients.Consent": "patients.Patient",
    "patients.DataKey": "patients.Patient",
    "patients.FamilyLink": "patients.Patient",
    "patients.Identity": "patients.Patient",
    "patients.LookAlike": "patients.Patient",
    "patients.PersonState": "patients.Patient",
    "patients.ProtectionTask": "patients.Patient",
    "patients.SearchToken": "patients.Patient",  # blind; its scope is applied by the search
    "patients.Vulnerability": "patients.Patient",
    "consultations.ActivityParticipant": "patients.Patient",
    "consultations.Addendum": "consultations.Consultation",
    "consultations.CarePlan": "consultations.Episode",
    "consultations.CaseReview": "consultations.Episode",
    "consultations.Choice": "consultations.Consultation",
    "consultations.Diagnosis": "consultations.Consultation",
    "consultations.EpisodeCriterion": "consultations.Episode",
    "consultations.EpisodeDecision": "consultations.Episode",
    "consultations.EpisodeMember": "consultations.Episode",
    "consultations.ExitService": "consultations.Episode",
    "consultations.FollowUpCall": "consultations.Episode",
    "consultations.GoalAction": "consultations.Episode",
    "consultations.GoalStep": "consultations.Episode",
    "consultations.ItemDistribution": "consultations.Consultation",
    "consultations.MediationDetail": "consultations.Consultation",
    "consultations.MediationLink": "consultations.Consultation",
    "consultations.MedicalDetail": "consultations.Consultation",
    "consultations.MentalHealthDetail": "consultations.Consultation",
    "consultations.Need": "patients.Patient",
    "consultations.NeedStep": "consultations.Consultation",
    "consultations.PlanFrequency": "consultations.Episode",
    "consultations.PlanGoal": "consultations.Episode",
    "consultations.Prescription": "consultations.Consultation",
    "consultations.PromotionDetail": "consultations.Consultation",
    "consultations.RehabilitationDetail": "consultations.Consultation",
    "consultations.ReviewParticipant": "consultations.Episode",
    "consultations.ScaleAnswer": "consultations.Consultation",
    "consultations.ScaleResult": "consultations.Consultation",
    "consultations.SessionGoal": "consultations.Consultation",
    "consultations.SocialWorkDetail": "consultations.Consultation",
    "consultations.TestResult": "consultations.Consultation",
    "consultations.VitalSigns": "consultations.Visit",
    "referrals.Notice": "referrals.Referral",  # says that, not what, to whom it is addressed
    "referrals.ReferralAppointment": "referrals.Referral",
    "referrals.ReferralContact": "referrals.Referral",
    "referrals.ReferralCriterion": "referrals.Referral",
    "referrals.ReferralMove": "referrals.Referral",
    "referrals.ReferralReason": "referrals.Referral",
}

# Views that find rows about people without `visible_to`, and what keeps their scope instead.
FOUND_OTHERWISE = {
    "patients/views/merging.py:look_alikes": "merged into people who are visible",
    "patients/views/protection_officer.py:blocking": "the officer sees whom everybody else may not",
    "patients/views/protection_officer.py:block": "the officer sees whom everybody else may not",
    "consultations/api.py:_sign": "the visit of a person found through the scope",
    "consultations/views/consult.py:__post_init__": "the visit of a person found through the scope",
    "consultations/views/notes.py:close_draft": "of own programmes, ended without reading",
    "consultations/views/outings.py:_unfinished": "of an outing found through the scope",
    "referrals/views/paper.py:_expected": "of a referral and a person found through the scope",
}


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


def about_a_person() -> list[type[models.Model]]:
    """The person, what points to the person, what points to that, and so on."""
    found = {apps.get_model("patients.Patient")}
    while True:
        more = {
            model
            for model in set(our_models()) - found
            if any(field.related_model in found for field in model._meta.concrete_fields)
        }
        if not more:
            return sorted(found, key=lambda model: model._meta.label)
        found |= more


def sources(*patterns: str) -> Iterator[tuple[str, ast.Module]]:
    for app in OURS:
        for pattern in patterns or ("**/*.py",):
            for path in sorted((ROOT / app).glob(pattern)):
                if "migrations" not in path.parts:
                    yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def every_view() -> Iterator[tuple[str, URLPattern]]:
    def walk(patterns, prefix):
        for entry in patterns:
            address = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, address)
            else:
                yield address, entry

    return walk(get_resolver().url_patterns, "/")


# -- Views -------------------------------------------------------------------------------------
def test_every_address_names_a_permission_for_every_method():
    missing = [
        address
        for address, entry in every_view()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if policy.needed(entry.callback, method) not in Permission
    ]

    assert not missing


def test_only_these_addresses_are_public():
    public = {
        address
        for address, entry in every_view()
        for method in ("GET", "POST")
        if policy.needed(entry.callback, method) == Permission.PUBLIC
    }

    assert public == {
        "/healthz",
        "/accounts/sign-in/",
        "/accounts/sign-out/",
        "/accounts/language/",
        "/accounts/theme/",
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stranger_is_let_through_by_the_policy_to_public_views_only(method, rf):
    guard = Policy(lambda request: None)
    for address, entry in every_view():
        request: HttpRequest = rf.generic(method, "/")
        request.user, request.session = AnonymousUser(), {}
        public = policy.needed(entry.callback, method) == Permission.PUBLIC
        assert (guard.process_view(request, entry.callback, (), {}) is None) == public, address


# -- Rows about people -------------------------------------------------------------------------
@pytest.mark.parametrize("model", about_a_person(), ids=lambda model: model._meta.label)
def test_every_field_about_a_person_has_a_privacy_class(model):
    named = getattr(model, "PRIVACY", {})
    fields = {
        field.name
        for field in model._meta.concrete_fields
        if field.name not in ("id", "version")
        and getattr(field.related_model, "__name__", "") != "Patient"
    }

    assert not fields - set(named), "without a privacy class"
    assert not set(named) - {field.name for field in model._meta.get_fields()}, "no such field"
    assert all(isinstance(value, PrivacyClass) for value in named.values())


@pytest.mark.parametrize("model", about_a_person(), ids=lambda model: model._meta.label)
def test_every_row_about_a_person_is_found_through_its_scope(model):
    label = model._meta.label
    own = hasattr(model._default_manager.all(), "visible_to")

    assert own != (label in REACHED_THROUGH), "either `visible_to` or a parent in this file"
    if not own:
        parent = apps.get_model(REACHED_THROUGH[label])
        assert hasattr(parent._default_manager.all(), "visible_to")


def test_no_parent_is_named_for_a_model_that_is_gone():
    labels = {model._meta.label for model in about_a_person()}

    assert set(REACHED_THROUGH) <= labels


def test_sealed_text_about_a_person_is_never_called_open():
    careless = [
        f"{model._meta.label}.{field.name}"
        for model in about_a_person()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedField) and model.PRIVACY[field.name] == PrivacyClass.OPEN
    ]

    assert not careless


def test_views_find_people_through_their_scope():
    """`Patient.objects` and the like, in views and API, is followed by `visible_to`."""
    names = {m.__name__ for m in about_a_person() if hasattr(m._default_manager, "visible_to")}
    careless = {
        f"{path}:{function}"
        for path, tree in sources("views.py", "views/*.py", "api.py", "api/*.py")
        for function, parent, node in _with_parents(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("objects", "_default_manager")
        and isinstance(node.value, ast.Name)
        and node.value.id in names
        and not (isinstance(parent, ast.Attribute) and parent.attr == "visible_to")
    }

    assert careless <= set(FOUND_OTHERWISE)


def _with_parents(node: ast.AST, function: str = "") -> Iterator[tuple[str, ast.AST, ast.AST]]:
    if isinstance(node, ast.FunctionDef):
        function = node.name
    for child in ast.iter_child_nodes(node):
        yield function, node, child
        yield from _with_parents(child, function)


# -- The database ------------------------------------------------------------------------------
def foreign_keys() -> Iterator[tuple[str, models.ForeignKey]]:
    for model in our_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                yield f"{model._meta.label}.{field.name}", field


def test_nothing_is_deleted_along_with_something_else():
    careless = [n for n, f in foreign_keys() if f.remote_field.on_delete is not models.PROTECT]

    assert not careless


def test_no_app_is_seen_from_the_apps_that_it_may_not_know():
    """A foreign key into another app has no way back (`related_name="+"`)."""
    seen = [
        name
        for name, field in foreign_keys()
        if field.related_model._meta.app_label != field.model._meta.app_label
        and not field.remote_field.hidden
    ]

    assert not seen


def test_every_workflow_list_is_checked_by_the_database():
    """A column with `choices` of our own has a constraint that names the column."""
    careless = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.concrete_fields
        if field.choices
        and not any(
            re.search(rf"'{field.name}(__\w+)?'", str(constraint.deconstruct()))
            for constraint in model._meta.constraints
            if isinstance(constraint, models.CheckConstraint)
        )
    ]

    assert not careless


# -- Services ----------------------------------------------------------------------------------
def test_only_services_open_transactions():
    allowed = re.compile(r"/(services|management)\b|/triggers\.py|^demo/")
    opened = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "atomic" and not allowed.search(path)
    ]

    assert not opened


def test_services_never_import_tasks():
    imported = [
        path
        for path, tree in sources("services.py", "services/*.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and ((node.module or "").endswith("tasks") or any(a.name == "tasks" for a in node.names))
    ]

    assert not imported


def test_every_action_in_the_log_is_declared_with_its_words():
    written = {
        value.value
        for _path, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "action"
        for value in ast.walk(keyword.value)
        if isinstance(value, ast.Constant) and "." in str(value.value)
    }

    assert written
    assert written - actions.declared() == set()
    assert all(len(action) <= 40 for action in actions.declared())


# -- Pages -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "forbidden",
    [r"\sstyle=", r"\son[a-z]+=", r"\shx-on", r"<style\b", r"<script(?![^>]*\bsrc=)", r"\|safe\b"],
)
def test_no_template_holds_what_the_content_policy_refuses(forbidden):
    found = [
        str(path.relative_to(ROOT))
        for path in sorted(Path(ROOT / "templates").rglob("*.html"))
        if re.search(forbidden, path.read_text())
    ]

    assert not found
