"""Turns away an address with a sign that no database keeps, before it becomes a fault of ours; knows no page."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import page_not_found

NUL = "%00"


def that_can_be_kept(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answers an address that asks for U+0000 as one that is not there."""

    def answered(request: HttpRequest) -> HttpResponse:
        if NUL in request.META.get("QUERY_STRING", "") or "\x00" in request.path_info:
            return page_not_found(request, Http404())
        return answer(request)

    return answered
