from patients.models import DataKey, Patient


def key_of(patient: Patient, purpose: str = DataKey.Purpose.NARRATIVE) -> DataKey:
    """The person's key for one purpose: seal free text about them with the narrative key."""
    return DataKey.objects.get(patient=patient, purpose=purpose)


def keys_of(patient: Patient) -> dict[DataKey.Purpose, DataKey]:
    return {DataKey.Purpose(key.purpose): key for key in patient.data_keys.all()}
