"""Test that a killed worker loses no message, and doubles only what the mail server cannot identify."""

from __future__ import annotations

import pytest

from tests.proofs.outbox.kills import killed
from tests.proofs.outbox.worker import NOT_CLAIMED, NOTED_FIRST

pytestmark = pytest.mark.long

SEEDS = range(1, 9)
"""A kill may well meet a worker between two letters: a control has so many tries."""


def test_kills_lose_nothing_and_double_nothing() -> None:
    for each in SEEDS:
        found = killed("sqlite", 150, seed=each)
        assert (found.lost, found.doubled) == (0, 0)
        if found.kills:
            return
    pytest.fail("nobody was killed")


def test_a_worker_that_notes_before_it_sends_is_found_out() -> None:
    assert any(killed("sqlite", 150, seed=each, fault=NOTED_FIRST).lost > 0 for each in SEEDS)


def test_a_worker_that_claims_nothing_is_found_out() -> None:
    assert any(killed("sqlite", 150, seed=each, fault=NOT_CLAIMED).doubled > 0 for each in SEEDS)
