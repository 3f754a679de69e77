"""Keeps one part alive in one thread: opens it, works it, closes it, backs off and tries again; knows no driver."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar

from PIL.Image import Image

from kiosk.events import CardTrouble
from kiosk.hardware.parts import BarcodeScanner, CardReader, Lights, PartFault, ReceiptPrinter
from kiosk.system.health import READY, Condition, PartName, PartState
from kiosk.views import Signal

log = logging.getLogger(__name__)
D = TypeVar("D")

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0
"""Seconds between tries of a part that does not open."""
CHECK_EVERY = 1.5
"""Seconds between two looks at an idle printer's paper."""
MENDED_BY_HAND = frozenset({"out_of_paper", "cover_open", "cutter_error", "printer_error", "offline"})
"""Reasons of a printer that answers; with any other it has to be opened anew."""


class Report(Protocol):
    def __call__(self, part: PartName, state: PartState) -> None:
        """Called in the part's own thread."""
        ...


class Supervised(Generic[D]):
    """A driver lives in this thread from its making to its end. A fault ends the driver, never the thread."""

    def __init__(self, part: PartName, opening: Callable[[], AbstractContextManager[D]], report: Report) -> None:
        self.part = part
        self._opening = opening
        self._report = report
        self._told = ""
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=part, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def retry(self) -> None:
        """Looks at the part now, without waiting for the next time."""
        self._wake.set()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()

    def join(self, timeout: float) -> bool:
        """Waits for the end of the thread; False when it hangs in its driver."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def work(self, driver: D) -> None:
        """Works an open driver until stopped. Raises whatever the driver raises."""
        raise NotImplementedError

    def ended(self, reason: str) -> None:
        """The driver is closed, for this reason."""

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            self._wake.clear()
            began = time.monotonic()
            self._attempt()
            if self._stop.is_set():
                return
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            self._wake.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _attempt(self) -> None:
        try:
            with self._opening() as driver:
                self.work(driver)
            reason = "driver_error"
        except PartFault as fault:
            reason = str(fault.args[0]) if fault.args else "driver_error"
            self._tell_what(str(fault.args[1]) if len(fault.args) > 1 else "")
        except ModuleNotFoundError as error:
            reason = "driver_missing"
            self._tell_what(f"the Python module {error.name} is missing: run scripts/install-device again")
        except Exception as error:  # noqa: BLE001 - a driver's own mistakes end here, and the kiosk goes on
            self._tell_once(error)
            reason = "driver_error"
        if not self._stop.is_set():
            self._report(self.part, PartState(Condition.FAULTY, reason))
        self.ended(reason)

    def _tell_what(self, what: str) -> None:
        if what and self._told != what:
            self._told = what
            log.warning("%s: %s", self.part, what)

    def _tell_once(self, error: Exception) -> None:
        if self._told != repr(error):
            self._told = repr(error)
            log.error("%s: the driver failed", self.part, exc_info=error)


class SupervisedCardReader(Supervised[CardReader]):
    def __init__(
        self,
        opening: Callable[[], AbstractContextManager[CardReader]],
        report: Report,
        present: Callable[[str], None],
        removed: Callable[[], None],
        trouble: Callable[[CardTrouble], None],
    ) -> None:
        super().__init__(PartName.CARD_READER, opening, report)
        self._tell_present = present
        self._tell_removed = removed
        self._tell_trouble = trouble
        self._lies_there = False

    def work(self, driver: CardReader) -> None:
        self._report(self.part, READY)
        driver.watch(self._present, self._removed, self._tell_trouble, self._stop.is_set)

    def ended(self, reason: str) -> None:
        """A reader that is gone sees no card: whoever waits for its removal shall not wait for ever."""
        self._removed()

    def _present(self, uid: str) -> None:
        self._lies_there = True
        self._tell_present(uid)

    def _removed(self) -> None:
        if self._lies_there:
            self._lies_there = False
            self._tell_removed()


class SupervisedScanner(Supervised[BarcodeScanner]):
    def __init__(
        self,
        opening: Callable[[], AbstractContextManager[BarcodeScanner]],
        report: Report,
        scanned: Callable[[str], None],
    ) -> None:
        super().__init__(PartName.BARCODE_SCANNER, opening, report)
        self._scanned = scanned

    def work(self, driver: BarcodeScanner) -> None:
        self._report(self.part, READY)
        driver.watch(self._scanned, self._stop.is_set)


class SupervisedPrinter(Supervised[ReceiptPrinter]):
    """A ReceiptPrinter for any thread: its calls are carried out in the printer's own."""

    def __init__(
        self, opening: Callable[[], AbstractContextManager[ReceiptPrinter]], report: Report, width: int
    ) -> None:
        super().__init__(PartName.RECEIPT_PRINTER, opening, report)
        self._width = width
        self._lock = threading.Lock()
        self._jobs: list[tuple[Callable[[ReceiptPrinter], str], Future[str]]] = []
        self._closed: str | None = "starting"
        """Why no driver is open."""

    @property
    def width(self) -> int:
        return self._width

    def check(self) -> str:
        return self._ask(lambda driver: driver.check())

    def print(self, picture: Image) -> None:
        def print_it(driver: ReceiptPrinter) -> str:
            driver.print(picture)
            return ""

        self._ask(print_it)

    def work(self, driver: ReceiptPrinter) -> None:
        with self._lock:
            self._closed = None
        self._report(self.part, _paper(driver))
        while not self._stop.is_set():
            self._wake.wait(CHECK_EVERY)
            self._wake.clear()
            while job := self._next_job():
                _carry_out(driver, *job)
            self._report(self.part, _paper(driver))

    def ended(self, reason: str) -> None:
        with self._lock:
            self._closed = reason
            jobs, self._jobs = self._jobs, []
        for _, answer in jobs:
            answer.set_exception(PartFault(reason))

    def _ask(self, act: Callable[[ReceiptPrinter], str]) -> str:
        answer: Future[str] = Future()
        with self._lock:
            if self._closed is not None:
                raise PartFault(self._closed)
            self._jobs.append((act, answer))
        self._wake.set()
        return answer.result()

    def _next_job(self) -> tuple[Callable[[ReceiptPrinter], str], Future[str]] | None:
        with self._lock:
            return self._jobs.pop(0) if self._jobs else None


