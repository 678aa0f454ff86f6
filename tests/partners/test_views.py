import datetime as dt
import gzip
import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AccessEvent
from accounts.policy import Role
from partners.models import Agreement, Contact, Organisation, Service, Site, Training
from terminology import lists
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.partners.factories import (
    AgreementFactory,
    ContactFactory,
    OrganisationFactory,
    ServiceFactory,
    SiteFactory,
    TrainingFactory,
)

pytestmark = pytest.mark.django_db
FIXED, OWN = 9, 12  # statements: session, user, postings, log; and those of the page
ODD = [
    "",
    "x" * 10_000,
    "\x00",
    "مرحبا\u202e",
    "🩺",
    "e\u0301",
    "=1+1",
    "<script>alert(1)</script>",
]
TODAY = timezone.localdate


@pytest.fixture
def programme():
    return ProgrammeFactory()


@pytest.fixture
def coordinator(client, programme):
    user = UserFactory(role="coordinator", programme=programme)
    client.force_login(user)
    return user


def url(name, *args):
    return reverse(f"partners:{name}", args=args)


def organisation_data(**changes):
    return {
        "id": str(uuid.uuid4()), "name_es": "Comedor", "partner_type": "partner_types:ngo_national",
        "note": "Llamar antes de las 10", "stages": ["migration_process_stages:border"], **changes,
    }  # fmt: skip


def agreement_data(programme, **changes):
    return {
        "id": str(uuid.uuid4()), "agreement_type": "agreement_types:mou",
        "status": "agreement_statuses:signed", "signed_on": "2026-01-01",
        "valid_from": "2026-01-01", "valid_to": "2026-12-31", "programmes": [str(programme.pk)],
        "data_sharing": "yes", **changes,
    }  # fmt: skip


def site_data(programme, **changes):
    return {
        "id": str(uuid.uuid4()), "code": "S77", "name_es": "Plaza", "mobile": "yes",
        "site_type": "site_types:park_street", "programmes": [str(programme.pk)],
        "opened": "2026-01-01", "weekdays": ["mon", "thu"], "teams": ["medical"], **changes,
    }  # fmt: skip


def training_data(programme, body, /, **changes):
    return {
        "id": str(uuid.uuid4()), "label": "PAP", "programme": str(programme.pk),
        "date": "2026-02-01", "bodies": [str(body.pk)], "topics": ["training_topics:pfa"],
        "participants_female": "3", "participants_male": "2", "hours": "4,5", **changes,
    }  # fmt: skip


# -- Who may open what -------------------------------------------------------------------------
READERS = {*Role} - {Role.DPO}
READ = ["list", "agreements", "sites", "trainings", "download"]


@pytest.mark.parametrize("role", Role)
def test_pages_open_to_the_roles_of_the_policy(client, role):
    client.force_login(UserFactory(role=role))
    for name in READ:
        assert client.get(url(name)).status_code == (200 if role in READERS else 403), name
    expected = {
        "create": role == Role.COORDINATOR,
        "create_site": role in (Role.COORDINATOR, Role.ADMINISTRATOR),
        "create_training": role not in (Role.MANAGER, Role.DPO, Role.ADMINISTRATOR),
    }
    for name, allowed in expected.items():
        assert client.get(url(name)).status_code == (200 if allowed else 403), name


def test_what_belongs_to_other_programmes_is_not_found_for_editing(client, coordinator):
    agreement = AgreementFactory(programmes=[ProgrammeFactory()])
    code = agreement.organisation.code
    site = SiteFactory(programmes=[ProgrammeFactory()])
    service = ServiceFactory(organisation=agreement.organisation)
    contact = ContactFactory(organisation=agreement.organisation, name="x")
    for address in (
        url("edit", code), url("add_agreement", code), url("add_service", code),
        url("add_contact", code), url("edit_agreement", agreement.pk),
        url("edit_service", service.pk), url("edit_contact", contact.pk),
        url("edit_site", site.code), url("edit_training", TrainingFactory().pk),
    ):  # fmt: skip
        assert client.get(address).status_code == 404, address
        assert client.post(address, {}).status_code == 404, address
    assert client.post(url("verify", code)).status_code == 404
    assert client.get(url("organisation", code)).status_code == 200
    assert "/edit/" not in client.get(url("organisation", code)).content.decode()


