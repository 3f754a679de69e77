"""Test supervision: a fault is reported once, retried and recovered, and driver errors do not end the kiosk."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image

from kiosk.hardware.parts import PartFault
from kiosk.hardware.supervisor import (
    SupervisedCardReader,
    SupervisedLights,
    SupervisedPart,
    SupervisedPrinter,
    SupervisedWatch,
)
from kiosk.system.health import READY, Condition, PartName, PartState
from kiosk.views import Signal
from tests.support.patience import PATIENCE

BLANK = Image.new("1", (384, 8), 1)
Life = Callable[["Driver"], None]


def faulty(reason: str) -> PartState:
    return PartState(Condition.FAULTY, reason)


class Arrivals(queue.Queue[Any]):
    """Queue of reports from a part's thread."""

    def next(self) -> Any:
        return self.get(timeout=PATIENCE)

    def __call__(self, part: PartName, state: PartState) -> None:
        self.put(state)


class Driver:
    """Driver that runs each of its scripted lives, then waits until it is stopped."""

    def __init__(self, *lives: Life) -> None:
        self.lives = list(lives)
        self.threads: set[int] = set()
        self.closed = 0
        self.report: Callable[..., None] = lambda uid: None
        self.over = threading.Event()

    @contextmanager
    def open(self) -> Iterator[Driver]:
        self.threads.add(threading.get_ident())
        try:
            yield self
        finally:
            self.closed += 1

    def watch(self, report: Callable[[str], None], *rest: Any) -> None:
        self.report = report
        if self.lives:
            self.lives.pop(0)(self)
        else:
            self.over.wait(PATIENCE)


def fails(error: Exception) -> Life:
    def life(driver: Driver) -> None:
        raise error

    return life


def reports_code(code: str, then: Exception) -> Life:
    def life(driver: Driver) -> None:
        driver.report(code)
        raise then

    return life


def returns(driver: Driver) -> None:
    """Return from the watch without a stop request."""


@contextmanager
def running(part: SupervisedPart[Any], driver: Driver | None = None) -> Iterator[None]:
    part.start()
    try:
        yield
    finally:
        part.stop()
        if driver:
            driver.over.set()
        assert part.join(PATIENCE), "the thread ends with its part"


def scanner(driver: Driver, states: Arrivals, codes: Arrivals | None = None) -> SupervisedWatch[[str]]:
    return SupervisedWatch(PartName.BARCODE_SCANNER, driver.open, states, (codes or Arrivals()).put)


def test_driver_is_opened_and_closed_in_its_own_thread() -> None:
    driver, states = Driver(fails(PartFault("unplugged"))), Arrivals()
    with running(scanner(driver, states), driver):
        assert [states.next(), states.next()] == [READY, faulty("unplugged")]
    assert threading.get_ident() not in driver.threads
    assert len(driver.threads) == 1
    assert driver.closed >= 1


def test_missing_python_module_is_named_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    missing = ModuleNotFoundError("No module named 'escpos'", name="escpos")
    driver, states = Driver(fails(missing)), Arrivals()
    with caplog.at_level(logging.WARNING, "kiosk"), running(scanner(driver, states), driver):
        assert [states.next(), states.next()] == [READY, faulty("driver_missing")]
    assert "the Python module escpos is missing" in caplog.text
    assert "Traceback" not in caplog.text


def test_retry_recovers_a_faulty_part() -> None:
    driver, states, codes = (
        Driver(reports_code("1", PartFault("unplugged")), reports_code("2", PartFault("unplugged"))),
        Arrivals(),
        Arrivals(),
    )
    part = scanner(driver, states, codes)
    with running(part, driver):
        assert [states.next(), states.next()] == [READY, faulty("unplugged")]
        part.retry()
        assert states.next() == READY
        assert [codes.next(), codes.next()] == ["1", "2"]


def test_faulty_part_is_retried_automatically() -> None:
    driver, states = Driver(fails(PartFault("unplugged"))), Arrivals()
    with running(scanner(driver, states), driver):
        assert [states.next(), states.next(), states.next()] == [READY, faulty("unplugged"), READY]


@pytest.mark.parametrize("life", [fails(ZeroDivisionError("a bug")), fails(PartFault()), returns])
def test_driver_bug_is_reported_as_a_driver_error(life: Life) -> None:
    driver, states = Driver(life), Arrivals()
    part = scanner(driver, states)
    with running(part, driver):
        assert [states.next(), states.next()] == [READY, faulty("driver_error")]
        part.retry()
        assert states.next() == READY


def test_repeated_driver_bug_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    bug, other = fails(ZeroDivisionError("a bug")), fails(KeyError("another"))
    driver, states = Driver(bug, bug, other), Arrivals()
    part = scanner(driver, states)
    with caplog.at_level(logging.ERROR, "kiosk"), running(part, driver):
        for _ in range(3):
            assert [states.next(), states.next()] == [READY, faulty("driver_error")]
            part.retry()
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["a bug", "'another'"]


