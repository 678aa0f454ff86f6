"""What the files of the lists must look like: codes, columns with closed sets, references."""

import re

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# Codes of a standard keep their own form.
CODES = {
    "countries": re.compile(r"[A-Z]{3}"),
    "mexico_states": re.compile(r"MX\d\d"),
    "mhgap_groups": re.compile(r"[A-Z]{3}"),
    "scale_answers": re.compile(r"\d"),
}
# The column that makes a code unique together with the list.
SCOPES = {"age_bands": "scheme", "scale_bands": "scale", "scale_items": "scale"}
# The column that the bracket of a form's list selects by: `sex_gender(sex_recorded)`.
PARTS = {
    "age_bands": "scheme",
    "mediation_modes": "kind",
    "medicines": "category",
    "scale_answers": "scale",
    "scale_bands": "scale",
    "scale_items": "scale",
    "sex_gender": "kind",
    "washington_group_short_set": "kind",
}
PATTERNS = {
    "countries.alpha2": re.compile(r"[A-Z]{2}"),
    "languages.iso639_1": re.compile(r"[a-z]{2}"),
    "medicines.atc": re.compile(r"[A-Z]\d\d[A-Z]{1,2}(\d\d)?"),
    "mexico_states.inegi": re.compile(r"\d\d"),
    "mh_diagnoses.icd10": re.compile(r"[A-Z]\d\d(\.\d)?"),
    "mh_diagnoses.icd11": re.compile(r"[0-9A-Z]{4}(\.[0-9A-Z]{1,2})?"),
    "morbidity.icd10": re.compile(r"[A-Z]\d\d(\.\d)?"),
    "morbidity.icd11": re.compile(r"[0-9A-Z]{4}(\.[0-9A-Z]{1,2})?"),
    "places.adm2_pcode": re.compile(r"MX\d{5}"),
}
NUMBERS = frozenset(
    (
        "age_max_months age_min_months expires_days feedback_days first_contact_hours item_max "
        "item_min items latitude long_use_warning_days longitude max_hours max_missing max_mm "
        "max_years min_age min_hours min_mm min_years priority recontact_hours recovered_max "
        "reliable_change risk_supply_limit_days score_max score_min sequence total_max total_min "
        "triage_hours warn_after_days warn_before_days window_hours"
    ).split()
)
REFERENCES = {
    "care_plan_domains.discipline": "consultation_disciplines",
    "medicines.avoid_with_diagnosis": "mh_diagnoses",
    "mh_diagnoses.mhgap_group": "mhgap_groups",
    "places.adm1_pcode": "mexico_states",
    "safe_contact_rules.disables": "safe_contact_methods",
    "scale_answers.scale": "scales",
    "scale_answers.item": "scale_items",
    "scale_bands.scale": "scales",
    "scale_items.scale": "scales",
    "violence_types.gbvims_core_type": "gbvims_core_types",
}

