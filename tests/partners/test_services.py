import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError

from accounts.crypto import INSTALLATION
from accounts.models import AccessEvent
from accounts.privacy import PrivacyClass
from accounts.rows import EditConflict, uuid7
from accounts.services import disclose
from partners import services
from partners.models import Agreement, Contact, Organisation, Site, Training
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


@pytest.fixture
def programme():
    return ProgrammeFactory()


@pytest.fixture
def coordinator(programme):
    return UserFactory(role="coordinator", programme=programme)


def organisation_values(**changes):
    values = {
        "name_es": "Comedor Ñandú", "name_en": "", "name_fr": "", "place": "",
        "partner_type": "partner_types:ngo_national", "stages": ["migration_process_stages:border"],
        "website": "", "note": "Llamar antes de las 10", "last_verified_on": None,
        "retired_on": None,
    }  # fmt: skip
    return {**values, **changes}


def agreement_values(programme, **changes):
    values = {
        "agreement_type": "agreement_types:mou", "status": "agreement_statuses:signed",
        "signed_on": dt.date(2025, 1, 1), "valid_from": dt.date(2025, 1, 1), "valid_to": None,
        "programmes": [programme.pk], "data_sharing": False, "note": "",
    }  # fmt: skip
    return {**values, **changes}


def site_values(programme, **changes):
    values = {
        "code": "S77", "name_es": "Plaza", "name_en": "", "name_fr": "", "mobile": True,
        "site_type": "site_types:park_street", "place": "places:iztapalapa", "host": "",
        "latitude": Decimal("19.1234"), "longitude": Decimal("-99.4321"), "altitude": 2240,
        "opened": dt.date(2026, 1, 1), "closed": None, "weekdays": ["mon"], "teams": ["medical"],
        "programmes": [programme.pk], "successor": "",
    }  # fmt: skip
    return {**values, **changes}


def training_values(programme, **changes):
    values = {
        "label": "PAP", "programme": programme.pk, "date": dt.date(2026, 2, 1),
        "bodies": [OrganisationFactory().pk], "topics": ["training_topics:pfa"],
        "participants_female": 3, "participants_male": 2, "participants_intersex": 0,
        "participants_unknown": 0, "hours": Decimal("4.0"), "pre_mean": None, "post_mean": None,
        "both_tests": None,
    }  # fmt: skip
    return {**values, **changes}


# -- Organisations -----------------------------------------------------------------------------
def test_create_organisation_makes_its_code_seals_its_remarks_and_logs_it(coordinator):
    row = services.create_organisation(by=coordinator, **organisation_values())
    row = Organisation.objects.get(pk=row.pk)
    assert (row.code, row.name_en, row.name_fr) == ("comedor_nandu", row.name_es, row.name_es)
    assert b"Llamar" not in bytes(row.note)
    assert [stage.pk for stage in row.stages.all()] == ["migration_process_stages:border"]
    event = AccessEvent.objects.get()
    assert (event.action, event.purpose) == ("partner.created", "comedor_nandu")


@pytest.mark.parametrize(
    ("name", "code"),
    [("Comedor", "comedor_2"), ("مركز", "partner"), ("1° de mayo", "partner_1_de_mayo"),
     ("x" * 160, "x" * 50), ("--", "partner"), ("New", "new_2")],
)  # fmt: skip
def test_every_name_gives_a_free_code(coordinator, name, code):
    OrganisationFactory(code="comedor")
    row = services.create_organisation(by=coordinator, **organisation_values(name_es=name))
    assert row.code.startswith(code)


def test_the_same_organisation_sent_twice_is_one_row(coordinator):
    pk = uuid7()
    first = services.create_organisation(by=coordinator, id=pk, **organisation_values())
    again = services.create_organisation(by=coordinator, id=pk, **organisation_values())
    assert first == again
    assert Organisation.objects.count() == AccessEvent.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [{"name_es": "Otro"}, {"note": "Otra nota"}, {"stages": []}, {"place": "places:colima"}],
)
def test_the_same_id_with_another_content_is_a_conflict(coordinator, change):
    pk = uuid7()
    services.create_organisation(by=coordinator, id=pk, **organisation_values())
    with pytest.raises(EditConflict):
        services.create_organisation(by=coordinator, id=pk, **organisation_values(**change))
    assert Organisation.objects.get().name_es == "Comedor Ñandú"


def test_edit_organisation_saves_the_next_version(coordinator):
    row = services.create_organisation(by=coordinator, **organisation_values())
    services.edit_organisation(
        row, by=coordinator, expected=1, **organisation_values(note="Nueva", stages=[])
    )
    row.refresh_from_db()
    assert (row.version, row.stages.count()) == (2, 0)
    disclosure = disclose(by=coordinator, action="partner.opened")
    assert disclosure.open(row, "note", INSTALLATION) == "Nueva"


