"""A real hub process, and a kiosk of real parts without a window, for quick visits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from kiosk.config import Config
from kiosk.config.technicians import Technicians
from kiosk.desk.desk import Desk, Inbox
from kiosk.desk.ports import DeskLibrary, DeskParts, Service
from kiosk.events import CentralChanged, PartChanged, Pressed
from kiosk.hardware.driver_factory import open_parts
from kiosk.hardware.receipt_printing import ReceiptDesk
from kiosk.hardware.rig import Rig
from kiosk.hardware.self_tests import PartSelfTests, sample_receipt
from kiosk.hardware.tag_security import TagSecurity
from kiosk.journal.journal import Journal, boot_id
from kiosk.snapshot.snapshot import Snapshot
from kiosk.sync.courier import Courier
from kiosk.sync.fleet_client import Facts, FleetClient, OutOfServiceStore
from kiosk.sync.hub_client import HubClient
from kiosk.sync.lookup import PatronItemLookup
from kiosk.sync.request_signer import Signer
from kiosk.sync.rollback_detector import CloneWarnings
from kiosk.sync.settings_store import SettingsStore
from kiosk.system.clock import SystemClock
from kiosk.system.health import Health, PartName, PartState
from kiosk.views import View, actions
from kiosk.visit_player.environment import DemoEnvironment, demo_ground
from kiosk.visit_player.proxy import Proxy
from kiosk.wiring.assembly import desk_rules
from kiosk.wiring.connections import backlog
from kiosk.wiring.pin_attempts_file import PinAttemptsFile
from kiosk.words import Words
from lending import redacted_log
from lending.languages import languages
from tests.kiosk.sync.patience import PATIENT
from tests.proofs.privacy.canaries import Canaries
from tests.proofs.world.peripherals import Glass
from tests.support.demo_library import templates
from tests.support.patience import PATIENCE

SECONDS = PATIENCE
"""Longest wait in seconds on a slow machine."""


@contextlib.asynccontextmanager
async def house(folder: Path, marked: Canaries) -> AsyncIterator[DemoEnvironment]:
    """Yield a hub with the marked patrons and books, and the folder of a kiosk that is enrolled at it."""
    async with demo_ground(templates(), folder, changes={"pin": {"ask": "account"}}) as ground:
        for what, sheet in zip(("patrons", "items"), marked.sheets(folder), strict=True):
            await _imported(folder / "hub", what, sheet)
            sheet.unlink()
        yield ground


async def _imported(state: Path, what: str, sheet: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.cli", f"import-{what}", str(sheet), "--yes",
        env=os.environ | {"KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


class Kiosk:
    """The parts that `kiosk run` composes, without a window. Run it with `async with`."""

    def __init__(self, config: Config, proxy: Proxy) -> None:
        self.proxy = proxy
        self._config = config
        self._words = {each: Words(each, config.library.timezone, config.library.currency) for each in languages()}
        self.health_reports: list[bytes] = []
        """Health reports that the kiosk sent."""

    async def __aenter__(self) -> Kiosk:
        self._stack = contextlib.ExitStack()
        asyncio.get_running_loop().set_exception_handler(redacted_log.loop_failed)
        self._compose()
        self._tasks = [asyncio.ensure_future(each) for each in self._work]
        while self.glass.view is None:
            await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        self.ended = [each for each in await asyncio.gather(*self._tasks, return_exceptions=True) if each is not None]
        await asyncio.to_thread(self._stack.close)

    def _compose(self) -> None:
        config, clock, via = self._config, SystemClock(), self.proxy.address
        self._inbox = inbox = Inbox(clock)
        central = HubClient(config.central.address, Signer.load(config.paths.state), via, timing=PATIENT)
        facts = Facts(
            lambda: health.states, lambda: self.courier.counts(), lambda: True, boot_id(),
            lambda: self.courier.upload_progress(), lambda since: self.courier.resend(since),
            clock.now, lambda before, most: self.courier.closed_rows(before, most),
        )  # fmt: skip
        state = config.paths.state
        settings = SettingsStore(state, central.signer.identity, lambda values: "", lambda values: [])
        kept = OutOfServiceStore(state), CloneWarnings(state), settings
        fleet = FleetClient(config.central.address, central.signer, clock, facts, *kept, lambda instructions: None, via)
        self._overhear(fleet)

        def changed(part: PartName, state: PartState) -> None:
            inbox.post(PartChanged(part, state))
            fleet.stir()

        health = Health(changed)
        self.snapshot = snapshot = Snapshot(config.paths.snapshot, central, clock, health)
        self.rig = Rig()
        parts = open_parts(config, inbox.post, health, self.rig)
        self._stack.callback(parts.close)
        pen = self._stack.enter_context(ThreadPoolExecutor(1, "journal"))
        journal = Journal.open(config.paths.journal)
        self._stack.callback(lambda: pen.submit(journal.close_file).result())
        self._stack.callback(central.close)
        self.courier = Courier(
            journal, central, clock, health, lambda online: inbox.post(CentralChanged(online)), pen, Random(1)
        )
        guards = PinAttemptsFile(config.paths.state / "wrong-pins.json", clock, boot_id(), health)
        self.glass = Glass()
        self.desk = Desk(
            desk_rules(config, "en"),
            inbox,
            clock,
            self.glass,
            DeskLibrary(
                PatronItemLookup(central, snapshot, self.courier, clock, patience=PATIENCE),
                self.courier,
                lambda: snapshot.policy,
                central.reference,
                lambda: backlog(self.courier, central),
            ),
            DeskParts(
                ReceiptDesk(parts.receipt_printer, self._words),
                parts.lights,
                parts.viewfinder,
                parts.security_gate,
                TagSecurity(parts.item_pad),
            ),
            Service(Technicians(config.technicians), PartSelfTests(parts, lambda: sample_receipt([])), fleet, guards),
        )
        self._work = [self.desk.run(), self.courier.run(), snapshot.run(self.courier), fleet.run(), guards.run()]

    def _overhear(self, fleet: FleetClient) -> None:
        post = fleet._host.post

        def record(path: str, most: int, body: bytes, repeat: bool) -> object:
            self.health_reports.append(body)
            return post(path, most, body, repeat)

        fleet._host.post = record  # type: ignore[method-assign, assignment]

    @property
    def view(self) -> View:
        return self.desk.view

    async def until(self, seen: Callable[[View], bool]) -> None:
        """Wait until the view satisfies the condition."""
        assert await self.glass.until(seen, SECONDS), self.view

    async def lifted(self) -> None:
        """Take the card from the reader and wait until the desk notices."""
        self.rig.remove_cards()
        async with asyncio.timeout(SECONDS):
            while self.desk.session.on_reader:
                await asyncio.sleep(0.001)

    async def stocked(self) -> None:
        """Wait until the kiosk has the library's rules."""
        async with asyncio.timeout(SECONDS):
            while self.snapshot.policy is None:
                await asyncio.sleep(0.01)

    async def died(self) -> BaseException:
        """Return the error that ended the desk."""
        done, _ = await asyncio.wait(self._tasks[:1], timeout=SECONDS)
        (desk,) = done
        error = desk.exception()
        assert error is not None
        return error

    def offers(self, name: str, choice: str | None = None) -> bool:
        able = [each for each in actions(self.desk.view, self.desk.status) if each.enabled]
        return any((each.name, each.choice) == (name, choice) for each in able)

    async def press(self, name: str, choice: str | None = None) -> None:
        """Press an action as soon as it is available."""

        await self.until(lambda _: self.offers(name, choice))
        self._inbox.post(Pressed(name, None, choice))
        await asyncio.sleep(0)