_YES_NO = """
agreement_statuses.active consent_decisions.needs_reason consent_types.separate
consent_types.withdrawable consultation_disciplines.cai
consultation_disciplines.direct_consultation gbv_case_context.safeguarding
group_activity_types.named group_activity_types.retired id_documents.sensitive
mh_diagnoses.quick_pick morbidity.quick_pick perpetrators.safeguarding
perpetrators.state_actor referral_decline_reasons.needs_alternative referral_statuses.open
referral_urgency.voice_handover safe_contact_methods.leaves_trace social_outcomes.closed
travel_composition.computed travel_composition.vulnerable_flag violence_types.cai_trigger
violence_types.extreme_violence violence_types.sexual
"""
_SETS = {
    "cai_admission_criteria.type": "inclusion | priority | exclusion",
    "cai_discharge_outcomes.success": "yes | no | neutral",
    "care_preferences.value_type": "user | patient",
    "complaint_categories.privacy": "sensitive | clinical | protected",
    "consultation_disciplines.report_group": (
        "primary_health_care | mental_health | social_work | health_promotion | "
        "cultural_mediation | other"
    ),
    "contraception_methods.group": (
        "none | barrier | short_acting | long_acting | emergency | permanent | natural | other"
    ),
    "countries.region_group": (
        "south_america | north_central_america | caribbean | central_america_other | "
        "north_america | africa | asia | europe | other | special"
    ),
    "health_promotion_topics.group": (
        "access | srh | violence | mental_health | prevention | chronic | protection | "
        "accountability | other"
    ),
    "items_distributed.group": (
        "rehydration | hygiene | prevention | srh | travel | shelter | food | "
        "connectivity | transport | information | health"
    ),
    "items_distributed.unit": (
        "sachet | litre | bottle | kit | piece | tube | pair | package | unit"
    ),
    "languages.usual_interpretation": "team | mediator | remote",
    "legal_procedure_stages.track": (
        "any | asylum | regularisation | documentation | victim | enforcement | return | "
        "pathway | child"
    ),
    "mediation_modes.kind": "mode | activity | status",
    "medicines.category": (
        "analgesic | analgesic_controlled | cardiovascular | antibiotic | antiparasitic | "
        "antifungal | antiviral | hiv_pep | contraceptive | srh | vaccine | "
        "gastrointestinal | allergy | skin | emergency | respiratory | diabetes | "
        "endocrine | nutrition | wound | eye_ear | psychotropic | psychotropic_controlled"
    ),
    "medicines.duplicate_class": (
        "nsaid | benzodiazepine | renin_angiotensin | antidepressant | antipsychotic | "
        "antiretroviral | emergency_contraceptive | hormonal_contraceptive | "
        "sedating_antihistamine | mood_stabiliser"
    ),
    "medicines.form": (
        "tablet | oral suspension | injection | capsule | powder for injection | vaginal "
        "ovule | granules | chewable tablet | cream | vaginal tablet | implant | powder | "
        "dispersible tablet | inhaler | nebuliser solution | syrup | sachet | solution | "
        "ointment | eye drops | ear drops"
    ),
    "medicines.pregnancy_warning": (
        "contraindicated | avoid | avoid_first_trimester | avoid_from_20_weeks | "
        "avoid_at_term | ends_pregnancy"
    ),
    "mh_diagnoses.group": (
        "stress | mood | anxiety | somatic | psychosis | substance | suicide | other | "
        "child | neuro | none"
    ),
    "mh_interventions.group": (
        "first_line | individual | group | crisis | family | medical | document"
    ),
    "mh_risk_levels.response_time": "7 days | 24 hours | immediate",
    "mh_risk_levels.under_12_rule": "clinical judgement",
    "mh_symptoms.syndrome": (
        "psychosomatic | depression | anxiety | trauma | psychosis | neurocognitive | "
        "behaviour | other"
    ),
    "migration_status.sensitivity": "normal | high",
    "morbidity.group": (
        "respiratory | ncd | gastrointestinal | dental | skin | injury | violence | "
        "musculoskeletal | neuro | eye_ent | genitourinary | srh | nutrition | infectious "
        "| other | mental_health | contact"
    ),
    "morbidity.notifiable_mx": "no | weekly | immediate",
    "muac.colour": "red | yellow | light_green | green",
    "partner_types.published_group": "public_body | international | ngo | grassroots | other",
    "places.precision": "city centre | municipality | approximate | town",
    "precipitating_events.category": (
        "medical | violence | separation_loss | disaster | other | none"
    ),
    "rapid_tests.privacy": "clinical | protected",
    "referral_closure_outcomes.success": "yes | no | partial | neutral",
    "referral_reasons.target": "cai | hospital | mobile_team | partner | any",
    "referral_statuses.clock": (
        "none | triage clock starts | triage clock runs | triage clock paused | first "
        "appointment clock starts | first appointment clock runs | triage clock stops | "
        "first appointment clock stops | recontact clock starts | feedback clock starts | "
        "feedback clock stops | all clocks stop"
    ),
    "referral_urgency.colour": "red | orange | yellow | green",
    "referral_urgency.floor_rules": (
        "pep_pending | ec_pending | suicide_risk_high | suicide_risk_moderate | "
        "psychosis_acute | child_unaccompanied | survivor_torture | "
        "survivor_sexual_violence"
    ),
    "safe_contact_rules.value_type": "time_range | language | text",
    "safety_plan_parts.applies_to": "suicide | violence | both",
    "scale_bands.applies_to": "female | male",
    "scale_bands.severity": "0 | 1 | 2 | 3 | 4",
    "scale_items.translation_status": "published | working",
    "scales.direction": "higher is worse | higher is better | lower is better",
    "service_taxonomy.iasc_layer": "1 | 2 | 3 | 4",
    "service_taxonomy.mhpss_4w_group": "1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11",
    "service_taxonomy.sector": (
        "health | mhpss | protection | basic_needs | integration | cross_cutting | mobility"
    ),
    "sex_gender.kind": "sex_recorded | gender_identity",
    "social_needs.group": (
        "basic | health | legal | protection | family | mobility | integration | other"
    ),
    "torture_methods.group": "physical | sexual | deprivation | psychological | other",
    "violence_types.gbvims_rule": "always | by_act | when_gender_based | none",
    "violence_types.group": (
        "sexual | physical | domestic | psychological | gbv_other | torture | "
        "organised_crime | loss | witness | conflict | state | social | other | none"
    ),
    "vulnerability_criteria.group": "child | health | social | violence | protection",
    "vulnerability_criteria.priority": "critical | high | medium | low",
    "washington_group_short_set.kind": "item | answer",
}
CLOSED = {column: frozenset(("yes", "no")) for column in _YES_NO.split()} | {
    column: frozenset(values.split(" | ")) for column, values in _SETS.items()
}