def test_what_does_not_exist_is_404(client, coordinator):
    nobody = uuid.uuid4()
    for address in (
        url("organisation", "nobody"), url("edit", "nobody"), url("site", "X"),
        url("edit_site", "X"), url("edit_training", nobody), url("edit_contact", nobody),
    ):  # fmt: skip
        assert client.get(address).status_code == 404, address


# -- The directory -----------------------------------------------------------------------------
def names_in(answer):
    return set(re.findall(r"Asociación (partner_\d+)", answer.content.decode()))


def test_the_directory_filters(client, coordinator, programme):
    today = TODAY()
    row = OrganisationFactory(
        partner_type_id="partner_types:academic", stages=["migration_process_stages:border"]
    )
    ServiceFactory(organisation=row, service_id="service_taxonomy:food")
    AgreementFactory(
        organisation=row, programmes=[programme], valid_to=today + dt.timedelta(days=20)
    )
    other = OrganisationFactory(last_verified_on=today)
    ServiceFactory(organisation=other, service_id="service_taxonomy:food", ended_on=today)
    lapsed = AgreementFactory(valid_to=today - dt.timedelta(days=1)).organisation
    retired = OrganisationFactory(retired_on=today)
    everybody = {row.code, other.code, lapsed.code}
    for asked, found in (
        ({}, everybody),
        ({"retired": "on"}, everybody | {retired.code}),
        ({"q": f"asociacion {row.code}"}, {row.code}),
        ({"type": "partner_types:academic"}, {row.code}),
        ({"service": "service_taxonomy:food"}, {row.code}),
        ({"stage": "migration_process_stages:border"}, {row.code}),
        ({"programme": programme.code}, {row.code}),
        ({"agreement": "in_force"}, {row.code}),
        ({"agreement": "expiring"}, {row.code}),
        ({"agreement": "expired"}, {lapsed.code}),
        ({"agreement": "none"}, {other.code}),
        ({"stale": "on"}, {row.code, lapsed.code}),
    ):
        assert names_in(client.get(url("list"), asked)) == found, asked


@pytest.mark.parametrize("q", ODD)
@pytest.mark.parametrize("name", ["list", "sites", "download"])
def test_odd_filters_never_break_a_page(client, coordinator, name, q):
    assert client.get(url(name), {"q": q}).status_code in (200, 302, 400)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("list", {"type": "nope"}), ("list", {"service": "x\x00"}), ("list", {"agreement": "x"}),
        ("list", {"programme": "nope"}), ("list", {"page": "x"}), ("sites", {"day": "noday"}),
        ("sites", {"state": "x"}), ("agreements", {"show": "90"}),
        ("trainings", {"since": "31/02/2026"}), ("trainings", {"programme": "\x00"}),
    ],
)  # fmt: skip
def test_unknown_filters_are_a_bad_request_with_a_message(client, coordinator, name, asked):
    answer = client.get(url(name), asked)
    assert answer.status_code == 400
    assert "errors" in answer.content.decode()


def test_the_download_has_the_filtered_rows_without_contacts_and_is_logged(client, coordinator):
    row = AgreementFactory().organisation
    Organisation.objects.filter(pk=row.pk).update(name_en="=1+1")
    ContactFactory(organisation=row, name="Canario", phone="5512345678")
    OrganisationFactory()
    answer = client.get(url("download"), {"q": row.code})
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/csv")
    assert text.count("\r\n") == 2
    assert "'=1+1" in text
    assert "Canario" not in text
    assert "5512345678" not in text
    assert AccessEvent.objects.get().action == "partner.downloaded"


