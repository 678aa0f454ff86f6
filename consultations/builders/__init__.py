"""Rows of a signed consultation from its payload: the same for the forms, the API and the
demonstration data. Nothing here reads or writes the database; only texts are sealed.

A payload is what `DisciplineForm.payload()` gives: JSON, keys of lists as text, nothing for what
is empty. Of every discipline:

    visit_type, mode, treatment_consent [, mediation, consent_giver, consent_reason, late_reason,
    paper_folio], follow_up {date, site}

Then the fields of `forms.csv` under their codes, with these shapes:

    reason, reason_text                key of morbidity, or a few words, or both
    diagnosis                          [{concept, certainty, novelty}], the main one first
    treatment, medicines_given, medication
                                       [{medicine, dose, route, frequency, days, quantity, note}]
    tests, items, goals                [{test, result}], [{item, quantity}], [{text, status}]
    vitals                             {sign: number as text …, oedema, confirmed: [sign]}
    needs                              [{need, action, outcome, partner}]
    distress, pain …                   0 to 10 or "could_not_ask"
    cgi_s, cgi_i                       key of scale_bands
    scales                             {scale: {items: {question: value}, total, language,
                                       informant, form}}: items where the application asks them,
                                       total where it does not; PHQ-2 stands under phq9
    mental_state, mental_state_text    keys and words
    follow_up                          {date, site}
    supported                          id of the consultation that a mediation supported

and beside them pregnancy_weeks, pregnancy_estimated, last_period, risk_action, closure,
closure_note, legal_next_date, prescribed_by, mediation_mode (field `mode` of mediation).
"""

from consultations.builders.details import Built, build_details
from consultations.builders.header import build_header
from consultations.builders.vitals import build_vitals

__all__ = ("Built", "build_details", "build_header", "build_vitals")
