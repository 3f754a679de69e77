"""Run every part's contract on the simulated drivers."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from PIL import Image

from kiosk.events import Key
from kiosk.hardware.parts import BarcodeScanner, Bin, CardReader, ItemPad, Keys, Lights, ReceiptPrinter, SecurityGate
from kiosk.hardware.rig import STATES, Rig, RigTag, SwitchFault
from kiosk.hardware.simulated import (
    SimulatedBin,
    SimulatedCardReader,
    SimulatedKeys,
    SimulatedPad,
    SimulatedPrinter,
    SimulatedScanner,
    open_gate,
    open_lights,
)
from kiosk.system.health import PartName
from kiosk.views import Signal
from lending.tags import TagData, TagTrouble
from tests.kiosk.hardware.barcode_scanner_contract import BarcodeScannerContract, ScannerOperator
from tests.kiosk.hardware.card_reader_contract import CardReaderContract, CardReaderOperator
from tests.kiosk.hardware.gpio_contracts import (
    BinContract,
    BinOperator,
    GateContract,
    GateOperator,
    KeysContract,
    KeysOperator,
    LightsContract,
    LightsOperator,
)
from tests.kiosk.hardware.item_pad_contract import ItemPadContract, ItemPadOperator
from tests.kiosk.hardware.receipt_printer_contract import PrinterOperator, ReceiptPrinterContract, drawing


class Plug:
    """Plug of one simulated part."""

    part: PartName

    def __init__(self) -> None:
        self.rig = Rig()

    def unplug(self) -> None:
        self.rig.set_part(self.part, "unplugged")

    def plug(self) -> None:
        self.rig.set_part(self.part, "ok")

    def wake(self) -> None:
        self.rig.wake()


class RigReader(Plug, CardReaderOperator):
    part = PartName.CARD_READER

    def open(self) -> AbstractContextManager[CardReader]:
        return nullcontext(SimulatedCardReader(self.rig))

    def lay(self, *uids: str) -> None:
        self.rig.place_cards(*uids)

    def rest(self) -> None:
        """Do nothing: the simulated reader does not poll."""


class RigScanner(Plug, ScannerOperator):
    part = PartName.BARCODE_SCANNER

    def open(self) -> AbstractContextManager[BarcodeScanner]:
        return nullcontext(SimulatedScanner(self.rig))

    def show(self, barcode: str) -> None:
        self.rig.show(barcode)


class RigPrinter(Plug, PrinterOperator):
    part = PartName.RECEIPT_PRINTER

    def __init__(self, width: int) -> None:
        super().__init__()
        self._width = width

    def open(self) -> AbstractContextManager[ReceiptPrinter]:
        return nullcontext(SimulatedPrinter(self.rig, self._width))

    def put(self, state: str) -> None:
        self.rig.set_part(self.part, state)

    def paper(self) -> list[Image.Image]:
        return [Image.open(io.BytesIO(paper.png)) for paper in self.rig.receipts()]


class RigLights(Plug, LightsOperator):
    part = PartName.LIGHTS

    def open(self) -> AbstractContextManager[Lights]:
        return open_lights(self.rig)

    def seen(self) -> Signal | None:
        return self.rig.signal


class RigKeys(Plug, KeysOperator):
    part = PartName.KEYS

    def open(self) -> AbstractContextManager[Keys]:
        return nullcontext(SimulatedKeys(self.rig))

    def press(self, key: Key) -> None:
        self.rig.press(key)


class RigBin(Plug, BinOperator):
    part = PartName.BIN

    def open(self) -> AbstractContextManager[Bin]:
        return nullcontext(SimulatedBin(self.rig))

    def drop(self) -> None:
        self.rig.drop()

    def block(self) -> None:
        self.rig.set_part(self.part, "blocked")

    def clear(self) -> None:
        self.rig.set_part(self.part, "ok")


class RigGate(Plug, GateOperator):
    part = PartName.SECURITY_GATE

    def open(self) -> AbstractContextManager[SecurityGate]:
        return open_gate(self.rig)

    def on(self) -> bool:
        return self.rig.gate

    def pulses(self) -> int:
        return self.rig.pulses


class RigPad(Plug, ItemPadOperator):
    part = PartName.ITEM_PAD

    def __init__(self) -> None:
        super().__init__()
        self._tags: list[RigTag] = []

    def open(self) -> AbstractContextManager[ItemPad]:
        return nullcontext(SimulatedPad(self.rig))

    def lay(self, *contents: TagData | TagTrouble) -> list[int]:
        tags = [RigTag(content) for content in contents]
        self._tags += tags
        self.rig.lay(*tags)
        return [self._tags.index(tag) for tag in tags]

    def lift(self, *numbers: int) -> None:
        self.rig.lift(*(self._tags[number] for number in numbers))

    def is_secured(self, number: int) -> bool:
        return self._tags[number].secured

    def lock(self, number: int) -> None:
        self._tags[number].faults.append(SwitchFault.REFUSES)

    def forget(self, number: int) -> None:
        self._tags[number].faults.append(SwitchFault.FORGETS)


class TestSimulatedPad(ItemPadContract):
    driver = "simulated"

    @pytest.fixture
    def operator(self) -> ItemPadOperator:
        return RigPad()


class TestSimulatedCardReader(CardReaderContract):
    driver = "simulated"

    @pytest.fixture
    def operator(self) -> CardReaderOperator:
        return RigReader()


class TestSimulatedScanner(BarcodeScannerContract):
    driver = "simulated"

    @pytest.fixture
    def operator(self) -> ScannerOperator:
        return RigScanner()


class TestSimulatedPrinter(ReceiptPrinterContract):
    driver = "simulated"

    @pytest.fixture(params=[384, 576])
    def operator(self, request: pytest.FixtureRequest) -> PrinterOperator:
        return RigPrinter(request.param)


class TestSimulatedKeys(KeysContract):
    driver = "simulated"

    @pytest.fixture
    def operator(self) -> KeysOperator:
        return RigKeys()


class TestSimulatedBin(BinContract):
    driver = "simulated"

    @pytest.fixture
    def operator(self) -> BinOperator:
        return RigBin()


class TestSimulatedGate(GateContract):
    driver = "simulated"

    @pytest.fixture
    def operator(self) -> GateOperator:
        return RigGate()


class TestSimulatedLights(LightsContract):
    driver = "simulated"

    @pytest.fixture
    def operator(self) -> LightsOperator:
        return RigLights()


def test_receipts_are_saved_as_files(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "paper")
    picture = drawing(384)
    picture.info["lines"] = ("Lakeside Library", "Dune")
    SimulatedPrinter(rig, 384).print(picture)
    (paper,) = rig.receipts()
    assert paper.lines == ("Lakeside Library", "Dune")
    assert paper.file == tmp_path / "paper" / "receipt-1.png"
    assert paper.file.read_bytes() == paper.png


@pytest.mark.parametrize("part", PartName)
def test_part_accepts_only_its_own_states(part: PartName) -> None:
    rig = Rig()
    for state in ("ok", "unplugged", "near_end", "out_of_paper", "cover_open", "on fire"):
        if state in STATES.get(part, ()):
            rig.set_part(part, state)
            assert rig.state(part) == state
        else:
            with pytest.raises(ValueError, match=f"{part} cannot be '{state}'"):
                rig.set_part(part, state)


def test_card_placed_twice_is_one_presence() -> None:
    rig = Rig()
    reader = SimulatedCardReader(rig)
    rig.place_card("0EF1A2B3")
    rig.place_card("0EF1A2B3")
    seen: list[str] = []
    reader.watch(seen.append, lambda: seen.append("removed"), lambda why: None, stop=lambda: rig.is_settled)
    assert seen == ["0EF1A2B3"]
