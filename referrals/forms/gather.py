"""From a person and what was typed to a request that the services take; pages and API alike."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from accounts.disclosure import Disclosure
from accounts.models import Programme, User
from accounts.privacy import PrivacyClass
from accounts.renderers import LastAnswer
from accounts.rows import uuid7
from accounts.services import disclose
from consultations.models import Consultation
from consultations.queries.outings import open_today, own_of
from partners.models import Organisation, Site
from patients import idempotency, queries
from patients import services as people
from patients.models import Consent, Patient
from referrals import rules, services
from referrals.forms.refer import INTERNAL, About, Place, ReceivedForm, ReferForm
from referrals.models import Origin, Referral, Urgency
from referrals.queries import facts, package
from referrals.queries.asks import Ask
from referrals.queries.destinations import (
    Destination,
    destinations,
    find_destination,
    open_services,
)
from referrals.queries.package import Package, package_class
from terminology import lists

MOST_SERVICES, MOST_OPEN = 10, 4
CENTRE = "cai"
_DESTINATION = re.compile(r"(programme|service):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Sender:
    """One user who writes a referral about one person. Making it writes the access event."""

    form_class: type[ReferForm] = ReferForm
    action = "referral.begun"

    def __init__(
        self, user: User, patient: Patient, programme: Programme, data: QueryDict | None = None
    ) -> None:
        self.user, self.patient, self.programme, self.data = user, patient, programme, data
        self.at: datetime = timezone.now()
        self.on = programme.today()
        self.identity = queries.current_identity(patient)
        self.permit: Disclosure = disclose(
            by=user,
            action=self.action,
            subjects=[patient],
            privacy_class=self._class(),
            programme=programme,
        )
        self.age = queries.age_at(patient, self.on, self.identity)
        self.form = self._form()

    def _class(self) -> PrivacyClass:
        scope = self.data.get("data_scope", "") if self.data else ""
        return package_class(scope)

    # -- What is known -----------------------------------------------------------------------
    @cached_property
    def reasons(self) -> list[str]:
        """The reasons chosen so far, as posted: those that the list knows."""
        posted = self.data.getlist("reason") if self.data else []
        return [key for key in posted if lists.known(key, "referral_reasons")]

    @cached_property
    def destinations(self) -> dict[str, Destination]:
        """Our programmes, and once the reasons are known the services that fit them."""
        found = destinations(
            self.patient,
            self.reasons,
            by=self.user,
            language=self.patient.language_id,
            at=self.at,
            age=self.age.years,
        )
        ours = [each for each in found if each.kind == "programme"]
        others = [each for each in found if each.kind == "service"] if self.reasons else []
        offered = {each.key: each for each in (*ours, *others[:MOST_SERVICES])}
        asked = self.data.get("destination", "") if self.data else ""
        if asked not in offered and _DESTINATION.fullmatch(asked):
            other = find_destination(asked, by=self.user, at=self.at)
            if other is not None:
                offered[other.key] = other
        return offered

    @cached_property
    def consents(self) -> list[Consent]:
        """Answers in force on being shared, of whatever receiver; one statement."""
        return [
            row
            for row in queries.consents_in_force(self.patient)
            if row.decision_id == "consent_decisions:given"
            and (row.expires_on is None or row.expires_on >= self.on)
        ]

    def _consent(self, there: Destination) -> Consent | None:
        wanted = None if there.organisation is None else there.organisation.pk
        type_ = INTERNAL if wanted is None else "consent_types:sharing_partner"
        return next(
            (row for row in self.consents if (row.type_id, row.partner_id) == (type_, wanted)),
            None,
        )

    def _place(self, there: Destination) -> Place:
        return Place(
            key=there.key,
            name=str(there.label),
            why=[mark.words for mark in there.marks],
            is_centre=there.target == CENTRE,
            is_partner=there.kind == "service",
            consent=self._consent(there),
        )

    @cached_property
    def places(self) -> list[Place]:
        return [self._place(each) for each in self.destinations.values()]

    # -- The form ----------------------------------------------------------------------------
    def _form(self) -> ReferForm:
        places = self.places
        contact = queries.open_contact(self.permit, self.identity)
        about = About(
            age=self.age.years, contact=contact, floor=rules.floor(self.recorded, self.at).urgency,
            last_risk=self._last_risk(),
        )  # fmt: skip
        return self.form_class(
            self.data,
            initial=None if self.data is not None else self._initial(places, contact.methods),
            about=about,
            places=places,
            open_now=[self._place(each) for each in self.open_services],
        )

    def _last_risk(self) -> LastAnswer | None:
        return None

    @cached_property
    def open_services(self) -> list[Destination]:
        """Services open day and night; looked for once the reasons are known."""
        if not self.reasons:
            return []
        found = open_services(self.reasons, self.at, programme=self.programme)
        return found[:MOST_OPEN]

    def _initial(self, places: list[Place], methods: Iterable[str]) -> dict[str, Any]:
        centre = next((place.key for place in places if place.is_centre), "")
        return {
            "id": uuid7(),
            "consent_id": uuid7(),
            "destination": centre,
            "summary": facts.suggested_summary(self.patient, by=self.user, permit=self.permit),
            "whereabouts_type": facts.last_whereabouts(self.patient, self.on),
            "contact": [f"safe_contact_methods:{code}" for code in methods],
            "language": self.patient.language_id,
            "mediator": self.patient.interpreter_needed,
            "giver": self.patient.consent_giver_id or "consent_givers:self",
            "priority": ["cai_admission_criteria:prio_minor"] if self.age.years < 18 else [],
        }

    @cached_property
    def recorded(self) -> rules.Facts:
        """What is recorded of the person, before anything is asked."""
        return facts.facts_of(self.patient, reasons=(), risk="", on=self.on, identity=self.identity)

    # -- What was typed ----------------------------------------------------------------------
    def is_valid(self) -> bool:
        """The form's own checks, then those that follow from the least urgency."""
        form = self.form
        form.is_valid()
        said = form.cleaned_data
        known = replace(
            self.recorded,
            reasons=frozenset(map(rules.code, said.get("reason") or ())),
            risk=rules.code(said.get("risk_now")),
            **self._event(),
        )
        self.floor = rules.floor(known, self.at)
        form.say_floor(self.floor.urgency)
        if form.errors:
            return False
        chosen = said.get("urgency") or self.floor.urgency
        there = self.there
        offer = there is not None and rules.needs_open_service(
            there.programme.kind if there.programme is not None else None,
            known,
            chosen,
            self.at,
            there.programme.time_zone if there.programme is not None else "",
        )
        form.weigh(self.floor.urgency, offer_open_service=offer)
        return form.is_valid()

    def _event(self) -> dict[str, Any]:
        said = self.form.cleaned_data
        event = said.get("event_at")
        return {
            "event": rules.Event.at(event) if event else None,
            "pep_given": bool(said.get("pep_given")),
            "ec_given": bool(said.get("ec_given")),
        }

    @property
    def there(self) -> Destination | None:
        place = self.form.place
        return None if place is None else self.destinations.get(place.key)

    @cached_property
    def own_site(self) -> Site | None:
        own = own_of(open_today(self.programme, self.user))
        return own.site if own is not None else None

    def ask(self, **more: Any) -> Ask:
        """The request, whole. Call after `is_valid`."""
        said, place = self.form.cleaned_data, self.form.place
        immediate = said["urgency"] == Urgency.IMMEDIATE
        other = next(
            (each for each in self.open_services if each.key == said.get("alternative")), None
        )
        return Ask(
            patient=self.patient,
            reasons=tuple(said["reason"]),
            urgency=said["urgency"],
            lowered_reason=said["lowered_reason"],
            voice_handover_to=said["voice_handover_to"],
            voice_handover_at=self.at if immediate and said["voice_handover_to"] else None,
            criteria=(
                (*said["criteria"], *said["priority"], *said["exclusion"])
                if place is not None and place.is_centre
                else ()
            ),
            risk_now=said["risk_now"],
            summary=said["summary"],
            language=said["language"],
            mediator=bool(said["mediator"]),
            contacts=tuple(said["contact"]),
            whereabouts=said["whereabouts"],
            whereabouts_type=said["whereabouts_type"] or None,
            alternative=other.service if other is not None else None,
            alternative_note=said["alternative_note"],
            identity=self.identity,
            **self._event(),
            **self._receiver(),
            **more,
        )

    def _receiver(self) -> dict[str, Any]:
        said = self.form.cleaned_data
        there = self.destinations[said["destination"]]
        return {
            "target": f"referral_targets:{there.target}",
            "to_programme": there.programme,
            "to_service": there.service,
            "to_partner": there.organisation,
            "data_scope": said["data_scope"],
            "danger_reason": said["danger_reason"],
            "from_programme": self.programme,
            "from_site": self.own_site,
            "consultation": self._consultation(),
        }

    def _consultation(self) -> Consultation | None:
        pk = self.form.cleaned_data.get("consultation")
        if not pk:
            return None
        return Consultation.objects.filter(
            pk=pk, patient=self.patient, programme__in=self.user.programme_ids
        ).first()

    # -- Showing, keeping, sending -------------------------------------------------------------
    def preview(self) -> tuple[Package, str]:
        """What the receiver will see, and its mark."""
        shown = package.package_preview(self.ask(), by=self.user, permit=self.permit)
        lines = [line[:3] for line in shown.lines() if line.field != "hour"]
        said = json.dumps([self.form["destination"].value(), lines]).encode()
        return shown, hashlib.sha256(said).hexdigest()

    def consent(self) -> None:
        """Record the answer to sharing, if it was asked now; the same form again records once."""
        answer = self.form.answer
        there = self.there
        if answer is None or there is None:
            return
        people.record_consent(
            self.patient,
            answer,
            by=self.user,
            # A form without one names it after the referral: sent twice, it is recorded once.
            id=self.form.cleaned_data["consent_id"]
            or UUID(int=self.form.cleaned_data["id"].int ^ 1),
            payload=idempotency.payload(vars(answer)),
            partner=there.organisation,
            site=self.own_site,
        )

    def save(self, *, send: bool) -> Referral:
        """Send, or keep as a draft. Raises what the services raise."""
        id_, body = self.form.cleaned_data["id"], self._body()
        if not send:
            return services.prepare(self.ask(), by=self.user, id=id_, body=body)
        self.consent()
        return services.refer(self.ask(), by=self.user, id=id_, body=body, permit=self.permit)

    def _body(self) -> bytes:
        """What was said, the same for the same answers, whatever button sent it."""
        data: Mapping[str, Any] = self.data if self.data is not None else {}
        aside = ("seen", "consent_id", "send", "show", "keep", "find")
        items = data.lists() if isinstance(data, QueryDict) else data.items()
        return idempotency.payload({name: said for name, said in items if name not in aside})


