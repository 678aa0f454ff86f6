from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import policy
from accounts.models import User
from accounts.policy import Permission, requires
from accounts.services import disclose
from partners import queries, services
from partners.forms.common import RowForm, initial_of, own_programmes
from partners.forms.directory import (
    AgreementForm,
    ContactForm,
    DirectoryForm,
    OrganisationForm,
    ServiceForm,
)
from partners.models import Agreement, Contact, Organisation, Service
from partners.views.saving import answer, opened
from terminology.spreadsheets import csv_response


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@requires(Permission.READ_PARTNERS)
@require_GET
def directory(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    form = DirectoryForm(request.GET)
    page = form.page_of(queries.with_what_a_line_shows(_filtered(request, form)))
    context = {
        "form": form,
        "page": page,
        "lines": [queries.directory_line(organisation, today) for organisation in page],
        "filtered": any(form.value(name) for name in form.FOLDED),
        "may_edit": policy.allows(request.user, Permission.EDIT_PARTNERS),
        "wide": True,
    }
    return render(request, "partners/organisation_list.html", context, status=form.status)


def _filtered(request: HttpRequest, form: DirectoryForm) -> Any:
    form.is_valid()
    visible = Organisation.objects.visible_to(_user(request))
    rows = queries.directory(visible, form.cleaned_data, timezone.localdate())
    return rows.order_by(f"name_{(get_language() or 'es')[:2]}", "pk")


@requires(Permission.READ_PARTNERS)
@require_GET
def download(request: HttpRequest) -> HttpResponse:
    """The directory as it is filtered, without contact persons."""
    form = DirectoryForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('partners:list')}?{request.GET.urlencode()}")
    rows = _filtered(request, form)
    disclose(by=_user(request), action="partner.downloaded")
    return csv_response("partners", queries.directory_rows(rows, timezone.localdate()))


@requires(Permission.READ_PARTNERS)
@require_GET
def detail(request: HttpRequest, code: str) -> HttpResponse:
    user = _user(request)
    organisation = get_object_or_404(Organisation.objects.visible_to(user), code=code)
    today = timezone.localdate()
    disclosure = opened(user, code)
    may_edit = (
        policy.allows(user, Permission.EDIT_PARTNERS)
        and Organisation.objects.editable_by(user).filter(pk=organisation.pk).exists()
    )
    own = {str(pk) for pk in policy.programmes_where(user, Permission.EDIT_PARTNERS)}
    context = {
        "organisation": organisation,
        "note": queries.remarks(organisation, disclosure),
        "agreements": queries.agreement_cards(organisation, today, disclosure, own),
        "services": queries.service_cards(organisation),
        "contacts": queries.contact_cards(organisation, disclosure),
        "trainings": queries.trainings_of(organisation),
        "sites": organisation.sites.all()[:20],
        "stages": [stage.pk for stage in organisation.stages.only("key")],
        "may_edit": may_edit,
    }
    return render(request, "partners/organisation_detail.html", context)


def _address(row: Any) -> str:
    organisation = row if isinstance(row, Organisation) else row.organisation
    return organisation.get_absolute_url()


def _editable(request: HttpRequest, code: str) -> Organisation:
    user = _user(request)
    rows = Organisation.objects.visible_to(user).editable_by(user)
    return get_object_or_404(rows, code=code)


@requires(Permission.EDIT_PARTNERS)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    def save(form: RowForm) -> Organisation:
        return services.create_organisation(by=_user(request), id=form.row_id, **form.values)

    form = OrganisationForm(request.POST or None)
    template = "partners/organisation_form.html"
    return answer(request, form, save, template=template, done=_address)


