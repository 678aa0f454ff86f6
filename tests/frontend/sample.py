"""A page of every kind, for the tests and the screenshots of the components."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms

from accounts.charts import Chart, Series
from accounts.fields import (
    AgeOrDateField,
    CodeField,
    CodesField,
    DatePartsField,
    DayField,
    NumberField,
    ScaleField,
    SeveralField,
    WholeField,
    YesNoField,
)
from accounts.renderers import LastAnswer
from accounts.widgets import Chips, Note

COUNTRIES = (
    ("VEN", "Venezuela"),
    ("HND", "Honduras"),
    ("GTM", "Guatemala"),
    ("HTI", "Haití"),
    ("CUB", "Cuba"),
    ("SLV", "El Salvador"),
    ("GIN", "Guinea"),
    ("GNB", "Guinea-Bisáu"),
    ("GNQ", "Guinea Ecuatorial"),
    ("SEN", "Senegal"),
)


class Countries:
    """Stands for a list of codes."""

    name = "countries"
    complete = False

    def quick(self) -> Sequence[tuple[str, str]]:
        return COUNTRIES[:6]

    def label(self, key: str) -> str | None:
        return dict(COUNTRIES).get(key)

    def find(self, text: str) -> Sequence[tuple[str, str]]:
        wanted = text.casefold()
        return [c for c in COUNTRIES if wanted in c[1].casefold() or wanted == c[0].casefold()]


class SampleForm(forms.Form):
    name_used = forms.CharField(
        label="Nombre con el que se presenta", help_text="Cualquier alfabeto sirve."
    )
    age = AgeOrDateField(label="Edad o fecha de nacimiento")
    sex = forms.ChoiceField(
        label="Sexo",
        widget=Chips,
        choices=(
            ("f", "Mujer"),
            ("m", "Hombre"),
            ("i", "Intersexual"),
            ("n", "Prefiere no decirlo"),
        ),
    )
    nationality = CodeField(Countries(), label="Nacionalidad")
    diagnoses = CodesField(Countries(), label="Diagnóstico (principal primero)", max_choices=3)
    interpreter = YesNoField(label="Requiere mediación o interpretación")
    distress = ScaleField(
        label="Malestar emocional 0-10", could_not_ask=True, ends=("ninguno", "el peor imaginable")
    )
    needs = SeveralField(
        label="Necesidades",
        required=False,
        exclusive=("not_asked",),
        choices=(
            ("food", "Alimentación"),
            ("shelter", "Alojamiento"),
            ("papers", "Documentos y procedimiento migratorio"),
            ("not_asked", "No se preguntó"),
        ),
    )
    women = WholeField(label="Mujeres", min_value=0, max_value=500, required=False)
    weight = NumberField(label="Peso", required=False)
    weight.unit = "kg"  # type: ignore[attr-defined]
    seen_on = DayField(label="Próxima cita", required=False)
    arrived = DatePartsField(label="Llegada a México", required=False)
    plan = forms.CharField(label="Plan e indicaciones", widget=Note, required=False)
    remarks = forms.CharField(label="Observaciones", widget=Note(rows=2), required=False)
    agree = forms.BooleanField(label="La persona está de acuerdo", required=False)

    last: ClassVar[dict[str, Any]] = {
        "plan": LastAnswer(
            "Control en 14 días; agua y reposo", date(2025, 11, 3), ["Control en 14 días"]
        ),
        "distress": LastAnswer("6", date(2025, 11, 3)),
    }
    core = (
        "name_used", "age", "sex", "nationality", "diagnoses", "interpreter", "distress", "women",
        "weight", "plan",
    )  # fmt: skip
    optional = ("needs", "seen_on", "arrived", "remarks", "agree")


class LineForm(forms.Form):
    medicine = CodeField(Countries(), label="Medicamento")
    quantity = WholeField(label="Cantidad", min_value=1, max_value=20)


Lines = forms.formset_factory(LineForm, extra=1, can_delete=True)

MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct")
SERVICES = Chart(
    "Consultas directas por servicio",
    (
        "Salud mental",
        "Atención médica primaria",
        "Trabajo social",
        "Promoción de la salud",
        "Mediación",
    ),
    (Series("Consultas", (4460, 4866, 3244, 5271, 2432)),),
)
SEXES = Chart(
    "Personas por grupo de edad",
    ("0–4", "5–17", "18–59", "60+"),
    (
        Series("Mujeres", (210, 340, 2210, "*")),
        Series("Hombres", (180, 290, 2600, 41)),
        Series("Otra", (0, "*", 22, None)),
    ),
    note="Edad en la primera consulta del periodo.",
)
MONTHLY = Chart(
    "Consultas por mes",
    MONTHS,
    (Series("Consultas", (1890, 2010, 2240, 2105, 1990, 2333, 2051, 1875, 1902, 1877)),),
)
TREND = Chart(
    "Consultas por mes y servicio",
    MONTHS,
    (
        Series("Médica", (480, 470, 520, 500, 490, 510, 505, 460, 470, 461)),
        Series("Salud mental", (430, 455, 460, 470, 440, 420, None, 430, 445, 450)),
        Series("Mediación", (210, 220, 260, 250, 240, 250, 245, 240, 262, "*")),
    ),
)
SITES = [
    Chart(
        name,
        MONTHS,
        (
            Series(
                "Consultas",
                tuple(
                    value * k // 10 for value in (189, 201, 224, 210, 199, 233, 205, 187, 190, 187)
                ),
            ),
        ),
    )
    for name, k in (
        ("Albergue CAFEMIN", 9),
        ("Plaza Giordano Bruno", 5),
        ("Terminal Norte", 3),
        ("Vallejo", 7),
    )
]
