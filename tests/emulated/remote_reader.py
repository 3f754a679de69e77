"""An MFRC522 in the kiosk's process whose cards and plug another process controls by a file.

The chip must respond within microseconds, so it runs in the driver's process and reads the file periodically.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from tests.emulated.mfrc522_chip import RealTime
from tests.emulated.pi_modules import PI_4, lgpio_module, spidev_module
from tests.emulated.reader_bench import ReaderBench

READER = "KIOSK_EMULATED_READER"
"""Environment variable with the folder of the reader."""
LOOK_SECONDS = 0.01
POLLS = 4
"""Polls after which the driver has accepted an arrival or removal."""
PATIENCE = 60.0
"""Seconds allowed for a driver on a busy machine."""


class FarReader:
    """Remote control of the reader: each change is a state file that the kiosk acknowledges."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._number = 0
        self.cards: tuple[str, ...] = ()
        self.pulled = False
        self._told = {"number": 0, "transfers": 0, "polls": 0}
        self._write()

    def change(self, *, cards: tuple[str, ...] | None = None, pulled: bool | None = None) -> None:
        """Wait until the driver has polled the changed field often enough, or the chip is disconnected."""
        self.cards = self.cards if cards is None else cards
        self.pulled = self.pulled if pulled is None else pulled
        self._write()
        end = time.monotonic() + PATIENCE
        while self._done() < self._number and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)

    def counts(self) -> Mapping[str, int]:
        """Return the polls and bus transfers since the kiosk started."""
        self.change()
        return {"reader_polls": self._told["polls"], "spi_transfers": self._told["transfers"]}

    def _write(self) -> None:
        self._number += 1
        fresh = self.folder / ".state"
        fresh.write_text(json.dumps({"number": self._number, "cards": self.cards, "pulled": self.pulled}))
        fresh.rename(self.folder / "state")

    def _done(self) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._told = json.loads((self.folder / "done").read_text())
        return self._told["number"]


def install(folder: str) -> None:
    """Install `spidev` and `lgpio` over a chip controlled by this folder."""
    os.environ["RPI_LGPIO_REVISION"] = PI_4
    bench = ReaderBench(RealTime())
    sys.modules["spidev"], sys.modules["lgpio"] = spidev_module(bench.bus), lgpio_module(bench.header)
    threading.Thread(target=_follow, args=(bench, Path(folder)), daemon=True).start()


def _follow(bench: ReaderBench, folder: Path) -> None:
    number = 0
    while True:
        state = json.loads((folder / "state").read_text())
        if state["number"] == number:
            time.sleep(LOOK_SECONDS)
            continue
        number = state["number"]
        if state["pulled"]:
            bench.chip.pull()
        else:
            bench.chip.plug()
            bench.lay(*state["cards"])
            bench.chip.until_polled(POLLS, PATIENCE / 2)
        fresh = folder / ".done"
        fresh.write_text(json.dumps({"number": number, "transfers": bench.chip.transfers, "polls": bench.chip.polls}))
        fresh.rename(folder / "done")
