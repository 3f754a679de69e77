"""Measure how many mails leave per second, from the outbox to a mail server on loopback.

The benchmark creates its own hub in a temporary directory, on SQLite as in a default hub. Each letter costs two
commits to the disk.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hub.core.django_setup import CannotDo, bring_up_to_date, set_up

LEAST = 100.0
PATRONS = 1000
SINK = "hub.outreach.messaging.bench"


def run(mails: int, library: Callable[[], object]) -> int:
    """Print the rate; return 0 if it is high enough. `library` creates a library in the empty database."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as name:
        os.environ |= {"KIOSK_HUB_STATE": name, "DATABASE_URL": ""}
        sink = subprocess.Popen((sys.executable, "-m", SINK), stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        assert sink.stdout is not None
        try:
            port = sink.stdout.readline().strip()
            if not port:
                raise CannotDo("aiosmtpd is missing: install library-kiosk[dev] for this bench")
            set_up()
            bring_up_to_date()
            library()
            return _send_mails(Path(name), int(port), mails)
        finally:
            sink.kill()
            sink.wait()


def _send_mails(state: Path, port: int, mails: int) -> int:
    _fill_outbox(state, port, mails)
    from hub.core.clock import hub_clock
    from hub.outreach.messaging import delivery_worker
    from hub.outreach.messaging.delivery_planner import plan
    from hub.outreach.messaging.models import Delivery
    from hub.outreach.messaging.settings import channels

    began, used = time.perf_counter(), time.process_time()
    plan(hub_clock().now(), channels())
    planned = time.perf_counter()
    delivery_worker.work(hub_clock().now())
    ended, used = time.perf_counter(), time.process_time() - used
    sent = Delivery.objects.filter(state=Delivery.State.SENT).count()
    rate = sent / (ended - began)
    ok = sent == mails and rate >= LEAST
    print(f"mails sent         {sent:>8,} of {mails:,}")
    print(f"planned            {mails / (planned - began):>8.0f} a second")
    print(f"sent               {sent / (ended - planned):>8.0f} a second, over one connection")
    print(f"of the processor   {1000 * used / mails:>8.1f} ms for each, both together")
    print(f"both               {rate:>8.0f} a second (at least {LEAST:.0f}: {'ok' if ok else 'TOO SLOW'})")
    return 0 if ok else 1


def _fill_outbox(state: Path, port: int, mails: int) -> None:
    """Create a thousand patrons who accept mail at any hour, and the messages to them."""
    from datetime import time as hour

    from hub.core.clock import hub_clock
    from hub.core.encrypted_fields import keyed_hash
    from hub.outreach.messaging.models import Message
    from hub.outreach.patrons.models import Contact, Person, Source
    from hub.outreach.patrons.purposes import MessageKind

    now = hub_clock().now()
    people = Person.objects.bulk_create(
        Person(ref=f"p-{number}", since=now, quiet_from=hour(0), quiet_to=hour(0)) for number in range(PATRONS)
    )
    addresses = [f"reader{number}@example.org" for number in range(PATRONS)]
    Contact.objects.bulk_create(
        Contact(
            person=person, channel="mail", address=text, hash=keyed_hash("mail", text), source=Source.STAFF, told_at=now
        )
        for person, text in zip(people, addresses, strict=True)
    )
    facts = Message.encode_facts({"question": "怎样续借？", "answer": "在自助机上刷读者证即可续借。"})
    Message.objects.bulk_create(
        Message(
            person=people[each % PATRONS], kind=MessageKind.ANSWER, key=f"{each}", facts=facts, made_at=now, next_at=now
        )
        for each in range(mails)
    )
    (state / "channels.toml").write_text(
        f'[mail]\nsender = "library@library.example"\nhost = "127.0.0.1"\nport = {port}\n', encoding="utf-8"
    )


async def _sink() -> None:
    from aiosmtpd.handlers import Sink
    from aiosmtpd.smtp import SMTP

    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink()), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_sink())