def test_contacts_and_remarks_are_shown_after_the_event_is_written(client, coordinator):
    client.post(url("create"), organisation_data())
    row = Organisation.objects.get()
    ContactFactory(organisation=row, name="Canario Pérez", phone="+52 55 1234 5678", primary=True)
    ContactFactory(organisation=row, name="Antes", phone="1", ended_on=dt.date(2020, 1, 1))
    html = client.get(url("organisation", row.code)).content.decode()
    assert "Canario Pérez" in html
    assert "tel:+525512345678" in html
    assert "Llamar antes" in html
    assert "Antes</bdi>" not in html
    event = AccessEvent.objects.order_by("-pk").first()
    assert (event.action, event.privacy_class, event.purpose) == (
        "partner.opened", "identity", row.code,
    )  # fmt: skip


# -- Organisations and what belongs to them ----------------------------------------------------
def test_an_organisation_is_added_and_changed(client, coordinator):
    answer = client.post(url("create"), organisation_data())
    row = Organisation.objects.get()
    assert answer.url == url("organisation", row.code)
    page = client.get(url("edit", row.code)).content.decode()
    assert "Llamar antes de las 10" in page
    changed = organisation_data(id=str(row.pk), version="1", name_es="Otro")
    assert client.post(url("edit", row.code), changed).status_code == 302
    row.refresh_from_db()
    assert (row.name_es, row.version) == ("Otro", 2)


def test_the_same_form_sent_twice_makes_one_row_and_another_content_a_conflict(client, coordinator):
    data = organisation_data()
    assert client.post(url("create"), data).status_code == 302
    assert client.post(url("create"), data).status_code == 302
    answer = client.post(url("create"), {**data, "name_es": "Otro"})
    assert answer.status_code == 409
    assert Organisation.objects.get().name_es == "Comedor"


def test_of_two_who_edit_the_second_sees_both_versions(client, coordinator):
    client.post(url("create"), organisation_data())
    row = Organisation.objects.get()
    first = organisation_data(id=str(row.pk), version="1", name_es="Primero")
    second = organisation_data(id=str(row.pk), version="1", name_es="Segundo", note="Mi nota")
    client.post(url("edit", row.code), first)
    answer = client.post(url("edit", row.code), second)
    html = answer.content.decode()
    assert answer.status_code == 409
    for text in ("Primero", "Segundo", "Mi nota", "Llamar antes de las 10"):
        assert text in html
    row.refresh_from_db()
    assert row.name_es == "Primero"


def test_verified_today(client, coordinator):
    row = OrganisationFactory()
    client.post(url("verify", row.code))
    row.refresh_from_db()
    assert row.last_verified_on == TODAY()


def test_an_agreement_is_added_and_changed(client, coordinator, programme):
    row = OrganisationFactory()
    data = agreement_data(programme)
    assert client.post(url("add_agreement", row.code), data).status_code == 302
    agreement = Agreement.objects.get()
    assert client.get(url("edit_agreement", agreement.pk)).status_code == 200
    changed = {**data, "version": "1", "valid_to": "2027-12-31"}
    assert client.post(url("edit_agreement", agreement.pk), changed).status_code == 302
    agreement.refresh_from_db()
    assert (agreement.valid_to, agreement.data_sharing) == (dt.date(2027, 12, 31), True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"valid_to": "2025-12-31"}, {"valid_from": ""}, {"signed_on": ""}, {"programmes": []},
        {"status": "agreement_statuses:expired"}, {"status": ""}, {"valid_to": "2026-02-30"},
        {"agreement_type": "agreement_types:nope"}, {"valid_from": "1899-01-01"},
        {"data_sharing": ""}, {"programmes": ["x"]}, {"note": "\x00"}, {"id": "x"},
    ],
)  # fmt: skip
def test_a_wrong_agreement_is_refused_with_a_message(client, coordinator, programme, wrong):
    row = OrganisationFactory()
    answer = client.post(url("add_agreement", row.code), agreement_data(programme, **wrong))
    assert answer.status_code == 400
    assert not Agreement.objects.exists()