@requires(Permission.EDIT_PARTNERS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    organisation = _editable(request, code)

    def save(form: RowForm) -> Organisation:
        by = _user(request)
        return services.edit_organisation(
            organisation, by=by, expected=form.expected, **form.values
        )

    form = _form(request, OrganisationForm, organisation, code)
    return answer(
        request, form, save, template="partners/organisation_form.html", done=_address,
        about=code, organisation=organisation,
    )  # fmt: skip


def _form(request: HttpRequest, form: type[RowForm], row: Any, about: str, **options: Any) -> Any:
    """The form of a row: as posted, else with what is saved."""
    if request.method == "POST":
        return form(request.POST, initial={"id": row.pk}, **options)
    return form(initial=initial_of(row, form, opened(_user(request), about)), **options)


@requires(Permission.EDIT_PARTNERS)
@require_POST
def verify(request: HttpRequest, code: str) -> HttpResponse:
    organisation = services.verify(_editable(request, code), by=_user(request))
    return redirect(organisation)


@requires(Permission.EDIT_PARTNERS)
@require_http_methods(["GET", "POST"])
def add_agreement(request: HttpRequest, code: str) -> HttpResponse:
    organisation, by = _editable(request, code), _user(request)

    def save(form: RowForm) -> Agreement:
        return services.add_agreement(organisation, by=by, id=form.row_id, **form.values)

    form = AgreementForm(request.POST or None)
    form.offer(own_programmes(by, policy.programmes_where(by, Permission.EDIT_PARTNERS)))
    return answer(
        request, form, save, template="partners/agreement_form.html", done=_address,
        about=code, organisation=organisation,
    )  # fmt: skip


@requires(Permission.EDIT_PARTNERS)
@require_http_methods(["GET", "POST"])
def edit_agreement(request: HttpRequest, pk: UUID) -> HttpResponse:
    by = _user(request)
    rows = Agreement.objects.editable_by(by).select_related("organisation")
    agreement = get_object_or_404(rows, pk=pk)

    def save(form: RowForm) -> Agreement:
        return services.edit_agreement(agreement, by=by, expected=form.expected, **form.values)

    organisation = agreement.organisation
    form = _form(request, AgreementForm, agreement, organisation.code)
    form.offer(own_programmes(by, policy.programmes_where(by, Permission.EDIT_PARTNERS)))
    return answer(
        request, form, save, template="partners/agreement_form.html", done=_address,
        about=organisation.code, organisation=organisation, row=agreement,
    )  # fmt: skip


@requires(Permission.EDIT_PARTNERS)
@require_http_methods(["GET", "POST"])
def add_service(request: HttpRequest, code: str) -> HttpResponse:
    organisation, by = _editable(request, code), _user(request)

    def save(form: RowForm) -> Service:
        return services.add_service(organisation, by=by, id=form.row_id, **form.values)

    form = ServiceForm(request.POST or None)
    return answer(
        request, form, save, template="partners/service_form.html", done=_address,
        about=code, organisation=organisation,
    )  # fmt: skip


@requires(Permission.EDIT_PARTNERS)
@require_http_methods(["GET", "POST"])
def edit_service(request: HttpRequest, pk: UUID) -> HttpResponse:
    service = get_object_or_404(Service.objects.select_related("organisation"), pk=pk)
    organisation, by = _editable(request, service.organisation.code), _user(request)

    def save(form: RowForm) -> Service:
        return services.edit_service(service, by=by, expected=form.expected, **form.values)

    form = _form(request, ServiceForm, service, organisation.code)
    return answer(
        request, form, save, template="partners/service_form.html", done=_address,
        about=organisation.code, organisation=organisation, row=service,
    )  # fmt: skip


@requires(Permission.EDIT_PARTNERS)
@require_http_methods(["GET", "POST"])
def add_contact(request: HttpRequest, code: str) -> HttpResponse:
    organisation, by = _editable(request, code), _user(request)

    def save(form: RowForm) -> Contact:
        return services.add_contact(organisation, by=by, id=form.row_id, **form.values)

    form = ContactForm(request.POST or None)
    return answer(
        request, form, save, template="partners/contact_form.html", done=_address,
        about=code, organisation=organisation,
    )  # fmt: skip


@requires(Permission.EDIT_PARTNERS)
@require_http_methods(["GET", "POST"])
def edit_contact(request: HttpRequest, pk: UUID) -> HttpResponse:
    contact = get_object_or_404(Contact.objects.select_related("organisation"), pk=pk)
    organisation, by = _editable(request, contact.organisation.code), _user(request)

    def save(form: RowForm) -> Contact:
        return services.edit_contact(contact, by=by, expected=form.expected, **form.values)

    form = _form(request, ContactForm, contact, organisation.code)
    return answer(
        request, form, save, template="partners/contact_form.html", done=_address,
        about=organisation.code, organisation=organisation, row=contact,
    )  # fmt: skip
