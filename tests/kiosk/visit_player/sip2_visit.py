"""Play one visit against a prepared simulated SIP2 system, and return everything that it leaves."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk.sip2_simulator.library import SimulatedLibrary
from kiosk.visit_player import player
from kiosk.visit_player.environment import VisitEnvironment
from kiosk.visit_player.part_operator import Bench, load_bench
from kiosk.visit_player.report import VisitReport
from kiosk.visit_player.script import Visit, load
from kiosk.visit_player.sip2_environment import Keeper, Sip2Ground
from tests.support.demo_library import templates

HERE = Path(__file__).parent
Prepare = Callable[[SimulatedLibrary], None]


class Prepared(player.Run):
    """Run with a prepared system that records every message."""

    prepare: Prepare
    ground: Sip2Ground
    said: list[str]
    left: Mapping[str, bytes]

    @asynccontextmanager
    async def _ground(self, visit: Visit, bench: Bench, folder: Path) -> AsyncIterator[VisitEnvironment]:
        async with super()._ground(visit, bench, folder) as ground:
            assert isinstance(ground, Sip2Ground)
            self.ground, self.said = ground, []
            self.prepare(ground.simulator.library)
            ground.simulator.log = self.said.append
            yield ground
        files = [each for each in folder.rglob("*") if each.is_file()]
        self.left = {str(each.relative_to(folder)): each.read_bytes() for each in files}


@dataclass(frozen=True, slots=True)
class Played:
    report: VisitReport
    library: SimulatedLibrary
    said: Sequence[str]
    left: Mapping[str, bytes]
    """Files of the kiosk after its end, including its log."""

    def asked(self, code: str) -> list[str]:
        """Return the kiosk's messages with this code."""
        return [each for each in self.said if f" > {code}" in each]

    def done(self, barcode: str) -> list[str]:
        """Return the events of the item at the system, in order."""
        return [each.did for each in self.library.events if each.barcode == barcode]


def played(name: str, out: Path, prepare: Prepare, bench: str | None = None) -> Played:
    """Return the visit of that name in this file's folder."""
    out.mkdir(exist_ok=True)

    async def run(short: Path) -> Played:
        run = Prepared(out, short, load_bench(bench), None, Keeper("koha"), templates())
        run.prepare = prepare
        (report,) = await run.play_all([player.PlayedVisit(name, load(HERE / f"{name}.toml"))])
        return Played(report, run.ground.simulator.library, run.said, run.left)

    with tempfile.TemporaryDirectory(prefix="kiosk-") as folder:  # pytest's is too long for a socket
        return asyncio.run(run(Path(folder)))
