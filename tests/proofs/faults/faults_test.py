"""Test the network fault bench: each kind of fault occurs, and a short run between real processes."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from kiosk.benchmarks.network_faults.bench import as_text, play, records
from kiosk.benchmarks.network_faults.faults import (
    AT_GREETING,
    DOWN,
    FAULT_ACTIONS,
    MADE_UP,
    NAMES,
    FaultKind,
    draw_fault,
    row_of_kinds,
)
from tests.support.demo_library import templates

pytestmark = [pytest.mark.long, pytest.mark.judge]

SOON_OVER = (
    FaultKind.ANSWER_LOST,
    FaultKind.DOUBLED,
    FaultKind.DOUBLED_AT_ONCE,
    FaultKind.ANSWER_CUT,
    FaultKind.REQUEST_CUT,
    FaultKind.TOO_SHORT,
    FaultKind.RESET,
    FaultKind.REQUEST_LATE,
    FaultKind.PORTAL,
    FaultKind.EXPIRED,
)
"""Kinds of fault from which a kiosk recovers without waiting for a timeout."""
LOSING = (FaultKind.ANSWER_LOST, FaultKind.REQUEST_CUT)
"""Under a new id, the first doubles a row; if no answer counts as done, the second loses one: both controls at once."""


def test_every_fault_kind_has_an_action() -> None:
    assert len(FaultKind) >= 22
    assert {*FAULT_ACTIONS, *MADE_UP, *AT_GREETING, *DOWN, *NAMES, FaultKind.HALF_OPEN} == set(FaultKind)


def test_seed_reproduces_the_faults_and_includes_each_kind() -> None:
    kinds = row_of_kinds(Random(3), 2 * len(FaultKind))
    assert kinds == row_of_kinds(Random(3), 2 * len(FaultKind)) != row_of_kinds(Random(4), 2 * len(FaultKind))
    assert {kinds.count(kind) for kind in FaultKind} == {2}
    assert [draw_fault(kind, Random(5)) for kind in kinds] == [draw_fault(kind, Random(5)) for kind in kinds]


def test_short_run_loses_and_doubles_nothing_and_its_controls_do() -> None:
    played = asyncio.run(play(SOON_OVER, 11, rows=120, together=False, harsh=LOSING, templates=templates()))
    assert played.honest.verdict.fine, as_text(played)
    assert played.honest.faults >= len(SOON_OVER) - 2
    assert [each.failed_as_it_must for each in records(played) if each.control] == [True, True]
    assert played.drained is not None
    assert played.drained.in_order
    assert max(batch.rows for batch in played.drained.batches) == 50
