"""Run one part in one thread: open the driver, work it, close it, and retry with back-off."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from PIL.Image import Image

from kiosk.events import CardTrouble, PileSeen, TagHandle
from kiosk.hardware.parts import CardReader, ItemPad, Lights, PartFault, ReceiptPrinter, SecurityGate, TagFault
from kiosk.system.health import READY, Condition, PartName, PartState
from kiosk.views import Signal

log = logging.getLogger(__name__)
D = TypeVar("D")
T = TypeVar("T")
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
PAD_LOOK_EVERY = 0.1
"""Seconds between the end of one look at the item pad and the beginning of the next."""


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


class SupervisedWorker(SupervisedPart[D]):
    """Part that is called from any thread; the calls are executed in its own."""

    def __init__(self, part: PartName, opening: Callable[[], AbstractContextManager[D]], report: StateReport) -> None:
        super().__init__(part, opening, report)
        self._lock = threading.Lock()
        self._jobs: list[tuple[Callable[[D], Any], Future[Any]]] = []
        self._closed: str | None = "starting"
        """Reason why no driver is open."""

    def on_closed(self, reason: str) -> None:
        with self._lock:
            self._closed = reason
            jobs, self._jobs = self._jobs, []
        for _, answer in jobs:
            answer.set_exception(PartFault(reason))

    def _ask(self, act: Callable[[D], T]) -> T:
        """Execute a call in the part's thread. Raises what it raises, and PartFault if no driver is open."""
        answer: Future[T] = Future()
        with self._lock:
            if self._closed is not None:
                raise PartFault(self._closed)
            self._jobs.append((act, answer))
        self._wake.set()
        return answer.result()

    def _take_calls(self) -> None:
        """Accept calls: the driver is open."""
        with self._lock:
            self._closed = None

    def _do_jobs(self, driver: D) -> None:
        while job := self._next_job():
            _carry_out(driver, *job)

    def _next_job(self) -> tuple[Callable[[D], Any], Future[Any]] | None:
        with self._lock:
            return self._jobs.pop(0) if self._jobs else None


class SupervisedPrinter(SupervisedWorker[ReceiptPrinter]):
    """Print from any thread; the calls are executed in the printer's own thread."""

    def __init__(
        self, opening: Callable[[], AbstractContextManager[ReceiptPrinter]], report: StateReport, width: int
    ) -> None:
        super().__init__(PartName.RECEIPT_PRINTER, opening, report)
        self._width = width

    @property
    def width(self) -> int:
        return self._width

    def check(self) -> str:
        return self._ask(lambda driver: driver.check())

    def print(self, picture: Image) -> None:
        self._ask(lambda driver: driver.print(picture))

    def work(self, driver: ReceiptPrinter) -> None:
        self._take_calls()
        self._report(self.part, _paper(driver))
        while not self._stop.is_set():
            self._wake.wait(CHECK_EVERY)
            self._wake.clear()
            self._do_jobs(driver)
            self._report(self.part, _paper(driver))


def _carry_out(driver: D, act: Callable[[D], T], answer: Future[T]) -> None:
    try:
        answer.set_result(act(driver))
    except (PartFault, TagFault) as fault:
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


class SupervisedPad(SupervisedWorker[ItemPad]):
    """Item pad in a supervised thread: it looks ten times a second at most, and reports each change of the pile.

    `secure`, `unsecure` and `is_secured` block until the tag has answered; they come before the next look. What a pad
    that does not work was asked to do is not done later.
    """

    def __init__(
        self,
        opening: Callable[[], AbstractContextManager[ItemPad]],
        report: StateReport,
        seen: Callable[[PileSeen], None],
    ) -> None:
        super().__init__(PartName.ITEM_PAD, opening, report)
        self._report_pile = seen
        self._pile = PileSeen()
        self._looking = True

    @property
    def is_settled(self) -> bool:
        """True if every change that the pad was woken for has been reported."""
        return not (self._wake.is_set() or self._looking)

    def secure(self, handle: TagHandle) -> None:
        """Make the gate ring for this tag. Raises TagFault, PartFault."""
        self._ask(lambda driver: driver.switch(handle, True))

    def unsecure(self, handle: TagHandle) -> None:
        """Let this tag pass the gate. Raises TagFault, PartFault."""
        self._ask(lambda driver: driver.switch(handle, False))

    def is_secured(self, handle: TagHandle) -> bool:
        """Return whether the gate rings for this tag. Raises TagGone, PartFault."""
        return self._ask(lambda driver: driver.is_secured(handle))

    def work(self, driver: ItemPad) -> None:
        self._looking = True
        self._wake.clear()
        pile = driver.look()  # a port that opens is no reader that answers
        self._take_calls()
        self._report(self.part, READY)
        self._show(pile)
        while not self._stop.is_set():
            self._looking = True
            self._wake.clear()
            self._do_jobs(driver)
            self._show(driver.look())
            self._looking = False
            self._wake.wait(PAD_LOOK_EVERY)

    def on_closed(self, reason: str) -> None:
        """Report an empty pile: a pad that is lost sees nothing."""
        super().on_closed(reason)
        self._show(PileSeen())
        self._looking = False

    def _show(self, pile: PileSeen) -> None:
        if pile != self._pile:
            self._pile = pile
            self._report_pile(pile)
