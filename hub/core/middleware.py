"""Middleware of every response: secure cookies, no caching of API responses, a content policy, no NUL in URLs."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import page_not_found

API = "/api/"
NUL = "%00"
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Loads and scripts from the hub only; inline styles are needed for the sizes of covers."""

View = Callable[[HttpRequest], HttpResponse]


def secure_cookies(answer: View) -> View:
    """Mark cookies as Secure if the request came by TLS, as the proxy in front of the hub reports."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return middleware


def no_store(answer: View) -> View:
    """Forbid caching of every API response, errors included: most describe a patron or an item."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if request.path_info.startswith(API):
            response["Cache-Control"] = "no-store"
        return response

    return middleware


def content_security_policy(answer: View) -> View:
    """Set the policy on each page without one of its own, which may be stricter."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def reject_null_byte(answer: View) -> View:
    """Answer 404 to a URL that contains U+0000, which databases cannot store, instead of failing with 500."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if NUL in request.META.get("QUERY_STRING", "") or "\x00" in request.path_info:
            return page_not_found(request, Http404())
        return answer(request)

    return middleware
