"""Everything that changes an organisation and what belongs to it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from partners.models import Agreement, Contact, Organisation, Service
from partners.services import builders
from partners.services.builders import in_every_language
from partners.services.saving import change, create


def create_organisation(*, by: User, id: UUID | None = None, **values: Any) -> Organisation:
    """A new entry of the directory; its code is made from the Spanish name."""
    policy.require(by, Permission.EDIT_PARTNERS)
    there = Organisation.objects.filter(pk=id).first() if id else None
    code = there.code if there else _new_code(values["name_es"])
    built = builders.build_organisation(id=id, code=code, **values)
    saved: Organisation = create(built, by=by, action="partner.created", about=code)
    return saved


def _new_code(name: str) -> str:
    stem = slugify(name).replace("-", "_").strip("_")[:50].strip("_")
    stem = stem if stem[:1].isalpha() else f"partner_{stem}".strip("_")
    there = Organisation.objects.filter(code__startswith=stem).values_list("code", flat=True)
    taken = {"new", *there}  # `new` is the address of the form
    free = (f"{stem}_{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(code for code in free if code not in taken)


def edit_organisation(
    organisation: Organisation, /, *, by: User, expected: int, **values: Any
) -> Organisation:
    """Raises `EditConflict`."""
    _require_editable(organisation, by)
    values = in_every_language(values)
    saved: Organisation = change(
        organisation, values, by=by, expected=expected, action="partner.edited",
        about=organisation.code,
    )  # fmt: skip
    return saved


def verify(organisation: Organisation, /, *, by: User) -> Organisation:
    """Note that the entry, with its services, was checked with the organisation today."""
    _require_editable(organisation, by)
    saved: Organisation = change(
        organisation, {"last_verified_on": timezone.localdate()}, by=by,
        expected=organisation.version, action="partner.verified", about=organisation.code,
    )  # fmt: skip
    return saved


def add_agreement(
    organisation: Organisation, /, *, by: User, id: UUID | None = None, **values: Any
) -> Agreement:
    _require_editable(organisation, by)
    _require_own(by, values["programmes"])
    built = builders.build_agreement(organisation, id=id, **values)
    saved: Agreement = create(built, by=by, action="agreement.created", about=organisation.code)
    return saved


def edit_agreement(agreement: Agreement, /, *, by: User, expected: int, **values: Any) -> Agreement:
    """Programmes of others in the agreement stay in it. Raises `EditConflict`."""
    own = {str(pk) for pk in policy.programmes_where(by, Permission.EDIT_PARTNERS)}
    there = [programme.pk for programme in agreement.programmes.all()]
    if not any(str(pk) in own for pk in there):
        raise PermissionDenied("an agreement of other programmes")
    _require_own(by, values["programmes"], allowed=there)
    others = [pk for pk in there if str(pk) not in own]
    chosen = [getattr(programme, "pk", programme) for programme in values["programmes"]]
    values = {**values, "programmes": list(dict.fromkeys([*others, *chosen]))}
    about = agreement.organisation.code
    saved: Agreement = change(
        agreement, values, by=by, expected=expected, action="agreement.edited", about=about
    )
    return saved


def add_service(
    organisation: Organisation, /, *, by: User, id: UUID | None = None, **values: Any
) -> Service:
    _require_editable(organisation, by)
    built = builders.build_service(organisation, id=id, **values)
    saved: Service = create(built, by=by, action="partner.service_added", about=organisation.code)
    return saved


def edit_service(service: Service, /, *, by: User, expected: int, **values: Any) -> Service:
    """Raises `EditConflict`."""
    organisation = service.organisation
    _require_editable(organisation, by)
    saved: Service = change(
        service, values, by=by, expected=expected, action="partner.service_edited",
        about=organisation.code,
    )  # fmt: skip
    return saved


def add_contact(
    organisation: Organisation, /, *, by: User, id: UUID | None = None, **values: Any
) -> Contact:
    """Raises `ValidationError` when another contact is the first to call already."""
    _require_editable(organisation, by)
    _require_one_first(organisation, values, None)
    built = builders.build_contact(organisation, id=id, **values)
    saved: Contact = create(built, by=by, action="partner.contact_added", about=organisation.code)
    return saved


def edit_contact(contact: Contact, /, *, by: User, expected: int, **values: Any) -> Contact:
    """Raises `EditConflict`, and `ValidationError` as `add_contact`."""
    organisation = contact.organisation
    _require_editable(organisation, by)
    _require_one_first(organisation, values, contact)
    saved: Contact = change(
        contact, values, by=by, expected=expected, action="partner.contact_edited",
        about=organisation.code,
    )  # fmt: skip
    return saved


def _require_one_first(
    organisation: Organisation, values: dict[str, Any], contact: Contact | None
) -> None:
    others = organisation.contacts.current().filter(primary=True)
    others = others.exclude(pk=contact.pk) if contact else others
    if values.get("primary") and not values.get("ended_on") and others.exists():
        raise ValidationError({"primary": _("Another contact is the first to call already.")})


def _require_editable(organisation: Organisation, by: User) -> None:
    policy.require(by, Permission.EDIT_PARTNERS)
    if not Organisation.objects.editable_by(by).filter(pk=organisation.pk).exists():
        raise PermissionDenied("an organisation of other programmes")


def _require_own(by: User, programmes: Iterable[Any], allowed: Iterable[Any] = ()) -> None:
    kept = {str(pk) for pk in allowed}
    for programme in programmes:
        if str(getattr(programme, "pk", programme)) not in kept:
            policy.require(by, Permission.EDIT_PARTNERS, programme)
