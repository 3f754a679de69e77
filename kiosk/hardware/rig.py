"""The bench's hands on the simulated parts: cards, labels, plugs and paper; knows no desk and no screen."""

from __future__ import annotations

import io
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL.Image import Image

from kiosk.hardware.parts import PartFault
from kiosk.health import PartName
from kiosk.views import Signal

T = TypeVar("T")

OK = "ok"
UNPLUGGED = "unplugged"
STATES = {
    PartName.CARD_READER: (OK, UNPLUGGED),
    PartName.BARCODE_SCANNER: (OK, UNPLUGGED),
    PartName.RECEIPT_PRINTER: (OK, UNPLUGGED, "near_end", "out_of_paper", "cover_open"),
    PartName.LIGHTS: (OK, UNPLUGGED),
}
"""The states in which a bench may put each part."""
LINES = "lines"
"""Where a receipt's picture carries its plain text, line by line, in `Image.info`."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A receipt as it came out."""

    png: bytes
    lines: tuple[str, ...]
    file: Path | None


class Rig:
    """The bench's hands: lays cards, shows labels, pulls plugs, takes paper. Any thread may use it; nothing polls."""

    def __init__(self, paper: Path | None = None) -> None:
        """Keeps each receipt as a PNG in the directory `paper`, where one is given."""
        self._changed = threading.Condition()
        self._states = dict.fromkeys(STATES, OK)
        self._card: str | None = None
        self._cards: deque[str | None] = deque()
        """What the reader has not yet told; None is a removal."""
        self._labels: deque[str] = deque()
        self._telling = 0
        self._papers: list[Paper] = []
        self._paper = paper
        self._signal: Signal | None = None
        self.when_changed: Callable[[PartName], None] = lambda part: None
        """Told of a part that was plugged, unplugged, opened or filled."""

    def lay(self, uid: str) -> None:
        """Lays a card on the reader; another that lies there is taken away first."""
        with self._changed:
            if self._card == uid:
                return
            self._take_away()
            self._card = uid
            if self._states[PartName.CARD_READER] == OK:
                self._cards.append(uid)
            self._changed.notify_all()

    def lift(self) -> None:
        with self._changed:
            self._take_away()
            self._changed.notify_all()

    def _take_away(self) -> None:
        if self._card is not None and self._states[PartName.CARD_READER] == OK:
            self._cards.append(None)
        self._card = None

    def show(self, barcode: str) -> None:
        """Shows a label to the scanner, once. An unplugged scanner does not see it."""
        with self._changed:
            if self._states[PartName.BARCODE_SCANNER] == OK:
                self._labels.append(barcode)
            self._changed.notify_all()

    def set_part(self, part: PartName, state: str) -> None:
        """Raises ValueError for a state that the part does not have."""
        if state not in STATES.get(part, ()):
            raise ValueError(f"{part} cannot be {state!r}: it can be {', '.join(STATES.get(part, ())) or 'nothing'}")
        with self._changed:
            self._states[part] = state
            if state == UNPLUGGED:
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
            case _:
                pass

    def state(self, part: PartName) -> str:
        with self._changed:
            return self._states[part]

    def receipts(self) -> tuple[Paper, ...]:
        """All that came out so far, oldest first."""
        with self._changed:
            return tuple(self._papers)

    @property
    def signal(self) -> Signal | None:
        """What the lights show; None when they are unplugged or were never lit."""
        with self._changed:
            return self._signal

    @property
    def settled(self) -> bool:
        """True when the reader and the scanner have told all that they saw."""
        with self._changed:
            return not self._cards and not self._labels and not self._telling

    def wake(self) -> None:
        """Makes the twins look whether they shall stop."""
        with self._changed:
            self._changed.notify_all()

    # What follows is for the twins.

    def open_reader(self) -> None:
        """A reader that comes alive sees the card that lies there."""
        with self._changed:
            self._cards = deque() if self._card is None else deque([self._card])

    def need(self, part: PartName) -> None:
        if (state := self.state(part)) == UNPLUGGED:
            raise PartFault(state)

    def next_card(self, stop: Callable[[], bool]) -> tuple[str | None] | None:
        """Waits for the next thing that the reader sees: a uid, or None for a removal; nothing when stopped."""
        seen = self._next(PartName.CARD_READER, lambda: self._cards, stop)
        return seen and (seen[0],)

    def next_label(self, stop: Callable[[], bool]) -> tuple[str] | None:
        return self._next(PartName.BARCODE_SCANNER, lambda: self._labels, stop)

    def _next(self, part: PartName, queue: Callable[[], deque[T]], stop: Callable[[], bool]) -> tuple[T] | None:
        with self._changed:
            self._changed.wait_for(lambda: stop() or queue() or self._states[part] != OK)
            if stop():
                return None
            if self._states[part] != OK:
                raise PartFault(self._states[part])
            self._telling += 1
            return (queue().popleft(),)

    def told(self) -> None:
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

    def light(self, signal: Signal) -> None:
        with self._changed:
            self._signal = signal
