"""Test that a killed worker loses no message, and doubles only what the mail server cannot identify."""

from __future__ import annotations

import pytest

from tests.proofs.outbox.kills import killed
from tests.proofs.outbox.worker import NOT_CLAIMED, NOTED_FIRST

pytestmark = pytest.mark.long

SEEDS = range(1, 9)
"""Seeds for a control, because a kill may hit a worker between two messages."""


def test_kills_lose_and_double_no_message() -> None:
    for each in SEEDS:
        found = killed("sqlite", 150, seed=each)
        assert (found.lost, found.doubled) == (0, 0)
        if found.kills:
            return
    pytest.fail("no worker was killed")


def test_worker_that_records_before_sending_loses_messages() -> None:
    assert any(killed("sqlite", 150, seed=each, fault=NOTED_FIRST).lost > 0 for each in SEEDS)


def test_worker_that_claims_nothing_doubles_messages() -> None:
    assert any(killed("sqlite", 150, seed=each, fault=NOT_CLAIMED).doubled > 0 for each in SEEDS)
