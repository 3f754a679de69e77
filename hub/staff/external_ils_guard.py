"""What staff do at a library's own system where it keeps the loans: of what is done here it would never hear."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.circulation.operations import external_ils
from hub.staff.views.action_results import faulty

ACTS = frozenset(
    """staff:pay staff:renew staff:card staff:patron_status staff:receive staff:lose staff:take_back staff:trap
    staff:cancel staff:place staff:unpacked staff:sent staff:seen staff:found staff:reopen habit:lose""".split()
)
"""The addresses of what it alone can do; what the desk hears is judged by the counter."""
DO_IT_THERE = gettext_lazy("The library's own system keeps loans, holds, fees and cards: do it there.")


def instead(request: HttpRequest, asked: str) -> HttpResponse | None:
    """Says where it is to be done, and does nothing; None where it is done here."""
    if asked not in ACTS or not external_ils.followed():
        return None
    return faulty(request, _("{words} Nothing was changed here.").format(words=DO_IT_THERE), reverse("staff:today"))
