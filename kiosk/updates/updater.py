"""Bring the kiosk to the version that the hub offers: download, installation, restart between visits, confirmation.

The state is on disk, since an update spans two restarts and both slots: `update.json` says what became of the last
offer, `slots.json` which journal each slot's program reads. What needs root is asked of `kiosk.updates.agent`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.central import CentralUnavailable
from kiosk.journal.file import VERSION as JOURNAL_FORMAT
from kiosk.system.clock import Clock
from kiosk.updates.agent import AgentAnswer, AgentPaths, SlotReport
from kiosk.updates.boot_slots import NONE
from lending import atomic_file
from lending.wire import fleet

log = logging.getLogger(__name__)
PIECE = 512 * 1024
"""Bytes of one request: a line of 40 kB/s sends them within the time limit of a request."""
ROOM = 64 * 1024 * 1024
"""Bytes that stay free besides the bundle, for the journal."""
STALE = 300.0
"""Seconds after which an offer that no answer has repeated no longer counts."""
POLL = 1.0
RETRY = 60.0
"""Seconds until a download is continued that the hub did not answer."""
AGENT_LIMIT = 1900.0
"""Seconds to wait for an answer of the agent."""
RESTART_LIMIT = 120.0
"""Seconds after which a restart that was asked for counts as failed."""
STEADY = 60.0
"""Seconds that a new version must run, without a restart of the kiosk, before it is confirmed."""
PEACE = 600.0
"""The same if the hub does not answer."""
STICK = 10.0
"""Seconds between two looks at what a stick brought."""
State = Literal["idle", "loading", "installing", "waiting", "fallen_back", "refused"]


class StoredUpdate(BaseModel):
    """Content of `update.json`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    target: str = ""
    sha256: str = ""
    state: State = "idle"
    why: str = ""
    by_hand: bool = False
    """A technician's stick installed it: it needs no offer."""
    settled: bool = False
    """The hub has not offered this version since its update ended, so an offer is a new one."""


@dataclass(frozen=True, slots=True)
class Site:
    """What an updater needs of the kiosk around it."""

    resting: Callable[[], bool]
    """Whether no visit is in progress."""
    until_quiet: Callable[[], Awaitable[None]]
    fetch: Callable[[str, int, int], Awaitable[bytes]]
    """Return a range of bytes of a path at the hub. Raises CentralUnavailable."""
    announce: Callable[[bool], None]
    """Show that the kiosk updates, or no longer."""
    stir: Callable[[], None]
    """Report to the hub soon."""


class Agent(Protocol):
    """Carries out what needs root."""

    async def ask(self, what: str) -> AgentAnswer: ...
    def latest(self) -> AgentAnswer:
        """Return the latest answer, also to another's request."""
        ...


class AgentClient:
    """Asks `kiosk-update` by files."""

    def __init__(self, paths: AgentPaths, clock: Clock) -> None:
        self._paths = paths
        self._clock = clock

    async def ask(self, what: str) -> AgentAnswer:
        """Ask, and wait for the answer; without one, the answer is `failed`."""
        number = int.from_bytes(os.urandom(4), "big")
        until = self._clock.monotonic() + (RESTART_LIMIT if what == "restart" else AGENT_LIMIT)
        try:
            atomic_file.write(self._paths.request, f"{what} {number}\n".encode())
            while self._clock.monotonic() < until:
                if (answer := self.latest()).number == number:
                    return answer
                await self._clock.sleep(POLL)
        except OSError as error:
            return AgentAnswer(number, what, "failed", str(error))
        return AgentAnswer(number, what, "failed", "no answer: is kiosk-update.path active?")

    def latest(self) -> AgentAnswer:
        """Return the latest answer, also to another's request."""
        try:
            return AgentAnswer(**json.loads(self._paths.answer.read_bytes()))
        except (OSError, ValueError, TypeError):
            return AgentAnswer(-1, "")


