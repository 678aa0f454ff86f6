"""Forms of the centre: admission, team, exit, and the filter of the list of stays."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import COULD_NOT_ASK, DayField, SeveralField, YesNoField
from accounts.widgets import Chips
from consultations.definitions import FORMS
from consultations.forms import fields
from consultations.forms.fields import Text
from consultations.queries.teams import Colleague
from consultations.services.episodes import Exit
from terminology import lists
from terminology.paging import ListForm

ADMISSION = FORMS["cai_admission"]
DISCHARGE = FORMS["cai_discharge"]
CRITERIA = "cai_admission_criteria"
FEW = 8  # colleagues that still fit as chips
SATISFACTION = _("Not at all"), _("Very much")
# Services that most people go on with; the rest is searched.
FREQUENT = (
    "mhpss_psychological", "primary_care", "legal_asylum", "documentation",
    "mhpss_community_support", "employment", "shelter_general", "specialist",
)  # fmt: skip


def people(team: Mapping[str, Colleague]) -> list[tuple[str, str]]:
    """Colleagues with their discipline, as choices."""
    words = {
        entry.code: entry.label for entry in lists.all("consultation_disciplines", retired=True)
    }
    return [
        (pk, f"{each.user.name} · {words.get(each.discipline, each.discipline)}")
        for pk, each in team.items()
    ]


def colleague(team: Mapping[str, Colleague], *, empty: bool = False, **kwargs: Any) -> Any:
    choices = people(team)
    if len(choices) < FEW:
        return forms.ChoiceField(choices=choices, widget=Chips, **kwargs)
    first = [("", "–")] if empty or kwargs.get("required", True) else []
    return forms.ChoiceField(choices=[*first, *choices], **kwargs)


def several(team: Mapping[str, Colleague], **kwargs: Any) -> SeveralField:
    return SeveralField(choices=people(team), **kwargs)


def criteria(kind: str) -> list[tuple[str, str]]:
    entries = lists.all(CRITERIA)
    return [(e.key, e.label) for e in entries if e.attributes["type"] == kind]


class AdmissionForm(forms.Form):
    """Criteria, who decided, reference worker and team. A coordinator may waive a criterion."""

    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, team: Mapping[str, Colleague], waives: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        label = ADMISSION["criteria"].label
        self.fields["criteria"] = SeveralField(
            label=label, choices=criteria("inclusion"), required=False
        )
        self.fields["priority"] = SeveralField(
            label=_("Priority"), choices=criteria("priority"), required=False
        )
        self.fields["exclusion"] = SeveralField(
            label=_("Reasons against"), choices=criteria("exclusion"), required=False
        )
        if waives:
            self.fields["waiver"] = Text(
                label=_("Waiver of a criterion: reason"), required=False, max_length=2000
            )
        self.fields["admitted_on"] = DayField(label=_("Admitted on"))
        self.fields["decided_by"] = several(team, label=ADMISSION["decision_team"].label)
        self.fields["reference_worker"] = colleague(team, label=ADMISSION["reference_worker"].label)
        self.fields["team"] = several(team, label=_("Team"), required=False)
        self.fields["house_rules"] = YesNoField(label=ADMISSION["house_rules"].label)

    @property
    def names(self) -> list[str]:
        return [name for name in self.fields if name != "id"]

    @property
    def decided_by(self) -> list[tuple[Any, str]]:
        chosen = (self.team[pk] for pk in self.cleaned_data["decided_by"])
        return [(each.user, each.discipline) for each in chosen]

    def payload(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "criteria": [*said["criteria"], *said["priority"], *said["exclusion"]],
            "reference_worker": said["reference_worker"],
            "house_rules": said["house_rules"],
            "team": said["team"],
        }


class TeamForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, team: Mapping[str, Colleague], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reference_worker"] = colleague(team, label=ADMISSION["reference_worker"].label)
        self.fields["team"] = several(team, label=_("Team"), required=False)


class ExitForm(forms.Form):
    """The outcome, what comes after, and whether the person may be called."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        others: Mapping[str, Colleague],
        missing: Iterable[str],
        **kwargs: Any,
    ) -> None:
        """`others`: colleagues who did not treat the person; `missing`: scales without a final
        score, as keys."""
        super().__init__(*args, **kwargs)
        self.missing = list(missing)
        self.fields["outcome"] = fields.choice(DISCHARGE["outcome"])
        self.fields["closed_on"] = DayField(label=_("Last day of care"))
        self.fields["reason"] = Text(label=_("Reason in words"), required=False, max_length=2000)
        plan = DISCHARGE["plan_after"]
        found = {entry.code: entry for entry in lists.all(plan.list)}
        first = [found[code] for code in FREQUENT if code in found]
        self.fields["plan_after"] = Text(label=plan.label, required=False, max_length=2000)
        self.fields["services"] = fields.multi(
            plan, first=first, required=False, label=_("Services afterwards")
        )
        if self.missing:
            self.fields["missing_scores_reason"] = Text(
                label=DISCHARGE["final_scores"].label,
                help_text=_("No final score: %(scales)s. Say why.")
                % {"scales": lists.labels(self.missing)},
                required=False,
                max_length=2000,
            )
        self.fields["contact_allowed"] = YesNoField(label=DISCHARGE["follow_calls"].label)
        self.fields["satisfaction"] = fields.slider(
            DISCHARGE["satisfaction"], ends=SATISFACTION, required=False
        )
        self.fields["satisfaction_asked_by"] = colleague(
            others, label=_("Who asked about satisfaction"), required=False, empty=True
        )

    @property
    def names(self) -> list[str]:
        return [name for name in self.fields if name != "version"]

    def said(self) -> Exit:
        answers = self.cleaned_data
        score = answers["satisfaction"]
        asked_by = answers["satisfaction_asked_by"]
        return Exit(
            outcome=answers["outcome"],
            closed_on=answers["closed_on"],
            reason=answers["reason"],
            plan_after=answers["plan_after"],
            services=tuple(answers["services"]),
            missing_scores_reason=answers.get("missing_scores_reason", ""),
            contact_allowed=answers["contact_allowed"],
            satisfaction=None if score == COULD_NOT_ASK else score,
            satisfaction_not_asked=score == COULD_NOT_ASK,
            satisfaction_asked_by=UUID(asked_by) if asked_by else None,
        )


class EpisodesFilter(ListForm):
    """Whose stays: one's own, nobody's, or those of one colleague."""

    filters = ("whose",)

    def __init__(self, *args: Any, workers: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            ("mine", _("I am the reference worker")),
            ("nobody", _("No reference worker")),
            *workers,
        ]
        few = len(choices) < FEW
        self.fields["whose"] = forms.ChoiceField(
            label=_("Whose"),
            choices=choices if few else [("", "–"), *choices],
            required=False,
            widget=Chips if few else forms.Select,
        )
