"""Who works where: nobody posts themself, and guardians of records do not work with them."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts import services
from accounts.models import AccessEvent, Posting, Programme, User
from accounts.rows import EditConflict, uuid7
from tests.accounts.factories import PostingFactory, ProgrammeFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """The words of a refusal tell which rule refused."""
    with translation.override("en"):
        yield


@pytest.fixture
def admin() -> User:
    return UserFactory(role="administrator")


@pytest.fixture
def programme() -> Programme:
    return ProgrammeFactory(code="CDMX-MOBILE")


# -- Services ----------------------------------------------------------------------------------
def test_posting_counts_at_once_and_is_logged(admin, programme):
    rosa = UserFactory()
    assert rosa.active_postings == []

    posting = services.post(rosa, by=admin, role="nurse", programme=programme)

    assert rosa.active_postings == [posting]
    assert (posting.posted_by, posting.until) == (admin, None)
    event = AccessEvent.objects.newest_first().first()
    assert (event.action, event.programme, event.purpose) == (
        "posting.started", programme, f"user {rosa.pk}",
    )  # fmt: skip


def test_nobody_posts_themself(admin):
    with pytest.raises(PermissionDenied):
        services.post(admin, by=admin, role="dpo")


def test_nobody_ends_their_own_posting(admin):
    with pytest.raises(PermissionDenied):
        services.end_posting(admin.posting, by=admin, until=dt.date(2026, 1, 1), expected=1)


@pytest.mark.parametrize("role", ["coordinator", "manager", "dpo"])
def test_only_an_administrator_posts(role, programme):
    by, posting = UserFactory(role=role), PostingFactory()

    with pytest.raises(PermissionDenied):
        services.post(UserFactory(), by=by, role="nurse", programme=programme)
    with pytest.raises(PermissionDenied):
        services.end_posting(posting, by=by, until=posting.since, expected=1)


def test_a_system_actor_posts(programme):
    services.post(UserFactory(), by=User.objects.system("demo"), role="nurse", programme=programme)


@pytest.mark.parametrize(
    ("held", "new"),
    [("doctor", "administrator"), ("coordinator", "dpo"), ("administrator", "nurse"), ("dpo", "doctor")],
)  # fmt: skip
def test_who_guards_the_records_does_not_work_with_them(admin, programme, held, new):
    rosa = UserFactory(role=held)

    with pytest.raises(ValidationError, match="administrator or data officer"):
        services.post(
            rosa,
            by=admin,
            role=new,
            programme=None if new in ("administrator", "dpo") else programme,
        )


def test_a_doctor_who_left_may_become_administrator(admin):
    rosa = PostingFactory(role="doctor", until="2024-12-31").user

    services.post(rosa, by=admin, role="administrator", since=dt.date(2025, 1, 1))


@pytest.mark.parametrize("role", ["manager", "coordinator"])
def test_a_colleague_may_hold_two_roles(admin, programme, role):
    rosa = UserFactory(role="doctor")

    services.post(rosa, by=admin, role=role, programme=programme if role == "coordinator" else None)

    assert rosa.roles == {"doctor", role}


def test_the_same_posting_twice_in_the_same_days_is_refused(admin, programme):
    rosa = UserFactory()
    first = dt.date(2025, 1, 1)
    services.post(rosa, by=admin, role="nurse", programme=programme, since=first, until=first)
    services.post(
        rosa, by=admin, role="nurse", programme=programme, since=first + dt.timedelta(days=1)
    )

    with pytest.raises(ValidationError, match="already has this posting"):
        services.post(rosa, by=admin, role="nurse", programme=programme)


@pytest.mark.parametrize(("role", "with_programme"), [("nurse", False), ("dpo", True)])
def test_the_programme_follows_the_role(admin, programme, role, with_programme):
    with pytest.raises(ValidationError, match="whole organisation"):
        services.post(
            UserFactory(), by=admin, role=role, programme=programme if with_programme else None
        )


def test_a_discipline_that_the_role_does_not_write_is_refused(admin, programme):
    with pytest.raises(ValidationError, match="does not write"):
        services.post(
            UserFactory(), by=admin, role="nurse", programme=programme, discipline="psychiatry"
        )


def test_ending_a_posting_keeps_its_last_day(admin):
    posting = PostingFactory(role="nurse")
    today = dt.date.today()  # noqa: DTZ011

    services.end_posting(posting, by=admin, until=today, expected=1)
    assert posting.user.active_postings == [posting]

    services.end_posting(posting, by=admin, until=today - dt.timedelta(days=2), expected=2)
    assert posting.user.active_postings == []


def test_a_posting_cannot_end_before_it_begins(admin):
    posting = PostingFactory()

    with pytest.raises(ValidationError):
        services.end_posting(
            posting, by=admin, until=posting.since - dt.timedelta(days=1), expected=1
        )


def test_two_administrators_ending_a_posting_do_not_overwrite_each_other(admin):
    posting = PostingFactory()
    services.end_posting(
        Posting.objects.get(pk=posting.pk), by=admin, until=dt.date(2025, 1, 1), expected=1
    )

    with pytest.raises(EditConflict):
        services.end_posting(posting, by=admin, until=dt.date(2025, 2, 1), expected=1)


# -- Pages -------------------------------------------------------------------------------------
def posting_form(**values) -> dict[str, object]:
    return {"id": uuid7(), "role": "nurse", "since": "2025-01-01", "until": "", **values}


def test_posting_a_colleague_from_the_page(browser, programme):
    rosa = UserFactory()
    data = posting_form(programme=programme.pk, discipline="nursing")
    client = browser(role="administrator")

    for _ in range(2):  # a second tap on the button changes nothing
        answer = client.post(f"/accounts/users/{rosa.pk}/postings/new/", data)
        assert answer.url == f"/accounts/users/{rosa.pk}/"

    posting = Posting.objects.get(user=rosa)
    assert (posting.pk, posting.role, posting.programme) == (data["id"], "nurse", programme)


def test_the_same_id_for_another_posting_shows_both(browser, programme):
    rosa = UserFactory()
    data = posting_form(programme=programme.pk)
    client = browser(role="administrator")
    client.post(f"/accounts/users/{rosa.pk}/postings/new/", data)

    answer = client.post(f"/accounts/users/{rosa.pk}/postings/new/", {**data, "role": "doctor"})

    assert answer.status_code == 409
    assert Posting.objects.get(user=rosa).role == "nurse"


@pytest.mark.parametrize(
    "values",
    [
        {"role": ""}, {"role": "king"}, {"programme": ""}, {"programme": "x"}, {"since": ""},
        {"since": "2025-02-30"}, {"since": "1899-12-31"}, {"until": "2024-12-31"}, {"discipline": "psychiatry"}, {"id": ""},
    ],
    ids=str,
)  # fmt: skip
def test_bad_input_is_told_and_nothing_saved(browser, programme, values):
    rosa = UserFactory()
    data = posting_form(programme=programme.pk) | values

    answer = browser(role="administrator").post(f"/accounts/users/{rosa.pk}/postings/new/", data)

    assert answer.status_code == 400
    assert answer.context["form"].errors
    assert not rosa.postings.exists()


def test_there_is_no_page_for_posting_oneself(browser):
    client = browser(role="administrator")
    own = client.user.postings.get()

    assert client.get(f"/accounts/users/{client.user.pk}/postings/new/").status_code == 403
    assert client.get(f"/accounts/postings/{own.pk}/end/").status_code == 403


def test_many_programmes_are_a_list_and_few_are_chips(browser):
    rosa = UserFactory()
    client = browser(role="administrator")
    address = f"/accounts/users/{rosa.pk}/postings/new/"
    ProgrammeFactory()
    assert '<select name="programme"' not in client.get(address).content.decode()

    ProgrammeFactory.create_batch(8)
    assert '<select name="programme"' in client.get(address).content.decode()


def test_ending_a_posting_from_the_page(browser):
    posting = PostingFactory(role="nurse")
    client = browser(role="administrator")
    address = f"/accounts/postings/{posting.pk}/end/"
    assert client.get(address).status_code == 200

    assert client.post(address, {"until": "x", "version": 1}).status_code == 400
    assert client.post(address, {"until": "2019-01-01", "version": 1}).status_code == 400
    answer = client.post(address, {"until": "2025-01-01", "version": 1})
    assert answer.url == f"/accounts/users/{posting.user_id}/"

    answer = client.post(address, {"until": "2025-02-01", "version": 1})
    assert answer.status_code == 409
    assert answer.context["differences"][0].theirs == "01/01/2025"


# -- Programmes --------------------------------------------------------------------------------
def programme_form(**values) -> dict[str, object]:
    return {
        "id": uuid7(), "code": "TAP-ACCESS", "name_es": "Acceso", "name_en": "Access",
        "name_fr": "Accès", "kind": "mobile", "time_zone": "America/Mexico_City",
        "starts_on": "2020-01-01", "ends_on": "", **values,
    }  # fmt: skip


def test_a_programme_is_created_once_and_logged(browser):
    client = browser(role="administrator")
    data = programme_form()

    for _ in range(2):
        assert client.post("/accounts/programmes/new/", data).url == "/accounts/programmes/"

    programme = Programme.objects.get()
    assert (programme.code, programme.name) == ("TAP-ACCESS", "Acceso")
    assert AccessEvent.objects.filter(action="programme.created").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", ""), ("code", "tap access"), ("code", "=1+1"), ("name_es", ""),
        ("kind", "ship"), ("time_zone", "Mars/Olympus"), ("starts_on", "29/02/2025"),
        ("ends_on", "2019-12-31"),
    ],
)  # fmt: skip
def test_a_bad_programme_is_told_beside_its_field(browser, field, value):
    answer = browser(role="administrator").post(
        "/accounts/programmes/new/", programme_form(**{field: value})
    )

    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {field}
    assert not Programme.objects.exists()


def test_two_programmes_cannot_share_a_code(browser):
    ProgrammeFactory(code="TAP-ACCESS")

    answer = browser(role="administrator").post("/accounts/programmes/new/", programme_form())

    assert answer.context["form"].errors.keys() == {"code"}


def test_a_programme_is_changed_but_never_its_code(browser):
    programme = ProgrammeFactory(code="OLD")
    client = browser(role="administrator")
    data = programme_form(version=1, ends_on="2025-12-31")

    answer = client.post(f"/accounts/programmes/{programme.pk}/", data)

    assert answer.status_code == 302
    programme.refresh_from_db()
    assert (programme.code, programme.name_en) == ("OLD", "Access")
    assert programme.ends_on == dt.date(2025, 12, 31)

    answer = client.post(f"/accounts/programmes/{programme.pk}/", data | {"name_en": "Other"})
    assert answer.status_code == 409
    assert answer.context["differences"][0][1:] == ("Other", "Access")


# -- The database itself -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"role": "king"}, "posting_role_is_known"),
        ({"discipline": "magic"}, "posting_discipline_is_known"),
        ({"role": "nurse", "programme": None}, "posting_programme_follows_role"),
        ({"until": dt.date(2019, 1, 1)}, "posting_ends_after_it_starts"),
    ],
)
def test_the_database_refuses_the_posting(values, name):
    posting = PostingFactory(role="nurse")

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Posting.objects.filter(pk=posting.pk).update(**values)


def test_the_database_refuses_a_programme_for_the_whole_organisation(programme):
    posting = PostingFactory(role="dpo")

    with (
        pytest.raises(IntegrityError, match="posting_programme_follows_role"),
        transaction.atomic(),
    ):
        Posting.objects.filter(pk=posting.pk).update(programme=programme)


def test_the_database_refuses_who_posts_themself():
    posting = PostingFactory()

    with pytest.raises(IntegrityError, match="nobody_posts_themself"), transaction.atomic():
        Posting.objects.filter(pk=posting.pk).update(posted_by=posting.user)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"kind": "ship"}, "programme_kind_is_known"),
        ({"ends_on": dt.date(2019, 1, 1)}, "programme_ends_after_it_starts"),
    ],
)
def test_the_database_refuses_the_programme(values, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ProgrammeFactory(**values)
