"""Print receipts on an ESC/POS printer in bands, and verify that they come out.

An interrupted receipt leaves dots in the printer's buffer and a piece of paper before its cutter. Both are cleared
before the next print, so that no patron gets the end of another patron's receipt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, assert_never

from PIL.Image import Image

from kiosk.config.hardware import FilePrinter, NetworkPrinter, SerialPrinter, UsbPrinter
from kiosk.hardware.parts import BrokenOff, PartFault, ReceiptPrinter
from lending import atomic_file

PRINTER, OFFLINE, ERROR, PAPER = 1, 2, 3, 4
"""The four queries of DLE EOT."""


def is_answer(byte: int) -> bool:
    """Return True for a reply to DLE EOT: bits 1 and 4 set, 0 and 7 clear; unique among a printer's bytes."""
    return byte & 0x93 == 0x12


def is_in_turn(byte: int) -> bool:
    """Return True for a reply to GS r: bits 4 and 7 clear."""
    return byte & 0x90 == 0


@dataclass(frozen=True, slots=True)
class Status:
    """The four status bytes as received."""

    printer: int
    offline: int
    error: int
    paper: int

    @property
    def fault(self) -> str:
        """Reason code, or "". Causes that staff can fix at once come before their consequences."""
        if self.offline & 0x04:
            return "cover_open"
        if self.paper & 0x60 or self.offline & 0x20:
            return "out_of_paper"
        if self.error & 0x08:
            return "cutter_error"
        if self.error & 0x24 or self.offline & 0x40:
            return "printer_error"
        return "offline" if self.printer & 0x08 else ""

    @property
    def near_end(self) -> bool:
        return bool(self.paper & 0x0C)


QUERY_SECONDS = 0.2
"""Seconds that a printer has to answer."""
LATE = 0.05
"""Extra seconds for an answer that is in transit when the time is over."""
ASK = b"\x10\x04"
"""DLE EOT: answered at once, whatever is in the printer's buffer."""
ASK_IN_TURN = b"\x1dr\x01"
"""GS r: answered when everything sent before it has been processed."""

CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: clears the buffer; some printers do not support it."""
CLEARED = b"\x37\x25\x00"
CLEAR_SECONDS = 1.0
"""Seconds after which a noisy connection is no longer read."""


class PrinterTransport(Protocol):
    """Connection to a printer. A broken connection raises PartFault `unplugged`."""

    @property
    def answers(self) -> bool:
        """False if the printer has no status query."""
        ...

    def send(self, data: bytes) -> None:
        """Send all data. Raises PartFault `no_answer` if the printer accepts no more."""
        ...

    def read(self, seconds: float) -> bytes:
        """Return the data that has arrived, or that arrives first within `seconds`; empty if none."""
        ...

    def look(self) -> None:
        """Check the connection as far as possible without a query. Raises PartFault."""
        ...

    def close(self) -> None:
        """Close the connection in any state, without raising."""
        ...


class Talk:
    """Query a printer: separate real-time replies (DLE EOT) from queued ones (GS r), each with a time limit.

    Source: Epson ESC/POS.
    """

    def __init__(self, line: PrinterTransport) -> None:
        self._line = line
        self._at_once: list[int] = []
        self.in_turn = 0
        """Number of queued replies received."""

    def send(self, data: bytes) -> None:
        self._line.send(data)

    def hear(self, seconds: float) -> bytes:
        """Read what the printer sends within `seconds`; empty if nothing."""
        heard = self._line.read(seconds)
        self._at_once += [byte for byte in heard if is_answer(byte)]
        self.in_turn += sum(map(is_in_turn, heard))
        return heard

    def hears(self, said: Callable[[], object], seconds: float) -> bool:
        """Return True if `said` becomes true within `seconds` plus LATE: the process or the line may have stalled."""
        end, left = time.monotonic() + seconds, seconds
        while not said() and left > 0:
            left = end - time.monotonic()
            self.hear(max(LATE, left))
        return bool(said())

    def clear(self) -> None:
        """Clear the printer's buffer, if supported, and drop its earlier replies."""
        self._line.send(CLEAR)
        end, heard = time.monotonic() + CLEAR_SECONDS, b""
        while CLEARED not in heard and time.monotonic() < end and (more := self.hear(QUERY_SECONDS)):
            heard += more
        self._at_once.clear()
        self.in_turn = 0

    def status(self) -> Status:
        """Send all four status queries. Raises PartFault `no_answer`: silence does not prove that there is paper."""
        asked = (PRINTER, OFFLINE, ERROR, PAPER)
        return Status(*(self._ask(question) for question in asked))

    def _ask(self, question: int) -> int:
        # Picture dots that look like a query are answered too: drop unsolicited replies.
        self.hear(0)
        self._at_once.clear()
        self._line.send(ASK + bytes([question]))
        if not self.hears(lambda: self._at_once, QUERY_SECONDS):
            raise PartFault("no_answer", f"the printer did not answer DLE EOT {question} in {QUERY_SECONDS} s")
        return self._at_once[0]


