"""Mark cookies as Secure on TLS connections."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def secure_cookies(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Mark the cookies as Secure if the request came by TLS.

    The proxy in front of the hub reports TLS, so that no setting is needed.
    """

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return answered
