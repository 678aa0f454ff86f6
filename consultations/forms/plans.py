"""Forms of the plan of care: a goal, an action, the signature, a case review."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField, WholeField
from accounts.renderers import LastAnswer
from consultations.definitions import FORMS
from consultations.forms import fields
from consultations.forms.episodes import colleague, several
from consultations.forms.fields import Text
from consultations.models import PlanGoal
from consultations.queries.teams import Colleague
from consultations.services.case_reviews import Said
from consultations.services.plans import ANSWERS, Action
from terminology import lists

PLAN = FORMS["cai_care_plan"]
REVIEW = FORMS["cai_case_review"]
STATUS = "care_plan_goal_status"


def disciplines_of(team: Mapping[str, Colleague]) -> list[lists.Entry]:
    """Disciplines that somebody of the programme writes, in the order of the list."""
    there = {each for one in team.values() for each in one.disciplines}
    return [e for e in lists.all("consultation_disciplines", retired=True) if e.code in there]


class ActionFields(forms.Form):
    """What is done, by which discipline, by whom and until when."""

    def __init__(self, *args: Any, team: Mapping[str, Colleague], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_action(team)

    def add_action(self, team: Mapping[str, Colleague]) -> None:
        self.fields["action"] = Text(label=PLAN["actions"].label, max_length=1000, rows=2)
        self.fields["discipline"] = fields.chips(
            [(entry.code, entry.label) for entry in disciplines_of(team)],
            label=_("Discipline"),
            required=False,
        )
        self.fields["who"] = colleague(team, label=_("Who"), required=False, empty=True)
        self.fields["due_on"] = DayField(label=_("Until"), required=False)

    def action_for(self, domain: str) -> Action:
        """Unsaid, the discipline is that of the goal's domain."""
        said = self.cleaned_data
        return Action(
            discipline=said["discipline"] or lists.get(domain).attributes["discipline"],
            text=said["action"],
            who=UUID(said["who"]) if said["who"] else None,
            due_on=said["due_on"],
        )


class GoalWordsForm(forms.Form):
    """A goal in the person's words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domain"] = fields.choice(PLAN["domain"])
        self.fields["words"] = Text(label=PLAN["person_goal"].label, max_length=1000)
        self.fields["measure"] = Text(
            label=PLAN["measure"].label, required=False, max_length=1000, rows=1
        )


class GoalForm(GoalWordsForm, ActionFields):
    """A new goal with its first action."""

    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"] = fields.choice(PLAN["status"])
        self.order_fields(("id", "domain", "words", "measure", "action"))

    @property
    def names(self) -> list[str]:
        return [name for name in self.fields if name != "id"]


class ChangeGoalForm(GoalWordsForm):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ActionForm(ActionFields):
    id = forms.UUIDField(widget=forms.HiddenInput)


class GoalStatusForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"] = fields.choice(PLAN["status"])


class SignPlanForm(forms.Form):
    """Sessions a week, the person's answer, the next review."""

    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, team: Mapping[str, Colleague], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grid = {f"week_{entry.code}": entry.code for entry in disciplines_of(team)}
        for name, code in self.grid.items():
            self.fields[name] = WholeField(
                label=lists.find("consultation_disciplines", code).label,
                min_value=0,
                max_value=7,
                required=False,
            )
        self.fields["agreed"] = fields.chips(
            [(key, lists.label(key)) for key in ANSWERS], label=PLAN["agreed"].label
        )
        self.fields["agreed_on"] = DayField(label=_("Date of the answer"))
        self.fields["review_date"] = DayField(label=PLAN["review_date"].label)

    @property
    def frequencies(self) -> dict[str, int]:
        said = self.cleaned_data
        return {code: said[name] for name, code in self.grid.items() if said.get(name)}


class ReviewForm(forms.Form):
    """Who was there, each goal, the risk, the phase, what is decided and when the next one is."""

    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        team: Mapping[str, Colleague],
        goals: Iterable[PlanGoal],
        risk: tuple[str, date] | None = None,
        **kwargs: Any,
    ) -> None:
        """`risk`: what the last review said, and when; shown beside, never copied."""
        super().__init__(*args, **kwargs)
        self.team = team
        self.last = {"risk": LastAnswer(lists.label(risk[0]), risk[1])} if risk else {}
        self.goals = {f"goal_{goal.pk.hex}": goal for goal in goals}
        self.fields["held_on"] = DayField(label=_("Held on"))
        self.fields["participants"] = several(team, label=REVIEW["participants"].label)
        self.fields["few_reason"] = Text(
            label=_("Fewer than three disciplines: why"), required=False, max_length=500, rows=1
        )
        for name, goal in self.goals.items():
            self.fields[name] = fields.chips(
                lists.choices(STATUS), label=lists.label(goal.domain_id), initial=goal.status_id
            )
        for name in ("risk", "phase", "decision"):
            self.fields[name] = fields.choice(REVIEW[name])
        self.fields["next_on"] = DayField(label=REVIEW["next"].label)

    @property
    def before(self) -> list[str]:
        return ["held_on", "participants", "few_reason"]

    @property
    def after(self) -> list[str]:
        return ["risk", "phase", "decision", "next_on"]

    @property
    def participants(self) -> list[tuple[Any, str]]:
        chosen = (self.team[pk] for pk in self.cleaned_data["participants"])
        return [(each.user, each.discipline) for each in chosen]

    def said(self) -> Said:
        answers = self.cleaned_data
        return Said(
            held_on=answers["held_on"],
            few_reason=answers["few_reason"],
            risk=answers["risk"],
            phase=answers["phase"],
            decision=answers["decision"],
            next_on=answers["next_on"],
            goals={goal.pk: answers[name] for name, goal in self.goals.items()},
        )


__all__ = (
    "ActionForm",
    "ChangeGoalForm",
    "GoalForm",
    "GoalStatusForm",
    "ReviewForm",
    "SignPlanForm",
)
