"""Test a SIP2 kiosk with a companion hub: staff see and resolve its exceptions on the hub's page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.circulation import cards
from kiosk.central import CentralUnavailable, SetAside
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sync.hub_client import HubClient
from kiosk.sync.identity import Identity
from kiosk.sync.request_signer import RequestCounter, Signer
from kiosk.sync.sip2.connection import Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.exception_store import ExceptionKind, ExceptionStore
from kiosk.sync.sip2.requests import PROFILES, Requests, login
from kiosk.sync.sip2.with_hub import EVERY, LOOK, Sip2ClientWithHub, report_periodically, tell
from lending.transactions import Checkout
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World
from tests.kiosk.desk.bench import HandClock
from tests.kiosk.desk.central import NOON
from tests.kiosk.sip2_simulator.running_simulator import ZONE
from tests.kiosk.sync.central_contract import Stand, in_weeks, one
from tests.kiosk.sync.sip2.client_test import ACCOUNT, KEYS, System, running, stand_of
from tests.kiosk.sync.sip2.exception_store_test import ADA, LIN, make_exception

NO_HUB = "http://127.0.0.1:9"
Start = Callable[[str], Sip2ClientWithHub]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def system() -> Iterator[System]:
    with running("koha") as koha:
        yield koha


@pytest.fixture
def start(system: System, world: World, tmp_path: Path) -> Start:
    """Restart the kiosk with the hub at that address."""
    key = bytes.fromhex(cards.card_key())
    identity = Identity(world.device.id, world.kiosk.name, "0" * 64, world.device.key, key)

    def started(url: str) -> Sip2ClientWithHub:
        hub = HubClient(url, Signer(lambda: identity, RequestCounter(tmp_path / "counter")), elsewhere=True)
        speech = Speech(DIALECTS["koha"].charset)
        line = Sip2Connection(Peer("127.0.0.1", system.port), speech, login(ACCOUNT), Timing(answer=5.0))
        requests, kept = Requests(ACCOUNT, system.now, ZONE), ExceptionStore(system.folder, KEYS)
        return Sip2ClientWithHub(hub, line, PROFILES["koha"], requests, KEYS, system.befores, lambda _: True, kept)

    return started


def run_until_closed(central: Sip2ClientWithHub, scenario: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine of this kiosk process, then close its connection."""

    async def start() -> None:
        try:
            await scenario
        finally:
            central.close()

    asyncio.run(start())


async def refuse_no_block_checkout(central: Sip2ClientWithHub, stand: Stand) -> None:
    """Have the ILS refuse a no-block checkout of an item on loan to Lin, with no hub."""
    item = stand.free()
    await one(central, stand.row(Checkout(LIN, item, in_weeks())))
    answer = await one(central, stand.row(Checkout(ADA, item, in_weeks()), no_block=True))
    assert isinstance(answer, SetAside) and answer.reason == "on_loan_to_other"
    with pytest.raises(CentralUnavailable):
        await tell(central)


def test_exception_resolved_at_the_hub_is_removed_from_the_kiosk(
    live_server: Any, world: World, system: System, start: Start
) -> None:
    stand = stand_of(system)
    cards.enrol(world.ada, "1001")
    before_restart = start(NO_HUB)
    run_until_closed(before_restart, refuse_no_block_checkout(before_restart, stand))
    (case,) = before_restart.cases.urgent
    world.dune.barcode = case.item
    world.dune.save()
    grace = Grace()
    assert "Dune" not in grace.page("exceptions")
    after_restart = start(live_server.url)
    for _time in range(2):
        run_until_closed(after_restart, tell(after_restart))
    page = grace.page("exceptions")
    assert f"{case.item} Check out On loan to another patron Ada S. ···0012" in page and "front" in page
    assert list(after_restart.cases.urgent) == [replace(case, is_reported=True)]
    (open_there,) = world.open_cases()
    assert "Confirmed until" in grace.page("exception", open_there.pk)
    grace.post("fix", open_there.pk, fix="settle", note="Lin brought it back, and ada has it")
    again = start(live_server.url)
    run_until_closed(again, tell(again))
    assert not again.cases.urgent


def test_only_resolved_unchanged_exceptions_are_removed_from_the_kiosk(
    live_server: Any, world: World, start: Start
) -> None:
    """There are more exceptions than one request holds; one is changed after its report."""
    kiosk = start(live_server.url)
    names = [f"0193aaaa-0000-7000-8000-{number:012}" for number in range(60)]
    for name in names:
        kiosk.cases.note(make_exception(name))
    kiosk.cases.note(make_exception("no name of a row"))
    run_until_closed(kiosk, tell(kiosk))
    assert len(world.open_cases()) == 60
    grace = Grace()
    for case in world.open_cases()[-2:]:
        grace.post("fix", case.pk, fix="settle", note="Done")
    kiosk.cases.note(replace(make_exception(names[-1]), kind=ExceptionKind.UNTOLD))
    again = start(live_server.url)
    run_until_closed(again, tell(again))
    assert {each.id for each in again.cases.urgent} == {*names, "no name of a row"} - {names[-2]}
    assert {each.id for each in again.cases.urgent if not each.is_reported} == {"no name of a row"}


def test_new_exception_is_reported_within_the_poll_interval_once_the_hub_answers(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, clock = start(NO_HUB), HandClock(NOON)
    reported: list[list[str]] = []
    away = True

    async def cases(request: Any) -> Any:
        if away:
            raise CentralUnavailable("time_out")
        reported.append([each.id for each in request.cases])
        return type("Answer", (), {"settled": []})

    async def advance(seconds: float) -> None:
        clock.move(seconds)
        await asyncio.sleep(0)
        while clock.next_alarm() is None:  # the exception store writes in its own thread
            await asyncio.sleep(0)

    async def scenario() -> None:
        nonlocal away
        monkeypatch.setattr(kiosk.hub, "cases", cases)
        task = asyncio.create_task(report_periodically(kiosk, clock))
        await advance(0)
        kiosk.cases.note(first)
        await advance(LOOK)
        assert not reported
        away = False
        for _look in range(3):
            await advance(LOOK)
        assert reported == [[first.id]]
        kiosk.cases.note(second)
        await advance(LOOK)
        assert reported[1:] == [[first.id, second.id]]
        await advance(EVERY)
        assert len(reported) == 3
        assert [each.is_reported for each in kiosk.cases.urgent] == [True, True]
        task.cancel()

    first, second = (make_exception(f"0193aaaa-0000-7000-8000-{number:012}") for number in range(2))
    run_until_closed(kiosk, scenario())