def test_of_two_who_edit_the_second_meets_a_conflict_and_nothing_is_lost(coordinator):
    row = services.create_organisation(by=coordinator, **organisation_values())
    services.edit_organisation(
        row, by=coordinator, expected=1, **organisation_values(name_es="Primero")
    )
    with pytest.raises(EditConflict) as caught:
        services.edit_organisation(
            row, by=coordinator, expected=1, **organisation_values(name_es="Segundo")
        )
    assert caught.value.theirs.name_es == "Primero"
    assert Organisation.objects.get().name_es == "Primero"


def test_the_same_edit_sent_twice_is_saved_once(coordinator):
    row = services.create_organisation(by=coordinator, **organisation_values())
    for _ in range(2):
        services.edit_organisation(
            row, by=coordinator, expected=1, **organisation_values(name_es="Nuevo")
        )
    assert Organisation.objects.get().version == 2
    assert AccessEvent.objects.filter(action="partner.edited").count() == 1


def test_verify_notes_the_day(coordinator, time_machine_day):
    row = services.create_organisation(by=coordinator, **organisation_values())
    assert services.verify(row, by=coordinator).last_verified_on == time_machine_day
    assert not Organisation.objects.stale(time_machine_day).exists()


@pytest.fixture
def time_machine_day(monkeypatch):
    day = dt.date(2026, 3, 10)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: day)
    return day


@pytest.mark.parametrize("role", ["doctor", "mediator", "manager", "dpo", "administrator"])
def test_only_coordinators_change_the_directory(role):
    user = UserFactory(role=role)
    with pytest.raises(PermissionDenied):
        services.create_organisation(by=user, **organisation_values())
    with pytest.raises(PermissionDenied):
        services.verify(OrganisationFactory(), by=user)


