"""How forms become HTML: templates/django/forms, and what a field knows about itself there."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting


@dataclass(frozen=True)
class LastAnswer:
    """The answer of the visit before, shown beside the field.

    `values` are the raw values of the control; given, one tap copies them.
    """

    text: str
    when: date | None = None
    values: list[str] | None = None

    @property
    def values_json(self) -> str:
        return json.dumps(self.values)


class Field(forms.BoundField):
    """A bound field with what the field template shows beside the control."""

    @property
    def optional(self) -> bool:
        """Say "(optional)": required neither to save nor to sign, on a form that marks it."""
        needed = self.field.required or getattr(self.field, "needed", False)
        return not needed and getattr(self.form, "mark_optional", True)

    @property
    def last(self) -> LastAnswer | None:
        answers: dict[str, LastAnswer] = getattr(self.form, "last", None) or {}
        return answers.get(self.name)

    @property
    def unit(self) -> str:
        return str(getattr(self.field, "unit", ""))

    @property
    def width(self) -> str:
        return str(getattr(self.field, "width", ""))

    @property
    def is_tick(self) -> bool:
        """One checkbox, which carries its own label."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def anchor(self) -> str:
        """Id of the control that the error summary leads to."""
        return f"{self.auto_id}_0" if self.use_fieldset else self.auto_id

    @property
    def is_filled(self) -> bool:
        value = self.value()
        return not is_empty(value) or (value is False and not self.is_tick)

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        if self.width and "class" not in (widget or self.field.widget).attrs:
            built["class"] = self.width
        return built


def is_empty(value: Any) -> bool:
    """Nothing was answered: None, blank, or a group of which every part is empty."""
    if isinstance(value, (list, tuple)):
        return all(is_empty(part) for part in value)
    return value is None or value is False or str(value).strip() == ""


class FormRenderer(TemplatesSetting):
    """Renders with the project's own templates; see docs/frontend.md."""

    form_template_name = "django/forms/form.html"
    field_template_name = "django/forms/field.html"
    bound_field_class = Field
