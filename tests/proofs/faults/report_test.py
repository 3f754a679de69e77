"""Test the verdict of the fault bench: faults hit without harm, and controls do harm."""

from __future__ import annotations

import asyncio
import time

import pytest

from kiosk.benchmarks.network_faults.bench import FaultRunResult, Side, is_passed
from kiosk.benchmarks.network_faults.kiosk import Pulse, UploadControl


def played(*, asked: int, hit: int, doubled: int = 1) -> FaultRunResult:
    """Build a run: faults drawn, faults that hit something, and rows that the first control doubled."""
    sides = {each: Side(each, faults=10) for each in UploadControl}
    sides[UploadControl.NONE].faults = hit
    sides[UploadControl.NEW_ID].verdict.doubled += ["a row"] * doubled
    sides[UploadControl.LOST_IS_DONE].verdict.lost += ["a row"]
    return FaultRunResult(1, asked=asked, sides=sides)


def test_verdict_holds_if_faults_hit_and_controls_fail() -> None:
    assert is_passed(played(asked=50, hit=50))
    assert is_passed(played(asked=50, hit=45))


@pytest.mark.parametrize("hit", [0, 20])
def test_verdict_fails_if_too_few_faults_hit(hit: int) -> None:
    assert not is_passed(played(asked=50, hit=hit))


def test_verdict_fails_if_a_control_does_no_harm() -> None:
    assert not is_passed(played(asked=50, hit=50, doubled=0))


def test_verdict_fails_if_an_honest_kiosk_does_harm() -> None:
    found = played(asked=50, hit=50)
    found.honest.verdict.lost.append("a row")
    assert not is_passed(found)


def test_blocked_event_loop_is_counted_as_machine_delay() -> None:
    async def kept() -> float:
        pulse = Pulse()
        beats = asyncio.create_task(pulse.run())
        await asyncio.sleep(0)
        before = pulse.late
        time.sleep(0.1)  # Blocks the loop, as a busy machine does.
        beats.cancel()
        return pulse.late - before

    assert asyncio.run(kept()) > 0.05
