"""Sites, organisations and what belongs to them, for anybody's tests.

`SiteFactory(programmes=[mobile])` is open since 2020 on every working day;
`AgreementFactory(programmes=[mobile])` is signed and in force without end.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.crypto import INSTALLATION
from partners.models import Agreement, Contact, Organisation, Service, Site, Training
from tests.accounts.factories import ProgrammeFactory, UserFactory


class _WithLinks:
    """Factories that take lists for many-to-many columns."""

    _LINKS: tuple[str, ...] = ()

    @classmethod
    def _create(cls, model_class: type[Any], *args: Any, **values: Any) -> Any:
        links = {name: values.pop(name) for name in cls._LINKS if name in values}
        row = super()._create(model_class, *args, **values)  # type: ignore[misc]
        for name, linked in links.items():
            getattr(row, name).set(linked)
        return row


class SiteFactory(_WithLinks, DjangoModelFactory[Site]):
    _LINKS = ("programmes",)

    class Meta:
        model = Site

    code = factory.Sequence(lambda n: f"X{n:03d}")
    name_en = factory.LazyAttribute(lambda site: f"Site {site.code}")
    name_es = factory.LazyAttribute(lambda site: f"Punto {site.code}")
    name_fr = factory.LazyAttribute(lambda site: f"Lieu {site.code}")
    site_type_id = "site_types:shelter"
    place_id = "places:iztapalapa"
    mobile = True
    opened = dt.date(2020, 1, 1)
    weekdays = ("mon", "tue", "wed", "thu", "fri")
    teams = ("medical", "psychology", "social_work")


class OrganisationFactory(_WithLinks, DjangoModelFactory[Organisation]):
    _LINKS = ("stages",)

    class Meta:
        model = Organisation

    code = factory.Sequence(lambda n: f"partner_{n}")
    name_en = factory.LazyAttribute(lambda row: f"Association {row.code}")
    name_es = factory.LazyAttribute(lambda row: f"Asociación {row.code}")
    name_fr = factory.LazyAttribute(lambda row: f"Association {row.code}")
    partner_type_id = "partner_types:ngo_national"
    place_id = "places:mexico_city"


class AgreementFactory(_WithLinks, DjangoModelFactory[Agreement]):
    _LINKS = ("programmes",)

    class Meta:
        model = Agreement

    organisation = factory.SubFactory(OrganisationFactory)
    agreement_type_id = "agreement_types:mou"
    status_id = "agreement_statuses:signed"
    signed_on = dt.date(2020, 1, 1)
    valid_from = dt.date(2020, 1, 1)


class ServiceFactory(_WithLinks, DjangoModelFactory[Service]):
    _LINKS = ("languages", "nationalities", "documents")

    class Meta:
        model = Service

    organisation = factory.SubFactory(OrganisationFactory)
    service_id = "service_taxonomy:legal_asylum"


class ContactFactory(DjangoModelFactory[Contact]):
    """`name=`, `function=`, `phone=`, `email=` are given in plain text and sealed."""

    class Meta:
        model = Contact

    organisation = factory.SubFactory(OrganisationFactory)

    @classmethod
    def _create(cls, model_class: type[Contact], *args: Any, **values: Any) -> Contact:
        texts = {name: values.pop(name, "") for name in ("name", "function", "phone", "email")}
        contact = model_class(**values)
        contact.seal(INSTALLATION, **texts)
        contact.save(force_insert=True)
        return contact


class TrainingFactory(_WithLinks, DjangoModelFactory[Training]):
    _LINKS = ("bodies", "topics")

    class Meta:
        model = Training

    label = "Primeros auxilios psicológicos"
    programme = factory.SubFactory(ProgrammeFactory)
    date = dt.date(2025, 3, 10)
    hours = Decimal(4)
    participants_female = 12
    participants_male = 7
    recorded_by = factory.SubFactory(UserFactory)
