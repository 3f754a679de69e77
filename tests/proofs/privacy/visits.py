"""Play many visits of marked patrons at one kiosk, and collect all that it leaves."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from unittest import mock

from kiosk.views import Account, Borrowing, Farewell, Identify, LineState, Refused, Returning, View, VisitTask, Welcome
from kiosk.visit_player.environment import DemoEnvironment, central_address
from kiosk.visit_player.proxy import Network, Proxy
from lending import policy
from lending.model import Item, Patron
from tests.proofs.privacy import canaries
from tests.proofs.privacy.canaries import Book, Canaries
from tests.proofs.privacy.environment import Kiosk

PINS = 20
OFFLINE_EVERY, PAPER_EVERY, PIN_EVERY = 10, 10, 25
DONE = (LineState.DONE, LineState.SAVED)


@dataclass(frozen=True, slots=True)
class Left:
    """What was left afterwards, by place."""

    log: bytes
    hubs_log: bytes
    wire: bytes
    """The health reports."""
    temporary: bytes
    kept: bytes
    """The kiosk's own files, without the snapshot."""
    snapshot: bytes


class Hall:
    """One library and its patrons. `patrons` come one after the other, each with a book of their own."""

    def __init__(self, ground: DemoEnvironment, folder: Path, marked: Canaries, formatter: logging.Formatter) -> None:
        """Create the visits; `folder` is the library's, `formatter` the log's."""
        self._ground = ground
        self._folder = folder
        self._marked = marked
        self._log = io.StringIO()
        self._formatter = formatter

    async def run(self, visits: int) -> Left:
        """Play this many visits, and one during which the desk crashes."""
        with tempfile.TemporaryDirectory(dir=self._folder) as name, self._logged(), _temporary_files_in(name):
            health_reports = await self._served(visits)
            return self._left(health_reports, Path(name))

    async def _served(self, visits: int) -> bytes:
        health_reports: list[bytes] = []
        async with Proxy(central_address(self._ground.config)) as proxy:
            async with Kiosk(self._ground.config, proxy) as kiosk:
                await kiosk.stocked()
                for number in range(visits):
                    await self._visit(kiosk, number)
                await proxy.set(Network.UP)
            health_reports += kiosk.health_reports
            async with Kiosk(self._ground.config, proxy) as kiosk:
                await kiosk.stocked()
                await self._dies(kiosk)
            health_reports += kiosk.health_reports
        return b"\n".join(health_reports)

    async def _visit(self, kiosk: Kiosk, number: int) -> None:
        patron = self._marked.patrons[number % len(self._marked.patrons)]
        book = self._marked.books[number % len(self._marked.books)]
        await kiosk.proxy.set(Network.DOWN if number % OFFLINE_EVERY == OFFLINE_EVERY - 1 else Network.UP)
        kiosk.rig.place_card(patron.uid)
        await kiosk.until(lambda view: isinstance(view, Borrowing))
        await kiosk.lifted()
        kiosk.rig.show(book.barcode)
        await self._agreed(kiosk, book, VisitTask.BORROW)
        if number % PIN_EVERY == 0 and patron.pin:
            await self._account(kiosk, patron)
        await kiosk.press("finish")
        await kiosk.press("receipt_paper" if number % PAPER_EVERY == 0 else "receipt_none")
        await _home(kiosk)
        await self._returned(kiosk, book)

    async def _returned(self, kiosk: Kiosk, book: Book) -> None:
        """Return the book, after a misread label that is not the library's."""
        kiosk.rig.show(book.barcode[:-1] + str((int(book.barcode[-1]) + 1) % 10))
        kiosk.rig.show(book.barcode)
        await kiosk.until(lambda view: isinstance(view, Returning))
        await self._agreed(kiosk, book, VisitTask.RETURN)
        await kiosk.press("finish")
        await kiosk.press("receipt_none")
        await _home(kiosk)

    async def _account(self, kiosk: Kiosk, patron: canaries.Patron) -> None:
        """Enter a wrong PIN, then the right one."""
        await kiosk.press("account")
        await kiosk.until(lambda view: isinstance(view, Account) and view.loans is not None)
        await kiosk.press("unlock")
        await _types(kiosk, "0000")
        await kiosk.until(lambda view: isinstance(view, Identify) and view.problem is not None)
        await _types(kiosk, patron.pin)
        await kiosk.until(lambda view: isinstance(view, Account) and not view.locked and view.loans is not None)

    async def _agreed(self, kiosk: Kiosk, book: Book, errand: VisitTask) -> None:
        def done(view: View) -> bool:
            line = kiosk.glass.line(book.barcode, errand)
            return isinstance(view, Refused) or (line is not None and line.state in DONE)

        await kiosk.until(done)
        assert not isinstance(kiosk.view, Refused), kiosk.view

    async def _dies(self, kiosk: Kiosk) -> None:
        """Let the desk crash on an error that contains patron and book; log it as `kiosk run` does."""
        patron, book = self._marked.patrons[-1], self._marked.books[-1]

        def fails(law: policy.Policy, who: Patron, item: Item, *_: object) -> policy.Terms:
            raise KeyError(f"{patron.name} {item.id} {item.title}")

        with mock.patch.object(policy, "checkout", fails):
            kiosk.rig.place_card(patron.uid)
            await kiosk.until(lambda view: isinstance(view, Borrowing))
            kiosk.rig.show(book.barcode)
            error = await kiosk.died()
        logging.getLogger("kiosk.app").error(
            "the kiosk failed and exits, to be restarted by the service manager", exc_info=error
        )

    @contextlib.contextmanager
    def _logged(self) -> Iterator[None]:
        root, handler = logging.getLogger(), logging.StreamHandler(self._log)
        handler.setFormatter(self._formatter)
        level, before = root.level, root.handlers[:]
        root.handlers = [handler]
        root.setLevel(logging.INFO)
        try:
            yield
        finally:
            root.handlers = before
            root.setLevel(level)

    def _left(self, health_reports: bytes, temporary: Path) -> Left:
        snapshots = [each for each in _files(self._ground.config.paths.state) if each.name.startswith("snapshot")]
        return Left(
            log=self._log.getvalue().encode(),
            hubs_log=(self._folder / "hub.log").read_bytes(),
            wire=health_reports,
            temporary=_content(_files(temporary)),
            kept=_content([each for each in _files(self._folder / "kiosk") if each not in snapshots]),
            snapshot=_content(snapshots),
        )


