"""Run one part in one thread: open the driver, work it, close it, and retry with back-off."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Generic, ParamSpec, Protocol, TypeVar

from PIL.Image import Image

from kiosk.events import CardTrouble
from kiosk.hardware.parts import CardReader, Lights, PartFault, ReceiptPrinter, SecurityGate
from kiosk.system.health import READY, Condition, PartName, PartState
from kiosk.views import Signal

log = logging.getLogger(__name__)
D = TypeVar("D")
W = ParamSpec("W")

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0
"""Seconds between attempts to open a part."""
CHECK_EVERY = 1.5
"""Seconds between two paper checks of an idle printer."""
MENDED_BY_HAND = frozenset({"out_of_paper", "cover_open", "cutter_error", "printer_error", "offline"})
"""Faults of a printer that still responds; after any other fault it has to be reopened."""
LOOK_EVERY = 1.5
"""Seconds between two checks that an idle relay still responds."""
GAP = 0.2
"""Seconds between two pulses, so that the gate counts two items."""


class StateReport(Protocol):
    """Receives the state of a part."""

    def __call__(self, part: PartName, state: PartState) -> None:
        """Report a part's state; called in the part's own thread."""
        ...


class SupervisedPart(Generic[D]):
    """Own a driver and its thread.

    The driver is opened, used and closed in this thread. A fault ends the driver but not the thread.
    """

    def __init__(self, part: PartName, opening: Callable[[], AbstractContextManager[D]], report: StateReport) -> None:
        self.part = part
        self._opening = opening
        self._report = report
        self._logged = ""
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=part, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def retry(self) -> None:
        """Check the part now instead of at the next attempt."""
        self._wake.set()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()

    def join(self, timeout: float) -> bool:
        """Wait for the thread to end; return False if it hangs in its driver."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def work(self, driver: D) -> None:
        """Work an open driver until stopped. Raises what the driver raises."""
        raise NotImplementedError

    def on_closed(self, reason: str) -> None:
        """Clean up after the driver was closed for `reason`."""

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
            self._log_detail(str(fault.args[1]) if len(fault.args) > 1 else "")
        except ModuleNotFoundError as error:
            reason = "driver_missing"
            self._log_detail(f"the Python module {error.name} is missing: run scripts/install-device again")
        except Exception as error:  # noqa: BLE001 - a driver's own mistakes end here, and the kiosk goes on
            self._log_error_once(error)
            reason = "driver_error"
        if not self._stop.is_set():
            self._report(self.part, PartState(Condition.FAULTY, reason))
        self.on_closed(reason)

    def _log_detail(self, what: str) -> None:
        if what and self._logged != what:
            self._logged = what
            log.warning("%s: %s", self.part, what)

    def _log_error_once(self, error: Exception) -> None:
        if self._logged != repr(error):
            self._logged = repr(error)
            log.error("%s: the driver failed", self.part, exc_info=error)


class SupervisedCardReader(SupervisedPart[CardReader]):
    """Card reader in a supervised thread."""

    def __init__(
        self,
        opening: Callable[[], AbstractContextManager[CardReader]],
        report: StateReport,
        present: Callable[[str], None],
        removed: Callable[[], None],
        trouble: Callable[[CardTrouble], None],
    ) -> None:
        super().__init__(PartName.CARD_READER, opening, report)
        self._report_present = present
        self._report_removed = removed
        self._report_trouble = trouble
        self._card_present = False

    def work(self, driver: CardReader) -> None:
        self._report(self.part, READY)
        driver.watch(self._present, self._report_removal, self._report_trouble, self._stop.is_set)

    def on_closed(self, reason: str) -> None:
        """Report the card as removed: a lost reader sees no card, and the desk must not wait for ever."""
        self._report_removal()

    def _present(self, uid: str) -> None:
        self._card_present = True
        self._report_present(uid)

    def _report_removal(self) -> None:
        if self._card_present:
            self._card_present = False
            self._report_removed()


class Watchable(Protocol[W]):
    """A scanner, keys or a drop sensor: calls `report` for each event until `stop()` is true. Raises PartFault."""

    def watch(self, report: Callable[W, None], stop: Callable[[], bool], /) -> None: ...


class SupervisedWatch(SupervisedPart[Watchable[W]]):
    """Part that only reports events, in a supervised thread."""

    def __init__(
        self,
        part: PartName,
        opening: Callable[[], AbstractContextManager[Watchable[W]]],
        report: StateReport,
        happened: Callable[W, None],
    ) -> None:
        super().__init__(part, opening, report)
        self._happened = happened

    def work(self, driver: Watchable[W]) -> None:
        self._report(self.part, READY)
        driver.watch(self._happened, self._stop.is_set)


class SupervisedPrinter(SupervisedPart[ReceiptPrinter]):
    """Print from any thread; the calls are executed in the printer's own thread."""

    def __init__(
        self, opening: Callable[[], AbstractContextManager[ReceiptPrinter]], report: StateReport, width: int
    ) -> None:
        super().__init__(PartName.RECEIPT_PRINTER, opening, report)
        self._width = width
        self._lock = threading.Lock()
        self._jobs: list[tuple[Callable[[ReceiptPrinter], str], Future[str]]] = []
        self._closed: str | None = "starting"
        """Reason why no driver is open."""

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

    def on_closed(self, reason: str) -> None:
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
    """Return the paper's state.

    A printer without paper stays open and faulty. An unplugged one raises PartFault and has to be reopened.
    """
    try:
        state = driver.check()
    except PartFault as fault:
        if fault.args[0] not in MENDED_BY_HAND:
            raise
        return PartState(Condition.FAULTY, str(fault.args[0]))
    return READY if state == "ready" else PartState(Condition.READY, state)


class SupervisedLights(SupervisedPart[Lights]):
    """Show signals from any thread. `show` returns at once; after a fault the last signal is shown again."""

    def __init__(self, opening: Callable[[], AbstractContextManager[Lights]], report: StateReport) -> None:
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


class SupervisedGate(SupervisedPart[SecurityGate]):
    """Pulse the gate from any thread; `pulse` returns at once.

    Pulses that a faulty gate missed are dropped, not made up for later.
    """

    def __init__(
        self, opening: Callable[[], AbstractContextManager[SecurityGate]], report: StateReport, seconds: float
    ) -> None:
        super().__init__(PartName.SECURITY_GATE, opening, report)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._open = False
        self._due = 0

    def pulse(self) -> None:
        """Let one more item pass, after those already queued."""
        with self._lock:
            self._due += self._open
            works = self._open
        if not works:
            log.warning("%s does not work: borrowed items will trigger the alarm. Check the relay", self.part)
        self._wake.set()

    def work(self, driver: SecurityGate) -> None:
        driver.switch(False)
        with self._lock:
            self._open = True
        self._report(self.part, READY)
        while not self._stop.is_set():
            self._wake.wait(LOOK_EVERY)
            self._wake.clear()
            while self._take() and not self._stop.is_set():
                driver.switch(True)
                self._stop.wait(self._seconds)
                driver.switch(False)
                self._stop.wait(GAP)
            driver.switch(False)

    def on_closed(self, reason: str) -> None:
        with self._lock:
            self._open, self._due = False, 0

    def _take(self) -> bool:
        with self._lock:
            due, self._due = self._due, max(0, self._due - 1)
        return due > 0
