"""Provide the drivers of parts that a Rig simulates, and of parts that kiosk.toml declares absent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from PIL.Image import Image

from kiosk.events import CardTrouble, Key, PileSeen, TagHandle
from kiosk.hardware.parts import BrokenOff, PartFault, TagGone
from kiosk.hardware.rig import OnReader, Rig
from kiosk.system.health import PartName
from kiosk.views import Signal


class SimulatedCardReader:
    """Card reader operated through a rig."""

    def __init__(self, rig: Rig) -> None:
        rig.need(PartName.CARD_READER)
        self._rig = rig
        rig.open_reader()

    def watch(
        self,
        present: Callable[[str], None],
        removed: Callable[[], None],
        trouble: Callable[[CardTrouble], None],
        stop: Callable[[], bool],
    ) -> None:
        for seen in self._rig.cards(stop):
            match seen:
                case str(uid):
                    present(uid)
                case OnReader.NOTHING:
                    removed()
                case OnReader.SEVERAL:
                    trouble(CardTrouble.SEVERAL)


class SimulatedScanner:
    """Barcode scanner operated through a rig."""

    def __init__(self, rig: Rig) -> None:
        rig.need(PartName.BARCODE_SCANNER)
        self._rig = rig

    def watch(self, scanned: Callable[[str], None], stop: Callable[[], bool]) -> None:
        for label in self._rig.labels(stop):
            scanned(label)


class SimulatedPrinter:
    """Receipt printer that prints into a rig."""

    def __init__(self, rig: Rig, width: int) -> None:
        rig.need(PartName.RECEIPT_PRINTER)
        self._rig = rig
        self._width = width

    @property
    def width(self) -> int:
        return self._width

    def check(self) -> str:
        match self._rig.state(PartName.RECEIPT_PRINTER):
            case "ok" | "ends_halfway":
                return "ready"
            case "near_end":
                return "near_end"
            case fault:
                raise PartFault(fault)

    def print(self, picture: Image) -> None:
        self.check()
        if picture.mode != "1" or picture.width != self._width:
            raise ValueError(f"the printer takes one bit and {self._width} dots, not {picture.mode}, {picture.width}")
        if self._rig.state(PartName.RECEIPT_PRINTER) == "ends_halfway":
            self._rig.set_part(PartName.RECEIPT_PRINTER, "out_of_paper")
            raise BrokenOff("out_of_paper")
        self._rig.take_paper(picture)


class SimulatedLights:
    """Lights that are shown in a rig."""

    def __init__(self, rig: Rig) -> None:
        rig.need(PartName.LIGHTS)
        self._rig = rig

    def show(self, signal: Signal) -> None:
        self._rig.need(PartName.LIGHTS)
        self._rig.light(signal)


@contextmanager
def open_lights(rig: Rig) -> Iterator[SimulatedLights]:
    """Open the lights; they are dark at the end."""
    try:
        yield SimulatedLights(rig)
    finally:
        rig.light(None)


class SimulatedKeys:
    """Hardware keys operated through a rig."""

    def __init__(self, rig: Rig) -> None:
        rig.need(PartName.KEYS)
        self._rig = rig

    def watch(self, pressed: Callable[[Key], None], stop: Callable[[], bool]) -> None:
        for key in self._rig.keys(stop):
            pressed(key)


class SimulatedBin:
    """Drop sensor operated through a rig."""

    def __init__(self, rig: Rig) -> None:
        rig.need(PartName.BIN)
        self._rig = rig

    def watch(self, dropped: Callable[[], None], stop: Callable[[], bool]) -> None:
        for _ in self._rig.drops(stop):
            dropped()


class SimulatedGate:
    """Gate relay that is shown in a rig."""

    def __init__(self, rig: Rig) -> None:
        rig.need(PartName.SECURITY_GATE)
        self._rig = rig

    def switch(self, on: bool) -> None:
        self._rig.need(PartName.SECURITY_GATE)
        self._rig.switch_gate(on)


class SimulatedPad:
    """Item pad operated through a rig."""

    def __init__(self, rig: Rig) -> None:
        rig.need(PartName.ITEM_PAD)
        self._rig = rig

    def look(self) -> PileSeen:
        self._rig.need(PartName.ITEM_PAD)
        return self._rig.pile()

    def switch(self, handle: TagHandle, secured: bool) -> None:
        self._rig.need(PartName.ITEM_PAD)
        self._rig.switch_tag(handle, secured)

    def is_secured(self, handle: TagHandle) -> bool:
        self._rig.need(PartName.ITEM_PAD)
        return self._rig.tag_on_pad(handle).secured


class SimulatedSpeaker:
    """Speaker that records its tone in the rig."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def sound(self, hertz: float | None) -> None:
        self._rig.sound(hertz)

    def check(self) -> None:
        """Do nothing: the simulated speaker always works."""

    def close(self) -> None:
        self._rig.sound(None)


class SimulatedVoice:
    """Voice that records its phrases in the rig."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def say(self, language: str, phrases: Sequence[str]) -> None:
        self._rig.say(tuple(phrases))

    def hush(self) -> None:
        self._rig.say(())

    def check(self) -> None:
        """Do nothing: the simulated voice always works."""

    def close(self) -> None:
        """Do nothing: no resource is held."""


@contextmanager
def open_gate(rig: Rig) -> Iterator[SimulatedGate]:
    """Open the relay; it is off at the end."""
    try:
        yield SimulatedGate(rig)
    finally:
        rig.switch_gate(False)


class AbsentPrinter:
    """Printer that is not there: every call raises PartFault `absent`."""

    @property
    def width(self) -> int:
        return 384

    def check(self) -> str:
        raise PartFault("absent")

    def print(self, picture: Image) -> None:
        raise PartFault("absent")


class AbsentLights:
    """Lights that are not there."""

    def show(self, signal: Signal) -> None:
        """Do nothing: the kiosk has no lights."""


class AbsentSpeaker:
    """Speaker that is not there; `check` raises PartFault `absent`."""

    def sound(self, hertz: float | None) -> None:
        """Do nothing: the kiosk has no speaker."""

    def check(self) -> None:
        raise PartFault("absent")

    def close(self) -> None:
        """Do nothing: no resource is held."""


class AbsentVoice:
    """Voice that is not there; `check` raises PartFault `absent`."""

    def say(self, language: str, phrases: Sequence[str]) -> None:
        """Do nothing: the kiosk has no voice."""

    def hush(self) -> None:
        """Do nothing: no phrase is playing."""

    def check(self) -> None:
        raise PartFault("absent")

    def close(self) -> None:
        """Do nothing: no resource is held."""


class AbsentGate:
    """Security gate that is not there."""

    def pulse(self) -> None:
        """Do nothing: without a gate relay the tag of a borrowed item triggers the alarm, as the library was warned."""


class AbsentPad:
    """Item pad that is not there: no tag lies on it."""

    is_settled = True

    def secure(self, handle: TagHandle) -> None:
        raise TagGone(f"{handle}: the kiosk has no item pad")

    def unsecure(self, handle: TagHandle) -> None:
        raise TagGone(f"{handle}: the kiosk has no item pad")

    def is_secured(self, handle: TagHandle) -> bool:
        raise TagGone(f"{handle}: the kiosk has no item pad")
