"""Form in, service call, redirect: the same for every row of this app."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.disclosure import Disclosure
from accounts.models import User
from accounts.privacy import PrivacyClass
from accounts.rows import EditConflict
from accounts.services import disclose
from partners.forms.common import RowForm, facts, initial_of


def opened(by: User, about: str) -> Disclosure:
    """What opens remarks and contacts of one organisation; its reading is in the log."""
    return disclose(
        by=by, action="partner.opened", privacy_class=PrivacyClass.IDENTITY, purpose=about
    )


def answer(
    request: HttpRequest,
    form: RowForm,
    save: Callable[[RowForm], Any],
    *,
    template: str,
    done: Callable[[Any], str],
    about: str = "",
    **context: Any,
) -> HttpResponse:
    """Show the form, or save it and go to `done(row)`. Two who edit see both versions."""
    if request.method == "POST" and form.is_valid():
        try:
            row = save(form)
        except EditConflict as conflict:
            return _both_versions(request, form, conflict.theirs, about, done)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(done(row))
    return render(
        request, template, {"form": form, **context}, status=400 if form.is_bound else 200
    )


def _both_versions(
    request: HttpRequest, form: RowForm, theirs: Any, about: str, done: Callable[[Any], str]
) -> HttpResponse:
    disclosure = opened(request.user, about)  # type: ignore[arg-type]
    saved = initial_of(theirs, type(form), disclosure)
    context = {
        "yours": facts(form, form.cleaned_data),
        "saved": facts(form, saved),
        "again": done(theirs),
    }
    return render(request, "409.html", context, status=409)
