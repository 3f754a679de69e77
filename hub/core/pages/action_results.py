"""Answer the action buttons of staff pages: a message with its undo, and the redirect back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme


def report_success(request: HttpRequest, words: str, home: str, undo: str = "") -> HttpResponse:
    """Confirm an action, with a button that posts to `undo`."""
    messages.success(request, words, extra_tags=undo)
    return back(request, home)


def report_error(request: HttpRequest, words: str, home: str) -> HttpResponse:
    """Report an error of the input, and go back."""
    messages.error(request, words)
    return back(request, home)


def back(request: HttpRequest, home: str) -> HttpResponse:
    """Redirect to the page with the button, else to `home`."""
    return redirect(_here(request, request.POST.get("back", "")) or home)


def next_page(request: HttpRequest) -> str:
    """Return the URL of the page that `then` names; empty if it belongs to another site."""
    return _here(request, request.POST.get("then") or request.GET.get("then", ""))


def _here(request: HttpRequest, url: str) -> str:
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}) else ""
