"""Fill an outbox, or send from it until killed, as the hub does or with one of two seeded faults."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hub.core.django_setup import bring_up_to_date, set_up
from tests.support.patience import PATIENCE

if TYPE_CHECKING:
    from hub.outreach.messaging.delivery_worker import Worker

SOUND, NOTED_FIRST, NOT_CLAIMED = "sound", "noted first", "not claimed"
"""The unchanged hub, one that stores messages as sent before it sends them, and one that writes its row afterwards."""
CLAIM, MARGIN = timedelta(seconds=4), timedelta(seconds=2)
SOME = 1000


def fill(count: int, port: int) -> None:
    """Create the tables, one patron who reads mail, and the messages to send."""
    set_up()
    bring_up_to_date()
    from django.conf import settings

    from hub.circulation.models import Library
    from hub.core.clock import hub_clock
    from hub.outreach.messaging.models import Message
    from hub.outreach.patrons import records
    from hub.outreach.patrons.models import Person, Source
    from hub.outreach.patrons.purposes import MessageKind

    now = hub_clock().now()
    Library.objects.create(name="Test Library")
    ada = Person.objects.create(ref="p-ada", since=now, quiet_from=time(0), quiet_to=time(0))
    records.store_contact(ada, "mail", "ada@example.org", records.RecordSource(Source.STAFF, "grace"))
    facts = Message.encode_facts({"question": "?", "answer": "!"})
    for start in range(0, count, SOME):
        Message.objects.bulk_create(
            Message(person=ada, kind=MessageKind.ANSWER, key=str(number), facts=facts, made_at=now, next_at=now)
            for number in range(start, min(start + SOME, count))
        )
    (Path(settings.STATE) / "channels.toml").write_text(
        f'[mail]\nsender = "library@library.example"\nhost = "127.0.0.1"\nport = {port}\n', encoding="utf-8"
    )


def send(fault: str) -> None:
    """Work until no message is open; report when it is ready."""
    set_up()
    from django.conf import settings

    options = settings.DATABASES["default"].get("OPTIONS", {})
    if "timeout" in options:  # SQLite's own wait: its disk may stall while another process writes.
        options["timeout"] = PATIENCE
    from hub.core.clock import hub_clock
    from hub.outreach.messaging import delivery_worker
    from hub.outreach.messaging.models import Message

    worker = _worker(fault)
    print("ready", flush=True)
    while Message.objects.filter(state__in=("waiting", "underway")).exists():
        delivery_worker.work(hub_clock().now(), worker)


def _worker(fault: str) -> Worker:
    from django.db import transaction

    from hub.outreach.messaging import delivery_worker
    from hub.outreach.messaging.channels.base import Letter, Outcome, SendSuccess, Transport
    from hub.outreach.messaging.delivery_worker import BATCH, Worker
    from hub.outreach.messaging.models import Delivery

    class NotesFirst(Worker):
        def claim(self, channel: str) -> list[Delivery]:
            taken = super().claim(channel)
            for each in taken:
                delivery_worker.store_outcome(each, SendSuccess(), "")
            return taken

        def deliver(self, delivery: Delivery, way: Transport) -> Outcome | None:
            letter = self.letter(delivery)
            assert isinstance(letter, Letter)
            return way.send(letter)

    class ClaimsNothing(Worker):
        def claim(self, channel: str) -> list[Delivery]:
            pending = Delivery.objects.filter(channel=channel, state="pending").order_by("id")
            found = list(pending.select_related("message__person", "person")[:BATCH])
            self.load_contacts(found)
            for each in found:
                each.claimed_until = datetime.max.replace(tzinfo=each.made_at.tzinfo)
            return found

        def deliver(self, delivery: Delivery, way: Transport) -> Outcome | None:
            letter = self.letter(delivery)
            assert isinstance(letter, Letter)
            outcome = way.send(letter)
            # A kill between the two would leave a row that no worker of this kind ever processes.
            with transaction.atomic():
                Delivery.objects.filter(pk=delivery.pk).update(state="sending", claim="")
                delivery_worker.store_outcome(delivery, outcome, letter.address)
            return outcome

    workers: dict[str, Callable[[timedelta, timedelta], Worker]] = {
        SOUND: Worker,
        NOTED_FIRST: NotesFirst,
        NOT_CLAIMED: ClaimsNothing,
    }
    return workers[fault](CLAIM, MARGIN)


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]), int(sys.argv[3]))
    else:
        send(sys.argv[2])