RealPrinter = UsbPrinter | SerialPrinter | NetworkPrinter | FilePrinter
PROFILES = {384: "POS-5890", 576: "TM-T20II"}
"""Profiles of python-escpos by width in dots; with `default` it logs a warning per picture."""
BAND = 24
"""Rows sent at a time, 3 mm. Two bands fit into the smallest buffers, 4 KB."""
AHEAD = 1
"""Bands that may be sent before the previous one is confirmed."""
FEED = 3
"""Lines fed before the cut, for printers that have only a tear bar."""
HUNG_SECONDS = 5.0
"""Seconds without progress after which a printer that reports no fault counts as hung."""
SLOWEST = 400
"""Rows per second (50 mm/s): how long to watch the paper of a printer without GS r."""
RESET = b"\x1b@\x1da\x00"
"""ESC @, and GS a 0: disables automatic status, which could be mistaken for a GS r reply."""
GO_ON = b"\x10\x05\x02"
"""DLE ENQ 2: recovers from an error and clears the buffer."""


class Memory:
    """State that must survive reopening the printer and restarting the kiosk."""

    def __init__(self, unfinished: Path) -> None:
        """Read and keep the state; the file `unfinished` exists until a receipt is printed completely."""
        self._unfinished = unfinished
        self.broke_off = unfinished.exists()
        """True after an interrupted receipt, until its remains are cleared."""
        self.hand_inside = False
        """True if the cover was opened since the cutter jammed, so the jam may have been cleared."""

    def begin(self) -> None:
        """Mark a receipt as unfinished on disk; it is then cleared after a kill or a power cut."""
        # Print the receipt even if the disk is full.
        with suppress(OSError):
            atomic_file.write(self._unfinished, b"")

    def finish(self) -> None:
        """Remove the mark of a receipt that is printed or cleared."""
        # A mark that cannot be removed costs one cut at the next start; the receipt itself is whole.
        with suppress(OSError):
            atomic_file.remove(self._unfinished)
        self.broke_off = False


def opening_of(choice: RealPrinter, unfinished: Path) -> Callable[[], AbstractContextManager[ReceiptPrinter]]:
    """Return a function that opens the printer at each call, and raises PartFault if the printer is missing.

    Args:
        choice: Section `[receipt_printer]` of kiosk.toml.
        unfinished: File that exists until a receipt is printed completely.
    """
    return opening(lambda: _line(choice), choice.width, unfinished)


def _line(choice: RealPrinter) -> PrinterTransport:
    match choice:
        case NetworkPrinter():
            from kiosk.hardware.receipt_printer.transports import NetworkLine

            return NetworkLine(choice)
        case SerialPrinter():
            from kiosk.hardware.receipt_printer.transports import SerialLine

            return SerialLine(choice)
        case FilePrinter():
            from kiosk.hardware.receipt_printer.transports import FileLine

            return FileLine(choice)
        case UsbPrinter():
            from kiosk.hardware.receipt_printer.transports import UsbLine

            return UsbLine(choice)
        case _:
            assert_never(choice)


def opening(
    connect: Callable[[], PrinterTransport], width: int, unfinished: Path
) -> Callable[[], AbstractContextManager[ReceiptPrinter]]:
    """Return a function that opens the printer at each call; errors of `connect` pass through."""
    memory = Memory(unfinished)

    @contextmanager
    def open_printer() -> Iterator[ReceiptPrinter]:
        line = connect()
        try:
            yield EscposPrinter(line, width, memory)
        finally:
            line.close()

    return open_printer


