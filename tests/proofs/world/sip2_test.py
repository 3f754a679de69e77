"""Test the parts of the SIP2 proof: one seed is one history, and its judge finds each fault."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from kiosk.benchmarks.sip2.faults import UNSURE, PatronStatement, judge
from kiosk.benchmarks.sip2.faults import play as play_on_sockets
from kiosk.benchmarks.sip2.faulty_connection import Fate
from kiosk.sip2_simulator.library import Event
from kiosk.sync.sip2.exception_store import ExceptionKind, StoredException
from lending.transactions import TransactionId
from tests.proofs.world.sip2 import play

BOOK = "30000000000000"
DAY, LATER = date(2026, 12, 25), date(2026, 12, 26)


def test_borrower_is_known_although_the_checkout_response_was_lost(tmp_path: Path) -> None:
    """Otherwise a late return would count as the previous patron's."""
    assert play(33, 60, tmp_path).verdict.findings() == []


def test_seed_reproduces_the_history(tmp_path: Path) -> None:
    first, second = (play(4, 60, tmp_path / name) for name in ("a", "b"))
    assert first.digest == second.digest != play(5, 60, tmp_path / "c").digest
    assert first.hits.total() > 20
    assert set(first.hits) <= set(Fate)


def test_real_sockets_lose_and_double_nothing() -> None:
    (played,) = asyncio.run(play_on_sockets(3, 8, 3))
    assert played.verdict.findings() == []
    assert played.verdict.acts == 24


def statements(*acts: tuple[str, str, date | None]) -> list[PatronStatement]:
    return [PatronStatement(did, BOOK, outcome, day) for did, outcome, day in acts]


def done(*acts: str) -> list[Event]:
    return [Event(did, datetime(2026, 11, 27, tzinfo=UTC), BOOK) for did in acts]


def test_judge_detects_lost_doubled_and_unrequested_transactions() -> None:
    loan = ("checkout", "yes", DAY)
    assert judge(statements(loan), done("checkout"), []).fine
    assert judge(statements(loan), done(), []).lost
    assert judge(statements(loan), done("checkout", "checkout"), []).doubled
    assert judge(statements(loan), done("checkout", "renew"), []).renewed
    assert judge(statements(("checkout", "no", DAY)), done("checkout"), []).doubled
    assert judge(statements(loan, ("checkin", "yes", None)), done("checkin", "checkout"), []).corrupt


def test_exceptions_and_unknown_results_are_accepted() -> None:
    refused = StoredException(
        TransactionId("1"), ExceptionKind.REFUSED, datetime(2026, 11, 27, tzinfo=UTC), "checkout", BOOK
    )
    assert judge(statements(("checkout", "yes", DAY)), done(), [refused]).fine
    assert judge(statements(("checkout", "yes", DAY)), done(), [replace(refused, reason="lent_again")]).corrupt
    loan, back = ("checkout", "yes", DAY), ("checkin", "yes", None)
    assert judge(statements(loan, back), done(), [refused]).fine
    assert judge(statements(loan, back, loan, back), done(), [refused]).lost
    assert judge(statements(("checkout", UNSURE, DAY)), done(), []).fine
    assert judge(statements(("checkout", UNSURE, DAY)), done("checkout"), []).fine


def test_renewal_is_required_only_if_it_changes_the_due_date() -> None:
    loan = ("checkout", "yes", DAY)
    assert judge(statements(loan, ("renew", "yes", DAY)), done("checkout"), []).fine
    assert judge(statements(loan, ("renew", "yes", LATER)), done("checkout"), []).lost
    assert judge(statements(loan, ("renew", "yes", DAY)), done("checkout", "renew", "renew"), []).renewed
