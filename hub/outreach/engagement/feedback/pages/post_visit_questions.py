"""Let staff order the questions after a visit, and switch each kind off or on."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core.pages.action_results import report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.models import Asking


@staff_page
def asks(request: HttpRequest) -> HttpResponse:
    """List the questions that are asked, in order, then the others."""
    asked = Asking.order()
    kinds = [*asked, *(each for each in Asking.USUAL if each not in asked)]
    rows = [(each, *_words(each), each in asked, each in Asking.ALWAYS) for each in kinds]
    return page(request, "feedback", "feedback/asks.html", {"rows": rows, "last": len(asked)})


@staff_action
def change(request: HttpRequest, kind: str, how: str) -> HttpResponse:
    """Change a kind; `how` is up, down, off or on (which puts it last)."""
    if kind not in Asking.USUAL or how not in ("up", "down", "off", "on"):
        raise Http404
    _change(kind, how)
    words = {"up": _("Moved up"), "down": _("Moved down"), "off": _("No longer asked"), "on": _("Asked again")}
    return report_success(request, words[how], reverse("feedback:asks"))


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
        "message": (_("Replies the library owes"), _("a reply or the result of a suggestion: always shown")),
        "contact": (_("Address check"), _("if an address is old or a message was returned")),
        "channel": (_("Preferred contact method"), _("patrons with an address who have not chosen one")),
        "face": (_("Visit rating"), _("all patrons, also without card")),
        "questionnaire": (_("Questionnaire"), _("while a questionnaire is open")),
        "pick": (_("A recommended title"), _("patrons who agreed to recommendations, after PIN entry")),
    }[kind]
