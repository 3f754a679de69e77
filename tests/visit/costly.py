"""A library's own system at which every loan of one book costs something: the ground of visits; judges nothing."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from kiosk.visit import player
from kiosk.visit.bench import Bench, SimulatedBench
from kiosk.visit.ground import Ground
from kiosk.visit.report import Report
from kiosk.visit.script import Visit, load
from kiosk.visit.sip2_ground import Keeper, Sip2Ground
from tests.demo_library import templates

FAUST, PRICE = "36593420520696", Decimal("2.50")
HERE = Path(__file__).parent


class Costly(player.Run):
    """The system asks first, and writes every message down."""

    ground: Sip2Ground
    said: list[str]

    @asynccontextmanager
    async def _ground(self, visit: Visit, bench: Bench, folder: Path) -> AsyncIterator[Ground]:
        async with super()._ground(visit, bench, folder) as ground:
            assert isinstance(ground, Sip2Ground)
            self.ground, self.said = ground, []
            ground.simulator.library.copies[FAUST].rent = PRICE
            ground.simulator.log = self.said.append
            yield ground


@dataclass(frozen=True, slots=True)
class Played:
    report: Report
    done: Sequence[str]
    """What became of that book at the system, in order."""
    said: Sequence[str]

    def asked(self, code: str) -> list[str]:
        """The kiosk's messages of that kind."""
        return [each for each in self.said if f" > {code}" in each]


def played(name: str, out: Path) -> Played:
    """The visit of that name beside this file, at a system of Koha's manners."""
    out.mkdir(exist_ok=True)

    async def run(short: Path) -> Played:
        run = Costly(out, short, SimulatedBench, None, Keeper("koha"), templates())
        (report,) = await run.all([player.Part(name, load(HERE / f"{name}.toml"))])
        events = run.ground.simulator.library.events
        return Played(report, [each.did for each in events if each.barcode == FAUST], run.said)

    with tempfile.TemporaryDirectory(prefix="kiosk-") as folder:  # pytest's is too long for a socket
        return asyncio.run(run(Path(folder)))
