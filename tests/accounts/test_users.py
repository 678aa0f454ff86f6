"""Accounts: what the administrator's pages and services do, and refuse."""

import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts import services
from accounts.models import AccessEvent, User
from accounts.rows import EditConflict, uuid7
from tests.accounts.factories import PASSWORD, PostingFactory, UserFactory

pytestmark = pytest.mark.django_db
USERS = "/accounts/users/"


@pytest.fixture
def admin() -> User:
    return UserFactory(role="administrator")


def last_event() -> AccessEvent:
    event = AccessEvent.objects.newest_first().first()
    assert event is not None
    return event


def form(**values) -> dict[str, object]:
    return {
        "id": uuid7(),
        "email": "rosa@vereda.example",
        "name": "Rosa Núñez",
        "licence": "",
        "language": "es",
        "discipline": "",
        **values,
    }


# -- Services ----------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["doctor", "coordinator", "manager", "dpo"])
def test_only_an_administrator_changes_accounts(role):
    by, user = UserFactory(role=role), UserFactory()

    for act in (
        lambda: services.create_user(by=by, email="a@b.example", name="A", password="x"),
        lambda: services.edit_user(user, by=by, expected=1, name="B"),
        lambda: services.deactivate(user, by=by, expected=1),
        lambda: services.activate(user, by=by, expected=1),
        lambda: services.reset_password(user, by=by),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_a_system_actor_creates_accounts_that_last():
    user = services.create_user(
        by=User.objects.system("demo"),
        email="Doctor@VEREDA.example",
        name="Doctor",
        password=PASSWORD,
        must_change_password=False,
        discipline="medical",
    )

    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert (user.email, user.must_change_password) == ("Doctor@vereda.example", False)
    assert (last_event().action, last_event().purpose) == ("account.created", f"user {user.pk}")


def test_two_accounts_cannot_share_an_e_mail_whatever_its_case(admin):
    services.create_user(by=admin, email="a@b.example", name="A", password="x")

    with pytest.raises(ValidationError) as refused:
        services.create_user(by=admin, email="A@B.example", name="B", password="x")
    assert refused.value.error_dict.keys() == {"email"}

    other = services.create_user(by=admin, email="c@b.example", name="C", password="x")
    with pytest.raises(ValidationError) as refused:
        services.edit_user(other, by=admin, expected=1, email="A@b.example")
    assert refused.value.error_dict.keys() == {"email"}


def test_the_second_to_save_meets_a_conflict_and_changes_nothing(admin):
    user = UserFactory(name="Rosa")
    mine, theirs = User.objects.get(pk=user.pk), User.objects.get(pk=user.pk)
    services.edit_user(theirs, by=admin, expected=1, name="Rosa Núñez")

    with pytest.raises(EditConflict) as conflict:
        services.edit_user(mine, by=admin, expected=1, name="Rosa Nuñes")

    assert conflict.value.theirs.name == "Rosa Núñez"
    user.refresh_from_db()
    assert (user.name, user.version) == ("Rosa Núñez", 2)


def test_saving_the_same_twice_is_no_conflict(admin):
    user = UserFactory()
    for _ in range(2):
        services.edit_user(User.objects.get(pk=user.pk), by=admin, expected=1, name="Rosa")

    user.refresh_from_db()
    assert (user.name, user.version) == ("Rosa", 2)


def test_an_edit_writes_only_its_own_fields(admin):
    user = UserFactory()
    stale = User.objects.get(pk=user.pk)
    services.reset_password(user, by=admin)

    services.edit_user(stale, by=admin, expected=1, name="Rosa")

    saved = User.objects.get(pk=user.pk)
    assert (saved.password, saved.must_change_password) == (user.password, True)


def test_nobody_deactivates_themself(admin):
    with pytest.raises(ValidationError):
        services.deactivate(admin, by=admin, expected=1)


def test_a_one_time_password_opens_the_account_and_nothing_else_does(admin):
    user = UserFactory()

    password = services.reset_password(user, by=admin)

    user.refresh_from_db()
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{4}(-[A-HJ-NP-Z2-9]{4}){2}", password)
    assert user.check_password(password)
    assert not user.check_password(PASSWORD)
    assert user.must_change_password
    assert password not in str(AccessEvent.objects.values())


def test_one_time_passwords_never_repeat():
    assert len({services.one_time_password() for _ in range(200)}) == 200


def test_no_name_and_no_e_mail_of_staff_stands_in_the_log(admin):
    user = services.create_user(by=admin, email="rosa@vereda.example", name="Rosa", password="x")
    services.edit_user(user, by=admin, expected=1, name="Rosa Núñez")
    services.post(user, by=admin, role="manager")

    log = str(AccessEvent.objects.values())
    assert "Rosa" not in log
    assert "rosa" not in log


# -- List --------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 50])
def test_the_list_costs_the_same_whatever_its_length(browser, count, django_assert_max_num_queries):
    for _ in range(count):
        PostingFactory(role="nurse")
    client = browser(role="administrator")

    with django_assert_max_num_queries(6):
        answer = client.get(USERS)

    assert len(answer.context["page"]) == min(count + 1, 25)


def test_a_search_finds_a_part_of_name_or_e_mail_and_leaves_no_trace_in_the_address(browser):
    UserFactory(name="Rosa Núñez", email="rosa@vereda.example")
    UserFactory(name="Old Rosa", is_active=False)
    UserFactory(name="Luis")

    answer = browser(role="administrator").post(USERS, {"text": "rosa"})

    assert [user.name for user in answer.context["page"]] == ["Old Rosa", "Rosa Núñez"]


def test_the_list_filters_by_role_in_force_and_state(browser):
    client = browser(role="administrator")
    nurse = PostingFactory(role="nurse").user
    PostingFactory(role="nurse", until="2020-02-02")
    gone = UserFactory(is_active=False)

    assert list(client.get(USERS, {"role": "nurse"}).context["page"]) == [nurse]
    assert list(client.get(USERS, {"state": "inactive"}).context["page"]) == [gone]


@pytest.mark.parametrize("query", [{"role": "x"}, {"state": "x"}, {"page": "x"}, {"page": "0"}])
def test_a_bad_address_is_answered_with_400(browser, query):
    assert browser(role="administrator").get(USERS, query).status_code == 400


def test_system_actors_are_not_listed_nor_opened(browser):
    actor = User.objects.system("nightly")
    client = browser(role="administrator")

    assert actor not in client.get(USERS).context["page"]
    assert client.get(f"{USERS}{actor.pk}/").status_code == 404


# -- Creating ----------------------------------------------------------------------------------
def test_creating_shows_a_one_time_password_once(browser):
    client = browser(role="administrator")
    data = form()

    answer = client.post(f"{USERS}new/", data)

    user = User.objects.get(pk=data["id"])
    password = answer.context["password"]
    assert user.check_password(password)
    assert user.must_change_password
    assert password in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store, private"

    again = client.post(f"{USERS}new/", data)
    assert again.url == f"{USERS}{user.pk}/"
    assert User.objects.filter(email="rosa@vereda.example").count() == 1


def test_the_same_id_with_another_content_shows_both_versions(browser):
    client = browser(role="administrator")
    data = form()
    client.post(f"{USERS}new/", data)

    answer = client.post(f"{USERS}new/", {**data, "name": "Rosa Gómez"})

    assert answer.status_code == 409
    assert "Rosa Gómez" in answer.content.decode()
    assert "Rosa Núñez" in answer.content.decode()
    assert User.objects.get(pk=data["id"]).name == "Rosa Núñez"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""), ("email", "rosa"), ("email", "a\0@b.example"), ("name", ""),
        ("name", "x" * 121), ("language", "de"), ("language", ""), ("discipline", "magic"),
        ("id", "x"), ("id", ""),
    ],
)  # fmt: skip
def test_bad_input_is_told_and_kept(browser, field, value):
    answer = browser(role="administrator").post(f"{USERS}new/", form(**{field: value}))

    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {field}
    assert not User.objects.filter(email__startswith="rosa").exists()


