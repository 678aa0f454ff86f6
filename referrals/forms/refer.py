"""Refer: one compact page, with everything that is known filled in already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField, CodesField, MomentField, SeveralField, YesNoField
from accounts.renderers import LastAnswer
from accounts.widgets import Chips
from consultations.definitions import FORMS
from partners.fields import Organisations
from patients.card import NO_CONTACT, ConsentAnswer, Contact
from patients.forms.consent import GIVEN, SELF, check_giver, check_proof, givers
from patients.forms.fields import LineField, NoteField, choice, codes_of
from patients.models import Consent
from referrals.models import Origin, Urgency
from terminology import lists
from terminology.fields import Concepts

REFERRAL = FORMS["referral"]
METHODS, RULES = "safe_contact_methods", "safe_contact_rules"
INTERNAL, PARTNER = "consent_types:sharing_internal", "consent_types:sharing_partner"
REFUSED, NOT_POSSIBLE = "consent_decisions:refused", "consent_decisions:not_possible"
NO_DATA, MINIMUM = "data_scopes:none", "data_scopes:minimum"
SUMMARY = "data_scopes:clinical_summary"
NOT_ASSESSED = "mh_risk_levels:not_assessed"
# Where the risk must be asked; for other reasons "not assessed" is the default (`forms.csv`).
MENTAL_HEALTH = frozenset(
    f"referral_reasons:{code}" for code in ("severe_mh", "suicide_risk", "psychiatry", "psychology")
)
# Need no channel: the person comes back, or somebody goes along.
WITHOUT_CHANNEL = frozenset(("next_outing", "accompanied"))
LONGEST_SUMMARY = 1500
FROM_OUTSIDE = (Origin.SELF, Origin.PARTNER)


def criteria_of(kind: str) -> list[tuple[str, str]]:
    """The criteria of the centre of one type: inclusion, priority, exclusion."""
    return [
        (entry.key, entry.label)
        for entry in lists.all("cai_admission_criteria")
        if entry.attributes.get("type") == kind
    ]


@dataclass(frozen=True)
class Place:
    """Where a person may be referred to, as the form offers it. `key` is `programme:<id>` or
    `service:<id>`; `why` says why it stands where it stands."""

    key: str
    name: str
    why: Sequence[Any] = ()
    is_centre: bool = False
    is_partner: bool = False
    consent: Consent | None = None  # in force for this receiver

    @property
    def label(self) -> Any:
        if not self.why:
            return self.name
        why = " · ".join(str(each) for each in self.why)
        return format_html('{}<br><span class="small">{}</span>', self.name, why)


@dataclass(frozen=True)
class About:
    """What is known of the person before anything is asked."""

    age: int
    contact: Contact = field(default_factory=Contact)
    floor: str = Urgency.ROUTINE  # least urgency, computed
    last_risk: LastAnswer | None = None

    @property
    def closed_methods(self) -> set[str]:
        """Ways of contact that a rule of the person excludes."""
        rules = (lists.find(RULES, code) for code in self.contact.rules)
        return {way for rule in rules for way in rule.values("disables")}


class ReferForm(forms.Form):
    """A referral as its sender writes it. `said` is what the service takes."""

    use_required_attribute = False
    mark_optional = False
    consent_details = ("giver", "method", "witness", "folio", "danger_reason")
    urgency_details = ("lowered_reason", "voice_handover_to", "alternative", "alternative_note")
    assault = ("event_at", "pep_given", "ec_given")
    person = ("language", "mediator")
    more_criteria = ("priority", "exclusion")
    sharing = ("data_scope",)

    id = forms.UUIDField(widget=forms.HiddenInput)
    consent_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    consultation = forms.UUIDField(widget=forms.HiddenInput, required=False)
    # The mark of what was shown as shared: what is sent is what was seen.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    reason = CodesField(
        Concepts("referral_reasons"), label=REFERRAL["reason"].lazy_label, max_choices=6
    )
    destination = forms.ChoiceField(label=REFERRAL["target"].lazy_label, widget=Chips)
    urgency = forms.ChoiceField(
        label=REFERRAL["urgency"].lazy_label,
        choices=lambda: codes_of("referral_urgency"),
        widget=Chips,
        required=False,
    )
    lowered_reason = NoteField(label=_("Why less urgent than computed"), required=False)
    voice_handover_to = LineField(
        label=_("Who took the call"),
        required=False,
        help_text=_("Immediate: call, and write whom you told."),
    )
    alternative = forms.ChoiceField(
        label=_("A service open now, offered too"), widget=Chips, required=False
    )
    alternative_note = LineField(
        label=_("What was offered too, in words"), required=False, max_length=200
    )
    event_at = MomentField(label=_("When it happened, as far as known"), required=False)
    pep_given = YesNoField(label=_("Prophylaxis was given"), required=False)
    ec_given = YesNoField(label=_("Emergency contraception was given"), required=False)
    criteria = SeveralField(
        label=REFERRAL["criteria"].lazy_label,
        choices=lambda: criteria_of("inclusion"),
        required=False,
    )
    priority = SeveralField(
        label=_("What makes it pressing"), choices=lambda: criteria_of("priority"), required=False
    )
    exclusion = SeveralField(
        label=_("What speaks against"), choices=lambda: criteria_of("exclusion"), required=False
    )
    risk_now = choice(REFERRAL["risk_now"], required=False)
    summary = NoteField(
        label=REFERRAL["summary"].lazy_label,
        max_length=LONGEST_SUMMARY,
    )
    whereabouts_type = choice(REFERRAL["whereabouts"], required=False)
    whereabouts = LineField(label=_("Place, in words"), required=False, max_length=200)
    contact = SeveralField(label=REFERRAL["contact"].lazy_label)
    language = CodeField(Concepts("languages"), label=_("Language"))
    mediator = YesNoField(label=_("Mediator needed"), required=False)
    data_scope = choice(REFERRAL["data_scope"], required=False)
    consent = forms.ChoiceField(
        label=REFERRAL["consent"].lazy_label,
        choices=lambda: [(key, lists.label(key)) for key in (GIVEN, REFUSED, NOT_POSSIBLE)],
        widget=Chips,
        required=False,
    )
    giver = forms.ChoiceField(label=_("Who decides"), widget=Chips, required=False)
    method = forms.ChoiceField(
        label=_("How it was given"), widget=Chips, choices=Consent.Method, required=False
    )
    witness = LineField(label=_("Witness"), required=False)
    folio = LineField(label=_("Folio"), max_length=20, required=False)
    danger_reason = NoteField(
        label=_("Danger to life: why it is shared without consent"), required=False
    )

    def __init__(
        self,
        *args: Any,
        about: About,
        places: Sequence[Place],
        open_now: Sequence[Place] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        self.places = {place.key: place for place in places}
        fields: Any = self.fields
        fields["destination"].choices = [(place.key, place.label) for place in places]
        fields["alternative"].choices = [(place.key, place.label) for place in open_now]
        fields["giver"].choices = givers(about.age)
        closed = about.closed_methods
        fields["contact"].choices = [
            (key, label)
            for key, label in lists.choices(METHODS)
            if key.rpartition(":")[2] not in closed
        ]
        if closed:
            ways = lists.labels(f"{METHODS}:{way}" for way in sorted(closed))
            fields["contact"].help_text = _("A rule of the person excludes: %(ways)s.") % {
                "ways": ways
            }
        self.say_floor(about.floor)
        self.last = {"risk_now": about.last_risk} if about.last_risk else {}

    def say_floor(self, floor: str) -> None:
        """The least urgency, beside the answer that may raise it."""
        words = _("Computed from what is known: %(urgency)s. Tap only to change it.")
        said = words % {"urgency": lists.label(f"referral_urgency:{floor}")}
        self.fields["urgency"].help_text = said

    @property
    def place(self) -> Place | None:
        """The destination that was chosen, checked or not."""
        return self.places.get(str(self["destination"].value() or ""))

    @property
    def has_services(self) -> bool:
        return any(place.is_partner for place in self.places.values())

    @property
    def consent_type(self) -> str:
        return PARTNER if self.place is not None and self.place.is_partner else INTERNAL

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        place = self.place
        self._risk(said)
        self._contact(said)
        if said.get("event_at") and said["event_at"] > timezone.now():
            self.add_error("event_at", _("This is in the future."))
        if place is None:
            return said
        if place.is_centre and not said.get("criteria"):
            self.add_error("criteria", _("Tick what is met: the centre decides by it."))
        said["data_scope"] = said.get("data_scope") or (MINIMUM if place.is_partner else SUMMARY)
        said["giver"] = said.get("giver") or self.initial.get("giver") or SELF
        said["method"] = said.get("method") or self._usual_method(said)
        if said.get("consent"):
            self._proof(said)
        self._shared(said, place)
        return said

    def _shared(self, said: dict[str, Any], place: Place) -> None:
        """Something may be shared: the person agrees, has agreed, or their life is in danger."""
        answer = said.get("consent")
        agreed = answer == GIVEN or (not answer and place.consent is not None)
        if agreed or said["data_scope"] == NO_DATA or said.get("danger_reason"):
            return
        self.add_error(
            "consent",
            _("Ask the person, or share nothing and go along; in danger to life write why."),
        )

    def weigh(self, floor: str, *, offer_open_service: bool) -> None:
        """What follows once the least urgency is computed with these answers. Adds errors."""
        said = self.cleaned_data
        chosen = Urgency(said.get("urgency") or floor)
        said["urgency"] = chosen.value
        if chosen.rank > Urgency(floor).rank and not said.get("lowered_reason"):
            self.add_error(
                "lowered_reason",
                _("Computed is: %(urgency)s. Write why it is less urgent.")
                % {"urgency": lists.label(f"referral_urgency:{floor}")},
            )
        if chosen == Urgency.IMMEDIATE and not said.get("voice_handover_to"):
            self.add_error("voice_handover_to", _("Call first, and write who took the call."))
        offered = said.get("alternative") or said.get("alternative_note")
        if offer_open_service and not offered:
            self.add_error(
                "alternative",
                _("The centre cannot be the only place now: offer a service that is open."),
            )

    def _risk(self, said: dict[str, Any]) -> None:
        if said.get("risk_now"):
            return
        if MENTAL_HEALTH.intersection(said.get("reason") or ()):
            self.add_error("risk_now", _("Ask again and tap what you found."))
        said["risk_now"] = NOT_ASSESSED

    def _contact(self, said: dict[str, Any]) -> None:
        methods = {key.rpartition(":")[2] for key in said.get("contact") or ()}
        if NO_CONTACT in methods and not methods & WITHOUT_CHANNEL:
            self.add_error(
                "contact",
                _("Nobody may call: say that the person comes back or goes accompanied."),
            )

    @staticmethod
    def _usual_method(said: Mapping[str, Any]) -> str:
        if said.get("folio"):
            return Consent.Method.PAPER_FOLIO
        return Consent.Method.VERBAL_WITNESSED if said.get("witness") else Consent.Method.VERBAL

    def _proof(self, said: dict[str, Any]) -> None:
        """A refusal is always taken; a consent needs the proof that its type asks for."""
        type_ = self.consent_type
        proof = {**said, "reason": said.get("danger_reason")}
        names = {"reason": "danger_reason"}
        for name, fault in check_proof(proof, type_, said["consent"]).items():
            self.add_error(names.get(name, name), fault)
        wrong = check_giver(said["giver"], self.about.age, type_)
        if wrong and said["consent"] == GIVEN:
            self.add_error("giver", wrong)

    @property
    def answer(self) -> ConsentAnswer | None:
        """The answer to sharing with this receiver; None where nothing was asked now."""
        said = self.cleaned_data
        if not said.get("consent"):
            return None
        return ConsentAnswer(
            type=self.consent_type,
            decision=said["consent"],
            method=said["method"],
            giver=said["giver"],
            language=said["language"],
            folio=said["folio"],
            witness=said["witness"],
            reason=said["danger_reason"] if said["consent"] == NOT_POSSIBLE else "",
            purpose=lists.labels(said["reason"]) if self.consent_type == PARTNER else "",
        )


class ReceivedForm(ReferForm):
    """A person who comes by themself, or whom a partner sends: we are the receiver, and what
    they bring is shared by them."""

    origin = forms.ChoiceField(
        label=_("Who asks"), widget=Chips, choices=[(o.value, o.label) for o in FROM_OUTSIDE]
    )
    from_partner = CodeField(Organisations(), label=_("Organisation"), required=False)

    left_out = (
        "destination", "data_scope", "consent", "giver", "method", "witness", "folio",
        "danger_reason", "seen", "consent_id", "consultation",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.left_out:
            del self.fields[name]
        # One that remembers labels for this form alone.
        self.fields["from_partner"] = CodeField(
            Organisations(), label=_("Organisation"), required=False
        )

    @property
    def place(self) -> Place | None:
        """The only one: the programme that receives."""
        return next(iter(self.places.values()))

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("origin") == Origin.PARTNER and not said.get("from_partner"):
            self.add_error("from_partner", _("Say which organisation sends the person."))
        return said

    def _shared(self, said: dict[str, Any], place: Place) -> None:
        """The person is here: nothing leaves."""
