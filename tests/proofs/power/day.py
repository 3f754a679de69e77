"""A seeded day at the desk: loans, returns, renewals, cancellations, network outages and nights."""

from __future__ import annotations

from random import Random

import uuid6

from kiosk.central import JournalRow
from lending.model import CardRef, ItemId, Reason
from lending.transactions import Act, Checkin, Checkout, ClockTrust, Renew, ReturnMode, TransactionId, Undo
from lending.wire import encode
from tests.kiosk.sync.bench import DUE, START, Network, settle
from tests.proofs.power import version_1
from tests.proofs.power.kiosk import Kiosk, seeded

ITEMS = [ItemId(f"3000100{number:07}") for number in range(12)]
CARDS = [CardRef(sign * 64) for sign in "ab"]
UNTIL_ERASED = 25 * 3600.0
UNTIL_GONE = 91 * 24 * 3600.0


async def work(kiosk: Kiosk, random: Random, acts: int) -> None:
    """Let patrons do this many acts, with other events in between."""
    kiosk.central.refusals = {ITEMS[0]: Reason.LIMIT}
    kiosk.central.impossible = {ITEMS[1]: "no such copy"}
    for _ in range(acts):
        await _meanwhile(kiosk, random)
        visit = kiosk.serve(_act(kiosk, random))
        await settle()
        if not visit.done() and random.random() < 0.2:
            visit.cancel()
            await settle()
        elif not visit.done() and random.random() < 0.8:
            await kiosk.clock.pass_time(2)


async def _meanwhile(kiosk: Kiosk, random: Random) -> None:
    chance = random.random()
    if chance < 0.30:
        kiosk.central.set(random.choice([Network.UP, Network.UP, *Network]))
        await settle()
    elif chance < 0.45:
        await kiosk.clock.pass_time(random.choice([1.0, 13.0, 61.0]))
    elif chance < 0.49:
        await kiosk.clock.jump(UNTIL_ERASED)
    elif chance < 0.50:
        await kiosk.clock.jump(UNTIL_GONE)


def _act(kiosk: Kiosk, random: Random) -> Act:
    card, item, chance = random.choice(CARDS), random.choice(ITEMS), random.random()
    if chance < 0.5:
        return Checkout(card, item, DUE)
    if chance < 0.75:
        return Checkin(item, random.choice(list(ReturnMode)))
    if chance < 0.9 or not kiosk.confirmed:
        return Renew(card, item, DUE)
    return Undo(random.choice(kiosk.confirmed))


def promises(random: Random) -> list[JournalRow]:
    """Return queued rows of a kiosk that did not encrypt."""
    rows: list[JournalRow] = []
    with seeded(random):
        for seq in range(1, random.randint(2, 60)):
            kind, body = encode(Checkout(random.choice(CARDS), random.choice(ITEMS), DUE))
            of = TransactionId(str(uuid6.uuid7()))
            rows.append(JournalRow(seq, of, "boot", seq, START, ClockTrust.SYNCED, kind, True, body, version_1.JOURNAL))
    return rows