def test_organisations_of_other_programmes_are_not_changed(coordinator):
    row = AgreementFactory(programmes=[ProgrammeFactory()]).organisation
    for attempt in (
        lambda: services.verify(row, by=coordinator),
        lambda: services.edit_organisation(
            row, by=coordinator, expected=1, **organisation_values()
        ),
        lambda: services.add_service(row, by=coordinator, service="service_taxonomy:food"),
        lambda: services.add_contact(row, by=coordinator, name="x"),
        lambda: services.edit_service(ServiceFactory(organisation=row), by=coordinator, expected=1),
        lambda: services.edit_contact(
            ContactFactory(organisation=row, name="x"), by=coordinator, expected=1
        ),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


# -- Agreements --------------------------------------------------------------------------------
def test_an_agreement_is_made_for_own_programmes_only(coordinator, programme):
    row = OrganisationFactory()
    agreement = services.add_agreement(row, by=coordinator, **agreement_values(programme))
    assert list(agreement.programmes.all()) == [programme]
    with pytest.raises(PermissionDenied):
        services.add_agreement(row, by=coordinator, **agreement_values(ProgrammeFactory()))
    assert Agreement.objects.count() == 1


def test_programmes_of_others_stay_in_an_agreement(coordinator, programme):
    other = ProgrammeFactory()
    agreement = AgreementFactory(programmes=[programme, other])
    services.edit_agreement(agreement, by=coordinator, expected=1, **agreement_values(programme))
    assert set(agreement.programmes.all()) == {programme, other}
    foreign = AgreementFactory(programmes=[other])
    with pytest.raises(PermissionDenied):
        services.edit_agreement(foreign, by=coordinator, expected=1, **agreement_values(programme))


# -- Services and contacts ---------------------------------------------------------------------
def test_a_service_is_offered_once(coordinator):
    row = OrganisationFactory()
    values = {"service": "service_taxonomy:food", "languages": ["languages:hat"]}
    service = services.add_service(row, by=coordinator, **values)
    assert [language.pk for language in service.languages.all()] == ["languages:hat"]
    with pytest.raises(ValidationError):
        services.add_service(row, by=coordinator, **values)


def test_a_contact_is_sealed_and_opens_with_a_disclosure_of_its_class(coordinator):
    row = OrganisationFactory()
    values = {"name": "Canario Pérez", "phone": "+52 55 1234 5678", "email": "", "primary": True}
    contact = services.add_contact(row, by=coordinator, **values)
    contact = Contact.objects.get(pk=contact.pk)
    assert b"Canario" not in bytes(contact.name)
    assert contact.email is None
    disclosure = disclose(
        by=coordinator, action="partner.opened", privacy_class=PrivacyClass.IDENTITY
    )
    assert disclosure.open(contact, "name", INSTALLATION) == "Canario Pérez"
    with pytest.raises(ValidationError):
        services.add_contact(row, by=coordinator, **values)
    other = services.add_contact(row, by=coordinator, **{**values, "primary": False})
    with pytest.raises(ValidationError):
        services.edit_contact(other, by=coordinator, expected=1, **values)


# -- Sites -------------------------------------------------------------------------------------
def test_a_coordinator_opens_sites_of_own_programmes(coordinator, programme):
    site = services.create_site(by=coordinator, **site_values(programme))
    site.refresh_from_db()
    assert (site.weekdays, site.teams) == (["mon"], ["medical"])
    assert site.latitude == Decimal("19.1234")
    with pytest.raises(PermissionDenied):
        services.create_site(by=coordinator, **site_values(ProgrammeFactory(), code="S78"))
    with pytest.raises(ValidationError):
        services.create_site(by=coordinator, **site_values(programme))


def test_an_administrator_opens_sites_of_every_programme(programme):
    services.create_site(by=UserFactory(role="administrator"), **site_values(programme))
    with pytest.raises(PermissionDenied):
        services.create_site(by=UserFactory(role="doctor"), **site_values(programme, code="S78"))


def test_of_a_shelter_only_the_point_of_the_municipality_is_kept(coordinator, programme):
    values = site_values(programme, site_type="site_types:shelter")
    site = services.create_site(by=coordinator, **values)
    assert (site.latitude, site.longitude) == (Decimal("19.36"), Decimal("-99.09"))
    services.edit_site(site, by=coordinator, expected=1, **{**values, "place": ""})
    site.refresh_from_db()
    assert site.latitude is None


def test_editing_a_site_keeps_the_programmes_of_others(coordinator, programme):
    other = ProgrammeFactory()
    site = SiteFactory(programmes=[programme, other])
    services.edit_site(site, by=coordinator, expected=1, **site_values(programme, code=site.code))
    assert set(site.programmes.all()) == {programme, other}
    with pytest.raises(PermissionDenied):
        services.edit_site(
            SiteFactory(programmes=[other]), by=coordinator, expected=1, **site_values(programme)
        )
    assert AccessEvent.objects.get().action == "site.edited"


# -- Trainings ---------------------------------------------------------------------------------
def test_a_training_is_recorded_once_with_bodies_and_topics(programme):
    promoter = UserFactory(role="promoter", programme=programme)
    pk, values = uuid7(), training_values(programme)
    for _ in range(2):
        services.record_training(by=promoter, id=pk, **values)
    training = Training.objects.get()
    assert (training.pk, training.recorded_by) == (pk, promoter)
    assert training.bodies.count() == training.topics.count() == 1
    with pytest.raises(EditConflict):
        services.record_training(by=promoter, id=pk, **{**values, "hours": Decimal(5)})


def test_the_id_of_another_authors_training_does_not_exist(programme):
    training = TrainingFactory(programme=programme)
    with pytest.raises(ObjectDoesNotExist):
        services.record_training(
            by=UserFactory(role="promoter", programme=programme),
            id=training.pk,
            **training_values(programme),
        )


def test_trainings_are_recorded_and_corrected_in_own_programmes(programme):
    doctor = UserFactory(role="doctor", programme=programme)
    other = ProgrammeFactory()
    with pytest.raises(PermissionDenied):
        services.record_training(by=doctor, **training_values(other))
    with pytest.raises(PermissionDenied):
        services.record_training(by=UserFactory(role="manager"), **training_values(other))
    with pytest.raises(PermissionDenied):
        services.correct_training(
            TrainingFactory(programme=other), by=doctor, expected=1, **training_values(programme)
        )
    training = TrainingFactory(programme=programme)
    services.correct_training(training, by=doctor, expected=1, **training_values(programme))
    training.refresh_from_db()
    assert (training.version, training.label) == (2, "PAP")


# -- Many rows at once -------------------------------------------------------------------------
def test_rows_built_in_bulk_are_as_those_of_the_services(
    coordinator, programme, django_assert_max_num_queries
):
    one = services.create_organisation(by=coordinator, **organisation_values())
    built = [
        services.build_organisation(code=f"bulk_{n}", **organisation_values()) for n in range(50)
    ]
    agreements = [services.build_agreement(b.row, **agreement_values(programme)) for b in built]
    sites = [services.build_site(**site_values(programme, code=f"B{n}")) for n in range(50)]
    with django_assert_max_num_queries(10):
        services.save_all([*built, *agreements, *sites])
    bulk = Organisation.objects.get(code="bulk_7")
    assert Organisation.objects.with_words("nandu").count() == 51
    assert bulk.name_en == one.name_en
    assert [stage.pk for stage in bulk.stages.all()] == [stage.pk for stage in one.stages.all()]
    assert Agreement.objects.filter(programmes=programme).count() == 50
    assert Site.objects.get(code="B7").weekdays == ["mon"]
    disclosure = disclose(by=coordinator, action="partner.opened")
    assert disclosure.open(bulk, "note", INSTALLATION) == "Llamar antes de las 10"
