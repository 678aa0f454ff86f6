from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission, Role, requires
from accounts.templatetags.ui import Tab
from partners import queries, services
from partners.forms.common import RowForm, initial_of, own_programmes
from partners.forms.sites import STATES, SiteForm, SitesForm
from partners.models import Site
from partners.views.saving import answer

MOST_IN_WEEK = 100


@requires(Permission.READ_PARTNERS)
@require_GET
def sites(request: HttpRequest) -> HttpResponse:
    form = SitesForm(request.GET)
    form.is_valid()
    today, wanted = timezone.localdate(), form.cleaned_data
    rows: Any = Site.objects.visible_to(request.user)  # type: ignore[arg-type]
    if wanted.get("q"):
        rows = rows.with_words(wanted["q"])
    if wanted.get("day"):
        rows = rows.for_weekday(wanted["day"])
    if wanted.get("programme"):
        rows = rows.of_programmes([wanted["programme"].pk])
    state = wanted.get("state") or "open"
    is_open = Q(closed__isnull=True) | Q(closed__gte=today)
    counts = rows.aggregate(all=Count("pk"), open=Count("pk", filter=is_open))
    counts["closed"] = counts["all"] - counts["open"]
    chosen = {"open": is_open, "closed": ~is_open, "all": Q()}[state]
    shown = rows.filter(chosen).order_by("code").prefetch_related("programmes")
    page = form.page_of(shown)
    context = {
        "form": form,
        "page": page,
        "tabs": [Tab(label, f"?state={key}", counts[key], key == state) for key, label in STATES],
        "week": queries.week(rows.filter(is_open).order_by("code")[:MOST_IN_WEEK]),
        "today": today,
        "may_edit": policy.allows(request.user, Permission.EDIT_SITES),
        "wide": True,
    }
    return render(request, "partners/site_list.html", context, status=form.status)


@requires(Permission.READ_PARTNERS)
@require_GET
def site(request: HttpRequest, code: str) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    rows = Site.objects.visible_to(user).select_related("successor", "host")
    found = get_object_or_404(rows, code=code)
    may_edit = (
        policy.allows(user, Permission.EDIT_SITES)
        and Site.objects.editable_by(user).filter(pk=found.pk).exists()
    )
    context = {
        "site": found,
        "programmes": found.programmes.all(),
        "predecessors": found.predecessors.order_by("code")[:10],
        "today": timezone.localdate(),
        "is_open": found.is_open_on(timezone.localdate()),
        "may_edit": may_edit,
    }
    return render(request, "partners/site_detail.html", context)


@requires(Permission.EDIT_SITES)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    def save(form: RowForm) -> Site:
        return services.create_site(by=request.user, id=form.row_id, **form.values)  # type: ignore[arg-type]

    form = SiteForm(request.POST or None)
    form.offer(_programmes(request))
    template = "partners/site_form.html"
    return answer(request, form, save, template=template, done=Site.get_absolute_url)


@requires(Permission.EDIT_SITES)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    row = get_object_or_404(Site.objects.visible_to(user).editable_by(user), code=code)

    def save(form: RowForm) -> Site:
        return services.edit_site(row, by=user, expected=form.expected, **form.values)

    if request.method == "POST":
        form = SiteForm(request.POST, initial={"id": row.pk})
    else:
        form = SiteForm(initial=initial_of(row, SiteForm))
    form.offer(_programmes(request))
    return answer(
        request, form, save, template="partners/site_form.html", done=Site.get_absolute_url,
        about=code, row=row,
    )  # fmt: skip


def _programmes(request: HttpRequest) -> list[Programme]:
    user: User = request.user  # type: ignore[assignment]
    if Role.ADMINISTRATOR in user.roles:
        return list(Programme.objects.order_by("code"))
    return own_programmes(user, policy.programmes_where(user, Permission.EDIT_SITES))
