from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts import policy
from accounts.models import User
from accounts.policy import Permission, requires
from partners import services
from partners.forms.common import RowForm, initial_of, own_programmes
from partners.forms.trainings import TrainingForm, TrainingsForm
from partners.models import Training
from partners.views.saving import answer


@requires(Permission.READ_PARTNERS)
@require_GET
def trainings(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    form = TrainingsForm(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    rows = Training.objects.visible_to(user)
    if wanted.get("programme"):
        rows = rows.of_programmes([wanted["programme"].pk])
    if wanted.get("since"):
        rows = rows.filter(date__gte=wanted["since"])
    if wanted.get("until"):
        rows = rows.filter(date__lte=wanted["until"])
    context = {
        "form": form,
        "page": form.page_of(
            rows.select_related("programme").prefetch_related("bodies").order_by("-date", "-pk")
        ),
        "own": set(policy.programmes_where(user, Permission.RECORD_TRAINING)),
        "may_record": policy.allows(user, Permission.RECORD_TRAINING),
        "wide": True,
    }
    return render(request, "partners/training_list.html", context, status=form.status)


def _done(_training: Training) -> str:
    return reverse("partners:trainings")


@requires(Permission.RECORD_TRAINING)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]

    def save(form: RowForm) -> Training:
        try:
            return services.record_training(by=user, id=form.row_id, **form.values)
        except ObjectDoesNotExist as error:
            raise Http404 from error

    own = own_programmes(user, policy.programmes_where(user, Permission.RECORD_TRAINING))
    form = TrainingForm(request.POST or None, programmes=own)
    return answer(request, form, save, template="partners/training_form.html", done=_done)


@requires(Permission.RECORD_TRAINING)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    training = get_object_or_404(Training.objects.visible_to(user).editable_by(user), pk=pk)

    def save(form: RowForm) -> Training:
        return services.correct_training(training, by=user, expected=form.expected, **form.values)

    own = own_programmes(user, policy.programmes_where(user, Permission.RECORD_TRAINING))
    if request.method == "POST":
        form = TrainingForm(request.POST, initial={"id": pk}, programmes=own)
    else:
        form = TrainingForm(initial=initial_of(training, TrainingForm), programmes=own)
    return answer(
        request, form, save, template="partners/training_form.html", done=_done, row=training
    )
