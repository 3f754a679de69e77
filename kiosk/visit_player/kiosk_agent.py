"""Serve a visit's commands inside the kiosk: read the screen, touch, operate parts, move the clock."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.desk.desk import Desk
from kiosk.events import Key
from kiosk.hardware.rig import UNSEEN, Rig, RigTag
from kiosk.sync.courier import Courier, DisabledCourier
from kiosk.system.clock import VisitClock
from kiosk.system.control_socket import Command, CommandRefused, Counts, Facts
from kiosk.system.health import ABSENT, READY, Condition, Health, PartName
from kiosk.visit_player.patron_statements import statements_of
from lending.model import ItemId
from lending.tags import TagData, TagTrouble
from lending.transactions import Checkin, ReturnMode

if TYPE_CHECKING:
    from kiosk.screens.screen_inspector import ScreenProbe, Target

SETTLE_SECONDS = 300.0
"""Time limit in seconds; the benchmarks measure how soon a kiosk settles."""
STANDS_SECONDS = 60.0
"""Seconds after which a pending answer counts as lost: the stopped clock resumes and the time limits expire."""
LOOK_SECONDS = 0.01
LOOKS_IN_VAIN = 1000
"""Maximum number of polls for a library-system reply while one of the GIVING parts is faulty."""
GIVING = (PartName.CENTRAL, PartName.HUB, PartName.JOURNAL)
"""Parts without which no reply comes: a desk that is closed for its journal sends no request."""
LOOKS = 3
"""Consecutive quiet polls that count as settled: a part's thread may be about to post."""
FINE_SECONDS = 300.0
"""Seconds that the clock moves in steps of one, so that each count of a warning is drawn."""
COARSE_STEPS = 100
"""Number of steps for the time beyond FINE_SECONDS."""


WAKE_TURNS = 20
"""Event-loop turns within which a task whose sleep has ended has started its next action."""