def test_an_agreement_cannot_be_made_for_another_programme(client, coordinator, programme):
    row = OrganisationFactory()
    data = agreement_data(ProgrammeFactory())
    assert client.post(url("add_agreement", row.code), data).status_code == 400
    assert not Agreement.objects.exists()


def test_a_service_is_added_and_changed(client, coordinator):
    row = OrganisationFactory()
    data = {
        "id": str(uuid.uuid4()), "service": "service_taxonomy:food", "open_24h": "no",
        "opening_hours": "9 a 17", "languages": ["languages:hat"], "age_min": "12",
        "age_max": "17", "sexes": ["female"], "nationality_rule": "listed",
        "nationalities": ["countries:HTI"], "documents": ["id_documents:passport"],
    }  # fmt: skip
    assert client.post(url("add_service", row.code), data).status_code == 302
    html = client.get(url("organisation", row.code)).content.decode()
    assert "Haití" in html
    assert "Criollo haitiano" in html
    service = Service.objects.get()
    changed = {**data, "version": "1", "nationality_rule": "any"}
    assert client.post(url("edit_service", service.pk), changed).status_code == 302
    assert not service.nationalities.exists()
    again = {**data, "id": str(uuid.uuid4())}
    assert client.post(url("add_service", row.code), again).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"service": ""}, {"service": "countries:HTI"}, {"age_min": "18", "age_max": "17"},
        {"age_max": "121"}, {"age_min": "x"}, {"open_24h": ""}, {"sexes": ["any"]},
        {"nationality_rule": "listed"}, {"capacity": "-1"}, {"opening_hours": "x" * 161},
        {"languages": ["languages:nope"]}, {"ended_on": "2026-13-01"},
    ],
)  # fmt: skip
def test_a_wrong_service_is_refused_with_a_message(client, coordinator, wrong):
    row = OrganisationFactory()
    data = {"id": str(uuid.uuid4()), "service": "service_taxonomy:food", "open_24h": "no", **wrong}
    assert client.post(url("add_service", row.code), data).status_code == 400
    assert not Service.objects.exists()


def test_a_contact_is_added_and_changed(client, coordinator):
    row = OrganisationFactory()
    data = {"id": str(uuid.uuid4()), "name": "Rosa", "email": "rosa@ejemplo.mx", "primary": "on"}
    assert client.post(url("add_contact", row.code), data).status_code == 302
    contact = Contact.objects.get()
    assert "rosa@ejemplo.mx" in client.get(url("edit_contact", contact.pk)).content.decode()
    changed = {**data, "version": "1", "phone": "+52 55 1234 5678"}
    assert client.post(url("edit_contact", contact.pk), changed).status_code == 302
    second = {**data, "id": str(uuid.uuid4()), "name": "Ana"}
    assert client.post(url("add_contact", row.code), second).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"email": ""}, {"email": "x"}, {"phone": "llámame"}, {"name": "a\nb"}],
)  # fmt: skip
def test_a_wrong_contact_is_refused_with_a_message(client, coordinator, wrong):
    row = OrganisationFactory()
    data = {"id": str(uuid.uuid4()), "name": "Rosa", "email": "rosa@ejemplo.mx", **wrong}
    assert client.post(url("add_contact", row.code), data).status_code == 400
    assert not Contact.objects.exists()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.one_of(st.text(max_size=300), st.sampled_from(ODD)))
def test_any_text_is_saved_as_typed_or_refused(client, coordinator, text):
    data = organisation_data(name_es=text, note=text, website=text)
    assert client.post(url("create"), data).status_code in (302, 400)
    row = OrganisationFactory()
    data = {"id": str(uuid.uuid4()), "name": text, "phone": text, "email": "a@b.mx"}
    answer = client.post(url("add_contact", row.code), data)
    assert answer.status_code in (302, 400)


