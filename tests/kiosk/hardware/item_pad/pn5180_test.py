"""Run the item pad's contract on the PN5180 driver through the real library, and test what that does not do."""

from __future__ import annotations

import os
import pty
import tty
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from kiosk.config.hardware import Pn5180Pad
from kiosk.hardware.item_pad import pn5180
from kiosk.hardware.item_pad.pn5180 import open_pn5180
from kiosk.hardware.parts import ItemPad, PartFault, TagVerifyFailed
from kiosk.tag_simulator.pn5180 import Pn5180Pico
from tests.kiosk.hardware.item_pad.simulated_readers import FIRST_SERIAL, FieldOperator, tag_with
from tests.kiosk.hardware.item_pad_contract import ATLAS, EMMA, ItemPadContract, ItemPadOperator, until


@pytest.fixture(autouse=True)
def no_wait_for_the_bootloader(monkeypatch: pytest.MonkeyPatch) -> None:
    """The RPC library waits two seconds for an Arduino to start; nothing starts here."""
    with warnings.catch_warnings(action="ignore"):
        import simple_rpc.simple_rpc

    monkeypatch.setattr(simple_rpc.simple_rpc, "sleep", lambda seconds: None)
    monkeypatch.setattr(pn5180, "QUIET_SECONDS", 0.02)


class PicoOperator(FieldOperator):
    def __init__(self, folder: Path, security: str = "afi") -> None:
        super().__init__()
        self.cable = self.pico = Pn5180Pico(self.field, folder / "pico")
        self.choice = Pn5180Pad(driver="pn5180", device=folder / "pico", security=security)  # type: ignore[arg-type]

    def open(self) -> AbstractContextManager[ItemPad]:
        return open_pn5180(self.choice)


class EasOperator(PicoOperator):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "eas")

    def is_secured(self, number: int) -> bool:
        return self.tags[number].eas


class BothOperator(PicoOperator):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "both")

    def is_secured(self, number: int) -> bool:
        tag = self.tags[number]
        assert tag.eas == (tag.afi == 0x07)
        return tag.eas


class TestPn5180Pad(ItemPadContract):
    driver = "pn5180"

    @pytest.fixture(params=[PicoOperator, EasOperator, BothOperator])
    def operator(self, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ItemPadOperator]:
        operator = request.param(tmp_path)
        yield operator
        operator.unplug()


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[PicoOperator]:
    operator = PicoOperator(tmp_path)
    yield operator
    operator.unplug()


def test_library_alone_loses_one_of_two_colliding_tags(operator: PicoOperator) -> None:
    """Control: the reason why the inventory is this driver's own."""
    from pn5180_tagomatic import PN5180

    operator.field.tags += [tag_with(FIRST_SERIAL + 1, EMMA), tag_with(FIRST_SERIAL + 0x21, ATLAS)]
    with PN5180(str(operator.choice.device)) as reader, reader.start_session(0x0D, 0x8D) as session:
        assert len(session.iso15693_inventory()) == 1
    with operator.open() as pad:
        assert {tag.content for tag in until(pad, 2).tags} == {EMMA, ATLAS}


def test_spoilt_answers_are_asked_for_again(operator: PicoOperator) -> None:
    with operator.open() as pad:
        (emma,) = operator.lay(EMMA)
        operator.pico.garbles = 2
        handle = until(pad, 1).tags[0].handle
        operator.pico.garbles = 2
        pad.switch(handle, False)
        assert not operator.is_secured(emma)


def test_tag_that_misses_requests_stays_in_the_pile(operator: PicoOperator) -> None:
    with operator.open() as pad:
        operator.lay(EMMA, ATLAS)
        first = until(pad, 2)
        operator.tags[0].misses = 0.3
        assert all(pad.look().tags == first.tags for _ in range(10))


def test_eas_that_is_not_kept_fails_the_verification(tmp_path: Path) -> None:
    operator = EasOperator(tmp_path)
    operator.lay(EMMA)
    operator.forget(0)
    with operator.open() as pad, pytest.raises(TagVerifyFailed):
        pad.switch(until(pad, 1).tags[0].handle, False)
    operator.unplug()


def test_library_without_a_gate_switches_nothing(tmp_path: Path) -> None:
    operator = PicoOperator(tmp_path, "none")
    operator.lay(EMMA)
    with operator.open() as pad:
        handle = until(pad, 1).tags[0].handle
        pad.switch(handle, False)
        assert not pad.is_secured(handle)
    assert operator.tags[0].writes == 0
    operator.unplug()


def test_other_device_is_not_taken_for_a_pico(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pn5180, "FIRMWARE_SECONDS", 0.1)
    master, slave = pty.openpty()
    tty.setraw(slave)
    try:
        choice = Pn5180Pad(driver="pn5180", device=Path(os.ttyname(slave)))
        with pytest.raises(PartFault, match="no_answer"), open_pn5180(choice):
            pass
    finally:
        os.close(master)
        os.close(slave)


def test_firmware_without_a_call_is_a_fault(operator: PicoOperator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pn5180Pico, "CALLS", tuple(each for each in Pn5180Pico.CALLS if each[0] != "wait_for_irq"))
    with operator.open() as pad, pytest.raises(PartFault) as fault:
        pad.look()
    assert fault.value.args[0] == "driver_error" and "wait_for_irq" in fault.value.args[1]


def test_port_of_another_program_is_in_use(operator: PicoOperator) -> None:
    import serial

    with (
        serial.Serial(str(operator.choice.device), exclusive=True),
        pytest.raises(PartFault, match="in_use"),
        operator.open(),
    ):
        pass


def test_port_unplugged_in_mid_frame_is_a_fault(operator: PicoOperator) -> None:
    operator.lay(EMMA, ATLAS)
    with operator.open() as pad:
        until(pad, 2)
        operator.pico.leaves_in = 20
        with pytest.raises(PartFault, match="unplugged"):
            pad.look()
            pad.look()


def test_field_is_off_after_closing(operator: PicoOperator) -> None:
    with operator.open() as pad:
        pad.look()
        assert operator.field.is_on
    assert not operator.field.is_on
