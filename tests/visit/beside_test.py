"""Visits where a simulated SIP2 system keeps the loans and our hub stands beside it; and one where a loan costs."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from kiosk.visit import player
from kiosk.visit.bench import Bench, SimulatedBench
from kiosk.visit.ground import Ground
from kiosk.visit.hub import Templates
from kiosk.visit.script import Visit, load
from kiosk.visit.sip2_ground import Keeper, Sip2Ground
from tests.visit.sip2_visits import BESIDE, PAGE, named

pytestmark = pytest.mark.long

FAUST, PRICE = "36593420520696", Decimal("2.50")
COSTS = Path(__file__).with_name("a-loan-that-costs.toml")

# Whole kiosks start here, each with a hub: nothing less shows that the hub is told and asked while another lends.
SOME = ("contact-check", "borrow-offline")


def test_the_hub_beside_is_told_what_was_done_and_asked_for_the_rest(tmp_path: Path) -> None:
    """The visit's own judge holds the loans that the hub has against the system's."""
    player.play([named(each) for each in SOME], out=tmp_path, dialect="koha", beside=True)
    told = [json.loads((tmp_path / each / "visit.json").read_text(encoding="utf-8")) for each in SOME]
    assert [each.get("why", "") for each in told] == ["", ""]


class Costly(player.Run):
    """Every loan of one book costs something, at a system that asks first."""

    ground: Sip2Ground

    @asynccontextmanager
    async def _ground(self, visit: Visit, bench: Bench, folder: Path) -> AsyncIterator[Ground]:
        async with super()._ground(visit, bench, folder) as ground:
            assert isinstance(ground, Sip2Ground)
            ground.simulator.library.copies[FAUST].rent = PRICE
            self.ground = ground
            yield ground


def test_a_loan_that_costs_is_made_when_the_patron_agrees(tmp_path: Path) -> None:
    """From the touch on "agree" to the loan at the system, which had asked with BO N and was told BO Y."""

    async def played(short: Path) -> tuple[str, list[str]]:
        templates = Templates(tmp_path / "templates")
        run = Costly(tmp_path / "out", short, SimulatedBench, None, Keeper("koha"), templates)
        (report,) = await run.all([player.Part("a-loan-that-costs", load(COSTS))])
        return report.why, [each.did for each in run.ground.simulator.library.events if each.barcode == FAUST]

    (tmp_path / "out").mkdir()
    with tempfile.TemporaryDirectory(prefix="kiosk-") as folder:  # pytest's is too long for a socket
        assert asyncio.run(played(Path(folder))) == ("", ["checkout"])


@pytest.mark.parametrize("visit", sorted(BESIDE))
def test_what_cannot_pass_beside_a_hub_stands_on_the_page(visit: str) -> None:
    assert f"| `{visit}` | {BESIDE[visit].missing} |" in PAGE.read_text(encoding="utf-8")
    assert named(visit).exists()
