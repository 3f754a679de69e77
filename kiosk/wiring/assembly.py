"""Assemble a kiosk from its configuration, each component after those that it needs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import distribution
from typing import TYPE_CHECKING

from kiosk.central import Outcome, OutOfService
from kiosk.config import Config
from kiosk.config.central import HubCentral
from kiosk.config.hardware import ReadingPad, pattern_of
from kiosk.config.technicians import Technicians
from kiosk.desk.desk import Desk, Inbox
from kiosk.desk.ports import DeskLibrary, DeskParts, Service, no_receipts
from kiosk.desk.session import DeskRules
from kiosk.desk.tag_ledger import TagFile
from kiosk.events import CentralChanged, JournalFailed, PartChanged, PromiseSettled, ServiceInstruction
from kiosk.hardware.backlight import Backlight
from kiosk.hardware.barcodes.acceptance import desk_numbers
from kiosk.hardware.driver_factory import open_parts
from kiosk.hardware.receipt_printing import ReceiptDesk
from kiosk.hardware.rig import Rig
from kiosk.hardware.self_tests import PartSelfTests, sample_receipt
from kiosk.hardware.tag_security import TagSecurity
from kiosk.hardware.voice import voice_languages
from kiosk.journal.journal import boot_id
from kiosk.pinyin.characters import Characters
from kiosk.screens.rendering.theme import Theme
from kiosk.snapshot.companion_snapshot import CombinedUploadProgress
from kiosk.snapshot.snapshot import UploadProgress as SnapshotCourier
from kiosk.sync.courier import Courier, DisabledCourier
from kiosk.sync.covers import CoverFetcher
from kiosk.sync.fleet_client import Facts, FleetClient, HubInstructions, NullFleet, OutOfServiceStore
from kiosk.sync.hub_client import HubClient, Stamp
from kiosk.sync.lookup import PatronItemLookup
from kiosk.sync.rollback_detector import CloneWarnings
from kiosk.sync.settings_store import SettingsStore
from kiosk.sync.showcase import ShowcaseCache
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.exception_store import Receipts
from kiosk.sync.sip2.with_hub import Sip2ClientWithHub
from kiosk.system.clock import BelievedClock
from kiosk.system.health import ABSENT, Health, PartName, PartState
from kiosk.system.host_info import HostInfo
from kiosk.views import OutOfOrder, Release, Welcome
from kiosk.wiring.connections import backlog, courier_to, hub_of, open_central, open_courier, open_snapshot, policy_now
from kiosk.wiring.launch_options import LaunchOptions, clock_of, timing_of
from kiosk.wiring.pin_attempts_file import PinAttemptsFile
from kiosk.wiring.updates import open_updater
from kiosk.words import Words
from lending.cover_store import CoverStore
from lending.languages import languages
from lending.number_patterns import Shape
from lending.showcase import EMPTY
from lending.transactions import ClockTrust, TransactionId

if TYPE_CHECKING:
    from kiosk.screens.display import DisplayStack
    from kiosk.wiring.power_cut_disk import CuttableDisk


UPDATING = OutOfService({}, why="updating")


class Kiosk:
    """All components of a kiosk. Create it in the running event loop, after the screens were prepared."""

    def __init__(
        self,
        config: Config,
        staging: LaunchOptions | None,
        theme: Theme,
        until: ExitStack,
        settings: SettingsStore | None,
    ) -> None:
        """Assemble the components; `until` closes what was opened, `settings` has those of the hub, if there is one.

        A component that needs a later one gets a function that returns it.
        """
        self.config = config
        self.closed: OutOfService | None = None
        """The hub's latest instruction."""
        self.staging = staging
        self.settings = settings
        self.clock = BelievedClock(clock_of(staging))
        self.inbox = Inbox(self.clock)
        self.health = Health(self._part_changed)
        via = staging.via if staging else None
        self.updater = open_updater(config, self.clock) if staging is None else None
        self.updating = False
        """Whether the machine restarts into a new version at any moment."""
        self.central = open_central(config, self.clock, via, None if staging else self._stamp, timing_of(staging))
        self.hub = hub_of(self.central)
        if self.hub is None and isinstance(self.central, Sip2Client):
            self.central.on_time = self._believe_local
        self.fleet = self._fleet(self.hub) if self.hub else NullFleet()
        if isinstance(self.fleet, NullFleet):
            self.health.report(PartName.HUB, ABSENT)
        self.snapshot = open_snapshot(config, self.central, self.clock, self.health)
        place = config.library.timezone, config.library.currency
        self.words = {each: Words(each, *place, policy=lambda: self.snapshot.policy) for each in languages()}
        self.rig = Rig(config.paths.runtime / "paper")
        self.covers = self._covers(self.hub) if self.hub else None
        self.front = self._front(theme)
        until.enter_context(self.front.keep_lit())
        self.parts = open_parts(config, self.inbox.post, self.health, self.rig)
        until.callback(self.parts.close)
        self.front.speak_by(self.parts.voice, headphones=getattr(config.voice, "headphones", False))
        if self.parts.viewfinder.live:
            self.front.face.look_through(self.parts.viewfinder.newest)
        self.disk = self._cuttable()
        self.courier = self._courier(until.enter_context(ThreadPoolExecutor(1, "journal")))
        self.to_hub = self._to_hub(until.enter_context(ThreadPoolExecutor(1, "copies")))
        self.shown = self._showcase_cache(self.hub) if self.hub else None
        self.guards = PinAttemptsFile(config.paths.state / "wrong-pins.json", self.clock, boot_id(), self.health)
        self.desk = self._desk()

    def _part_changed(self, part: PartName, state: PartState) -> None:
        self.inbox.post(PartChanged(part, state))
        self.fleet.stir()

    def _stamp(self) -> Stamp:
        return boot_id(), int(self.clock.monotonic() * 1e9)

    def _fleet(self, hub: HubClient) -> FleetClient:
        facts = Facts(
            lambda: self.health.states,
            lambda: self.courier.counts(),
            lambda: not isinstance(self.desk.session.ground, OutOfOrder),
            boot_id(),
            lambda: self.to_hub.upload_progress(),
            lambda since: self.to_hub.resend(since),
            self.clock.machine.now,
            lambda before, most: self.to_hub.closed_rows(before, most),
        )
        state, via = self.config.paths.state, self.staging.via if self.staging else None
        assert self.config.at_hub is not None and self.settings is not None
        via = via if isinstance(self.central, HubClient) else None
        kept = OutOfServiceStore(state), CloneWarnings(state), self.settings
        url, told = self.config.at_hub.address, self._on_instructions
        return FleetClient(url, hub.signer, self.clock, facts, *kept, told, via, updates=self.updater)

    def _showcase_cache(self, hub: HubClient) -> ShowcaseCache:
        return ShowcaseCache(self.config.paths.state / "showcase", hub, self.clock)

    def _covers(self, hub: HubClient) -> CoverFetcher:
        store = CoverStore(self.config.paths.state / "covers")
        return CoverFetcher(store, hub, self.snapshot, self.clock, self._is_calm)

    def _is_calm(self) -> bool:
        """Return whether neither a patron nor a transaction needs the kiosk or the network."""
        resting = isinstance(self.desk.view, Welcome | OutOfOrder)
        return resting and self.to_hub.online and not self.courier.pending and not self.to_hub.pending

    @property
    def _compares_time(self) -> bool:
        """False while a visit moves the clocks of kiosk and hub one after the other."""
        return self.staging is None or self.staging.trust is not ClockTrust.SYNCED

    def _believe(self, central: datetime) -> None:
        """Use the central's time if this machine's is wrong."""
        if self._compares_time:
            self.clock.believe(central)

    def _believe_local(self, central: datetime) -> None:
        if self._compares_time:
            self.clock.believe_local(central)

    def _on_instructions(self, instructions: HubInstructions) -> None:
        if instructions.now is not None:
            self._believe(instructions.now)
        self.closed = instructions.closed
        if not self.updating:
            self.inbox.post(ServiceInstruction(instructions.closed, instructions.identify))

    def announce_update(self, begins: bool) -> None:
        """Show that the kiosk updates, or what the hub last instructed."""
        self.updating = begins
        self.inbox.post(ServiceInstruction(UPDATING if begins else self.closed))

    def _front(self, theme: Theme) -> DisplayStack:
        from kiosk.screens.display import DisplayStack
        from kiosk.screens.rendering.covers import CoverPictures

        backlight = Backlight(() if self.staging else HostInfo().backlights)
        covers = CoverPictures(self.covers.store, self.covers.want) if self.covers else None
        front = DisplayStack(theme, self.words.__getitem__, self.inbox.post, backlight, covers)
        if self.staging and self.staging.table:
            front.add_controls(self.staging.table, self.rig)
        return front

    def _cuttable(self) -> CuttableDisk | None:
        if not (self.staging and self.staging.cuttable):
            return None
        from kiosk.wiring.power_cut_disk import CuttableDisk

        return CuttableDisk(self.config.paths.journal)

    def _courier(self, pen: Executor) -> Courier | DisabledCourier:
        """Open the courier. If the journal cannot be opened, the screen names the command that creates one."""
        courier = open_courier(
            self.config,
            self.central,
            self.clock,
            self.health,
            self._central_changed,
            pen,
            self.disk,
            self._late,
            self.may_upgrade(),
        )
        if isinstance(courier, DisabledCourier):
            self.inbox.post(JournalFailed(courier.failure.why))
        return courier

    def may_upgrade(self) -> bool:
        """Return whether the journal may be upgraded: not while a new version is on trial."""
        return self.updater is None or self.updater.confirmed

    def _late(self, transaction: TransactionId, outcome: Outcome) -> None:
        self.inbox.post(PromiseSettled(transaction, outcome))

    def _to_hub(self, pen: Executor) -> Courier | DisabledCourier:
        """Return the courier to the hub: the central's, or one of its own for a companion hub."""
        if not isinstance(self.central, Sip2ClientWithHub):
            return self.courier
        queue = courier_to(self.central.hub, self.config, self.clock, self.health, pen, self.may_upgrade())
        self.central.queue = queue
        return queue

    @property
    def to_snapshot(self) -> SnapshotCourier:
        return self.courier if self.to_hub is self.courier else CombinedUploadProgress(self.courier, self.to_hub)

    def _central_changed(self, online: bool) -> None:
        self.inbox.post(CentralChanged(online))
        if online:
            self.snapshot.refresh_soon()
            if self.shown:
                self.shown.refresh_soon()

    def _desk(self) -> Desk:
        receipts = ReceiptDesk(self.parts.receipt_printer, self.words)
        return Desk(
            desk_rules(self.config, self.staging.language if self.staging else None),
            self.inbox,
            self.clock,
            self.front,
            self._library(),
            DeskParts(
                receipts,
                self.parts.lights,
                self.parts.viewfinder,
                self.parts.security_gate,
                TagSecurity(self.parts.item_pad),
            ),
            self._service(),
        )

    def _library(self) -> DeskLibrary:
        return DeskLibrary(
            PatronItemLookup(self.central, self.snapshot, self.courier, self.clock, self.config.central.patience),
            self.courier,
            lambda: policy_now(self.snapshot, self.central, self.courier),
            self.central.reference,
            lambda: backlog(self.courier, self.central),
            receipts=lambda: self.snapshot.receipts,
            floors=lambda: self.snapshot.floors,
            finds=lambda: self.snapshot.finds,
            showcase=lambda: self.shown.now if self.shown else EMPTY,
            keep_receipt=self._receipts(),
            characters=Characters().spelt,
        )

    def _receipts(self) -> Callable[[str, Sequence[TransactionId]], None]:
        """Return the store of receipt codes; none with a hub, which finds receipts itself."""
        return no_receipts if self.hub else Receipts(self.config.paths.state).keep

    def _service(self) -> Service:
        names = list(self.config.library.names.model_dump(exclude_none=True).values())
        trials = PartSelfTests(self.parts, lambda: sample_receipt(names))
        tags = TagFile(self.config.paths.state)
        return Service(Technicians(self.config.technicians), trials, self.fleet, self.guards, tags)


