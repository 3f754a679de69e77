"""Measure the MFRC522 driver over the emulated chip: `python -m tests.kiosk.hardware.card_reader.figures`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kiosk.config.hardware import Mfrc522Reader
from kiosk.hardware.card_reader.mfrc522 import LOOK_EVERY, Mfrc522CardReader, open_mfrc522
from kiosk.hardware.parts import PartFault
from tests.emulated.pi_modules import PI_5
from tests.emulated.reader_bench import ReaderBench

CARDS = {"4 bytes": "0EF1A2B3", "7 bytes": "04A1B2C3D4E580", "10 bytes": "04A1B2C3D4E5801122AA"}


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of one poll. `seconds` is the bus time at 1 MHz, without Python's own time."""

    transfers: int
    seconds: float


@contextmanager
def reading(bench: ReaderBench) -> Iterator[Mfrc522CardReader]:
    """Open the driver with the real libraries, on the clock of the bench."""
    with bench.pi(PI_5), open_mfrc522(Mfrc522Reader(driver="mfrc522"), bench.time.pause) as reader:
        yield reader


def looks(reader: Mfrc522CardReader, times: int, between: Callable[[int], None] = lambda look: None) -> list[str]:
    """Return the reports of this many polls; `between` is called before each poll with its number, from 0."""
    reports: list[str] = []
    rounds = iter(range(times))

    def stop() -> bool:
        look = next(rounds, None)
        if look is not None:
            between(look)
        return look is None

    reader.watch(reports.append, lambda: reports.append("removed"), reports.append, stop)
    return reports


def cost(*uids: str) -> Cost:
    """Return the cost of a poll with these cards present."""
    bench = ReaderBench()
    bench.lay(*uids)
    with reading(bench) as reader:
        looks(reader, 5)
        transfers, began = bench.chip.transfers, bench.time.now()
        looks(reader, 1)
        return Cost(bench.chip.transfers - transfers, bench.time.now() - began - LOOK_EVERY)


def own_cost_of_the_library() -> int:
    """Return the transfers of mfrc522's own request without a card."""
    bench = ReaderBench()
    with bench.pi(PI_5):
        from mfrc522 import MFRC522

        library = MFRC522(pin_rst=22)
        transfers = bench.chip.transfers
        library.MFRC522_Request(library.PICC_REQIDL)
        return bench.chip.transfers - transfers


def seconds_to_fault(stuck: int) -> float:
    """Return the seconds from a pulled wire to PartFault, in the worst case: right after a poll began."""
    bench = ReaderBench()
    pulled = 0.0

    def pull(look: int) -> None:
        nonlocal pulled
        if look == 1:
            pulled = bench.time.now()
            bench.chip.pull_after(3, stuck)

    try:
        with reading(bench) as reader:
            looks(reader, 50, pull)
    except PartFault:
        return bench.time.now() - pulled
    raise AssertionError("no fault in fifty looks")


def main() -> None:
    print(f"empty look: {cost()}; the library's own: {own_cost_of_the_library()} transfers")
    for name, uid in CARDS.items():
        print(f"look at a UID of {name}: {cost(uid)}")
    print(f"look at two cards: {cost(*CARDS.values())}")
    for stuck in (0x00, 0xFF):
        print(f"pulled in mid-look, MISO reads 0x{stuck:02X}: a fault after {1000 * seconds_to_fault(stuck):.1f} ms")
    began = time.perf_counter()
    with reading(bench := ReaderBench()) as reader:
        looks(reader, 1000)
    print(f"1000 empty looks take {time.perf_counter() - began:.2f} s of this machine, emulator included")
    print(f"and {bench.chip.transfers / 1000 / LOOK_EVERY:.0f} transfers a second with a look every {LOOK_EVERY} s")


if __name__ == "__main__":
    main()
