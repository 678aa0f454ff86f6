"""Everything that changes a site."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from partners.models import Site
from partners.services.builders import build_site, in_every_language, with_safe_point
from partners.services.saving import change, create


def create_site(*, by: User, id: UUID | None = None, **values: Any) -> Site:
    """A coordinator opens sites for own programmes only. Raises `ValidationError` for a code
    that is taken."""
    _require(by, values["programmes"])
    built = build_site(id=id, **values)
    saved: Site = create(built, by=by, action="site.created", about=values["code"])
    return saved


def edit_site(site: Site, /, *, by: User, expected: int, **values: Any) -> Site:
    """Programmes of others keep the site. Raises `EditConflict`."""
    if not Site.objects.editable_by(by).filter(pk=site.pk).exists():
        raise PermissionDenied("a site of other programmes")
    there = [programme.pk for programme in site.programmes.all()]
    others = [pk for pk in there if not policy.allows(by, Permission.EDIT_SITES, pk)]
    chosen = [getattr(programme, "pk", programme) for programme in values["programmes"]]
    _require(by, [pk for pk in chosen if pk not in others])
    values["programmes"] = list(dict.fromkeys([*others, *chosen]))
    values = with_safe_point(in_every_language(values))
    saved: Site = change(
        site, values, by=by, expected=expected, action="site.edited", about=site.code
    )
    return saved


def _require(by: User, programmes: list[Any]) -> None:
    policy.require(by, Permission.EDIT_SITES)
    for programme in programmes:
        policy.require(by, Permission.EDIT_SITES, programme)
