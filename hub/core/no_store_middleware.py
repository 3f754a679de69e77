"""Lets nobody between hub and kiosk keep an answer: nearly all tell of a patron or an item; knows no other path."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

API = "/api/"


def kept_by_nobody(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Marks every answer of the API, refusals among them, with `no-store`."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if request.path_info.startswith(API):
            response["Cache-Control"] = "no-store"
        return response

    return answered
