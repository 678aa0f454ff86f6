"""Consent and its proof: decision, method, giver, text."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField
from accounts.widgets import Chips
from patients import consent_texts
from patients.card import ConsentAnswer
from patients.forms.fields import PERSON_CARD, LineField, NoteField
from patients.models import Consent
from terminology import lists
from terminology.fields import Concepts

Method = Consent.Method
TYPES = "consent_types"
DATA = f"{TYPES}:data_processing"
GIVEN = "consent_decisions:given"
NOT_POSSIBLE = "consent_decisions:not_possible"
SELF = "consent_givers:self"
# Who may only consent for somebody under 18 (note of `consent_givers`).
FOR_MINORS = frozenset(
    f"consent_givers:{code}"
    for code in ("accompanying_adult", "nna_no_adult_assent", "self_mature_minor")
)
FOR_ADULTS = frozenset(("consent_givers:relative",))
# An accompanying adult does not decide on these (note of `consent_givers`).
NOT_BY_COMPANION = frozenset(
    f"{TYPES}:{code}" for code in ("sharing_partner", "forensic", "photo", "testimony")
)


def methods_for(consent_type: str) -> set[str]:
    """How a consent of this type may be proved (`form_allowed` of `consent_types`)."""
    allowed = {Method.PAPER_FOLIO, Method.SIGNATURE, Method.THUMBPRINT}
    rule = lists.get(consent_type).attributes.get("form_allowed", "")
    if "verbal_documented" in rule or consent_type == DATA:
        allowed.add(Method.VERBAL_WITNESSED)
    if "verbal_documented" in rule and "with witness" not in rule:
        allowed.add(Method.VERBAL)
    return {method.value for method in allowed}


def check_giver(giver: str, age: int | None, consent_type: str = DATA) -> Any:
    """What is wrong with who consents, in words; empty when nothing is."""
    if age is not None and age < 18:
        if giver == SELF:
            return _("Under 18 somebody consents with the child: say who.")
        if giver in FOR_ADULTS:
            return _("For a person under 18, choose parent, guardian or authority.")
    elif age is not None and giver in FOR_MINORS:
        return _("This answer is for people under 18 only.")
    if giver == "consent_givers:accompanying_adult" and consent_type in NOT_BY_COMPANION:
        return _("An accompanying adult cannot decide this. Parent, guardian or authority can.")
    return ""


def check_proof(said: Mapping[str, Any], consent_type: str, decision: str) -> dict[str, Any]:
    """Faults of the proof by field. A refusal or a withdrawal may always be spoken."""
    faults: dict[str, Any] = {}
    method = said.get("method")
    if decision == GIVEN and method and method not in methods_for(consent_type):
        faults["method"] = _("This consent needs another form: paper, signature or thumbprint.")
    if method == Method.VERBAL_WITNESSED and not said.get("witness"):
        faults["witness"] = _("Write who witnessed it.")
    if lists.get(decision).flag("needs_reason") and not said.get("reason"):
        faults["reason"] = _("Write why consent is not possible.")
    return faults


class ConsentForm(forms.Form):
    """One answer to one consent of a known person."""

    use_required_attribute = False
    proof = ("folio", "witness", "reason")
    id = forms.UUIDField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(label=_("Answer"), widget=Chips)
    giver = forms.ChoiceField(label=_("Who decides"), widget=Chips, initial=SELF)
    method = forms.ChoiceField(
        label=_("How it was given"), widget=Chips, choices=Method, initial=Method.VERBAL
    )
    language = CodeField(Concepts("languages"), label=_("Language in which it was explained"))
    folio = LineField(label=_("Folio"), max_length=20, required=False)
    witness = LineField(label=_("Witness"), required=False)
    purpose = NoteField(label=_("What for"), required=False)
    reason = NoteField(label=_("Reason"), required=False)

    def __init__(
        self,
        *args: Any,
        consent_type: str,
        age: int,
        decisions: list[str],
        partners: forms.ModelChoiceField | None = None,  # type: ignore[type-arg]
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.consent_type, self.age = consent_type, age
        self.fields["decision"].choices = [(key, lists.label(key)) for key in decisions]  # type: ignore[attr-defined]
        self.fields["giver"].choices = givers(age)  # type: ignore[attr-defined]
        if partners is not None:
            self.fields["partner"] = partners
            self.order_fields(["id", "partner"])
        else:
            del self.fields["purpose"]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        decision = said.get("decision")
        if decision:
            for name, fault in check_proof(said, self.consent_type, decision).items():
                self.add_error(name, fault)
        if "purpose" in self.fields and decision == GIVEN and not said.get("purpose"):
            self.add_error("purpose", _("Say what the partner may use it for."))
        wrong = check_giver(said.get("giver", ""), self.age, self.consent_type)
        if wrong and decision == GIVEN:
            self.add_error("giver", wrong)
        return said

    def answer(self) -> ConsentAnswer:
        said = self.cleaned_data
        return ConsentAnswer(
            type=self.consent_type,
            decision=said["decision"],
            method=said["method"],
            giver=said["giver"],
            language=said["language"],
            folio=said["folio"],
            witness=said["witness"],
            reason=said["reason"],
            purpose=said.get("purpose", ""),
        )


def givers(age: int | None = None) -> list[tuple[str, str]]:
    """Who may consent for a person of this age; all where it is not known yet."""
    out: frozenset[str] = frozenset()
    if age is not None:
        out = FOR_MINORS if age >= 18 else FOR_ADULTS | {SELF}
    return [(key, label) for key, label in lists.choices("consent_givers") if key not in out]


def texts(consent_type: str, language: str = "") -> list[consent_texts.Text]:
    """What is read aloud, the person's language first."""
    code = language.rpartition(":")[2]
    return sorted(consent_texts.all_of(consent_type), key=lambda text: text.language != code)


def data_fields() -> dict[str, forms.Field]:
    """Consent to data on a registration form: asked before anything is typed."""
    definition = PERSON_CARD["consent_data"]
    return {
        "consent_data": forms.ChoiceField(
            label=definition.lazy_label,
            choices=lambda: [
                (key, lists.label(key))
                for key in (GIVEN, "consent_decisions:refused", NOT_POSSIBLE)
            ],
            widget=Chips,
        ),
        "giver": forms.ChoiceField(
            label=_("Who decides"), choices=givers, widget=Chips, initial=SELF
        ),
        "method": forms.ChoiceField(
            label=_("How it was given"),
            choices=Method,
            widget=Chips,
            initial=Method.PAPER_FOLIO,
            required=False,
        ),
        "folio": LineField(label=_("Folio"), max_length=20, required=False),
        "witness": LineField(label=_("Witness"), required=False),
        "reason": NoteField(label=_("Reason"), required=False),
    }