def test_reader_fault_reports_the_card_as_removed_once() -> None:
    seen = Arrivals()
    driver, states = Driver(reports_code("04A1B2C3", PartFault("unplugged"))), Arrivals()
    part = SupervisedCardReader(
        driver.open, states, present=seen.put, removed=lambda: seen.put("removed"), trouble=seen.put
    )
    with running(part, driver):
        assert [seen.next(), seen.next()] == ["04A1B2C3", "removed"]
        part.retry()
        assert [states.next(), states.next(), states.next()] == [READY, faulty("unplugged"), READY]
    assert seen.empty(), "a removal is reported once"


class Printer:
    """Printer whose results are set by the test."""

    width = 384

    def __init__(self) -> None:
        self.paper: Exception | str = "ready"
        self.jam: Exception | None = None
        self.printed = 0
        self.threads: set[int] = set()

    @contextmanager
    def open(self) -> Iterator[Printer]:
        yield self

    def check(self) -> str:
        if isinstance(self.paper, Exception):
            raise self.paper
        return self.paper

    def print(self, picture: Image.Image) -> None:
        self.threads.add(threading.get_ident())
        if self.jam:
            raise self.jam
        self.printed += 1


@pytest.fixture
def states() -> Arrivals:
    return Arrivals()


def test_receipt_is_printed_in_the_thread_of_the_printer(states: Arrivals) -> None:
    printer = Printer()
    part = SupervisedPrinter(printer.open, states, 384)
    with running(part):
        assert states.next() == READY
        part.print(BLANK)
        assert part.check() == "ready"
    assert printer.printed == 1
    assert threading.get_ident() not in printer.threads


def test_printer_without_paper_is_faulty_and_stays_open(states: Arrivals) -> None:
    printer = Printer()
    printer.paper = PartFault("out_of_paper")
    part = SupervisedPrinter(printer.open, states, 384)
    with running(part):
        assert states.next() == faulty("out_of_paper")
        printer.paper = "near_end"
        part.retry()
        while (state := states.next()) == faulty("out_of_paper"):
            pass
        assert state == PartState(Condition.READY, "near_end")
        part.print(BLANK)
    assert printer.printed == 1


def test_print_raises_the_fault_of_the_printer(states: Arrivals) -> None:
    printer = Printer()
    part = SupervisedPrinter(printer.open, states, 384)
    with running(part):
        assert states.next() == READY
        printer.jam = PartFault("cover_open")
        with pytest.raises(PartFault, match="cover_open"):
            part.print(BLANK)
        printer.jam = ZeroDivisionError()
        with pytest.raises(PartFault, match="driver_error"):
            part.print(BLANK)


def test_print_fails_at_once_without_a_printer(states: Arrivals) -> None:
    printer = Printer()
    printer.paper = PartFault("unplugged")
    part = SupervisedPrinter(printer.open, states, 384)
    with pytest.raises(PartFault, match="starting"):
        part.print(BLANK)
    with running(part):
        assert states.next() == faulty("unplugged")
        with pytest.raises(PartFault):
            part.print(BLANK)
    assert printer.printed == 0


def test_queued_receipt_fails_with_the_one_before(states: Arrivals) -> None:
    printer = Printer()
    part = SupervisedPrinter(printer.open, states, 384)

    def jam(picture: Image.Image) -> None:
        """Fail once the other receipt is queued."""
        until = time.monotonic() + PATIENCE
        while not part._jobs and time.monotonic() < until:
            pass
        raise ZeroDivisionError

    answers = Arrivals()

    def print_one() -> None:
        try:
            part.print(BLANK)
        except PartFault as fault:
            answers.put(fault.args[0])

    printer.print = jam  # type: ignore[method-assign]
    with running(part):
        assert states.next() == READY
        for _ in range(2):
            threading.Thread(target=print_one, daemon=True).start()
        assert [answers.next(), answers.next()] == ["driver_error", "driver_error"]


class LightStrip:
    def __init__(self) -> None:
        self.shown: queue.Queue[Signal] = queue.Queue()
        self.broken = False
        self.again: float | None = None

    @contextmanager
    def open(self) -> Iterator[LightStrip]:
        yield self

    def show(self, signal: Signal) -> float | None:
        if self.broken:
            raise PartFault("unplugged")
        self.shown.put(signal)
        return self.again


def test_recovered_lights_show_the_current_signal(states: Arrivals) -> None:
    strip = LightStrip()
    part = SupervisedLights(strip.open, states)
    with running(part):
        assert states.next() == READY
        assert strip.shown.get(timeout=PATIENCE) is Signal.IDLE
        strip.broken = True
        part.show(Signal.BUSY)
        assert states.next() == faulty("unplugged")
        part.show(Signal.DONE)
        strip.broken = False
        part.retry()
        while states.next() != READY:
            pass
        assert strip.shown.get(timeout=PATIENCE) is Signal.DONE


def test_lights_are_redrawn_at_the_interval_of_their_pattern(states: Arrivals) -> None:
    strip = LightStrip()
    strip.again = 0.01
    part = SupervisedLights(strip.open, states)
    with running(part):
        assert states.next() == READY
        for _ in range(5):
            assert strip.shown.get(timeout=PATIENCE) is Signal.IDLE


def test_hanging_driver_does_not_block_the_shutdown(states: Arrivals) -> None:
    driver = Driver()
    part = scanner(driver, states)
    part.start()
    assert states.next() == READY
    part.stop()
    assert not part.join(0.01)
    driver.over.set()
    assert part.join(PATIENCE)