@dataclass(frozen=True, slots=True)
class KioskAgent:
    """Commands that a visit player can send to the kiosk started for it."""

    glass: ScreenProbe
    desk: Desk
    courier: Courier | DisabledCourier
    counts: Callable[[], Awaitable[Counts]]
    clock: VisitClock
    health: Health
    shown: Callable[[], bool]
    """Returns True once the screen's contents are known."""
    quit: Callable[[], None]
    rig: Rig
    simulated: Collection[PartName]
    """Parts that the rig operates; the player's own bench operates the others."""
    cut: Callable[[Path], None] | None = None
    """Write into a folder what the disk may hold of the journal after a power cut now."""

    _tags: list[tuple[str, RigTag]] = field(default_factory=list)
    """What lies on the item pad, as the script names it."""

    def commands(self) -> Mapping[str, Command]:
        return {
            "ready": self._ready,
            "look": self._look,
            "settle": self._settle,
            "touch": self._touch,
            "finger": self._finger,
            "drawn": self._drawing_times,
            "pace": self._pace,
            "wait": self._wait,
            "stand": self._stand,
            "shot": self._shot,
            "card": self._card,
            "lift": self._lift,
            "barcode": self._barcode,
            "key": self._key,
            "drop": self._drop,
            "pile": self._pile,
            "gate": self._gate,
            "part": self._part,
            "paper": self._paper,
            "lights": self._lights,
            "give_back": self._give_back,
            "threads": self._threads,
            "cut_power": self._cut_power,
            "quit": self._quit,
        }

    async def _ready(self, _: Facts) -> Facts:
        """Wait until the kiosk has offline data and a view, but not long if none can come."""
        in_vain = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while not self._provided() and in_vain < LOOKS_IN_VAIN:
                    await asyncio.sleep(LOOK_SECONDS)
                    in_vain += any(self._is_faulty(each) for each in GIVING)
        return {}

    def _is_faulty(self, part: PartName) -> bool:
        state = self.health.states.get(part)
        return state is not None and state.condition is Condition.FAULTY

    def _provided(self) -> bool:
        return self.health.states.get(PartName.SNAPSHOT) == READY and self.shown()

    async def _look(self, _: Facts) -> Facts:
        view, focus, counts = self.desk.view, self.desk.status.focus, await self.counts()
        states = self.health.states.items()
        return {
            "view": type(view).__name__,
            "signal": view.signal.value,
            "language": self.desk.status.language,
            "focus": focus and {"name": focus.name, "item": focus.item, "choice": focus.choice},
            "now": self.clock.now().isoformat(),
            "texts": list(self.glass.texts()),
            "said": [list(each) for each in self.rig.phrases],
            "targets": [_target_facts(target) for target in self.glass.targets()],
            "settled": self._still(),
            **statements_of(view),
            "journal": {
                "queued": counts.queued,
                "acknowledged": counts.acknowledged,
                "exceptions": counts.exceptions,
            },
            "health": {name.value: {"condition": state.condition, "reason": state.reason} for name, state in states},
        }

    async def _settle(self, _: Facts) -> Facts:
        """Wait until nothing moves; `spare` is how long nothing did, in seconds."""
        loop = asyncio.get_running_loop()
        begin, stood = loop.time(), self.clock.stands
        still: list[float] = []
        while len(still) < LOOKS:
            await asyncio.sleep(LOOK_SECONDS)
            if not (busy := self._busy()):
                still.append(loop.time())
                continue
            still.clear()
            if loop.time() > begin + SETTLE_SECONDS:
                return {"settled": False, "busy": busy}
            if self.clock.stands and loop.time() > begin + STANDS_SECONDS:
                self.clock.stand(False)
        if self.clock.stands is not stood:
            self.clock.stand(stood)
        return {"settled": True, "spare": loop.time() - still[0]}

    def _still(self) -> bool:
        return not self._busy()

    def _busy(self) -> str:
        """Return what still moves, in a word, or "" if everything is still."""
        if not self.rig.is_settled:
            return "a part"
        if not self.glass.untouched:
            return "a finger"
        if not self.desk.is_settled:
            return "the desk"
        if not self.courier.is_settled:
            return "the courier"
        lit = PartName.LIGHTS in self.simulated and self.health.states.get(PartName.LIGHTS) == READY
        if lit and self.rig.signal != self.desk.view.signal:
            return "a light"
        return ""

    async def _drawing_times(self, _: Facts) -> Facts:
        """Return when the first and the last view were drawn, by the machine's monotonic clock."""
        first, last = self.glass.drawn
        return {"first": first, "last": last}

    async def _pace(self, _: Facts) -> Facts:
        """Return the times of all drawings and the longest gap between frames since the last call, in milliseconds."""
        drawings, gap = self.glass.pace()
        return {"drawings": drawings, "gap": gap}

    async def _touch(self, asked: Facts) -> Facts:
        """Touch the middle of an action. Refused if a finger could not press it."""
        self.glass.touch(*self._centre(asked))
        return {}

    async def _finger(self, asked: Facts) -> Facts:
        """Touch like `touch`, but through the window's next read of its input."""
        self.glass.finger(*self._centre(asked))
        return {}

    def _centre(self, asked: Facts) -> tuple[float, float]:
        name, item, choice = asked["name"], asked.get("item"), asked.get("choice")
        called = " ".join(part for part in (name, item, choice) if part)
        found = [each for each in self.glass.targets() if (each.name, each.item, each.choice) == (name, item, choice)]
        if not found:
            raise CommandRefused(f"{called} is not on the screen")
        target = found[0]
        if not target.uncovered:
            raise CommandRefused(f"{called} is on the screen but covered: no finger reaches it")
        if not target.enabled:
            raise CommandRefused(f"{called} is on the screen but cannot be pressed now")
        return target.centre

    async def _wait(self, asked: Facts) -> Facts:
        """Move the clock in small steps, so that sleeping tasks wake as often as in real time."""
        seconds = float(asked["seconds"])
        fine = min(seconds, FINE_SECONDS)
        steps = [1.0] * int(fine) + [fine % 1.0]
        if seconds > fine:
            steps += [(seconds - fine) / COARSE_STEPS] * COARSE_STEPS
        for step in steps:
            self.clock.move(step)
            for _ in range(WAKE_TURNS):
                await asyncio.sleep(0)
            if not self._still():
                await self._settle({})
        return {}

    async def _stand(self, asked: Facts) -> Facts:
        self.clock.stand(asked["still"])
        return {}

    async def _cut_power(self, asked: Facts) -> Facts:
        """Kill the process at once; the event loop must not run again before that."""
        if self.cut is None:
            raise CommandRefused("this kiosk was not started on a disk that can be cut")
        self.cut(Path(asked["folder"]))
        os.kill(os.getpid(), signal.SIGKILL)
        return {}

    async def _shot(self, asked: Facts) -> Facts:
        await asyncio.to_thread(self.glass.capture(Path(asked["path"])))
        return {}

    async def _card(self, asked: Facts) -> Facts:
        self._simulated_part(PartName.CARD_READER).place_card(asked["uid"])
        return {}

    async def _lift(self, _: Facts) -> Facts:
        self._simulated_part(PartName.CARD_READER).remove_cards()
        return {}

    async def _barcode(self, asked: Facts) -> Facts:
        self._simulated_part(PartName.BARCODE_SCANNER).show(asked["barcode"])
        return {}

    async def _key(self, asked: Facts) -> Facts:
        self._simulated_part(PartName.KEYS).press(Key(asked["key"]))
        return {}

    async def _drop(self, _: Facts) -> Facts:
        self._simulated_part(PartName.BIN).drop()
        return {}

    async def _pile(self, asked: Facts) -> Facts:
        """Set what lies on the item pad; a tag that stays is not laid down again."""
        rig = self._simulated_part(PartName.ITEM_PAD)
        wanted: list[str] = list(asked["tags"])
        for name, tag in list(self._tags):
            if name in wanted:
                wanted.remove(name)
            else:
                rig.lift(tag)
                self._tags.remove((name, tag))
        laid = [(name, _tag_of(name)) for name in wanted]
        self._tags.extend(laid)
        rig.lay(*(tag for _, tag in laid))
        return {}

    async def _gate(self, _: Facts) -> Facts:
        """Return how many items were let through the gate."""
        return {"pulses": self._simulated_part(PartName.SECURITY_GATE).pulses}

    async def _part(self, asked: Facts) -> Facts:
        """Set a part's state and wait until the kiosk has noticed."""
        part, state = PartName(asked["part"]), asked["state"]
        try:
            self._simulated_part(part).set_part(part, state)
        except ValueError as error:
            raise CommandRefused(str(error)) from error
        reason = "" if state in UNSEEN else state
        async with asyncio.timeout(SETTLE_SECONDS):
            while self.health.states[part].reason != reason:
                await asyncio.sleep(LOOK_SECONDS)
        return {}

    async def _paper(self, _: Facts) -> Facts:
        """Return the receipts; none without a printer."""
        slips = (
            () if self._absent(PartName.RECEIPT_PRINTER) else self._simulated_part(PartName.RECEIPT_PRINTER).receipts()
        )
        return {"receipts": [{"lines": list(slip.lines), "png": base64.b64encode(slip.png).decode()} for slip in slips]}

    async def _lights(self, _: Facts) -> Facts:
        """Return the lights' signal; None without lights."""
        return {"signal": None if self._absent(PartName.LIGHTS) else self._simulated_part(PartName.LIGHTS).signal}

    async def _give_back(self, asked: Facts) -> Facts:
        """Return an item through the courier in trusted mode, as staff would."""
        _, outcome = await self.courier.deliver(Checkin(ItemId(asked["item"]), ReturnMode.TRUSTED))
        return {"outcome": type(outcome).__name__}

    async def _threads(self, _: Facts) -> Facts:
        return {"names": [each.name for each in threading.enumerate()]}

    async def _quit(self, _: Facts) -> Facts:
        asyncio.get_running_loop().call_later(LOOK_SECONDS, self.quit)
        return {}

    def _absent(self, part: PartName) -> bool:
        return self.health.states.get(part) == ABSENT

    def _simulated_part(self, part: PartName) -> Rig:
        if self._absent(part):
            raise CommandRefused(f"this kiosk has no {part}")
        if part not in self.simulated:
            raise CommandRefused(f"{part} is not simulated here: give the player a --bench that works it")
        return self.rig


def _tag_of(name: str) -> RigTag:
    """Return the tag of a name such as `34713832130007 2/3` or `unreadable`."""
    if name == "unreadable":
        return RigTag(TagTrouble.DAMAGED)
    item, _, set_part = name.partition(" ")
    part, _, parts = set_part.partition("/")
    return RigTag(TagData(item, int(parts or 1), int(part or 1)))


def _target_facts(target: Target) -> dict[str, Any]:
    return {
        "name": target.name,
        "item": target.item,
        "choice": target.choice,
        "enabled": target.enabled,
        "uncovered": target.uncovered,
    }
