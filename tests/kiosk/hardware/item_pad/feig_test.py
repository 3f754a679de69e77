"""Run the item pad's contract on the FEIG driver, over TCP and a serial port, and test its frames."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from kiosk.config.hardware import FeigPad
from kiosk.hardware.item_pad.feig import FeigAir, crc, frame_of, open_feig
from kiosk.hardware.item_pad.pile import PadOnAir
from kiosk.hardware.parts import ItemPad, PartFault, TagWriteFailed
from kiosk.tag_simulator.feig import FeigOnSerial, FeigOnTcp, FeigReader
from lending.tags import TagData
from tests.kiosk.hardware.item_pad.simulated_readers import FIRST_SERIAL, FieldOperator, tag_with
from tests.kiosk.hardware.item_pad_contract import EMMA, ItemPadContract, ItemPadOperator, until


class FeigOperator(FieldOperator):
    def __init__(self, folder: Path, *, is_serial: bool) -> None:
        super().__init__()
        self.reader = FeigReader(self.field)
        if is_serial:
            self.cable = FeigOnSerial(self.reader, folder / "reader")
            self.choice = FeigPad(driver="feig", device=folder / "reader")
        else:
            self.cable = FeigOnTcp(self.reader)
            self.choice = FeigPad(driver="feig", host="127.0.0.1", port=self.cable.port)

    def open(self) -> AbstractContextManager[ItemPad]:
        return open_feig(self.choice)


class TestFeigPad(ItemPadContract):
    driver = "feig"

    @pytest.fixture(params=["tcp", "serial"])
    def operator(self, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ItemPadOperator]:
        operator = FeigOperator(tmp_path, is_serial=request.param == "serial")
        yield operator
        operator.unplug()


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[FeigOperator]:
    operator = FeigOperator(tmp_path, is_serial=False)
    yield operator
    operator.unplug()


@pytest.mark.parametrize(
    ("request_data", "frame"),
    [
        ("0100", "020009FFB001001843"),
        ("2301E0040100123456780008", "020013FFB02301E0040100123456780008DC92"),
        ("2701E004010012345678C2", "020012FFB02701E004010012345678C25FA0"),
    ],
)
def test_frames_are_those_of_the_protocol(request_data: str, frame: str) -> None:
    assert frame_of(0xB0, bytes.fromhex(request_data)).hex().upper() == frame


@pytest.mark.parametrize("frame", ["020007FF656E61", "0200081280 07A02D"])
def test_checksum_of_published_frames_fits(frame: str) -> None:
    assert crc(bytes.fromhex(frame)) == 0


def test_pile_of_more_than_one_answer_is_counted(operator: FeigOperator) -> None:
    books = [TagData(str(number)) for number in range(30012000000100, 30012000000140)]
    with operator.open() as pad:
        operator.lay(*books)
        assert {tag.content for tag in until(pad, 40).tags} == set(books)


def test_tags_that_cannot_be_separated_are_a_crowd(operator: FeigOperator) -> None:
    with operator.open() as pad:
        operator.lay(EMMA)
        twin = 0xE004_0100_0001_5600
        operator.field.tags += [tag_with(twin, EMMA), tag_with(twin + (1 << 24), EMMA)]
        pile = pad.look()
        assert pile.crowded and not pile.steady
        assert EMMA in [tag.content for tag in pile.tags]


def test_broken_answers_are_asked_for_again(operator: FeigOperator) -> None:
    operator.lay(EMMA)
    with operator.open() as pad:
        handle = until(pad, 1).tags[0].handle
        operator.reader.garbles = 2
        pad.switch(handle, False)
        assert operator.tags[0].afi == 0xC2


def test_spoilt_inventory_does_not_empty_the_pad(operator: FeigOperator) -> None:
    operator.lay(EMMA)
    with operator.open() as pad:
        before = until(pad, 1)
        operator.reader.garbles = 1
        assert pad.look().tags == before.tags


def test_reader_that_does_not_answer_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        accepted: list[socket.socket] = []
        thread = threading.Thread(target=lambda: accepted.append(mute.accept()[0]), daemon=True)
        thread.start()
        choice = FeigPad(driver="feig", host="127.0.0.1", port=mute.getsockname()[1])
        with open_feig(choice) as pad, pytest.raises(PartFault, match="no_answer"):
            pad.look()
        thread.join()
        accepted[0].close()


def test_reader_that_refuses_the_connection_is_unplugged() -> None:
    with pytest.raises(PartFault, match="unplugged"), open_feig(FeigPad(driver="feig", host="127.0.0.1", port=9)):
        pass


class Answering:
    """A port that answers with fixed bytes."""

    def __init__(self, answer: bytes) -> None:
        self._left = answer

    def reset_input_buffer(self) -> None:
        """Do nothing: what follows is the answer."""

    def write(self, data: bytes) -> None:
        """Do nothing: the answer is fixed."""

    def read(self, count: int) -> bytes:
        taken, self._left = self._left[:count], self._left[count:]
        return taken


@pytest.mark.parametrize(("status", "reason"), [(0x82, "scan mode"), (0x80, "status 0x80"), (0x10, "status 0x10")])
def test_status_of_the_reader_is_a_fault(status: int, reason: str) -> None:
    body = bytes((6, 0, 0xB0, status))
    port = Answering(body + crc(body).to_bytes(2, "little"))
    pad = PadOnAir(FeigAir(port, "reader"), FeigPad(driver="feig", host="reader"))
    with pytest.raises(PartFault) as fault:
        pad.look()
    assert fault.value.args[0] == "driver_error" and reason in fault.value.args[1]


def test_serial_number_is_in_no_pile_and_no_message(operator: FeigOperator, caplog: pytest.LogCaptureFixture) -> None:
    operator.lay(EMMA)
    operator.lock(0)
    with operator.open() as pad:
        pile = until(pad, 1)
        with pytest.raises(TagWriteFailed) as failure:
            pad.switch(pile.tags[0].handle, False)
    shown = f"{pile} {failure.value!r} {caplog.text}".upper()
    assert f"{FIRST_SERIAL:016X}" not in shown and str(FIRST_SERIAL) not in shown


def test_first_serial_is_of_a_library_tag() -> None:
    assert FIRST_SERIAL.to_bytes(8, "big")[:3] == bytes.fromhex("E00401")
