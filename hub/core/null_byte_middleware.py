"""Answer 404 to URLs that contain NUL, which databases cannot store, instead of failing with 500."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import page_not_found

NUL = "%00"


def reject_null_byte(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 404 to a request whose URL contains U+0000."""

    def answered(request: HttpRequest) -> HttpResponse:
        if NUL in request.META.get("QUERY_STRING", "") or "\x00" in request.path_info:
            return page_not_found(request, Http404())
        return answer(request)

    return answered
