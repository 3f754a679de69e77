"""Test what is reported of a library's central after a visit, and which loans remain there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kiosk.central import Accepted
from kiosk.config import Config, load, write_example
from kiosk.sync.sip2.client import Sip2Client
from kiosk.visit_player.library import ScriptNumbers
from kiosk.visit_player.site_environment import AccountState, SiteEnvironment, differences, read_state
from lending.model import Account, Hold, Item, ItemId, ItemStatus, Patron, PatronRef
from lending.transactions import Checkout
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import in_weeks, one
from tests.kiosk.sync.sip2.client_test import System, running, stand_of

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


ITEM = "300007"


@dataclass
class Hands:
    """Substitute for the kiosk in the clean-up, which records the returns requested of it."""

    returned: list[str] = field(default_factory=list)

    async def empty_queue(self) -> int:
        return 0

    async def give_back(self, item: str) -> None:
        self.returned.append(item)

    async def set_aside(self) -> int:
        return 0


def configured(folder: Path) -> Config:
    changes: dict[str, dict[str, Any]] = {
        "acceptance": {"patrons": ["1001"], "items": [ITEM]},
        "numbers": {"item": {"pattern": "3[0-9]{5}"}},
    }
    return load(write_example(folder / "kiosk.toml", folder, folder / "run", "http://127.0.0.1:1", changes))


async def ground_at(system: System, folder: Path) -> tuple[SiteEnvironment, Sip2Client]:
    config, central = configured(folder), system.central()
    before = await read_state(central, config)
    return SiteEnvironment(config.paths.state, config, central, before), central


MENTIONED = ScriptNumbers(labels={"1001": None, ITEM: None})


@run_async
async def test_fee_left_by_the_visit_is_listed(tmp_path: Path) -> None:
    with running("koha") as system:
        ground, central = await ground_at(system, tmp_path)
        system.library.patrons["1001"].fees = Decimal("5.00")
        _undone, left = await ground.undo(Hands(), MENTIONED)
        central.close()
    assert left == ["1001: the fees were 0.00 and are now 5.00"]


@pytest.mark.parametrize("dialect", ["koha", "evergreen"])
@pytest.mark.parametrize(("borrower", "returned"), [("1001", [ITEM]), ("1002", [])])
@run_async
async def test_only_loans_of_the_acceptance_patrons_are_returned(
    tmp_path: Path, dialect: str, borrower: str, returned: list[str]
) -> None:
    """Another patron may have borrowed the item in the meantime."""
    with running(dialect) as system:
        ground, central = await ground_at(system, tmp_path)
        act = Checkout(central.reference(borrower), ItemId(ITEM), in_weeks())
        assert isinstance(await one(central, stand_of(system).row(act)), Accepted)
        hands = Hands()
        _undone, left = await ground.undo(hands, MENTIONED)
        central.close()
    assert hands.returned == returned
    assert any("another patron" in each for each in left) == (not returned)
