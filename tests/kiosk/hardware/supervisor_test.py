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
    Supervised,
    SupervisedCardReader,
    SupervisedLights,
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


class Told(queue.Queue[Any]):
    """What arrives from a part's thread."""

    def next(self) -> Any:
        return self.get(timeout=PATIENCE)

    def __call__(self, part: PartName, state: PartState) -> None:
        self.put(state)


class Driver:
    """A reader and scanner that lives each of its lives as written, then waits until it is stopped."""

    def __init__(self, *lives: Life) -> None:
        self.lives = list(lives)
        self.threads: set[int] = set()
        self.closed = 0
        self.tell: Callable[..., None] = lambda uid: None
        self.over = threading.Event()

    @contextmanager
    def open(self) -> Iterator[Driver]:
        self.threads.add(threading.get_ident())
        try:
            yield self
        finally:
            self.closed += 1

    def watch(self, told: Callable[[str], None], *rest: Any) -> None:
        self.tell = told
        if self.lives:
            self.lives.pop(0)(self)
        else:
            self.over.wait(PATIENCE)


def fails(error: Exception) -> Life:
    def life(driver: Driver) -> None:
        raise error

    return life


def tells(code: str, then: Exception) -> Life:
    def life(driver: Driver) -> None:
        driver.tell(code)
        raise then

    return life


def returns(driver: Driver) -> None:
    """A watch that ends by itself."""


@contextmanager
def running(part: Supervised[Any], driver: Driver | None = None) -> Iterator[None]:
    part.start()
    try:
        yield
    finally:
        part.stop()
        if driver:
            driver.over.set()
        assert part.join(PATIENCE), "the thread ends with its part"


def scanner(driver: Driver, told: Told, codes: Told | None = None) -> SupervisedWatch[[str]]:
    return SupervisedWatch(PartName.BARCODE_SCANNER, driver.open, told, (codes or Told()).put)


def test_a_driver_is_made_in_its_own_thread_and_closed_there() -> None:
    driver, told = Driver(fails(PartFault("unplugged"))), Told()
    with running(scanner(driver, told), driver):
        assert [told.next(), told.next()] == [READY, faulty("unplugged")]
    assert threading.get_ident() not in driver.threads
    assert len(driver.threads) == 1
    assert driver.closed >= 1


def test_a_missing_python_module_is_named(caplog: pytest.LogCaptureFixture) -> None:
    missing = ModuleNotFoundError("No module named 'escpos'", name="escpos")
    driver, told = Driver(fails(missing)), Told()
    with caplog.at_level(logging.WARNING, "kiosk"), running(scanner(driver, told), driver):
        assert [told.next(), told.next()] == [READY, faulty("driver_missing")]
    assert "the Python module escpos is missing" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_part_heals_when_it_is_tried_again() -> None:
    driver, told, codes = Driver(tells("1", PartFault("unplugged")), tells("2", PartFault("unplugged"))), Told(), Told()
    part = scanner(driver, told, codes)
    with running(part, driver):
        assert [told.next(), told.next()] == [READY, faulty("unplugged")]
        part.retry()
        assert told.next() == READY
        assert [codes.next(), codes.next()] == ["1", "2"]


def test_it_is_tried_again_by_itself() -> None:
    driver, told = Driver(fails(PartFault("unplugged"))), Told()
    with running(scanner(driver, told), driver):
        assert [told.next(), told.next(), told.next()] == [READY, faulty("unplugged"), READY]


@pytest.mark.parametrize("life", [fails(ZeroDivisionError("a bug")), fails(PartFault()), returns])
def test_a_drivers_mistake_is_a_fault_like_another(life: Life) -> None:
    driver, told = Driver(life), Told()
    part = scanner(driver, told)
    with running(part, driver):
        assert [told.next(), told.next()] == [READY, faulty("driver_error")]
        part.retry()
        assert told.next() == READY


def test_the_same_mistake_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    bug, other = fails(ZeroDivisionError("a bug")), fails(KeyError("another"))
    driver, told = Driver(bug, bug, other), Told()
    part = scanner(driver, told)
    with caplog.at_level(logging.ERROR, "kiosk"), running(part, driver):
        for _ in range(3):
            assert [told.next(), told.next()] == [READY, faulty("driver_error")]
            part.retry()
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["a bug", "'another'"]