def test_a_taken_e_mail_is_told_beside_the_field(browser):
    UserFactory(email="Rosa@vereda.example")

    answer = browser(role="administrator").post(f"{USERS}new/", form())

    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {"email"}


# -- One account -------------------------------------------------------------------------------
def edit(user: User, **values) -> dict[str, object]:
    data = form(email=user.email, name=user.name, version=user.version, **values)
    del data["id"]
    return data


def test_saving_an_account_is_logged(browser):
    user = UserFactory()
    client = browser(role="administrator")

    answer = client.post(f"{USERS}{user.pk}/", {**edit(user), "name": "Rosa Núñez"})

    assert answer.url == f"{USERS}{user.pk}/"
    user.refresh_from_db()
    assert (user.name, user.version) == ("Rosa Núñez", 2)
    assert (last_event().action, last_event().actor) == ("account.edited", client.user)


def test_a_conflict_shows_both_versions_and_the_next_save_keeps_mine(browser):
    user = UserFactory(name="Rosa")
    client = browser(role="administrator")
    mine = {**edit(user), "name": "Rosa Gómez"}
    client.post(f"{USERS}{user.pk}/", {**edit(user), "name": "Rosa Núñez"})

    answer = client.post(f"{USERS}{user.pk}/", mine)

    assert answer.status_code == 409
    (difference,) = answer.context["differences"]
    assert difference[1:] == ("Rosa Gómez", "Rosa Núñez")
    assert 'name="version" value="2"' in answer.content.decode()
    assert 'value="Rosa Gómez"' in answer.content.decode()

    assert client.post(f"{USERS}{user.pk}/", {**mine, "version": 2}).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.version) == ("Rosa Gómez", 3)