async def _types(kiosk: Kiosk, pin: str) -> None:
    for digit in pin:
        await kiosk.press("key", digit)
    await kiosk.press("continue")


async def _home(kiosk: Kiosk) -> None:
    """Wait for the first screen, after the receipt, which may still be in progress."""

    def over(view: View) -> bool:
        return isinstance(view, Welcome) or (isinstance(view, Farewell) and kiosk.offers("home"))

    await kiosk.until(over)
    if isinstance(kiosk.view, Farewell):
        await kiosk.press("home")
        await kiosk.until(lambda view: isinstance(view, Welcome))


@contextlib.contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    with mock.patch.dict(os.environ, TMPDIR=folder), mock.patch.object(tempfile, "tempdir", folder):
        yield


def _files(folder: Path) -> list[Path]:
    return [each for each in sorted(folder.rglob("*")) if each.is_file()]


def _content(files: list[Path]) -> bytes:
    return b"\n".join(each.name.encode() + b"\n" + each.read_bytes() for each in files)


def leaks(left: Left, marked: Canaries, card_key: bytes) -> dict[str, list[str]]:
    """Return the personal data found in places that must have none."""
    personal, read = marked.personal(card_key), marked.read()
    hashes = frozenset(each for each in personal if len(each) == 64)
    all_of_it = dict.fromkeys(("log", "hubs_log", "wire", "temporary"), personal | read)
    allowed = all_of_it | {"kept": (personal | read) - hashes, "snapshot": personal - hashes}
    seen = {name: canaries.found(getattr(left, name), which) for name, which in allowed.items()}
    return {name: what for name, what in seen.items() if what}


def marked_for(random: Random, visits: int) -> Canaries:
    return canaries.canaries(random, max(2, visits), PINS)
