"""Three fixed flows at a kiosk: online, offline with upload, and returns with a night."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from random import Random

from kiosk.journal.journal import JournalFailed
from lending.model import Reason
from lending.transactions import Act, Checkin, Renew, ReturnMode, Undo
from tests.kiosk.sync.bench import ADA, DUE, DUNE, EMMA, LIN, UTOPIA, HandClock, Network, checkout, settle
from tests.proofs.power.kiosk import Diary, Kiosk

UNTIL_ERASED = 25 * 3600.0


class Over(Exception):
    """The kiosk's process has ended on its own."""


class Hall:
    """One kiosk with its patrons, from one start to the next."""

    def __init__(self, path: Path, diary: Diary, clock: HandClock) -> None:
        self._path = path
        self._diary = diary
        self.clock = clock
        self._random = Random(0)
        self._kiosk: Kiosk | None = None

    async def open(self, network: Network = Network.UP) -> None:
        """Open the journal and start the courier. Raises Over if the journal cannot be used."""
        kiosk = Kiosk(self._path, self._diary, self.clock, self._random)
        kiosk.central.set(network)
        kiosk.central.refusals = {EMMA: Reason.LIMIT}
        try:
            await kiosk.start()
        except JournalFailed as failure:
            raise Over from failure
        self._kiosk = kiosk
        self._look()

    async def close(self) -> None:
        """Stop. Raises Over if the journal cannot even be closed."""
        if self._kiosk is not None:
            kiosk, self._kiosk = self._kiosk, None
            try:
                await kiosk.stop()
            except JournalFailed as failure:
                raise Over from failure

    @property
    def kiosk(self) -> Kiosk:
        assert self._kiosk is not None
        return self._kiosk

    async def act(self, act: Act) -> None:
        """Let a patron do this, and lose patience if there is no answer at once. Raises Over."""
        served = self.kiosk.serve(act)
        await settle()
        if not served.done():
            await self.clock.pass_time(2)
        self._look()

    async def think_again(self) -> None:
        """Undo the last act, unless the patron saw no result of it."""
        if self.kiosk.confirmed:
            await self.act(Undo(self.kiosk.confirmed[-1]))

    async def network(self, network: Network) -> None:
        self.kiosk.central.set(network)
        await self.clock.pass_time(30)
        self._look()

    async def night(self) -> None:
        await self.clock.jump(UNTIL_ERASED)
        await self.clock.pass_time(61)
        self._look()

    def _look(self) -> None:
        if self.kiosk.ended:
            raise Over


async def borrow_online(hall: Hall) -> None:
    """Borrow from an empty folder, so that the journal is created. One of three loans is refused."""
    await hall.open()
    await hall.act(checkout(DUNE))
    await hall.act(checkout(EMMA))
    await hall.act(checkout(UTOPIA, LIN))
    await hall.close()


async def borrow_offline(hall: Hall) -> None:
    """Borrow while the central is silent for the first patron and known to be unreachable for two more. Then upload."""
    await hall.open(Network.SILENT)
    await hall.act(checkout(DUNE, LIN))
    await hall.network(Network.DOWN)
    await hall.act(checkout(UTOPIA))
    await hall.act(checkout(EMMA, LIN))
    await hall.network(Network.UP)
    await hall.close()


async def return_and_sleep(hall: Hall) -> None:
    """Return, renew and undo, purge the bodies at night, stop and start."""
    await hall.open()
    await hall.act(Checkin(DUNE, ReturnMode.PROVISIONAL))
    await hall.act(Renew(ADA, UTOPIA, DUE))
    await hall.act(checkout(DUNE, LIN))
    await hall.think_again()
    await hall.night()
    await hall.act(checkout(DUNE))
    await hall.close()
    await hall.open()
    await hall.close()


Flow = Callable[[Hall], Awaitable[None]]
FLOWS: Mapping[str, Flow] = {
    "borrow online": borrow_online,
    "borrow offline, then drain": borrow_offline,
    "return, renew, undo, a night": return_and_sleep,
}
"""Flows by name. Each begins with what the previous one left."""