class Updater:
    """Follows the hub's offers; `run` continues until cancelled.

    Args:
        folder: Where the bundle and the state are kept.
        running: Version of the running image.
        slots: File in which the agent publishes the slots.
        agent: Carries out what needs root.
        clock: The kiosk's clock.
    """

    def __init__(self, folder: Path, running: str, slots: Path, agent: Agent, clock: Clock) -> None:
        self._folder = folder
        self.running = running
        self._slots = slots
        self._agent = agent
        self._clock = clock
        self._bundle = folder / "bundle.raucb"
        folder.mkdir(mode=0o700, exist_ok=True)
        self._slot = SlotReport.read(slots).current
        self._stored = self._read()
        self._offer: fleet.UpdateOffer | None = None
        self._offered_at = 0.0
        self._arrived = asyncio.Event()
        self._progress = 0
        self._stick = agent.latest().number
        """Number of the latest answer about a stick that was seen."""
        self._note_slot()
        self._notice_how_it_ended()

    @property
    def confirmed(self) -> bool:
        """Whether the running version has proved itself."""
        try:
            return SlotReport.read(self._slots).candidate != self._slot
        except (OSError, ValueError) as error:
            log.warning("Cannot read %s: %s", self._slots, error)
            return False

    def report(self) -> fleet.UpdateReport:
        """Return what to tell the hub."""
        stored = self._stored
        return fleet.UpdateReport.model_validate(
            {
                "slot": self._slot,
                "running": self.running,
                "confirmed": self.confirmed,
                "target": stored.target or None,
                "state": stored.state,
                "progress": self._progress,
                "why": stored.why or None,
            }
        )

    def take(self, offer: fleet.UpdateOffer | None) -> None:
        """Take what the hub's latest answer offers."""
        self._offer, self._offered_at = offer, self._clock.monotonic()
        if offer is None and self._stored.state in ("fallen_back", "refused") and not self._stored.settled:
            self._keep(settled=True)
        if self._current_offer() is not None:
            self._arrived.set()

    def _current_offer(self) -> fleet.UpdateOffer | None:
        """Return the offer to follow now. What fell back or was refused is tried only if the hub orders it again."""
        offer, stored = self._offer, self._stored
        if offer is None or self._clock.monotonic() - self._offered_at > STALE or not self.confirmed:
            return None
        if offer.version == self.running:
            return None
        if offer.version == stored.target and stored.state in ("fallen_back", "refused") and not stored.settled:
            return None
        return offer

    async def run(self, site: Site) -> None:
        """Follow each offer, one after another, and what a technician's stick brought."""
        while True:
            await self._until_due()
            self._notice_stick(site)
            if self._stored.by_hand and self._stored.state == "waiting" and self.confirmed:
                await self._attempt(self._restart(None, site), self._stored.target, site)
            while (offer := self._current_offer()) is not None:
                await self._attempt(self._follow(offer, site), offer.version, site)

    async def _until_due(self) -> None:
        """Wait for an offer, but not for longer than STICK."""
        arrived = asyncio.ensure_future(self._arrived.wait())
        due = asyncio.ensure_future(self._clock.sleep(STICK))
        try:
            await asyncio.wait({arrived, due}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            arrived.cancel()
            due.cancel()
        self._arrived.clear()

    async def _attempt(self, step: Awaitable[None], version: str, site: Site) -> None:
        try:
            await step
        except Refusal as refused:
            log.warning("Update to %s refused: %s %s", version, refused.why, refused.detail)
            self._bundle.unlink(missing_ok=True)
            self._keep(target=version, state="refused", why=refused.why, settled=False, by_hand=False)
            site.stir()
        except (CentralUnavailable, OSError) as error:
            log.info("Update to %s waits: %s", version, error)
            await self._clock.sleep(RETRY)

    def _notice_stick(self, site: Site) -> None:
        """Take over what the agent installed or refused from a stick."""
        answer = self._agent.latest()
        if answer.asked != "stick" or answer.number == self._stick:
            return
        self._stick = answer.number
        if answer.why:
            self._keep(target=answer.version, state="refused", why=answer.why, settled=False, by_hand=False)
        elif answer.version != self.running:
            self._keep(target=answer.version, sha256="", state="waiting", why="", settled=False, by_hand=True)
        site.stir()

    async def _follow(self, offer: fleet.UpdateOffer, site: Site) -> None:
        """Take the next step towards the version that is offered. Raises Refusal, CentralUnavailable, OSError."""
        known = self._stored.target == offer.version and self._stored.sha256 == offer.sha256
        if not (known and self._stored.state == "waiting"):
            if not known or self._stored.state != "loading":
                facts = {"why": "", "settled": False, "by_hand": False}
                self._keep(target=offer.version, sha256=offer.sha256, state="loading", **facts)
            if offer.sha256:
                await self._download(offer, site)
                await self._install(offer, site)
            else:
                await self._choose_other_slot(offer)
            self._keep(state="waiting")
            site.stir()
        await self._restart(offer, site)

    async def _download(self, offer: fleet.UpdateOffer, site: Site) -> None:
        have = await asyncio.to_thread(self._size_here, offer)
        room = await asyncio.to_thread(shutil.disk_usage, self._folder)
        if room.free < offer.size - have + ROOM:
            raise Refusal("full", f"{offer.size - have + ROOM - room.free} bytes are missing")
        while have < offer.size:
            if self._current_offer() != offer:
                raise CentralUnavailable("withdrawn")
            if not site.resting():
                await self._clock.sleep(POLL)
                continue
            piece = await site.fetch(offer.path, have, min(have + PIECE, offer.size) - 1)
            await asyncio.to_thread(self._append, piece)
            have += len(piece)
            before, self._progress = self._progress, 100 * have // offer.size
            if self._progress // 10 != before // 10:
                site.stir()
        if await asyncio.to_thread(self._hash) != offer.sha256:
            self._bundle.unlink()
            raise Refusal("damaged", "its hash differs from the hub's")

    def _size_here(self, offer: fleet.UpdateOffer) -> int:
        """Return how much of this very bundle is here; what belongs to another one is deleted."""
        name = self._bundle.with_suffix(".sha256")
        if not name.exists() or name.read_text() != offer.sha256:
            self._bundle.unlink(missing_ok=True)
            atomic_file.write(name, offer.sha256.encode())
        size = self._bundle.stat().st_size if self._bundle.exists() else 0
        if size > offer.size:
            self._bundle.unlink()
            return 0
        return size

    def _append(self, piece: bytes) -> None:
        try:
            with self._bundle.open("ab") as file:
                file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Refusal("full", str(error)) from None

    def _hash(self) -> str:
        with self._bundle.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    async def _install(self, offer: fleet.UpdateOffer, site: Site) -> None:
        self._keep(state="installing")
        site.stir()
        answer = await self._agent.ask("install")
        self._bundle.unlink(missing_ok=True)
        if answer.why:
            raise Refusal(answer.why, answer.detail)
        if answer.version != offer.version:
            raise Refusal("damaged", f"the bundle holds {answer.version}")

    async def _choose_other_slot(self, offer: fleet.UpdateOffer) -> None:
        """Go back to the version that the other slot holds."""
        other = self._known_slots().get("B" if self._slot == "A" else "A", {})
        if other.get("version") != offer.version:
            raise Refusal("failed", f"the other slot holds {other.get('version', 'an unknown version')}")
        if other.get("journal_format", 0) < JOURNAL_FORMAT:
            raise Refusal("no_way_back", f"{offer.version} cannot read a journal of format {JOURNAL_FORMAT}")
        answer = await self._agent.ask("back")
        if answer.why:
            raise Refusal(answer.why, answer.detail)

    async def _restart(self, offer: fleet.UpdateOffer | None, site: Site) -> None:
        """Restart into the new version between two visits; None: it was brought by hand. Raises Refusal.

        What the hub has offered waits for as long as the hub does not repeat the offer.
        """
        await site.until_quiet()
        if offer is not None and self._current_offer() != offer:
            return
        site.announce(True)
        answer = await self._agent.ask("restart")
        if not answer.why:
            await self._clock.sleep(RESTART_LIMIT)  # the machine goes down meanwhile
        site.announce(False)
        raise Refusal("failed", answer.detail or "the machine did not restart")

    async def confirm(
        self, has_drawn: Callable[[], bool], works: Callable[[], bool], hears: Callable[[], bool]
    ) -> None:
        """Confirm a version on trial once it has proved itself; `kiosk-trial.timer` ends the trial if it does not.

        Args:
            has_drawn: Whether the window has shown a frame.
            works: Whether the journal is open, or would be but for an upgrade that waits for the confirmation.
            hears: Whether the hub has answered.
        """
        since = self._clock.monotonic()
        while not self.confirmed:
            await self._clock.sleep(POLL)
            if not (has_drawn() and works()):
                since = self._clock.monotonic()
            elif self._clock.monotonic() - since >= (STEADY if hears() else PEACE):
                answer = await self._agent.ask("confirm")
                if answer.why:
                    log.error("Cannot confirm version %s: %s", self.running, answer.detail)
                    await self._clock.sleep(RETRY)
        if self._stored.state == "waiting" and self._stored.target == self.running:
            self._keep(state="idle", why="")

    def _notice_how_it_ended(self) -> None:
        """Note that the version of the last update fell back, or that an interrupted one is to begin again."""
        stored = self._stored
        slots = SlotReport.read(self._slots)
        ended = slots.fell_back or slots.candidate == NONE
        if stored.state == "waiting" and stored.target != self.running and ended:
            log.warning("Version %s failed; %s runs again", stored.target, self.running)
            self._keep(state="fallen_back", settled=False, by_hand=False)
        elif stored.state == "installing":
            self._keep(state="loading")

    def _note_slot(self) -> None:
        known = self._known_slots()
        mine = {"version": self.running, "journal_format": JOURNAL_FORMAT}
        if known.get(self._slot) != mine:
            atomic_file.write(self._folder / "slots.json", json.dumps({**known, self._slot: mine}).encode())

    def _known_slots(self) -> Mapping[str, Mapping[str, Any]]:
        try:
            found = json.loads((self._folder / "slots.json").read_bytes())
            return {slot: each for slot, each in found.items() if isinstance(each, dict)}
        except (OSError, ValueError, AttributeError):
            return {}

    def _read(self) -> StoredUpdate:
        try:
            return StoredUpdate.model_validate_json((self._folder / "update.json").read_bytes())
        except (OSError, ValidationError):
            return StoredUpdate()

    def _keep(self, **changes: Any) -> None:
        """Change the state; if the disk fails, it lasts until the restart."""
        self._stored = self._stored.model_copy(update=changes)
        try:
            atomic_file.write(self._folder / "update.json", self._stored.model_dump_json().encode())
        except OSError as error:
            log.warning("Cannot write the state of the update: %s", error)


class Refusal(Exception):
    """The update cannot be installed. `why` is a code of `UpdateReport.why`."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.detail = detail


def open_updater(folder: Path, running: str, slots: Path, agent: Agent, clock: Clock) -> Updater | None:
    """Return the updater; None on a machine that is not updated by images, or whose agent cannot tell the slots."""
    if not running:
        return None
    try:
        return Updater(folder, running, slots, agent, clock)
    except (OSError, ValueError) as error:
        log.error("Updates are off: %s. See `journalctl -u kiosk-update`.", error)
        return None
