"""Forbid caching of API responses, because most of them describe a patron or an item."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

API = "/api/"


def no_store(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set `Cache-Control: no-store` on every API response, including errors."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if request.path_info.startswith(API):
            response["Cache-Control"] = "no-store"
        return response

    return answered
