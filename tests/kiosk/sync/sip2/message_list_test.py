"""Test which SIP2 messages this kiosk sends, and which never, as docs/sip2.md states."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from kiosk.central import CentralUnavailable
from kiosk.sync.sip2.client import Sip2Client
from lending.transactions import Checkin, Checkout, Renew, ReturnMode, Undo
from tests.kiosk.sync.central_contract import in_weeks, one
from tests.kiosk.sync.sip2.client_test import KEYS, System, running, stand_of

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/sip2.md").read_text(encoding="utf-8")
ADA = KEYS.reference("1001")


def listed(kind: str) -> set[str]:
    """Message codes in one row of the page's table."""
    (row,) = re.findall(rf"^\| {kind} \| ([^|]+) \|", PAGE, re.MULTILINE)
    return set(re.findall(r"\d\d", row))


async def day(system: System) -> None:
    """Use every function of a kiosk; repeat each request until it is answered."""
    stand, central = stand_of(system), system.central(answer=0.3)
    item, costly = stand.free(), stand.free()
    system.library.copies[costly].rent = Decimal("2.50")
    first = stand.row(Checkout(ADA, item, in_weeks()))
    rows = [first, stand.row(Undo(first.id)), stand.row(Checkout(ADA, item, in_weeks()))]
    rows += [stand.row(Renew(ADA, item, in_weeks(8))), stand.row(Checkin(item, ReturnMode.TRUSTED))]
    rows += [stand.row(Checkout(ADA, costly, in_weeks())), stand.row(Checkout(ADA, costly, in_weeks(), fee=Decimal(3)))]
    rows += [stand.row(Checkin(costly, ReturnMode.PROVISIONAL), no_block=True)]
    questions: list[Callable[[], Awaitable[object]]] = [
        central.ping,
        partial(central.patron, ADA),
        partial(central.check_pin, ADA, "1234"),
        partial(central.account, ADA),
        *(partial(one, central, row) for row in rows),
        central.look_after_returns,
        partial(end_visit, central),
    ]
    for ask in questions:
        for _ in range(50):
            try:
                await ask()
                break
            except CentralUnavailable:
                continue
    central.close()


async def end_visit(central: Sip2Client) -> None:
    central.forget()
    await central.parting.say()


def sent_codes(dialect: str, temper: str) -> set[str]:
    with running(dialect) as system:
        assert system.simulator is not None
        transcript: list[str] = []
        system.simulator.log = transcript.append
        system.simulator.orders.turn(temper, 7, system.library)
        asyncio.run(day(system))
    return {found[1] for each in transcript if (found := re.search(r" > (\d\d)", each))}


@pytest.mark.parametrize("dialect", ["koha", "evergreen", "folio", "strict"])
@pytest.mark.parametrize("temper", ["calm", "bad-checksum", "lost", "worst"])
def test_client_sends_only_the_documented_messages(dialect: str, temper: str) -> None:
    sent = sent_codes(dialect, temper)
    assert sent <= listed("sent") | listed("sent if supported")
    assert temper != "calm" or ("35" in sent) is (dialect == "koha"), "as stated by BX"
    assert temper == "worst" or sent >= listed("sent") - {"97"}
    assert temper != "bad-checksum" or "97" in sent


def test_source_builds_only_the_documented_messages() -> None:
    built: set[str] = set()
    for file in (ROOT / "kiosk/sync/sip2").glob("*.py"):
        built |= set(re.findall(r'Message\(\s*"(\d\d)"', file.read_text(encoding="utf-8")))
    assert built | {"97"} == listed("sent") | listed("sent if supported")
    assert listed("never") == {"01", "15", "19", "25", "37"}
    assert not built & (listed("never") | listed("not needed"))
