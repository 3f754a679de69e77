"""An MFRC522 wired to a Pi's pins: chip, bus and header, below the real libraries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.emulated.iso14443_card import Card
from tests.emulated.mfrc522_chip import Mfrc522Chip, OwnTime, PassingTime
from tests.emulated.pi_modules import PI_4, Bus, Header, emulated_pi

RESET_GPIO = 25


class ReaderBench:
    """Reader bench; pass the `pause` of `time` to the driver. Cards with UIDs in `weak` are masked by others."""

    def __init__(
        self, time: PassingTime | None = None, version: int = 0x92, weak: frozenset[str] = frozenset()
    ) -> None:
        self.time = time or OwnTime()
        self.chip = Mfrc522Chip(self.time, version)
        self.bus = Bus({(0, 0): self.chip})
        self.header = Header(self._level)
        self._weak = weak
        self._cards: dict[str, Card] = {}

    def _level(self, gpio: int, level: int) -> None:
        if gpio == RESET_GPIO:
            self.chip.hold_in_reset(not level)

    def lay(self, *uids: str) -> None:
        """Place exactly these cards in the field; cards that stay are not interrupted."""
        gone = [card for uid, card in self._cards.items() if uid not in uids]
        new = {uid: Card(bytes.fromhex(uid), weak=uid in self._weak) for uid in uids if uid not in self._cards}
        self.chip.change(gone, list(new.values()))
        self._cards = {uid: (self._cards | new)[uid] for uid in uids}

    @contextmanager
    def pi(self, revision: str = PI_4) -> Iterator[None]:
        with emulated_pi(self.bus, self.header, revision):
            yield