# -- Agreements that end -----------------------------------------------------------------------
def test_agreements_that_end_soon_are_listed_by_their_last_day(client, coordinator, programme):
    def agreement(days, **values):
        last = TODAY() + dt.timedelta(days=days)
        values = {"programmes": [programme], "valid_to": last, **values}
        return AgreementFactory(**values).organisation.code

    today, month, two, later = (agreement(days) for days in (0, 30, 60, 61))
    ended = agreement(-1)
    agreement(10, programmes=[ProgrammeFactory()])
    agreement(10, status_id="agreement_statuses:suspended")
    for show, found in (("60", {today, month, two}), ("30", {today, month}), ("expired", {ended})):
        assert names_in(client.get(url("agreements"), {"show": show})) == found
    assert later not in names_in(client.get(url("agreements")))
    renewed = Organisation.objects.get(code=ended)
    AgreementFactory(organisation=renewed, programmes=[programme])
    assert not names_in(client.get(url("agreements"), {"show": "expired"}))


# -- Sites -------------------------------------------------------------------------------------
def test_a_site_is_added_changed_and_closed_with_its_successor(client, coordinator, programme):
    heir = SiteFactory(programmes=[programme])
    data = site_data(programme)
    assert client.post(url("create_site"), data).url == url("site", "S77")
    site = Site.objects.get(code="S77")
    assert client.get(url("edit_site", "S77")).status_code == 200
    changed = {**data, "version": "1", "closed": "2026-05-27", "successor": str(heir.pk)}
    assert client.post(url("edit_site", "S77"), changed).status_code == 302
    site.refresh_from_db()
    assert (site.closed, site.successor) == (dt.date(2026, 5, 27), heir)
    assert heir.code in client.get(url("site", "S77")).content.decode()
    assert "S77" in client.get(url("site", heir.code)).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "s77"}, {"code": ""}, {"code": "X001"}, {"closed": "2025-12-31"},
        {"weekdays": ["noday"]}, {"teams": ["cooking"]}, {"latitude": "19.4"},
        {"latitude": "91", "longitude": "0"}, {"latitude": "a", "longitude": "b"},
        {"altitude": "9000"}, {"programmes": []}, {"opened": ""}, {"opened": "2026-02-29"},
        {"successor": "x"}, {"successor": str(uuid.uuid4())}, {"mobile": ""}, {"host": "\x00"},
        {"name_es": "a\x00"},
    ],
)  # fmt: skip
def test_a_wrong_site_is_refused_with_a_message(client, coordinator, programme, wrong):
    SiteFactory(code="X001")
    answer = client.post(url("create_site"), site_data(programme, **wrong))
    assert answer.status_code == 400
    assert "errors" in answer.content.decode()
    assert Site.objects.count() == 1


def test_sites_are_shown_by_state_day_and_programme_with_their_week(client, coordinator, programme):
    SiteFactory(code="OPEN1", weekdays=["mon"], programmes=[programme])
    SiteFactory(code="OPEN2", weekdays=["tue"])
    SiteFactory(code="SHUT1", closed=dt.date(2024, 1, 1))

    def found(**asked):
        table = client.get(url("sites"), asked).content.decode().partition('id="week"')[0]
        return set(re.findall(r'class="code">(\w+)<', table))

    assert found() == {"OPEN1", "OPEN2"}
    assert found(state="closed") == {"SHUT1"}
    assert found(day="mon") == {"OPEN1"}
    assert found(programme=programme.code) == {"OPEN1"}
    assert found(q="open2", state="all") == {"OPEN2"}
    week = client.get(url("sites")).content.decode().partition('id="week"')[2]
    assert week.index("lunes") < week.index("OPEN1") < week.index("martes") < week.index("OPEN2")


