"""Require staff sign-in and the page's permission."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from hub.core import rights
from hub.core.pages.formatting import for_staff_of
from hub.core.pages.frame import staff_frame

View = Callable[..., HttpResponse]


def staff_only(view: View) -> View:
    """Require staff sign-in and the page's permission; then ask the guards of the staff frame.

    The page uses the library's time zone, and browsers must not store it.
    """

    @wraps(view)
    @cache_control(no_store=True, private=True)
    def guarded_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("staff:sign_in"))
        if not request.user.is_staff:
            return render(request, "staff/notice.html", {"notice": "stranger"}, status=403)
        frame = staff_frame()
        library = frame.library()
        if library is None:
            return render(request, "staff/notice.html", {"notice": "no_library"}, status=503)
        asked = request.resolver_match.view_name
        with for_staff_of(library):
            if not rights.may_open(request.user, asked):
                return render(request, "staff/notice.html", {"notice": "role", "ways": []}, status=403)
            answers = (guard(request, asked, kwargs) for guard in frame.guards)
            return next(filter(None, answers), None) or view(request, *args, **kwargs)

    return guarded_view


def staff_page(view: View) -> View:
    """Serve a page to staff, as `staff_only` admits them: GET alone."""
    return require_GET(staff_only(view))


def staff_action(view: View) -> View:
    """Let staff press a button, as `staff_only` admits them: POST alone."""
    return require_POST(staff_only(view))
