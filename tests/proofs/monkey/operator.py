"""Operate a real kiosk in its window, inside the kiosk's event loop.

The folder of `tests/proofs/remembering` is on the path: its search of the memory is used.
"""

from __future__ import annotations

import asyncio
import importlib
import time

import requests

from kiosk.desk.session import UNHURRIED
from kiosk.events import Key
from kiosk.hardware.rig import OK, STATES
from kiosk.system.clock import VisitClock
from kiosk.system.health import READY, PartName
from kiosk.views import (
    FAREWELL_SECONDS,
    Asking,
    Farewell,
    Find,
    Identify,
    IdleWarning,
    OutOfOrder,
    SignIn,
    View,
    Welcome,
)
from kiosk.visit_player.patron_statements import statements_of
from kiosk.visit_player.proxy import Network, Proxy
from kiosk.wiring.assembly import Kiosk
from tests.proofs.monkey.actions import FULL, PROVES, SIGNS_IN, TYPES, Deed, Spot, What, Whims
from tests.proofs.monkey.job import PEACE, Disk, Hidden, Job, Outcome, is_technicians, most
from tests.proofs.privacy.canaries import found
from tests.support.patience import PATIENCE

GRACE = 2.0
"""Seconds that the steps of one second may add."""
LOOK = 0.001
LOOKS = 2
WAKE_TURNS = 20
SEARCH_EACH = 8
"""Idle times per search of the memory, which takes a second. While the desk is closed, every one is searched."""
SOUGHT = ("the", "mon", "vol")
"""Beginnings of titles in the demo library."""
BAR = ("language_", "large_text", "contrast", "lower", "help")
"""Prefixes of the status bar's actions, which lead to no other view."""


class Wrong(Exception):
    """A rule is broken. `args[0]` says which."""


