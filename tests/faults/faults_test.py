"""The bench of faults: each kind has its stroke, a short dose between real processes, and what the proxy alone does."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from kiosk.bench.faults.kinds import AT_GREETING, DOWN, NAMES, Kind, drawn, row_of_kinds
from kiosk.bench.faults.made_up import MADE_UP
from kiosk.bench.faults.report import as_text, records
from kiosk.bench.faults.run import play
from kiosk.bench.faults.strokes import STROKES
from tests.demo_library import templates

pytestmark = [pytest.mark.long, pytest.mark.judge]

SOON_OVER = (
    Kind.ANSWER_LOST,
    Kind.DOUBLED,
    Kind.DOUBLED_AT_ONCE,
    Kind.ANSWER_CUT,
    Kind.REQUEST_CUT,
    Kind.TOO_SHORT,
    Kind.RESET,
    Kind.REQUEST_LATE,
    Kind.PORTAL,
    Kind.EXPIRED,
)
"""Kinds after which a kiosk is back without having waited for a time-out."""
LOSING = (Kind.ANSWER_LOST, Kind.REQUEST_CUT)
"""One doubles what is sent under a new id, one loses what is taken for done: both at once."""


def test_every_kind_has_its_stroke() -> None:
    assert len(Kind) >= 22
    assert {*STROKES, *MADE_UP, *AT_GREETING, *DOWN, *NAMES, Kind.HALF_OPEN} == set(Kind)


def test_one_seed_is_one_row_of_faults_and_each_kind_is_in_it() -> None:
    kinds = row_of_kinds(Random(3), 2 * len(Kind))
    assert kinds == row_of_kinds(Random(3), 2 * len(Kind)) != row_of_kinds(Random(4), 2 * len(Kind))
    assert {kinds.count(kind) for kind in Kind} == {2}
    assert [drawn(kind, Random(5)) for kind in kinds] == [drawn(kind, Random(5)) for kind in kinds]


def test_a_short_dose_loses_nothing_doubles_nothing_and_its_controls_do() -> None:
    played = asyncio.run(play(SOON_OVER, 11, rows=120, together=False, harsh=LOSING, templates=templates()))
    assert played.honest.verdict.fine, as_text(played)
    assert played.honest.faults >= len(SOON_OVER) - 2
    assert [each.failed_as_it_must for each in records(played) if each.control] == [True, True]
    assert played.drained is not None
    assert played.drained.in_order
    assert max(batch.rows for batch in played.drained.batches) == 50
