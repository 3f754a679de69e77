"""Lets no cookie that was given by TLS travel without it; knows no page and no cookie's name."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def kept_to_tls(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Marks cookies as Secure where the request came by TLS: the proxy before the hub says so, nobody has to set it."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return answered