class Monkey:
    def __init__(self, kiosk: Kiosk, proxy: Proxy, disk: Disk, job: Job, known: Hidden, outcome: Outcome) -> None:
        clock = kiosk.clock.machine
        assert isinstance(clock, VisitClock)
        self._kiosk, self._clock, self._proxy, self._disk, self._hub = kiosk, clock, proxy, disk, job.hub
        self._glass = kiosk.front.glass()
        self._known = known
        self._steps, self._again = job.steps, job.deeds
        size = (kiosk.config.screen.width, kiosk.config.screen.height)
        self._whims = Whims(job.seed, len(self._known["cards"]), len(self._known["labels"]), size)
        self._typing: list[str] = []
        self._card: int | None = None
        """The card that was shown last."""
        self._lying: int | None = None
        """The card on the reader: a reader that is plugged in again reads it again."""
        self._outcome = outcome

    async def run(self) -> None:
        """Run the monkey. Raises Wrong."""
        while self._kiosk.health.states.get(PartName.SNAPSHOT) != READY:
            await asyncio.sleep(LOOK)
        await self._settle()
        if known := self._remembered():
            raise Wrong(
                f"{len(known)} names or numbers are remembered before anybody was there: they are not sought then"
            )
        for number in range(len(self._again) or self._steps):
            deed = self._again[number] if self._again else self._drawn()
            self._outcome.deeds.append(deed)
            visit, asked, pressed = self._visit, isinstance(self._view, Asking), self._pressed(deed)
            await self._do(deed)
            await self._settle()
            self._note(deed, pressed, {visit, self._visit})
            if visit != self._visit and asked and self._card is not None:
                self._outcome.visit(self._visit).cards.add(self._card)  # Its visit begins when the first one's is over.
            if visit != self._visit and self._kiosk.desk.session.visit.mark:
                family = self._outcome.visit(visit).cards  # One tap of a card covers all its books.
                self._outcome.visit(self._visit).cards.update(family)
            self._look()
        await self._go_home()

    @property
    def _view(self) -> View:
        return self._kiosk.desk.view

    @property
    def _visit(self) -> int:
        return self._kiosk.desk.session.visit.number

    def _spots(self) -> list[Spot]:
        return [
            Spot(each.name, each.item, each.choice, *each.centre)
            for each in self._glass.targets()
            if each.enabled and each.uncovered
        ]

    def _drawn(self) -> Deed:
        spots = self._spots()
        keys = {each.choice: each for each in spots if each.name == "key"}
        if keys and not self._typing:
            self._typing = self._whole(self._view)
        while self._typing:
            sign = self._typing.pop(0)
            spot = next((each for each in spots if each.name == sign), keys.get(sign))
            if spot is not None:
                return spot.deed
            self._typing = []
        return self._whims.next(spots)

    def _whole(self, view: View) -> list[str]:
        """Draw what to enter, from the first key to the touch that submits it, or nothing."""
        match view:
            case Identify(typed="", pin=pin):
                return [*self._whims.types(self._numbers(), PROVES if pin else TYPES), "continue"]
            case SignIn(typed=""):
                return [*self._whims.types(self._codes(), SIGNS_IN), "continue"]
            case Find(typed=""):
                return [*self._whims.types(SOUGHT), "title"]
            case _:
                return []

    def _numbers(self) -> list[str]:
        """Return the patron's PINs if one is asked for, otherwise any patron's numbers."""
        if not (isinstance(self._view, Identify) and self._view.pin):
            return [each.decode() for each in self._known["numbers"]]
        return [] if self._card is None else [self._known["pins"][self._card].decode()]

    def _codes(self) -> list[str]:
        """Return the technicians' codes."""
        return [each.decode() for each in self._known["codes"]]

    async def _do(self, deed: Deed) -> None:
        rig, facts = self._kiosk.rig, deed.facts
        match deed.what, facts:
            case What.TOUCH, (name, item, choice, x, y):
                again = (each for each in self._spots() if (each.name, each.item, each.choice) == (name, item, choice))
                spot = next(again, None)
                self._glass.touch(*((spot.x, spot.y) if spot else (x, y)))
            case What.SLIDE, (x, y, to_x, to_y):
                self._glass.touch(x, y, (to_x, to_y))
            case What.SCAN, (place,):
                rig.show(self._known["labels"][place].decode())
            case What.NONSENSE, (code,):
                rig.show(code)
            case What.CARD, (place,):
                self._card = self._lying = place
                rig.place_card(self._known["cards"][place].decode())
            case What.LIFT, _:
                self._lying = None
                rig.remove_cards()
            case What.KEY, (key,):
                rig.press(Key(key))
            case What.DROP, _:
                rig.drop()
            case What.PART, (part, state):
                rig.set_part(PartName(part), str(state))
            case What.DISK, (state, seconds):
                self._disk.full = state == FULL
                await self._pass(float(seconds))
            case What.NETWORK, (state,):
                await self._proxy.set(Network(state))
            case What.PASS, (seconds,):
                await self._pass(float(seconds))
            case What.DAWDLE, _:
                await self._wait(IdleWarning)
            case What.PEACE, _:
                await self._peace()

    def _pressed(self, deed: Deed) -> str:
        """Return the name of the action that it triggers; empty if none."""
        match deed.what, deed.facts:
            case What.TOUCH, (name, *_):
                return str(name)
            case What.SLIDE, (x, y, to_x, to_y):
                face = self._kiosk.front.face
                found = face.target(float(x), float(y))
                return found.name if found and found == face.target(float(to_x), float(to_y)) else ""
            case What.KEY, (Key.CHOOSE.value,):
                focus = self._kiosk.desk.status.focus
                return focus.name if focus else ""
            case _:
                return ""

    def _note(self, deed: Deed, pressed: str, visits: set[int]) -> None:
        """Record the action in the visits before and after it: a book shown on the first screen begins a visit."""
        for number in visits:
            asked = self._outcome.visit(number)
            if pressed:
                asked.pressed.add(pressed)
            match deed.what, deed.facts:
                case What.SCAN, (place,):
                    asked.labels.append(place)
                case What.CARD | What.PART, _ if self._lying is not None:
                    asked.cards.add(self._lying)

    def _look(self) -> None:
        """Check that the view can be left. Raises Wrong."""
        self._outcome.seen.add(type(self._view).__name__)
        ways = [each.name for each in self._spots() if not each.name.startswith(BAR)]
        if not ways and not isinstance(self._view, Welcome | OutOfOrder) and self._view.linger is None:
            raise Wrong(f"nothing leads out of {type(self._view).__name__}")

    async def _peace(self) -> None:
        """Wait. Raises Wrong if the kiosk does not show its first screen in time, or keeps personal data."""
        longest, passed = await self._wait()
        if longest == PEACE:
            self._outcome.longest = max(self._outcome.longest, passed)
        self._outcome.peaces += 1
        self._kiosk.rig.remove_cards()
        await self._settle()
        self._card = self._lying = None
        await self._tell_time()
        if self._outcome.peaces % SEARCH_EACH == 0 or isinstance(self._view, OutOfOrder):
            self._search()

    async def _wait(self, *until: type[View]) -> tuple[float, float]:
        """Wait for the first screen or one of these views; return the seconds allowed and taken. Raises Wrong."""
        longest, passed = most(self._view, read_out=bool(self._kiosk.desk.status.voice)), 0.0
        technician, stood = is_technicians(self._view), dict[str, float]()
        while not isinstance(self._view, (Welcome, OutOfOrder, *until)):
            if technician and isinstance(self._view, Farewell):
                raise Wrong("a technician who went away gave way to the farewell of whoever was there before")
            ends = self._kiosk.desk.session.closed and isinstance(self._view, Farewell)
            if ends and Farewell.__name__ not in stood:  # The kiosk ends the visit itself, in its own time.
                longest = max(longest, passed + UNHURRIED * FAREWELL_SECONDS)
            stood[type(self._view).__name__] = passed
            if passed > longest + GRACE:
                durations = ", ".join(f"{name} to {last:.0f} s" for name, last in stood.items())
                raise Wrong(f"{type(self._view).__name__} stands after {longest:.0f} s of peace: {durations}")
            await self._pass(1.0)
            passed += 1.0  # Time that the machine took for other work is not idle time.
        return longest, passed

    async def _tell_time(self) -> None:
        """Set the hub's clock to the kiosk's."""
        now = self._clock.now().isoformat()
        await asyncio.to_thread(requests.post, f"{self._hub}/api/demo/clock", json={"now": now}, timeout=PATIENCE)

    def _search(self) -> None:
        """Search the memory. Raises Wrong if a text identifies a patron who left."""
        left = self._remembered()
        self._outcome.searches += 1
        if left:
            raise Wrong(
                f"with nobody there {len(left)} names or numbers are remembered, such as {min(left)}:"
                f" {self._form(left)}"
            )

    def _form(self, left: set[str]) -> str:
        """Describe the kind of text in which data was found, which shows what keeps it."""
        holding = (text for text in _texts() if found(text.encode(errors="replace"), frozenset(left)))
        longest = max(holding, key=len, default="")
        return f"in a text of {len(longest)} characters, {longest[:80]!r}"

    def _remembered(self) -> set[str]:
        texts = _texts()  # Before the terms searched for become texts themselves.
        own = frozenset(each.decode() for each in self._known["personal"])
        return {each for text in texts for each in found(text.encode(errors="replace"), own)}

    async def _go_home(self) -> None:
        """Repair everything and upload what waits."""
        for part in STATES:
            self._kiosk.rig.set_part(part, OK)
        self._disk.full = False
        await self._proxy.set(Network.UP)
        await self._peace()
        self._search()
        while (counts := await self._kiosk.courier.counts()).queued:
            await self._pass(5.0)
        self._outcome.rows = counts.acknowledged + counts.exceptions

    async def _pass(self, seconds: float) -> None:
        """Advance second by second, because the countdown of a warning is drawn."""
        while seconds > 0:
            self._clock.move(min(1.0, seconds))
            seconds -= 1.0
            for _ in range(WAKE_TURNS):
                await asyncio.sleep(0)
            await self._settle()

    async def _settle(self) -> None:
        """Wait until nothing changes. Raises Wrong if it never ends."""
        end, still = time.monotonic() + PATIENCE, 0
        while still < LOOKS:
            await asyncio.sleep(LOOK)
            still = still + 1 if not self._busy else 0
            if time.monotonic() > end:
                raise Wrong(f"{type(self._view).__name__} does not come to rest")
        self._read()

    def _read(self) -> None:
        """Read the screen: messages to the patron, and the number that the patron has entered."""
        view, visit = self._view, self._visit
        for word in statements_of(view)["told"]:
            self._outcome.shown.setdefault(word["transaction"], visit)
        if isinstance(view, Identify) and view.typed.encode() in self._known["numbers"]:
            self._outcome.visit(visit).cards.add(self._known["numbers"].index(view.typed.encode()))

    @property
    def _busy(self) -> bool:
        kiosk = self._kiosk
        return not (
            kiosk.rig.is_settled and self._glass.untouched and kiosk.desk.is_settled and kiosk.courier.is_settled
        )


def _texts() -> set[str]:
    """Return all texts that are alive in this process."""
    alive: set[str] = importlib.import_module("sitecustomize").texts()
    return alive
