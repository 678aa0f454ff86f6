import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from partners.models import Agreement, Organisation, Site, Training
from partners.models.columns import CodesField
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
DAY = dt.timedelta(days=1)
START, END = dt.date(2025, 1, 1), dt.date(2025, 10, 31)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "active"),
    [
        (START - 9 * DAY, START - DAY, False),
        (START - 9 * DAY, START, True),
        (START, END, True),
        (END, END + 9 * DAY, True),
        (END + DAY, None, False),
        (START - 9 * DAY, None, True),
        (START + DAY, START + DAY, True),
    ],
)
def test_a_partner_is_active_when_a_day_of_its_agreement_lies_in_the_period(
    valid_from, valid_to, active
):
    AgreementFactory(valid_from=valid_from, valid_to=valid_to)
    assert Organisation.objects.active_in(START, END).exists() is active


def test_only_signed_agreements_make_a_partner_active():
    AgreementFactory(status_id="agreement_statuses:negotiation")
    AgreementFactory(status_id="agreement_statuses:suspended")
    assert not Organisation.objects.active_in(START, END).exists()


def test_a_partner_of_two_agreements_and_programmes_is_active_once():
    programmes = [ProgrammeFactory(), ProgrammeFactory()]
    organisation = OrganisationFactory()
    for _ in range(2):
        AgreementFactory(organisation=organisation, programmes=programmes)
    ids = [programme.pk for programme in programmes]
    assert Organisation.objects.active_in(START, END, ids).count() == 1
    assert not Organisation.objects.active_in(START, END, [ProgrammeFactory().pk]).exists()
    assert not Organisation.objects.active_in(START, END, []).exists()


TODAY = dt.date(2026, 3, 10)


@pytest.mark.parametrize(
    ("days", "state", "soon"),
    [
        (-1, "expired", False),
        (0, "expiring", True),
        (30, "expiring", True),
        (60, "expiring", True),
        (61, "signed", False),
        (None, "signed", False),
    ],
)
def test_an_agreement_expires_after_its_last_day_and_warns_sixty_days_before(days, state, soon):
    last = None if days is None else TODAY + days * DAY
    agreement = AgreementFactory(valid_to=last)
    assert agreement.state_on(TODAY) == f"agreement_statuses:{state}"
    assert Agreement.objects.expiring(TODAY, 60).exists() is soon
    assert agreement.is_in_force(TODAY) is (days is None or days >= 0)
    assert Agreement.objects.in_force(TODAY).exists() is agreement.is_in_force(TODAY)


def test_an_agreement_that_has_not_begun_is_signed_and_not_expiring():
    agreement = AgreementFactory(valid_from=TODAY + DAY, valid_to=TODAY + 9 * DAY)
    assert agreement.state_on(TODAY) == "agreement_statuses:signed"
    assert not Agreement.objects.expiring(TODAY, 60).exists()


def refused(factory, **values):
    with pytest.raises(IntegrityError), transaction.atomic():
        factory(**values)


def test_constraints_of_agreements():
    refused(AgreementFactory, valid_to=dt.date(2019, 12, 31))
    refused(AgreementFactory, valid_from=None)
    refused(AgreementFactory, signed_on=None)
    refused(AgreementFactory, status_id="agreement_statuses:contact", valid_from=None,
            valid_to=dt.date(2026, 1, 1))  # fmt: skip
    refused(AgreementFactory, status_id="agreement_statuses:expired")
    refused(AgreementFactory, status_id="agreement_statuses:expiring")


def test_constraints_of_organisations():
    OrganisationFactory(code="one")
    refused(OrganisationFactory, code="one")
    refused(OrganisationFactory, name_fr="")


def test_constraints_of_services():
    organisation = OrganisationFactory()
    ServiceFactory(organisation=organisation, age_min=18, age_max=18)
    refused(ServiceFactory, organisation=organisation)
    ServiceFactory(organisation=organisation, ended_on=dt.date(2025, 1, 1))
    refused(ServiceFactory, age_min=18, age_max=17)
    refused(ServiceFactory, age_max=121)
    refused(ServiceFactory, nationality_rule="none")


def test_one_contact_is_the_first_to_call():
    organisation = OrganisationFactory()
    ContactFactory(organisation=organisation, name="a", primary=True)
    ContactFactory(organisation=organisation, name="b")
    ContactFactory(organisation=organisation, name="c", primary=True, ended_on=START)
    refused(ContactFactory, organisation=organisation, name="d", primary=True)


def test_constraints_of_sites():
    SiteFactory(code="S1", closed=dt.date(2020, 1, 1))
    refused(SiteFactory, code="S1")
    refused(SiteFactory, name_en="")
    refused(SiteFactory, closed=dt.date(2019, 12, 31))
    refused(SiteFactory, latitude=Decimal("91"), longitude=Decimal("0"))
    refused(SiteFactory, latitude=Decimal("19"))
    refused(SiteFactory, altitude=9000)
    site = SiteFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.filter(pk=site.pk).update(successor=site.pk)


def test_constraints_of_trainings():
    refused(TrainingFactory, hours=Decimal("0.4"))
    refused(TrainingFactory, hours=Decimal("200.5"))
    refused(TrainingFactory, pre_mean=Decimal("100.5"))
    refused(TrainingFactory, post_mean=Decimal("-1"))
    refused(TrainingFactory, both_tests=20)
    TrainingFactory(both_tests=19, hours=Decimal("0.5"), pre_mean=Decimal(0), post_mean=100)


