"""Operate the simulated parts: cards, labels, plugs, paper."""

from __future__ import annotations

import io
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TypeVar

from PIL.Image import Image

from kiosk.events import Key, PadTag, PileSeen, TagHandle
from kiosk.hardware.parts import PartFault, TagGone, TagVerifyFailed, TagWriteFailed
from kiosk.system.health import PartName
from kiosk.views import Signal
from lending.tags import TagData, TagTrouble

T = TypeVar("T")

OK = "ok"
UNPLUGGED = "unplugged"
STATES = {
    PartName.CARD_READER: (OK, UNPLUGGED),
    PartName.BARCODE_SCANNER: (OK, UNPLUGGED),
    PartName.RECEIPT_PRINTER: (OK, UNPLUGGED, "near_end", "out_of_paper", "cover_open", "ends_halfway"),
    PartName.LIGHTS: (OK, UNPLUGGED),
    PartName.KEYS: (OK, UNPLUGGED),
    PartName.BIN: (OK, UNPLUGGED, "blocked"),
    PartName.SECURITY_GATE: (OK, UNPLUGGED),
    PartName.ITEM_PAD: (OK, UNPLUGGED),
}
"""States that each part can be set to."""
UNSEEN = frozenset({OK, "ends_halfway"})
"""States in which a part reports that it is ready."""
LINES = "lines"
"""Key of `Image.info` under which a receipt's picture carries its plain text, line by line."""


class OnReader(Enum):
    """What the reader sees if it does not see exactly one card."""

    NOTHING = auto()
    SEVERAL = auto()


@dataclass(frozen=True, slots=True)
class Paper:
    """A printed receipt."""

    png: bytes
    lines: tuple[str, ...]
    file: Path | None


class SwitchFault(Enum):
    """What a simulated tag does wrong when its security is switched."""

    REFUSES = auto()
    """It answers with an error, as a locked tag does."""
    FORGETS = auto()
    """It confirms, and keeps the old value."""
    LEAVES = auto()
    """It is lifted off in the middle of the command; its value stays."""
    LEAVES_SWITCHED = auto()
    """It is lifted off before the new value is read back."""


class RigTag:
    """An item tag, on the pad or off it. A silent one (`TagTrouble.SILENT`) cannot be switched."""

    def __init__(
        self, content: TagData | TagTrouble, *, secured: bool = True, faults: tuple[SwitchFault | None, ...] = ()
    ) -> None:
        """Make a tag; `faults` are those of the next switches, in order. None: this one works."""
        self.content = content
        self.secured = secured
        self.faults = deque(faults)
        self.writes = 0
        """Number of times its security was written."""