class Caller(Sender):
    """A program that refers: it names its destination, and is shown none."""

    @cached_property
    def destinations(self) -> dict[str, Destination]:
        asked = self.data.get("destination", "") if self.data else ""
        if not _DESTINATION.fullmatch(asked):
            return {}
        found = find_destination(asked, by=self.user, at=self.at)
        return {} if found is None else {found.key: found}

    @cached_property
    def open_services(self) -> list[Destination]:
        """Looked for only where the program names one."""
        if not self.data or not self.data.get("alternative"):
            return []
        return open_services(self.reasons, self.at, programme=self.programme)


class Receiver(Sender):
    """Somebody came by themself, or a partner sent them: the user's programme receives."""

    form_class = ReceivedForm

    @cached_property
    def places(self) -> list[Place]:
        """Only the user's own programme."""
        return [Place(key="own", name=self.programme.name, is_centre=self._is_centre)]

    @property
    def _is_centre(self) -> bool:
        return self.programme.kind == Programme.Kind.CENTRE

    @property
    def there(self) -> None:
        return None

    def _receiver(self) -> dict[str, Any]:
        said = self.form.cleaned_data
        partner = None
        if said["origin"] == Origin.PARTNER:
            partner = Organisation.objects.get(pk=UUID(said["from_partner"]))
        return {
            "target": "referral_targets:cai" if self._is_centre else "referral_targets:mobile_team",
            "to_programme": self.programme,
            "origin": said["origin"],
            "from_programme": None,
            "from_partner": partner,
            "from_site": self.own_site,
            "data_scope": "data_scopes:clinical_summary",
        }

    def consent(self) -> None:
        """Nothing leaves."""
