"""Test the judge of the fault bench: it finds lost, doubled and wrong rows, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kiosk.benchmarks.network_faults.judge import HubRecords, Intent, Shelf, Site, StoredTransaction, judge

SITE = Site(7, Path("k007"))
BOOK, OTHER = SITE.books[:2]
FIRST, SECOND, THIRD = (f"01a212cc-3ca0-7025-be69-c20444d48d3{n}" for n in "abc")
LENT = (FIRST, BOOK, "on_loan")


def shelf(*statements: tuple[str, str, str, str]) -> Shelf:
    """Build a patron's shelf from verb, book, id and outcome."""
    result = Shelf(SITE)
    for verb, book, id, outcome in statements:
        result.hear(Intent(verb, SITE.card, book), id, outcome)
    return result


def has(*rows: tuple[str, str], loans: Sequence[tuple[str, str, str]] = (), cases: Sequence[str] = ()) -> HubRecords:
    """Build the hub's records from id and outcome of the rows, in order."""
    stored = [StoredTransaction(id, seq, outcome) for seq, (id, outcome) in enumerate(rows, 1)]
    return HubRecords(stored, loans, Counter(), Counter(), frozenset(cases))


BORROWED = shelf(("borrow", BOOK, FIRST, "deferred"))


def test_confirmed_and_executed_transactions_are_fine() -> None:
    whole = shelf(
        ("borrow", BOOK, FIRST, "deferred"), ("renew", BOOK, SECOND, "accepted"), ("borrow", OTHER, THIRD, "refused")
    )
    kept = has((FIRST, "accepted"), (SECOND, "accepted"), (THIRD, "refused"), loans=[LENT])
    assert judge(whole, kept).fine


def test_confirmed_transaction_missing_at_the_hub_is_lost() -> None:
    assert len(judge(BORROWED, has()).lost) == 2, "the row, and the book"
    assert judge(BORROWED, has((FIRST, "refused"))).lost
    assert judge(BORROWED, has((FIRST, "accepted"))).lost, "accepted, but no loan"


def test_confirmed_transaction_with_an_exception_is_not_lost() -> None:
    impossible = shelf(("hand in", BOOK, FIRST, "deferred"))
    impossible.handed.clear()
    verdict = judge(impossible, has((FIRST, "set_aside"), cases=[FIRST]), set_aside=1)
    assert (verdict.fine, verdict.for_staff) == (True, 1)
    assert judge(impossible, has((FIRST, "set_aside")), set_aside=1).lost, "but not without an exception"
    assert judge(impossible, has((FIRST, "set_aside"), cases=[FIRST])).corrupt, "nor if the kiosk did not set it aside"


def test_row_under_a_second_id_is_doubled() -> None:
    kept = has((FIRST, "accepted"), (SECOND, "accepted"), loans=[LENT])
    assert judge(BORROWED, kept).doubled == ["k007: seq 2 is accepted, and no patron was informed"]


def test_item_lent_twice_is_doubled() -> None:
    kept = has((FIRST, "accepted"), loans=[(SECOND, BOOK, "returned"), LENT])
    assert judge(BORROWED, kept).doubled == [f"k007: {BOOK} was lent 1 times, the hub has 2"]
    twice = replace(has((FIRST, "accepted"), loans=[LENT]), handed_in=Counter({FIRST: 2}))
    assert judge(BORROWED, twice).doubled


def test_executed_refused_transaction_is_corrupt() -> None:
    refused = shelf(("borrow", BOOK, FIRST, "refused"))
    assert judge(refused, has((FIRST, "refused"))).fine
    assert judge(refused, has((FIRST, "accepted"), loans=[LENT])).corrupt


def test_rows_out_of_order_are_corrupt() -> None:
    both = shelf(("hand in", BOOK, FIRST, "deferred"), ("return", BOOK, SECOND, "deferred"))
    both.handed.clear()
    rows = [StoredTransaction(SECOND, 2, "accepted"), StoredTransaction(FIRST, 1, "accepted")]
    assert judge(both, replace(has(), rows=rows[::-1])).fine
    assert judge(both, replace(has(), rows=rows)).corrupt
