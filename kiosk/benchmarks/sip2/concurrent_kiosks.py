"""Drive kiosks against one SIP2 system: response times, and the time to drain a long queue."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from kiosk.benchmarks.sip2.kiosk import ACCOUNT, ZONE, KioskSettings, Sip2Kiosk
from kiosk.benchmarks.sip2.library import books, cards
from kiosk.benchmarks.sip2.system import System
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.connection import Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.requests import Requests, login
from kiosk.system.clock import SystemClock
from kiosk.visit_player.loopback_port import LOOPBACK
from lending.model import ItemId
from lending.transactions import Checkout

LOAN = timedelta(days=28)
PATIENT = Timing(connect=30.0, answer=60.0)
"""Time limits for kiosks that all connect at the same moment."""
LOOK = 0.02


async def answers_of(system: System, kiosk: int, loans: int) -> list[float]:
    """Return the seconds per message of `loans` loans, each with patron, item and checkout requests."""
    requests = Requests(ACCOUNT, lambda: datetime.now(UTC), ZONE)
    peer, speech = Peer(LOOPBACK, system.port), Speech(DIALECTS[system.dialect].charset)
    line = Sip2Connection(peer, speech, login(ACCOUNT), PATIENT)
    card, taken = cards(kiosk)[0], []
    await line.greet()
    for book in books(kiosk, loans):
        item, now = ItemId(book), datetime.now(UTC)
        asked = (requests.patron(card), requests.item(item), requests.checkout(card, item, now, None, happened=False))
        for each in asked:
            began = time.monotonic()
            await line.ask(each)
            taken.append(time.monotonic() - began)
    line.close()
    return taken


async def drained(folder: Path, system: System, rows: int, pen: Executor, random: Random) -> float:
    """Return the seconds from the system's return until the last of `rows` rows was answered."""
    gone = Peer(LOOPBACK, await _closed_port())
    place = KioskSettings(folder, gone, system.dialect, Timing(), 0.1)
    kiosk = Sip2Kiosk(place, Sip2Client, SystemClock(state=lambda: 0), pen, random)
    kiosk.start()
    for book in books(0, rows):
        due = datetime.now(UTC) + LOAN
        await kiosk.courier.deliver(Checkout(kiosk.central.reference(cards(0)[0]), ItemId(book), due))
    await kiosk.kill()
    kiosk.move(Peer(LOOPBACK, system.port))
    began = time.monotonic()
    kiosk.start()
    while kiosk.courier.pending:
        await asyncio.sleep(LOOK)
    seconds = time.monotonic() - began
    await kiosk.kill()
    return seconds


async def _closed_port() -> int:
    """Return a port without a listener."""
    server = await asyncio.start_server(lambda *_: None, LOOPBACK, 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port