def _carry_out(driver: ReceiptPrinter, act: Callable[[ReceiptPrinter], str], answer: Future[str]) -> None:
    try:
        answer.set_result(act(driver))
    except PartFault as fault:
        answer.set_exception(fault)
    except Exception:
        answer.set_exception(PartFault("driver_error"))
        raise


def _paper(driver: ReceiptPrinter) -> PartState:
    """A printer without paper is open and faulty; one that is unplugged raises PartFault and has to be opened anew."""
    try:
        state = driver.check()
    except PartFault as fault:
        if fault.args[0] not in MENDED_BY_HAND:
            raise
        return PartState(Condition.FAULTY, str(fault.args[0]))
    return READY if state == "ready" else PartState(Condition.READY, state)


class SupervisedLights(Supervised[Lights]):
    """Lights for any thread: `show` returns at once, and what is shown last is shown again after a fault."""

    def __init__(self, opening: Callable[[], AbstractContextManager[Lights]], report: Report) -> None:
        super().__init__(PartName.LIGHTS, opening, report)
        self._signal = Signal.IDLE

    def show(self, signal: Signal) -> None:
        self._signal = signal
        self._wake.set()

    def work(self, driver: Lights) -> None:
        again = driver.show(self._signal)
        self._report(self.part, READY)
        while not self._stop.is_set():
            self._wake.wait(again)
            self._wake.clear()
            again = driver.show(self._signal)
