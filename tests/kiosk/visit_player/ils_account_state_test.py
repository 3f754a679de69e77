"""Test what an acceptance visit leaves at a library's own system: fees are listed, and other patrons' loans remain."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kiosk.central import Accepted
from kiosk.config import Config, load, write_example
from kiosk.sync.sip2.client import Sip2Client
from kiosk.visit_player.account_state import read_state
from kiosk.visit_player.library import ScriptNumbers
from kiosk.visit_player.site_environment import SiteEnvironment
from lending.model import ItemId
from lending.transactions import Checkout
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import in_weeks, one
from tests.kiosk.sync.sip2.client_test import System, running, stand_of

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
