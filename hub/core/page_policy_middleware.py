"""Give each page a Content-Security-Policy, also those that no view of the hub draws: sign-ins, the admin, errors."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing is fetched from elsewhere and no script runs but the hub's own; sizes of covers are in style attributes."""


def kept_to_ours(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set the policy on each page that has none of its own, which may be stricter."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return answered