# -- Trainings ---------------------------------------------------------------------------------
def test_a_training_is_recorded_and_corrected(client, programme):
    client.force_login(UserFactory(role="promoter", programme=programme))
    body = OrganisationFactory()
    data = training_data(programme, body)
    assert client.post(url("create_training"), data).status_code == 302
    training = Training.objects.get()
    assert (training.participants, str(training.hours)) == (5, "4.5")
    assert "PAP" in client.get(url("trainings")).content.decode()
    page = client.get(url("edit_training", training.pk)).content.decode()
    assert body.name in page
    changed = {**data, "version": "1", "participants_unknown": "2", "both_tests": "7"}
    assert client.post(url("edit_training", training.pk), changed).status_code == 302
    training.refresh_from_db()
    assert training.participants == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"bodies": []}, {"bodies": ["x"]}, {"bodies": [str(uuid.uuid4())]}, {"topics": []},
        {"hours": "0.4"}, {"hours": "201"}, {"hours": ""}, {"participants_male": "-1"},
        {"participants_female": "0", "participants_male": "0"}, {"pre_mean": "101"},
        {"both_tests": "6"}, {"date": "2999-01-01"}, {"date": ""}, {"label": ""},
        {"programme": str(uuid.uuid4())}, {"participants_female": "9" * 12},
        {"topics": ["training_topics:nope"]}, {"bodies": ["\x00"]},
    ],
)  # fmt: skip
def test_a_wrong_training_is_refused_with_a_message(client, coordinator, programme, wrong):
    answer = client.post(
        url("create_training"), training_data(programme, OrganisationFactory(), **wrong)
    )
    assert answer.status_code == 400
    assert not Training.objects.exists()


def test_the_id_of_another_authors_training_is_404(client, coordinator, programme):
    there = TrainingFactory(programme=programme)
    data = training_data(programme, OrganisationFactory(), id=str(there.pk))
    assert client.post(url("create_training"), data).status_code == 404


def test_the_words_of_the_training_form_come_from_its_definition(client, coordinator):
    html = client.get(url("create_training")).content.decode()
    for words in ("Instituciones capacitadas", "Temas", "Participantes por sexo", "Horas", "Mujer"):
        assert words in html


# -- Weight and statements ---------------------------------------------------------------------
def fill(number, programme):
    for _ in range(number):
        row = OrganisationFactory(stages=["migration_process_stages:border"])
        AgreementFactory(
            organisation=row, programmes=[programme], valid_to=TODAY() + dt.timedelta(days=9)
        )
        ServiceFactory(organisation=row, languages=["languages:hat"])
        SiteFactory(programmes=[programme])
        TrainingFactory(programme=programme, bodies=[row])
    busy = OrganisationFactory(code="busy")
    for n in range(number):
        AgreementFactory(organisation=busy, programmes=[programme])
        ServiceFactory(
            organisation=busy, languages=["languages:hat"], documents=["id_documents:passport"],
            ended_on=None, service_id=f"service_taxonomy:{SERVICES[n]}",
        )  # fmt: skip
        ContactFactory(organisation=busy, name="Rosa", phone="55 1234 5678")
        TrainingFactory(programme=programme, bodies=[busy])


@pytest.mark.parametrize("number", [1, 50])
def test_pages_take_few_statements_and_little_weight_whatever_the_rows(
    client, coordinator, programme, django_assert_max_num_queries, number
):
    SERVICES[:] = [e.code for e in lists.all("service_taxonomy")]
    fill(number, programme)
    site, training = Site.objects.first(), Training.objects.first()
    for address in (
        url("list"), url("agreements"), url("sites"), url("trainings"), url("download"),
        url("organisation", "busy"), url("create"), url("edit", "busy"), url("site", site.code),
        url("create_site"), url("edit_site", site.code), url("create_training"),
        url("edit_training", training.pk), url("add_agreement", "busy"),
        url("add_service", "busy"), url("add_contact", "busy"),
    ):  # fmt: skip
        client.get(address)
        with django_assert_max_num_queries(FIXED + OWN):
            answer = client.get(address)
        assert answer.status_code == 200
        if address != url("download"):
            assert len(gzip.compress(answer.content, 6)) <= 14 * 1024, address


SERVICES: list[str] = []
