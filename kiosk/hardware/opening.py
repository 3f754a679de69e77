"""Opens the parts that kiosk.toml names, each in its own supervised thread; the only place that picks a driver."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar, assert_never

from kiosk.config import Config, models, section
from kiosk.events import CardPresented, CardRemoved, Event, ItemScanned
from kiosk.hardware import parts
from kiosk.hardware.rig import Rig
from kiosk.hardware.supervisor import (
    Supervised,
    SupervisedCardReader,
    SupervisedLights,
    SupervisedPrinter,
    SupervisedScanner,
)
from kiosk.hardware.viewfinder import Viewfinder
from kiosk.health import ABSENT, READY, Condition, Health, PartName, PartState

D = TypeVar("D")
log = logging.getLogger(__name__)
JOIN_SECONDS = 2.0


class Parts:
    """The open parts. The printer's calls block and raise PartFault; the lights' return at once."""

    def __init__(self, config: Config, post: Callable[[Event], None], health: Health, rig: Rig) -> None:
        self._health = health
        self._post = post
        self._rig = rig
        self._threads: dict[PartName, Supervised[Any]] = {}
        self._simulated: set[PartName] = set()
        self.viewfinder = Viewfinder()
        self._open_card_reader(config.card_reader)
        self._open_scanner(config.barcode_scanner)
        self.receipt_printer: parts.ReceiptPrinter = self._open_printer(config.receipt_printer)
        self.lights: parts.Lights = self._open_lights(config.lights)
        rig.when_changed = self.retry
        for thread in self._threads.values():
            thread.start()

    @property
    def simulated(self) -> frozenset[PartName]:
        """The parts that the rig works."""
        return frozenset(self._simulated)

    @property
    def settled(self) -> bool:
        """True when all that was done at the rig has been seen and told."""
        states = self._health.states
        return self._rig.settled and all(
            states.get(part) == _as_told(self._rig.state(part)) for part in self._simulated
        )

    def retry(self, part: PartName) -> None:
        """Looks at a part now, without waiting for the supervisor's next try."""
        if part in self._threads:
            self._threads[part].retry()

    def close(self) -> None:
        """Ends every driver. A thread that hangs in its driver is left behind, and named in the log."""
        for thread in self._threads.values():
            thread.stop()
        self._rig.wake()
        self.viewfinder.wake()
        for thread in self._threads.values():
            if not thread.join(JOIN_SECONDS):
                log.error("%s: the driver does not end", thread.part)

    def _open_card_reader(self, choice: models.CardReader) -> None:
        match choice:
            case section.Simulated():
                from kiosk.hardware.simulated import SimulatedCardReader

                opening = self._twin(PartName.CARD_READER, lambda: SimulatedCardReader(self._rig))
            case section.Absent():
                return self._health.report(PartName.CARD_READER, ABSENT)
            case _:
                assert_never(choice)
        self._threads[PartName.CARD_READER] = SupervisedCardReader(
            opening,
            self._health.report,
            present=lambda uid: self._post(CardPresented(uid)),
            removed=lambda: self._post(CardRemoved()),
        )
        return None

    def _open_scanner(self, choice: models.BarcodeScanner) -> None:
        match choice:
            case section.Simulated():
                from kiosk.hardware.simulated import SimulatedScanner

                opening = self._twin(PartName.BARCODE_SCANNER, lambda: SimulatedScanner(self._rig))
            case section.Absent():
                return self._health.report(PartName.BARCODE_SCANNER, ABSENT)
            case _:
                assert_never(choice)
        self._threads[PartName.BARCODE_SCANNER] = SupervisedScanner(
            opening, self._health.report, scanned=lambda barcode: self._post(ItemScanned(barcode))
        )
        return None

    def _open_printer(self, choice: models.ReceiptPrinter) -> parts.ReceiptPrinter:
        match choice:
            case models.SimulatedPrinter(width=width):
                from kiosk.hardware.simulated import SimulatedPrinter

                opening = self._twin(PartName.RECEIPT_PRINTER, lambda: SimulatedPrinter(self._rig, width))
            case section.Absent():
                from kiosk.hardware.absent import AbsentPrinter

                self._health.report(PartName.RECEIPT_PRINTER, ABSENT)
                return AbsentPrinter()
            case _:
                assert_never(choice)
        printer = SupervisedPrinter(opening, self._health.report, width)
        self._threads[PartName.RECEIPT_PRINTER] = printer
        return printer

    def _open_lights(self, choice: models.Lights) -> parts.Lights:
        match choice:
            case section.Simulated():
                from kiosk.hardware.simulated import SimulatedLights

                opening = self._twin(PartName.LIGHTS, lambda: SimulatedLights(self._rig))
            case section.Absent():
                from kiosk.hardware.absent import AbsentLights

                self._health.report(PartName.LIGHTS, ABSENT)
                return AbsentLights()
            case _:
                assert_never(choice)
        lights = SupervisedLights(opening, self._health.report)
        self._threads[PartName.LIGHTS] = lights
        return lights

    def _twin(self, part: PartName, make: Callable[[], D]) -> Callable[[], AbstractContextManager[D]]:
        self._simulated.add(part)
        return lambda: nullcontext(make())


def open_parts(config: Config, post: Callable[[Event], None], health: Health, rig: Rig | None = None) -> Parts:
    """Starts every part's thread and returns at once; `post` and `health` are called from those threads."""
    return Parts(config, post, health, rig or Rig())


def _as_told(state: str) -> PartState:
    match state:
        case "ok":
            return READY
        case "near_end":
            return PartState(Condition.READY, state)
        case _:
            return PartState(Condition.FAULTY, state)
