"""Test that every difference at a library's central after a visit is reported, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kiosk.visit_player.account_state import AccountState, differences
from lending.model import Account, Hold, Item, ItemId, ItemStatus, Patron, PatronRef

ADA, LIN = PatronRef("ada"), PatronRef("lin")
DUE = datetime(2026, 12, 22, 15, 59, tzinfo=UTC)
DUNE = Item(ItemId("dune"), "Dune")
EMMA = Item(ItemId("emma"), "Emma", status=ItemStatus.ON_LOAN, holder=ADA, due=DUE)
"""A loan of the patron that `[acceptance]` does not name."""
ACCOUNT = Account(Patron(ADA, "adult"), (EMMA,), (Hold("Utopia", False),))


def state_of(dune: Item | None = DUNE, account: Account | None = ACCOUNT) -> AccountState:
    return AccountState({"dune": dune}, {"2001": ADA, "04A3": ADA}, {ADA: account} if account else {})


def lent(holder: PatronRef) -> Item:
    return replace(DUNE, status=ItemStatus.ON_LOAN, holder=holder, due=DUE)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (
            state_of(lent(ADA)),
            "dune: it was on shelf and is now on loan to 2001, due 2026-12-22 15:59, renewed 0 times",
        ),
        (
            state_of(lent(LIN)),
            "dune: it was on shelf and is now on loan to another patron, due 2026-12-22 15:59, renewed",
        ),
        (state_of(replace(DUNE, status=ItemStatus.HANDED_IN)), "dune: it was on shelf and is now handed in"),
        (state_of(replace(DUNE, waiting=2)), "dune: it was on shelf and is now on shelf, 2 waiting for it"),
        (state_of(replace(DUNE, reserved_for=ADA)), "dune: it was on shelf and is now on shelf, held for 2001"),
        (state_of(None), "dune: it was on shelf and is now unknown"),
        (
            state_of(account=replace(ACCOUNT, loans=(replace(EMMA, renewals=1),))),
            "emma, which [acceptance] does not name, of 2001: it was on loan to 2001, due 2026-12-22 15:59, renewed 0 "
            "times and is now on loan to 2001, due 2026-12-22 15:59, renewed 1 times",
        ),
        (
            state_of(account=replace(ACCOUNT, loans=())),
            "emma, which [acceptance] does not name, of 2001: it was on loan to 2001",
        ),
        (
            state_of(account=replace(ACCOUNT, patron=replace(ACCOUNT.patron, fees=Decimal("2.5")))),
            "2001: the fees were 0.00 and",
        ),
        (state_of(account=replace(ACCOUNT, holds=())), "2001: the holds were Utopia (waiting) and are now none"),
        (state_of(account=None), "2001: the central no longer knows this patron"),
    ],
)
def test_each_difference_is_reported_in_one_sentence(after: AccountState, said: str) -> None:
    (difference,) = differences(state_of(), after)
    assert difference.startswith(said)


def test_unchanged_accounts_report_no_difference() -> None:
    assert list(differences(state_of(), state_of())) == []
    named = replace(ACCOUNT, loans=(*ACCOUNT.loans, lent(ADA)))
    assert len(list(differences(state_of(), state_of(lent(ADA), named)))) == 1, (
        "a loan of a named item is reported once"
    )
