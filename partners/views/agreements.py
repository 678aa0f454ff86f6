from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.policy import Permission, requires
from accounts.templatetags.ui import Tab
from partners import queries
from terminology.paging import ListForm

SOON, LATER = 30, 60


class ExpiryForm(ListForm):
    show = forms.ChoiceField(
        choices=((str(LATER), ""), (str(SOON), ""), ("expired", "")), required=False
    )


@requires(Permission.READ_PARTNERS)
@require_GET
def expiring(request: HttpRequest) -> HttpResponse:
    """Agreements of the user's programmes (of all, for the office) that end soon or just ended."""
    today = timezone.localdate()
    own = request.user.programme_ids or None  # type: ignore[union-attr]
    form = ExpiryForm(request.GET)
    lists = {
        str(LATER): (_("In 60 days"), queries.expiring_agreements(today, LATER, own)),
        str(SOON): (_("In 30 days"), queries.expiring_agreements(today, SOON, own)),
        "expired": (_("Expired"), queries.expired_agreements(today, LATER, own)),
    }
    show = form.value("show") or str(LATER)
    page = form.page_of(lists[show][1])
    context = {
        "page": page,
        "lines": [(row, queries.state_of(row, today)) for row in page],
        "tabs": [
            Tab(label, f"?show={key}", rows.count(), key == show)
            for key, (label, rows) in lists.items()
        ],
        "show": show,
        "today": today,
        "wide": True,
        "form": form,
    }
    return render(request, "partners/agreement_list.html", context, status=form.status)