def desk_rules(config: Config, language: str | None) -> DeskRules:
    """Return the library's settings for the desk; `language` replaces the configured one."""
    library, first = config.library, language or config.library.language
    return DeskRules(
        kiosk=config.kiosk.name,
        place=config.kiosk.place or "",
        branch=library.branch,
        names=library.names.model_dump(exclude_none=True),
        timezone=library.timezone,
        numbers=replace(desk_numbers(config.numbers), reader=Shape(re.compile(pattern_of(config.card_reader)))),
        language=first,
        languages=tuple(dict.fromkeys((*library.languages, first))),
        returns=config.returns.mode,
        pad_in_bin=config.returns.item_pad == "bin",
        lends_incomplete_sets=isinstance(config.item_pad, ReadingPad) and config.item_pad.incomplete_sets == "borrow",
        tag_owners=frozenset(config.item_pad.owners if isinstance(config.item_pad, ReadingPad) else ()),
        pin=config.pin.ask,
        offline_pin=config.pin.offline,
        face=config.asks.face and config.at_hub is not None,
        hears=config.at_hub is not None,
        record=isinstance(config.central, HubCentral),
        slides=config.screen.slides,
        tall=config.screen.height > config.screen.width,
        voices=voice_languages(config.voice),
        speaker=config.sound.driver != "none",
        release=this_release(),
    )


def this_release() -> Release:
    """Return the release of this program. Its list of files (RECORD) is written last when it is installed."""
    found = distribution("library-kiosk")
    record = next((each for each in found.files or () if each.name == "RECORD"), None)
    try:
        written = os.stat(str(found.locate_file(record))).st_mtime if record else None
    except OSError:
        written = None
    return Release(found.version, datetime.fromtimestamp(written, UTC) if written else None)
