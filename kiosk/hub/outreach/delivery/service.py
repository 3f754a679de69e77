"""Has patrons told what became of their loans and holds, out of the feed; knows nothing of how they are told."""

from datetime import datetime, timedelta
from typing import Any

from kiosk.hub.outreach.delivery import in_house
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.models import Delivery, Message
from kiosk.hub.outreach.delivery.say import say
from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.people.channels import Channel
from kiosk.hub.outreach.people.models import Order, Person
from kiosk.hub.outreach.taking import Stretch

VISIT = timedelta(minutes=10)
"""Acts of one patron within it stand on one receipt."""
ACTS = {"checkout": "checkout", "renewed": "renew", "checkin": "checkin", "handed_in": "checkin"}
PROMISES = {"promise_confirmed": Kind.LOAN_CONFIRMED, "promise_refused": Kind.LOAN_REFUSED}


class Service:
    """Takes down what an event means for its patron."""

    def __init__(self, stretch: Stretch) -> None:
        self._people = stretch.people
        wanted = Order.objects.filter(person__in=stretch.keys, kind=Kind.RECEIPT)
        self._want_receipts = set(wanted.values_list("person_id", flat=True))

    def take(self, event: Event) -> None:
        person = self._people.get(event.patron)
        if person is not None:
            _told(person, event, receipt=person.pk in self._want_receipts)

    def finish(self) -> None:
        pass


def _told(person: Person, event: Event, *, receipt: bool) -> None:
    data = event.data
    if event.kind == "said":
        if data.get("ask") == "message":
            _seen(event.patron, str(data.get("about") or ""))
    elif event.kind in PROMISES:
        facts = {each: data.get(each) for each in ("title", "act", "due", "code")}
        say(person, PROMISES[event.kind], str(data.get("transaction")), facts)
    elif event.kind == "exception_settled" and data.get("how") in ("lent", "again"):
        facts = {each: data.get(each) for each in ("title", "act", "due", "code")}
        say(person, Kind.LOAN_CONFIRMED, f"settled {data.get('exception')}", facts)
    elif event.kind == "hold_ready":
        say(person, Kind.HOLD_READY, f"{data.get('hold')} {event.number}", {"hold": data.get("hold")})
    elif event.kind == "asked_back":
        say(person, Kind.RECALL, f"{data.get('loan')} {event.number}", {"loan": data.get("loan")})
    elif event.kind in ACTS and receipt:
        told = ACTS[event.kind] != "checkin" and not data.get("reckoned")
        line = {"title": data.get("title"), "due": data.get("due") if told else None, "act": ACTS[event.kind]}
        on_receipt(person, event, [line], at=event.at + VISIT)


def _seen(ref: str, about: str) -> None:
    """She has had it before her on the glass; an answer to a question is shown there by itself, whatever was sent."""
    kind, _, number = about.partition("-")
    if not number.isdecimal() or len(number) > 18:
        return
    if kind == "delivery":
        in_house.shown(ref, int(number))
    elif kind == "answer":
        answers = Delivery.objects.filter(message__kind=Kind.ANSWER, message__person__ref=ref, channel=Channel.SCREEN)
        for found in answers.filter(message__key__startswith="ticket-", message__key__endswith=f"-{number}"):
            in_house.shown(ref, found.pk)


def on_receipt(person: Person, event: Event, lines: list[dict[str, Any]], at: datetime | None = None) -> None:
    """Adds acts to the receipt of this visit, which is not sent before `at`."""
    open_one = (
        Message.objects.select_for_update()
        .filter(person=person, kind=Kind.RECEIPT, state=Message.State.WAITING, made_at__gt=event.at - VISIT)
        .first()
    )
    if open_one is None:
        say(person, Kind.RECEIPT, f"{event.number}", {"items": lines, "count": len(lines)}, at=at)
        return
    items = [*open_one.told().get("items", ()), *lines]
    open_one.facts = Message.sealed({"items": items, "count": len(items)})
    open_one.save(update_fields=("facts",))
