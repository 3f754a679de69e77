"""Test the health of the board: each problem is reported once, and once when it ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.system.clock import BelievedClock
from kiosk.system.health import ABSENT, READY, Condition, Health, PartName, PartState
from kiosk.system.host_info import HostInfo
from kiosk.wiring.board_health import EVERY, OTHER_TIME, WRONG_CLOCK, board, watch_board
from lending.transactions import ClockTrust
from tests.kiosk.desk.bench import HandClock
from tests.kiosk.desk.central import NOON

HEAT = "sys/class/thermal/thermal_zone0/temp"
POWER = "sys/devices/platform/soc/soc:firmware/get_throttled"
HOT = PartState(Condition.FAULTY, "hot")


def put(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


class LostClock(HandClock):
    def trust(self) -> ClockTrust:
        return ClockTrust.UNKNOWN


def test_healthy_board_is_ready(tmp_path: Path) -> None:
    put(tmp_path, HEAT, "48000")
    put(tmp_path, POWER, "0")
    states = board(HostInfo(tmp_path), HandClock(NOON), tmp_path, {})
    assert set(states.values()) == {READY} and len(states) == 4


def test_missing_sensors_are_absent(tmp_path: Path) -> None:
    states = board(HostInfo(tmp_path), HandClock(NOON), tmp_path, {})
    assert (states[PartName.TEMPERATURE], states[PartName.SUPPLY]) == (ABSENT, ABSENT)


def test_unsynchronised_clock_is_faulty(tmp_path: Path) -> None:
    states = board(HostInfo(tmp_path), LostClock(NOON), tmp_path, {})
    assert states[PartName.CLOCK] == PartState(Condition.FAULTY, "out_of_step")


def test_clock_contradicted_by_the_hub_is_faulty_until_they_agree(tmp_path: Path) -> None:
    clock, states = HandClock(NOON), list[PartState]()
    believed = BelievedClock(clock)
    health = Health(lambda part, state: states.append(state) if part is PartName.CLOCK else None)

    async def scenario() -> None:
        watching = asyncio.ensure_future(watch_board(HostInfo(tmp_path), believed, tmp_path, health))
        for central in (NOON, NOON - timedelta(days=3650), NOON + timedelta(minutes=2)):
            believed.believe(central)
            clock.move(EVERY)
            while (alarm := clock.next_alarm()) is None or alarm <= 0:
                await asyncio.sleep(0.001)
        watching.cancel()

    asyncio.run(scenario())
    assert states == [READY, WRONG_CLOCK, READY]


def test_clock_contradicted_by_the_ils_is_reported_and_kept(tmp_path: Path) -> None:
    clock, states = HandClock(NOON), list[PartState]()
    believed = BelievedClock(clock)
    believed.believe_local(NOON - timedelta(days=3650))
    health = Health(lambda part, state: states.append(state) if part is PartName.CLOCK else None)

    async def scenario() -> None:
        watching = asyncio.ensure_future(watch_board(HostInfo(tmp_path), believed, tmp_path, health))
        while not states:
            await asyncio.sleep(0.001)
        watching.cancel()

    asyncio.run(scenario())
    assert (states, believed.now()) == ([OTHER_TIME], NOON)


@pytest.mark.parametrize("bits", ["50005", "50000"])
def test_undervoltage_is_reported_until_the_board_restarts(tmp_path: Path, bits: str) -> None:
    put(tmp_path, POWER, bits)
    states = board(HostInfo(tmp_path), HandClock(NOON), tmp_path, {})
    assert states[PartName.SUPPLY] == PartState(Condition.FAULTY, "weak_supply")


def test_temperature_near_the_limit_is_reported_once(tmp_path: Path) -> None:
    states: list[tuple[PartName, PartState]] = []
    health = Health(lambda part, state: states.append((part, state)))
    clock = HandClock(NOON)

    async def scenario() -> None:
        watching = asyncio.ensure_future(watch_board(HostInfo(tmp_path), BelievedClock(clock), tmp_path, health))
        for degrees in (60, 76, 74, 76, 73, 60):
            put(tmp_path, HEAT, f"{degrees}000")
            if degrees != 60 or states:
                clock.move(EVERY)
            while (alarm := clock.next_alarm()) is None or alarm <= 0:
                await asyncio.sleep(0.001)
        watching.cancel()

    asyncio.run(scenario())
    assert [state for part, state in states if part is PartName.TEMPERATURE] == [READY, HOT, READY]