def test_a_reader_that_fails_takes_its_card_with_it() -> None:
    seen = Told()
    driver, told = Driver(tells("04A1B2C3", PartFault("unplugged"))), Told()
    part = SupervisedCardReader(
        driver.open, told, present=seen.put, removed=lambda: seen.put("removed"), trouble=seen.put
    )
    with running(part, driver):
        assert [seen.next(), seen.next()] == ["04A1B2C3", "removed"]
        part.retry()
        assert [told.next(), told.next(), told.next()] == [READY, faulty("unplugged"), READY]
    assert seen.empty(), "a removal is told once"


class Printer:
    """A printer whose answers are set by the test."""

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
def told() -> Told:
    return Told()


def test_a_receipt_is_printed_in_the_printers_thread(told: Told) -> None:
    printer = Printer()
    part = SupervisedPrinter(printer.open, told, 384)
    with running(part):
        assert told.next() == READY
        part.print(BLANK)
        assert part.check() == "ready"
    assert printer.printed == 1
    assert threading.get_ident() not in printer.threads


def test_a_printer_without_paper_is_faulty_and_stays_open(told: Told) -> None:
    printer = Printer()
    printer.paper = PartFault("out_of_paper")
    part = SupervisedPrinter(printer.open, told, 384)
    with running(part):
        assert told.next() == faulty("out_of_paper")
        printer.paper = "near_end"
        part.retry()
        while (state := told.next()) == faulty("out_of_paper"):
            pass
        assert state == PartState(Condition.READY, "near_end")
        part.print(BLANK)
    assert printer.printed == 1


def test_whoever_prints_hears_what_is_wrong(told: Told) -> None:
    printer = Printer()
    part = SupervisedPrinter(printer.open, told, 384)
    with running(part):
        assert told.next() == READY
        printer.jam = PartFault("cover_open")
        with pytest.raises(PartFault, match="cover_open"):
            part.print(BLANK)
        printer.jam = ZeroDivisionError()
        with pytest.raises(PartFault, match="driver_error"):
            part.print(BLANK)


def test_nobody_waits_for_a_printer_that_is_gone(told: Told) -> None:
    printer = Printer()
    printer.paper = PartFault("unplugged")
    part = SupervisedPrinter(printer.open, told, 384)
    with pytest.raises(PartFault, match="starting"):
        part.print(BLANK)
    with running(part):
        assert told.next() == faulty("unplugged")
        with pytest.raises(PartFault):
            part.print(BLANK)
    assert printer.printed == 0


def test_whoever_waits_behind_a_failing_receipt_is_told(told: Told) -> None:
    printer = Printer()
    part = SupervisedPrinter(printer.open, told, 384)

    def jam(picture: Image.Image) -> None:
        """Fails once the other receipt is in the queue."""
        until = time.monotonic() + PATIENCE
        while not part._jobs and time.monotonic() < until:
            pass
        raise ZeroDivisionError

    answers = Told()

    def print_one() -> None:
        try:
            part.print(BLANK)
        except PartFault as fault:
            answers.put(fault.args[0])

    printer.print = jam  # type: ignore[method-assign]
    with running(part):
        assert told.next() == READY
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


def test_lights_that_heal_show_what_is_meant_now(told: Told) -> None:
    strip = LightStrip()
    part = SupervisedLights(strip.open, told)
    with running(part):
        assert told.next() == READY
        assert strip.shown.get(timeout=PATIENCE) is Signal.IDLE
        strip.broken = True
        part.show(Signal.BUSY)
        assert told.next() == faulty("unplugged")
        part.show(Signal.DONE)
        strip.broken = False
        part.retry()
        while told.next() != READY:
            pass
        assert strip.shown.get(timeout=PATIENCE) is Signal.DONE


def test_lights_with_a_rhythm_are_called_when_they_want_it(told: Told) -> None:
    strip = LightStrip()
    strip.again = 0.01
    part = SupervisedLights(strip.open, told)
    with running(part):
        assert told.next() == READY
        for _ in range(5):
            assert strip.shown.get(timeout=PATIENCE) is Signal.IDLE


def test_a_driver_that_hangs_does_not_hold_up_the_end(told: Told) -> None:
    driver = Driver()
    part = scanner(driver, told)
    part.start()
    assert told.next() == READY
    part.stop()
    assert not part.join(0.01)
    driver.over.set()
    assert part.join(PATIENCE)
