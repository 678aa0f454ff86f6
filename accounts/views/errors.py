"""What is shown when a request cannot be served. The API is answered in JSON."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400, _("This request could not be read."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, _("This is not part of your role."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, _("There is nothing here."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, 403, _("This form has expired."), template="403_csrf.html")


def server_error(request: HttpRequest) -> HttpResponse:
    try:
        return _answer(request, 500, _("Something went wrong."))
    except Exception:  # without its database the page cannot be drawn either
        return HttpResponse(HTTPStatus(500).phrase, status=500, content_type="text/plain")


def _answer(request: HttpRequest, status: int, message: str, template: str = "") -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": message}, status=status)
    return render(request, template or f"{status}.html", status=status)