class EscposPrinter:
    """ReceiptPrinter for ESC/POS printers over any transport."""

    def __init__(self, line: PrinterTransport, width: int, memory: Memory) -> None:
        self._line = line
        self._talk = Talk(line)
        self._width = width
        self._memory = memory

    @property
    def width(self) -> int:
        return self._width

    def check(self) -> str:
        """Check the printer.

        Returns `not_asked` for a printer without status query, whose paper is unknown.
        """
        if not self._line.answers:
            self._line.look()
            return "not_asked"
        near_end = self._need_good()
        if self._memory.broke_off:
            self._tidy_up()
        return "near_end" if near_end else "ready"

    def print(self, picture: Image) -> None:
        if picture.mode != "1" or picture.width != self._width:
            raise ValueError(f"the printer takes one bit and {self._width} dots, not {picture.mode}, {picture.width}")
        self.check()
        if self._memory.broke_off:
            self._tidy_up()
        in_turn = self._answers_in_turn()
        self._memory.begin()
        try:
            self._print(picture, in_turn)
        except PartFault as fault:
            self._memory.broke_off = True
            self._forget_rest()
            raise BrokenOff(*fault.args) from fault
        self._memory.finish()

    def _need_good(self) -> bool:
        """Return True if the roll is near its end.

        Raises PartFault if the printer cannot print or does not answer.
        """
        status = self._talk.status()
        if status.fault == "cover_open":
            self._memory.hand_inside = True
        elif status.fault == "cutter_error" and self._memory.hand_inside:
            self._memory.hand_inside = False
            self._talk.send(GO_ON)
            status = self._talk.status()
        if status.fault:
            raise PartFault(status.fault)
        return status.near_end

    def _answers_in_turn(self) -> bool:
        """Return True if the printer supports GS r; without it a complete receipt cannot be confirmed."""
        if not self._line.answers:
            self._talk.send(RESET)
            return False
        self._talk.in_turn = 0
        self._talk.send(RESET + ASK_IN_TURN)
        if not self._talk.hears(lambda: self._talk.in_turn, 2 * QUERY_SECONDS):
            self._need_good()
        return self._talk.in_turn > 0

    def _print(self, picture: Image, in_turn: bool) -> None:
        began, bands = time.monotonic(), 0
        for data in _bands(picture, self._width):
            self._talk.send(data + ASK_IN_TURN if in_turn else data)
            bands += 1
            if in_turn:
                self._need_turn(1 + bands - AHEAD)
            elif self._line.answers:
                self._need_good()
        if in_turn:
            self._need_turn(1 + bands)
        elif self._line.answers:
            self._watch_until(began + picture.height / SLOWEST)

    def _need_turn(self, wanted: int) -> None:
        """Wait until `wanted` GS r replies have come. Raises PartFault on a fault or a hang."""
        since, had = time.monotonic(), self._talk.in_turn
        while self._talk.in_turn < wanted:
            if not self._talk.hear(QUERY_SECONDS):
                self._need_good()
            if self._talk.in_turn > had:
                since, had = time.monotonic(), self._talk.in_turn
            elif time.monotonic() - since > HUNG_SECONDS:
                raise PartFault("printer_error", f"it reports no fault, but printed nothing in {HUNG_SECONDS} s")

    def _watch_until(self, end: float) -> None:
        self._need_good()
        while time.monotonic() < end:
            self._talk.hear(QUERY_SECONDS)
            self._need_good()

    def _forget_rest(self) -> None:
        """Clear the buffer while the connection stands, so that a new roll does not print the rest."""
        with suppress(PartFault):
            if self._line.answers:
                self._talk.clear()

    def _tidy_up(self) -> None:
        """Complete an interrupted picture with white dots, and cut off its paper."""
        if self._line.answers:
            self._talk.clear()
        self._talk.send(bytes(BAND * self._width // 8) + RESET + _cut(self._width))
        self._memory.finish()


def _bands(picture: Image, width: int) -> Iterator[bytes]:
    """Yield the receipt as commands, the cut last."""
    for top in range(0, picture.height, BAND):
        encoder = _encoder(width)
        encoder.image(picture.crop((0, top, width, min(top + BAND, picture.height))))
        yield encoder.output
    yield _cut(width)


def _cut(width: int) -> bytes:
    encoder = _encoder(width)
    encoder.print_and_feed(FEED)
    encoder.cut(feed=False)
    cut: bytes = encoder.output
    return cut


def _encoder(width: int) -> Any:
    from escpos.printer import Dummy

    return Dummy(profile=PROFILES[width])
