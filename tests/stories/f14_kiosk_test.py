"""Test that a loan with a fee at an external ILS needs the patron's consent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kiosk.sip2_simulator.library import SimulatedLibrary
from tests.kiosk.visit_player.sip2_visit import Played, played
from tests.stories.pictures import Keep

pytestmark = pytest.mark.long  # each test starts a complete kiosk and a SIP2 system

FAUST, PRICE = "36593420520696", Decimal("2.50")
FORBIDDEN_MESSAGES = ("01", "15", "37")
"""Block Patron, Hold, Fee Paid: messages that the kiosk must not send."""


def costs(library: SimulatedLibrary) -> None:
    """Charge a fee for every loan of one item."""
    library.copies[FAUST].rent = PRICE


def shown(visit: Played, step: int, keep: Keep) -> str:
    """Store the screen of a step and return its text."""
    seen = visit.report.steps[step - 1]
    assert seen.shot is not None
    keep((visit.report.folder / seen.shot).read_bytes())
    return " ".join(seen.text)


@pytest.mark.story(
    "F14",
    begins="At a kiosk connected to an ILS over SIP2 a patron scans a book that costs something to borrow, and agrees",
    ends="The system has the loan and no payment; the receipt has the book and its due date",
)
def test_patron_accepts_the_loan_fee(keep: Keep, tmp_path: Path) -> None:
    visit = played("a-loan-that-costs", tmp_path / "out", costs)
    assert visit.report.why == ""
    assert "2.50" in shown(visit, 2, keep)
    shown(visit, 4, keep)
    asked = visit.asked("11")
    assert ["BON|" in each for each in asked] == [True, False]
    assert "BOY|" in asked[-1]
    assert visit.done(FAUST) == ["checkout"]
    assert [visit.asked(each) for each in FORBIDDEN_MESSAGES] == [[], [], []]
    (paper,) = visit.report.receipts
    assert "Faust" in " ".join(paper.lines)
    keep(paper.png)


@pytest.mark.story(
    "F14",
    begins="The same patron reads the price, touches Next instead, and opens their account",
    ends="The system has received no consent and has no such loan; their account shows none either",
)
def test_patron_declines_the_loan_fee(keep: Keep, tmp_path: Path) -> None:
    visit = played("a-loan-that-costs-too-much", tmp_path / "out", costs)
    assert visit.report.why == ""
    assert "2.50" in shown(visit, 2, keep)
    assert "Faust" not in shown(visit, 4, keep)
    assert ["BON|" in each for each in visit.asked("11")] == [True]
    assert visit.done(FAUST) == []
    assert FAUST not in {each["item"] for each in visit.report.central["loans"]}
