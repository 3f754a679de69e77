"""Choose the drivers of the parts that kiosk.toml configures, and open each part in its own thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, assert_never

from kiosk.config import Config, fields, hardware
from kiosk.events import (
    CardPresented,
    CardRemoved,
    CardTroubled,
    DropSensed,
    Event,
    ItemScanned,
    KeyPressed,
    ScannerHint,
)
from kiosk.hardware import parts, simulated
from kiosk.hardware.gpio_header import Header
from kiosk.hardware.rig import UNSEEN, Rig
from kiosk.hardware.simulated import AbsentGate, AbsentLights, AbsentPad, AbsentSpeaker
from kiosk.hardware.speaker import AlsaSpeaker, Speaker
from kiosk.hardware.supervisor import (
    SupervisedCardReader,
    SupervisedGate,
    SupervisedLights,
    SupervisedPad,
    SupervisedPart,
    SupervisedPrinter,
    SupervisedWatch,
)
from kiosk.hardware.viewfinder import Viewfinder
from kiosk.hardware.voice import open_voice
from kiosk.system.health import ABSENT, READY, Condition, Health, PartName, PartState

D = TypeVar("D")
log = logging.getLogger(__name__)
JOIN_SECONDS = 2.0
UNFINISHED = "receipt.unfinished"
"""File in the state folder that exists until a receipt is printed completely."""


class Parts:
    """Own the open parts.

    Calls of the printer block and raise PartFault. Calls of the lights return at once.
    """

    def __init__(self, config: Config, post: Callable[[Event], None], health: Health, rig: Rig) -> None:
        self._health = health
        self._post = post
        self._rig = rig
        self._threads: dict[PartName, SupervisedPart[Any]] = {}
        self._simulated: set[PartName] = set()
        self._header = Header()
        self.viewfinder = Viewfinder()
        self.speaker = self._open_speaker(config.sound)
        self.voice = open_voice(config.voice, rig)
        self._open_card_reader(config.card_reader)
        self._open_scanner(config)
        self.receipt_printer: parts.ReceiptPrinter = self._open_printer(config.receipt_printer, config.paths.state)
        self.lights = self._open_lights(config.lights)
        self._open_keys(config.keys)
        self._open_bin(config.bin)
        self.security_gate = self._open_gate(config.security_gate)
        self.item_pad = self._open_pad(config.item_pad)
        rig.when_changed = self.retry
        for thread in self._threads.values():
            thread.start()

    @property
    def simulated(self) -> frozenset[PartName]:
        """The parts that the simulated rig operates."""
        return frozenset(self._simulated)

    @property
    def is_settled(self) -> bool:
        """True if every action at the rig has been seen and reported."""
        states = self._health.states
        return (
            self._rig.is_settled
            and self.item_pad.is_settled
            and all(states.get(part) == _reported_state(self._rig.state(part)) for part in self._simulated)
        )

    def retry(self, part: PartName) -> None:
        """Check a part now instead of at the supervisor's next attempt."""
        if part in self._threads:
            self._threads[part].retry()

    def close(self) -> None:
        """Close every driver. A thread that hangs in its driver is abandoned and logged."""
        for thread in self._threads.values():
            thread.stop()
        self._rig.wake()
        self.viewfinder.wake()
        for thread in self._threads.values():
            if not thread.join(JOIN_SECONDS):
                log.error("%s: the driver does not end; its thread is abandoned", thread.part)
        self.speaker.close()
        self.voice.close()

    def _open_card_reader(self, choice: hardware.CardReader) -> None:
        opening: Callable[[], AbstractContextManager[parts.CardReader]]
        match choice:
            case fields.SimulatedPart():
                opening = self._twin(PartName.CARD_READER, lambda: simulated.SimulatedCardReader(self._rig))
            case hardware.Mfrc522Reader():
                from kiosk.hardware.card_reader.mfrc522 import open_mfrc522

                opening = partial(open_mfrc522, choice)
            case hardware.KeyboardReader() | hardware.SerialReader():
                from kiosk.hardware.card_reader.keyboard_wedge import open_typed

                opening = partial(open_typed, choice)
            case fields.Absent():
                return self._health.report(PartName.CARD_READER, ABSENT)
            case _:
                assert_never(choice)
        self._threads[PartName.CARD_READER] = SupervisedCardReader(
            opening,
            self._health.report,
            present=lambda uid: self._post(CardPresented(uid)),
            removed=lambda: self._post(CardRemoved()),
            trouble=lambda why: self._post(CardTroubled(why)),
        )
        return None

    def _open_scanner(self, config: Config) -> None:
        opening: Callable[[], AbstractContextManager[parts.BarcodeScanner]]
        match config.barcode_scanner:
            case hardware.Picamera2Scanner() | hardware.FramesScanner():
                from kiosk.hardware.barcode_scanner import camera_scanner

                self.viewfinder.live = True
                opening = camera_scanner(
                    config, self.viewfinder, lambda code: self._post(ScannerHint(code)), self.speaker
                )
            case hardware.KeyboardScanner() | hardware.SerialScanner() as choice:
                from kiosk.hardware.line_readers import hand_scanner

                opening = hand_scanner(choice)
            case fields.SimulatedPart():
                opening = self._twin(PartName.BARCODE_SCANNER, lambda: simulated.SimulatedScanner(self._rig))
            case fields.Absent():
                return self._health.report(PartName.BARCODE_SCANNER, ABSENT)
            case never:
                assert_never(never)
        self._threads[PartName.BARCODE_SCANNER] = SupervisedWatch(
            PartName.BARCODE_SCANNER, opening, self._health.report, lambda barcode: self._post(ItemScanned(barcode))
        )
        return None

    def _open_speaker(self, choice: hardware.Sound) -> Speaker:
        match choice:
            case hardware.Alsa():
                return AlsaSpeaker(choice)
            case fields.SimulatedPart():
                return simulated.SimulatedSpeaker(self._rig)
            case fields.Absent():
                return AbsentSpeaker()
            case _:
                assert_never(choice)

    def _open_printer(self, choice: hardware.ReceiptPrinter, folder: Path) -> parts.ReceiptPrinter:
        opening: Callable[[], AbstractContextManager[parts.ReceiptPrinter]]
        match choice:
            case hardware.SimulatedPrinter(width=width):
                opening = self._twin(PartName.RECEIPT_PRINTER, lambda: simulated.SimulatedPrinter(self._rig, width))
            case fields.Absent():
                self._health.report(PartName.RECEIPT_PRINTER, ABSENT)
                return simulated.AbsentPrinter()
            case _:
                from kiosk.hardware.receipt_printer.driver import opening_of

                opening, width = opening_of(choice, folder / UNFINISHED), choice.width
        printer = SupervisedPrinter(opening, self._health.report, width)
        self._threads[PartName.RECEIPT_PRINTER] = printer
        return printer

    def _open_lights(self, choice: hardware.Lights) -> SupervisedLights | AbsentLights:
        opening: Callable[[], AbstractContextManager[parts.Lights]]
        match choice:
            case hardware.GpioLights():
                from kiosk.hardware.lights import open_lights

                opening = partial(open_lights, choice, self._header)
            case fields.SimulatedPart():
                self._simulated.add(PartName.LIGHTS)
                opening = partial(simulated.open_lights, self._rig)
            case fields.Absent():
                self._health.report(PartName.LIGHTS, ABSENT)
                return AbsentLights()
            case _:
                assert_never(choice)
        shown = SupervisedLights(opening, self._health.report)
        self._threads[PartName.LIGHTS] = shown
        return shown

    def _open_keys(self, choice: hardware.Keys) -> None:
        opening: Callable[[], AbstractContextManager[parts.Keys]]
        match choice:
            case hardware.GpioKeys():
                from kiosk.hardware.gpio_parts import open_keys

                opening = partial(open_keys, choice, self._header)
            case fields.SimulatedPart():
                opening = self._twin(PartName.KEYS, lambda: simulated.SimulatedKeys(self._rig))
            case fields.Absent():
                return self._health.report(PartName.KEYS, ABSENT)
            case _:
                assert_never(choice)
        self._threads[PartName.KEYS] = SupervisedWatch(
            PartName.KEYS, opening, self._health.report, lambda key: self._post(KeyPressed(key))
        )
        return None

    def _open_bin(self, choice: hardware.Bin) -> None:
        opening: Callable[[], AbstractContextManager[parts.Bin]]
        match choice:
            case hardware.GpioBin():
                from kiosk.hardware.gpio_parts import open_bin

                opening = partial(open_bin, choice, self._header)
            case fields.SimulatedPart():
                opening = self._twin(PartName.BIN, lambda: simulated.SimulatedBin(self._rig))
            case fields.Absent():
                return self._health.report(PartName.BIN, ABSENT)
            case _:
                assert_never(choice)
        self._threads[PartName.BIN] = SupervisedWatch(
            PartName.BIN, opening, self._health.report, lambda: self._post(DropSensed())
        )
        return None

    def _open_gate(self, choice: hardware.SecurityGate) -> SupervisedGate | AbsentGate:
        opening: Callable[[], AbstractContextManager[parts.SecurityGate]]
        seconds = 0.0
        match choice:
            case hardware.Relay():
                from kiosk.hardware.gpio_parts import open_gate

                opening, seconds = partial(open_gate, choice, self._header), choice.seconds
            case fields.SimulatedPart():
                self._simulated.add(PartName.SECURITY_GATE)
                opening = partial(simulated.open_gate, self._rig)
            case fields.Absent():
                self._health.report(PartName.SECURITY_GATE, ABSENT)
                return AbsentGate()
            case _:
                assert_never(choice)
        gate = SupervisedGate(opening, self._health.report, seconds)
        self._threads[PartName.SECURITY_GATE] = gate
        return gate

    def _open_pad(self, choice: hardware.ItemPad) -> SupervisedPad | AbsentPad:
        opening: Callable[[], AbstractContextManager[parts.ItemPad]]
        match choice:
            case fields.SimulatedPart():
                opening = self._twin(PartName.ITEM_PAD, lambda: simulated.SimulatedPad(self._rig))
            case hardware.Pn5180Pad() | hardware.FeigPad():
                from kiosk.hardware.item_pad.readers import opening_of

                opening = opening_of(choice)
            case fields.Absent():
                self._health.report(PartName.ITEM_PAD, ABSENT)
                return AbsentPad()
            case _:
                assert_never(choice)
        pad = SupervisedPad(opening, self._health.report, self._post)
        self._threads[PartName.ITEM_PAD] = pad
        return pad

    def _twin(self, part: PartName, make: Callable[[], D]) -> Callable[[], AbstractContextManager[D]]:
        self._simulated.add(part)
        return lambda: nullcontext(make())


def open_parts(config: Config, post: Callable[[Event], None], health: Health, rig: Rig | None = None) -> Parts:
    """Start every part's thread and return at once; `post` and `health` are called from those threads."""
    return Parts(config, post, health, rig or Rig())


def _reported_state(state: str) -> PartState:
    match state:
        case _ if state in UNSEEN:
            return READY
        case "near_end":
            return PartState(Condition.READY, state)
        case _:
            return PartState(Condition.FAULTY, state)
