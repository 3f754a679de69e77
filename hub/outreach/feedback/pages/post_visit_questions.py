"""Let staff order the questions after a visit, and switch each kind off or on."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hub.core.retrying_transaction import atomic
from hub.outreach.models import Asking
from hub.staff.page import page
from hub.staff.staff_access import staff_only
from hub.staff.views.action_results import confirmed


@require_GET
@staff_only
def asks(request: HttpRequest) -> HttpResponse:
    """List the questions that are asked, in order, then the others."""
    asked = Asking.order()
    kinds = [*asked, *(each for each in Asking.USUAL if each not in asked)]
    rows = [(each, *_words(each), each in asked, each in Asking.ALWAYS) for each in kinds]
    return page(request, "feedback", "voice/asks.html", {"rows": rows, "last": len(asked)})


@require_POST
@staff_only
def change(request: HttpRequest, kind: str, how: str) -> HttpResponse:
    """Change a kind; `how` is up, down, off or on (which puts it last)."""
    if kind not in Asking.USUAL or how not in ("up", "down", "off", "on"):
        raise Http404
    _change(kind, how)
    words = {"up": _("Moved up"), "down": _("Moved down"), "off": _("Not asked any more"), "on": _("Asked again")}
    return confirmed(request, words[how], reverse("voice:asks"))


@atomic
def _change(kind: str, how: str) -> None:
    """Change the order; a change that no longer applies after a colleague's change does nothing."""
    asked = Asking.order()
    at = asked.index(kind) if kind in asked else None
    if at is None:
        asked += [kind] if how == "on" else []
    elif how == "off" and kind not in Asking.ALWAYS:
        asked.remove(kind)
    elif how in ("up", "down"):
        asked.insert(max(at + (1 if how == "down" else -1), 0), asked.pop(at))
    Asking.keep(asked)


def _words(kind: str) -> tuple[str, str]:
    """Return what the question is about, and to whom it is put."""
    return {
        "message": (_("What the library owes her"), _("an answer, or what became of a wish: always told")),
        "contact": (_("Whether an address is still right"), _("where one is old, or a message came back")),
        "channel": (_("How she likes to be told"), _("who has an address and has never said so")),
        "face": (_("How the visit was"), _("everybody; without a card too")),
        "questionnaire": (_("Questionnaire"), _("while one is open")),
        "pick": (_("A title for her"), _("who agreed to recommendations, behind her PIN")),
    }[kind]