class Rig:
    """Operate the simulated parts: place cards, show labels, pull plugs, take receipts.

    Thread-safe. The drivers wait on a condition instead of polling.
    """

    def __init__(self, paper: Path | None = None) -> None:
        """Create a rig that stores each receipt as a PNG in `paper`; None stores none."""
        self._changed = threading.Condition()
        self._states = dict.fromkeys(STATES, OK)
        self._lying: tuple[str, ...] = ()
        self._card: str | None = None
        """Card that the reader has selected."""
        self._cards: deque[str | OnReader] = deque()
        """What the reader has not reported yet."""
        self._labels: deque[str] = deque()
        self._keys: deque[Key] = deque()
        self._drops: deque[None] = deque()
        self._telling = 0
        self._papers: list[Paper] = []
        self._paper = paper
        self._signal: Signal | None = None
        self._tone: float | None = None
        self._said: list[tuple[str, ...]] = []
        self._gate = False
        self._pulses = 0
        self._pile: dict[TagHandle, RigTag] = {}
        self._handles = 0
        self._crowded = False
        self._hand_on_pad = False
        self.when_changed: Callable[[PartName], None] = lambda part: None
        """Called with each part whose state was set, and with the pad for each change on it."""

    def place_card(self, uid: str) -> None:
        """Place a card on the reader and remove the previous one."""
        self.place_cards(uid)

    def remove_cards(self) -> None:
        self.place_cards()

    def place_cards(self, *uids: str) -> None:
        """Place exactly these cards on the reader."""
        with self._changed:
            seen = self._reader_content(uids)
            self._lying = uids
            if self._states[PartName.CARD_READER] == OK:
                self._cards.extend(seen)
            self._changed.notify_all()

    def _reader_content(self, uids: tuple[str, ...]) -> list[str | OnReader]:
        """Return what the reader reports.

        A selected card stays selected when another is added; two cards at once are not accepted.
        """
        seen: list[str | OnReader] = []
        if self._card is not None and self._card not in uids:
            self._card = None
            seen.append(OnReader.NOTHING)
        if len(uids) > 1 and len(self._lying) < 2:
            seen.append(OnReader.SEVERAL)
        elif len(uids) == 1 and self._card is None:
            (self._card,) = uids
            seen.append(self._card)
        return seen

    def show(self, barcode: str) -> None:
        """Show a label to the scanner once. An unplugged scanner misses it."""
        self._put(PartName.BARCODE_SCANNER, self._labels, barcode)

    def press(self, key: Key) -> None:
        """Press a hardware key once."""
        self._put(PartName.KEYS, self._keys, key)

    def drop(self) -> None:
        """Drop an item past the sensor of the return bin."""
        self._put(PartName.BIN, self._drops, None)

    def lay(self, *tags: RigTag, steady: bool = True, crowded: bool = False) -> None:
        """Lay tags on the pad, on top of those that lie there.

        Args:
            tags: They may name the same item.
            steady: False while a hand is moving: the pile counts as unsteady until the next change.
            crowded: More tags lie there than can be distinguished.
        """
        with self._changed:
            for tag in tags:
                if tag not in self._pile.values():
                    self._handles += 1
                    self._pile[TagHandle(self._handles)] = tag
            self._hand_on_pad, self._crowded = not steady, crowded
        self.when_changed(PartName.ITEM_PAD)

    def lift(self, *tags: RigTag) -> None:
        """Lift these tags off the pad, or all."""
        with self._changed:
            self._pile = {handle: tag for handle, tag in self._pile.items() if tags and tag not in tags}
            self._hand_on_pad = self._crowded = False
        self.when_changed(PartName.ITEM_PAD)

    def _put(self, part: PartName, queue: deque[T], what: T) -> None:
        with self._changed:
            if self._states[part] == OK:
                queue.append(what)
            self._changed.notify_all()

    def set_part(self, part: PartName, state: str) -> None:
        """Set the state of a part. Raises ValueError for a state that the part does not have."""
        if state not in STATES.get(part, ()):
            raise ValueError(f"{part} cannot be {state!r}: it can be {', '.join(STATES.get(part, ())) or 'nothing'}")
        with self._changed:
            self._states[part] = state
            if state != OK:
                self._forget(part)
            self._changed.notify_all()
        self.when_changed(part)

    def _forget(self, part: PartName) -> None:
        match part:
            case PartName.CARD_READER:
                self._cards.clear()
            case PartName.BARCODE_SCANNER:
                self._labels.clear()
            case PartName.LIGHTS:
                self._signal = None
            case PartName.KEYS:
                self._keys.clear()
            case PartName.BIN:
                self._drops.clear()
            case PartName.SECURITY_GATE:
                self._gate = False
            case _:
                pass

    def state(self, part: PartName) -> str:
        with self._changed:
            return self._states[part]

    def receipts(self) -> tuple[Paper, ...]:
        """Return all receipts printed so far, oldest first."""
        with self._changed:
            return tuple(self._papers)

    @property
    def tone(self) -> float | None:
        """The aiming tone in hertz; None while silent."""
        with self._changed:
            return self._tone

    @property
    def phrases(self) -> tuple[tuple[str, ...], ...]:
        """All phrases passed to the voice, oldest first; an empty tuple for each interruption."""
        with self._changed:
            return tuple(self._said)

    @property
    def signal(self) -> Signal | None:
        """The signal on the lights; None if they are unplugged or were never lit."""
        with self._changed:
            return self._signal

    @property
    def gate(self) -> bool:
        """True if the relay of the security gate is on."""
        with self._changed:
            return self._gate

    @property
    def pulses(self) -> int:
        """Number of times the relay of the security gate was switched on."""
        with self._changed:
            return self._pulses

    @property
    def is_settled(self) -> bool:
        """True if the parts have reported everything that they saw."""
        with self._changed:
            return not (self._cards or self._labels or self._keys or self._drops or self._telling)

    def wake(self) -> None:
        """Wake the simulated drivers so that they check their stop signal."""
        with self._changed:
            self._changed.notify_all()

    # The methods below are called by the simulated drivers.

    def pile(self) -> PileSeen:
        with self._changed:
            tags = tuple(PadTag(handle, tag.content) for handle, tag in self._pile.items())
            return PileSeen(tags, steady=not self._hand_on_pad, crowded=self._crowded)

    def tag_on_pad(self, handle: TagHandle) -> RigTag:
        """Return the tag. Raises TagGone."""
        with self._changed:
            try:
                return self._pile[handle]
            except KeyError:
                raise TagGone(f"tag {handle} does not lie on the pad") from None

    def switch_tag(self, handle: TagHandle, secured: bool) -> None:
        """Switch a tag's security as its next fault has it. Raises TagFault."""
        tag = self.tag_on_pad(handle)
        with self._changed:
            if tag.content is TagTrouble.SILENT:
                raise TagWriteFailed("the tag does not answer")
            fault = tag.faults.popleft() if tag.faults else None
            tag.writes += fault is not SwitchFault.REFUSES
            if fault in (None, SwitchFault.LEAVES_SWITCHED):
                tag.secured = secured
        match fault:
            case SwitchFault.REFUSES:
                raise TagWriteFailed("the tag is locked")
            case SwitchFault.FORGETS:
                raise TagVerifyFailed("the tag kept its old value")
            case SwitchFault.LEAVES | SwitchFault.LEAVES_SWITCHED:
                self.lift(tag)
                raise TagGone("the tag left during the command")
            case None:
                pass

    def open_reader(self) -> None:
        """Let a newly opened reader see the cards that are on it."""
        with self._changed:
            uids, self._lying, self._card = self._lying, (), None
            self._cards = deque(self._reader_content(uids))
            self._lying = uids

    def need(self, part: PartName) -> None:
        if (state := self.state(part)) == UNPLUGGED:
            raise PartFault(state)

    def cards(self, stop: Callable[[], bool]) -> Iterator[str | OnReader]:
        """Yield each thing the reader sees until `stop()` is true. Raises PartFault."""
        return self._take_each(PartName.CARD_READER, lambda: self._cards, stop)

    def labels(self, stop: Callable[[], bool]) -> Iterator[str]:
        return self._take_each(PartName.BARCODE_SCANNER, lambda: self._labels, stop)

    def keys(self, stop: Callable[[], bool]) -> Iterator[Key]:
        return self._take_each(PartName.KEYS, lambda: self._keys, stop)

    def drops(self, stop: Callable[[], bool]) -> Iterator[None]:
        return self._take_each(PartName.BIN, lambda: self._drops, stop)

    def _take_each(self, part: PartName, queue: Callable[[], deque[T]], stop: Callable[[], bool]) -> Iterator[T]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: stop() or queue() or self._states[part] != OK)
                if stop():
                    return
                if self._states[part] != OK:
                    raise PartFault(self._states[part])
                self._telling += 1
                seen = queue().popleft()
            try:
                yield seen
            finally:
                with self._changed:
                    self._telling -= 1

    def take_paper(self, picture: Image) -> None:
        png = io.BytesIO()
        picture.save(png, "PNG")
        with self._changed:
            file = self._paper / f"receipt-{len(self._papers) + 1}.png" if self._paper else None
            if file:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(png.getvalue())
            self._papers.append(Paper(png.getvalue(), tuple(picture.info.get(LINES, ())), file))

    def switch_gate(self, on: bool) -> None:
        with self._changed:
            self._pulses += on and not self._gate
            self._gate = on

    def light(self, signal: Signal | None) -> None:
        with self._changed:
            self._signal = signal

    def sound(self, hertz: float | None) -> None:
        with self._changed:
            self._tone = hertz

    def say(self, phrases: tuple[str, ...]) -> None:
        with self._changed:
            self._said.append(phrases)