def test_resetting_a_password_signs_its_owner_out(browser):
    doctor = browser(role="doctor")
    client = browser(role="administrator")

    answer = client.post(f"{USERS}{doctor.user.pk}/password/")

    assert answer.context["password"] in answer.content.decode()
    assert doctor.get("/accounts/profile/").status_code == 302


def test_deactivating_and_activating_say_so_in_the_log(browser):
    user = UserFactory()
    client = browser(role="administrator")

    client.post(f"{USERS}{user.pk}/active/", {"to": "inactive", "version": 1})
    assert not User.objects.get(pk=user.pk).is_active
    assert last_event().action == "account.deactivated"

    client.post(f"{USERS}{user.pk}/active/", {"to": "active", "version": 2})
    assert User.objects.get(pk=user.pk).is_active
    assert last_event().action == "account.activated"


@pytest.mark.parametrize("version", ["", "x", "0", "7"])
def test_switching_what_was_changed_meanwhile_changes_nothing(browser, version):
    user = UserFactory()

    browser(role="administrator").post(
        f"{USERS}{user.pk}/active/", {"to": "inactive", "version": version}
    )

    assert User.objects.get(pk=user.pk).is_active


def test_switching_oneself_off_is_refused(browser):
    client = browser(role="administrator")

    client.post(f"{USERS}{client.user.pk}/active/", {"to": "inactive", "version": 1})

    assert User.objects.get(pk=client.user.pk).is_active


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"language": "de"}, "user_language_is_known"),
        ({"discipline": "magic"}, "user_discipline_is_known"),
        ({"email": "TAKEN@vereda.example"}, "user_email_is_unique_whatever_its_case"),
    ],
)
def test_the_database_refuses(values, name):
    UserFactory(email="taken@vereda.example")

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        UserFactory(**values)