def test_weekdays_are_kept_in_order_and_only_known_ones():
    site = SiteFactory(weekdays=["fri", "mon", "mon"])
    site.refresh_from_db()
    assert site.weekdays == ["mon", "fri"]
    with pytest.raises(ValidationError), transaction.atomic():
        SiteFactory(weekdays=["noday"])
    table = connection.ops.quote_name(Site._meta.db_table)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET weekdays = 'mon;noday'")


def test_a_site_is_open_from_its_first_to_its_last_day():
    site = SiteFactory(opened=dt.date(2025, 3, 1), closed=dt.date(2025, 5, 27))
    for day, is_open in (
        (dt.date(2025, 2, 28), False),
        (dt.date(2025, 3, 1), True),
        (dt.date(2025, 5, 27), True),
        (dt.date(2025, 5, 28), False),
    ):
        assert site.is_open_on(day) is is_open
        assert Site.objects.open_on(day).exists() is is_open


def test_sites_are_found_by_programme_weekday_region_and_words():
    programme = ProgrammeFactory()
    site = SiteFactory(
        programmes=[programme, ProgrammeFactory()], weekdays=["wed"],
        place_id="places:ecatepec", name_es="Albergue Ecatepéc",
    )  # fmt: skip
    SiteFactory(weekdays=["thu"], place_id="places:iztapalapa")
    only = [site]
    assert list(Site.objects.of_programmes([programme.pk])) == only
    assert list(Site.objects.for_weekday(dt.date(2026, 3, 11))) == only
    assert list(Site.objects.for_weekday("wed")) == only
    assert list(Site.objects.in_region("MX15")) == only
    assert list(Site.objects.with_words("ecatepec ALBERGUE")) == only
    assert list(Site.objects.with_words(site.code.lower())) == only


def test_the_directory_is_searched_without_accents_in_every_language():
    row = OrganisationFactory(name_es="Asociación Peregrín", name_fr="Clinique juridique")
    OrganisationFactory()
    for q in ("asociacion peregrin", "CLINIQUE", row.code):
        assert list(Organisation.objects.with_words(q)) == [row]
    row.name_es = "Otra"
    row.save()
    assert not Organisation.objects.with_words("peregrin").exists()


def test_an_organisation_not_verified_for_long_is_stale(settings):
    settings.PARTNER_STALE_DAYS = 90
    never = OrganisationFactory()
    old = OrganisationFactory(last_verified_on=TODAY - 91 * DAY)
    OrganisationFactory(last_verified_on=TODAY - 90 * DAY)
    assert set(Organisation.objects.stale(TODAY)) == {never, old}


def test_a_service_accepts_by_age_and_sex_and_does_not_exclude_the_unknown():
    service = ServiceFactory(age_min=12, age_max=17, sexes=["female"])
    assert service.accepts(age=12, sex="female")
    assert not service.accepts(age=11, sex="female")
    assert not service.accepts(age=18, sex="female")
    assert not service.accepts(age=15, sex="male")
    assert service.accepts(age=None, sex="")


def test_editing_is_scoped_by_programme():
    ours, theirs = ProgrammeFactory(), ProgrammeFactory()
    coordinator = UserFactory(role="coordinator", programme=ours)
    doctor = UserFactory(role="doctor", programme=ours)
    admin = UserFactory(role="administrator")
    mine = AgreementFactory(programmes=[ours, theirs])
    other = AgreementFactory(programmes=[theirs])
    free = OrganisationFactory()
    assert set(Organisation.objects.editable_by(coordinator)) == {mine.organisation, free}
    assert not Organisation.objects.editable_by(doctor).exists()
    assert not Organisation.objects.editable_by(admin).exists()
    assert list(Agreement.objects.editable_by(coordinator)) == [mine]
    assert other.organisation not in Organisation.objects.editable_by(coordinator)

    site = SiteFactory(programmes=[ours])
    elsewhere = SiteFactory(programmes=[theirs])
    assert list(Site.objects.editable_by(coordinator)) == [site]
    assert set(Site.objects.editable_by(admin)) == {site, elsewhere}
    assert not Site.objects.editable_by(doctor).exists()

    training = TrainingFactory(programme=ours)
    TrainingFactory(programme=theirs)
    assert list(Training.objects.editable_by(doctor)) == [training]


def test_the_directory_is_not_for_the_data_protection_officer():
    OrganisationFactory()
    SiteFactory()
    TrainingFactory()
    for model in (Organisation, Site, Training):
        assert not model.objects.visible_to(UserFactory(role="dpo")).exists()
        assert model.objects.visible_to(UserFactory(role="manager")).exists()


def test_trainings_are_found_by_period_and_programme():
    training = TrainingFactory(date=END)
    assert list(Training.objects.in_period(START, END)) == [training]
    assert not Training.objects.in_period(START, END - DAY).exists()
    assert list(Training.objects.of_programmes([training.programme_id])) == [training]
    assert training.participants == 19


def test_codes_are_read_from_text_and_lists():
    column = CodesField(codes=("a", "b", "c"))
    assert column.to_python("c;a") == ["a", "c"]
    assert column.get_prep_value(None) == ""
    with pytest.raises(ValidationError):
        column.to_python("a;z")
