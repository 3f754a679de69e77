"""List messages with their delivery status, also for one patron; the texts are not shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, paginate
from hub.core.pages.staff_access import staff_page
from hub.outreach.messaging.models import Delivery, Message, Rating
from hub.outreach.messaging.reasons import reason
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons
from hub.outreach.patrons.purposes import MessageKind

State = Message.State
SHOWN: dict[str, tuple[object, ...]] = {
    "open": (State.WAITING, State.UNDERWAY),
    "failed": (State.GIVEN_UP,),
    "said": (State.SAID,),
    "withheld": (State.WITHHELD,),
}
TONES = {
    State.WAITING: "clock",
    State.UNDERWAY: "ring",
    State.SAID: "done",
    State.GIVEN_UP: "stop",
    State.WITHHELD: "look",
}
MOST = 8
QUARTER = timedelta(days=91)


@dataclass(frozen=True, slots=True)
class MessageRow:
    kind: str
    who: MaskedPatron | None
    tone: str
    state: str
    why: str
    then: str
    way: str
    tries: str
    when: str


@staff_page
def log(request: HttpRequest) -> HttpResponse:
    """List messages by state, newest first: by completion, or by creation if they are open."""
    show = request.GET.get("show", "open")
    show = show if show in SHOWN else "open"
    order = ("-id",) if show == "open" else ("-done_at", "-id")
    found = paginate(request, Message.objects.filter(state__in=SHOWN[show]).select_related("person").order_by(*order))
    tabs = (
        ("open", _("Sending")),
        ("failed", _("Not delivered")),
        ("said", _("Delivered")),
        ("withheld", _("Withheld")),
    )
    context = {
        "found": found,
        "ratings": _ratings(),
        "rows": rows(list(found)),
        "tabs": tabs,
        "show": show,
    }
    return page(request, "messages", "messaging/log.html", context)


def _ratings() -> list[tuple[str, list[tuple[str, int]]]]:
    """Return the patrons' ratings of the last quarter as counts by kind."""
    since = hub_clock().now() - QUARTER
    found = Rating.objects.filter(at__gt=since).values_list("message__kind", "says").order_by()
    counts = {(kind, says): count for kind, says, count in found.annotate(count=Count("pk"))}
    kinds = [each for each in MessageKind if any(kind == each for kind, _says in counts)]
    return [
        (str(kind.label), [(str(says.label), counts.get((kind, says), 0)) for says in Rating.Says]) for kind in kinds
    ]


def panel(request: HttpRequest, ref: str) -> tuple[str, Mapping[str, object]] | None:
    """Return a patron's latest messages as a panel; None if there are none."""
    found = list(Message.objects.filter(person__ref=ref).select_related("person").order_by("-id")[:MOST])
    return ("messaging/panel.html", {"rows": rows(found)}) if found else None


def rows(messages: list[Message]) -> list[MessageRow]:
    """Build the rows of the messages for a list."""
    attempts: dict[int, list[Delivery]] = {}
    for each in Delivery.objects.filter(message__in=[message.pk for message in messages]).order_by("number"):
        attempts.setdefault(each.message_id, []).append(each)
    who = masked_patrons(each.person for each in messages)
    return [_row(each, who.get(each.person.ref), attempts.get(each.pk, [])) for each in messages]


def _row(message: Message, who: MaskedPatron | None, attempts: list[Delivery]) -> MessageRow:
    last = attempts[-1] if attempts else None
    code = message.why or (last.code if last and message.state != State.SAID else "")
    if code in ("again", "all_failed") and last and last.code:
        code = last.code
    why = reason(code) if code else None
    return MessageRow(
        kind=str(message.get_kind_display()),
        who=who,
        tone=TONES[State(message.state)],
        state=str(message.get_state_display()),
        why=why.what if why else "",
        then=why.then if why else "",
        way=str(last.get_channel_display()) if last else "",
        tries=_("{count} attempts").format(count=len(attempts)) if len(attempts) > 1 else "",
        when=formatting.date_and_time(message.done_at or message.next_at),
    )
