"""Test that the parts of a kiosk.toml open, report and recover; an unplugged part is noticed within half a second."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kiosk.config import Config, load, write_example
from kiosk.events import (
    CardPresented,
    CardRemoved,
    DropSensed,
    Event,
    ItemScanned,
    Key,
    KeyPressed,
    PadTag,
    PartChanged,
    PileSeen,
    TagHandle,
)
from kiosk.hardware.driver_factory import Parts, open_parts
from kiosk.hardware.parts import PartFault, TagGone, TagVerifyFailed, TagWriteFailed
from kiosk.hardware.rig import STATES, Rig, RigTag, SwitchFault
from kiosk.system.health import ABSENT, READY, Condition, Health, PartName, PartState
from kiosk.tag_simulator.feig import FeigOnTcp, FeigReader
from kiosk.tag_simulator.tags import AirField, Tag
from kiosk.views import Signal
from lending.tags import TagData, TagTrouble, encode
from tests.emulated.escpos_cables import TcpCable
from tests.emulated.escpos_printer import Printer
from tests.emulated.gpio import Wires, wired
from tests.emulated.gpio_bench import GATE, LIGHTS, ON_PINS, sections
from tests.kiosk.hardware.receipt_printer_contract import alike, drawing
from tests.support.patience import PATIENCE

WITHIN = 0.5
"""Seconds within which plugging or unplugging is detected."""
NONE = {part.value: "none" for part in STATES}
BLANK = Image.new("1", (384, 8), 1)


def config(home: Path, **drivers: str) -> Config:
    path = write_example(home / "kiosk.toml", home / "state", home / "run", "http://127.0.0.1")
    text = path.read_text()
    for part, driver in drivers.items():
        text = text.replace(f'[{part}]\ndriver = "simulated"', f'[{part}]\ndriver = "{driver}"')
    path.write_text(text)
    return load(path)


class Stage:
    """Parts opened for a test: the rig, the inbox they post to and their health."""

    def __init__(self, config: Config) -> None:
        self.inbox: queue.Queue[Event] = queue.Queue()
        self.rig = Rig()
        self.health = Health(lambda part, state: self.inbox.put(PartChanged(part, state)))
        self.parts: Parts = open_parts(config, self.inbox.put, self.health, self.rig)

    def until(self, wanted: Event) -> list[Event]:
        """Return the events up to and including the wanted one."""
        seen: list[Event] = []
        while not seen or seen[-1] != wanted:
            seen.append(self.inbox.get(timeout=PATIENCE))
        return seen

    def until_ready(self) -> None:
        waiting = set(STATES)
        while waiting:
            event = self.inbox.get(timeout=PATIENCE)
            assert isinstance(event, PartChanged) and event.state == READY
            waiting.remove(event.part)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(config(tmp_path))
    stage.until_ready()
    yield stage
    stage.parts.close()


def test_card_and_scan_events_are_posted(stage: Stage) -> None:
    stage.rig.place_card("04A1B2C3")
    stage.rig.remove_cards()
    assert stage.until(CardRemoved()) == [CardPresented("04A1B2C3"), CardRemoved()]
    stage.rig.show("30012000000017")
    stage.until(ItemScanned("30012000000017"))


def test_key_and_drop_events_are_posted(stage: Stage) -> None:
    stage.rig.press(Key.NEXT)
    stage.rig.press(Key.CHOOSE)
    assert stage.until(KeyPressed(Key.CHOOSE)) == [KeyPressed(Key.NEXT), KeyPressed(Key.CHOOSE)]
    stage.rig.drop()
    stage.until(DropSensed())


def test_each_change_of_the_pile_is_posted_once(stage: Stage) -> None:
    emma, blank = RigTag(TagData("30012000000017")), RigTag(TagTrouble.BLANK)
    one, two = PadTag(TagHandle(1), emma.content), PadTag(TagHandle(2), blank.content)
    stage.rig.lay(emma)
    stage.until(PileSeen((one,)))
    stage.rig.lay(blank, steady=False)
    stage.until(PileSeen((one, two), steady=False))
    stage.rig.lay(crowded=True)
    stage.until(PileSeen((one, two), crowded=True))
    stage.rig.lift()
    assert stage.until(PileSeen()) == [PileSeen()]


def test_security_of_a_tag_is_switched_and_its_failures_are_typed(stage: Stage) -> None:
    emma = RigTag(
        TagData("30012000000017"),
        faults=(SwitchFault.REFUSES, SwitchFault.FORGETS, None, SwitchFault.LEAVES_SWITCHED),
    )
    stage.rig.lay(emma)
    stage.until(PileSeen((PadTag(TagHandle(1), emma.content),)))
    pad, handle = stage.parts.item_pad, TagHandle(1)
    with pytest.raises(TagWriteFailed):
        pad.unsecure(handle)
    with pytest.raises(TagVerifyFailed):
        pad.unsecure(handle)
    assert emma.secured and pad.is_secured(handle)
    pad.unsecure(handle)
    assert not emma.secured and not pad.is_secured(handle)
    with pytest.raises(TagGone):
        pad.secure(handle)
    assert emma.secured
    stage.until(PileSeen())


def test_unplugged_pad_reports_an_empty_pile_and_does_nothing_later(stage: Stage) -> None:
    emma = RigTag(TagData("30012000000017"))
    pile = PileSeen((PadTag(TagHandle(1), emma.content),))
    stage.rig.lay(emma)
    stage.until(pile)
    stage.rig.set_part(PartName.ITEM_PAD, "unplugged")
    stage.until(PileSeen())
    with pytest.raises(PartFault, match="unplugged"):
        stage.parts.item_pad.unsecure(TagHandle(1))
    stage.rig.set_part(PartName.ITEM_PAD, "ok")
    stage.until(pile)
    assert emma.secured and emma.writes == 0


def test_blocked_bin_is_faulty_until_it_is_cleared(stage: Stage) -> None:
    stage.rig.set_part(PartName.BIN, "blocked")
    stage.until(PartChanged(PartName.BIN, PartState(Condition.FAULTY, "blocked")))
    stage.rig.set_part(PartName.BIN, "ok")
    stage.until(PartChanged(PartName.BIN, READY))


def test_gpio_parts_are_opened_and_lights_are_dark_after_close(tmp_path: Path) -> None:
    path = write_example(
        tmp_path / "kiosk.toml", tmp_path / "state", tmp_path / "run", "http://127.0.0.1", changes=sections()
    )
    with wired(Wires()) as wires:
        stage = Stage(load(path))
        stage.until_ready()
        assert stage.parts.simulated == {PartName(part) for part in STATES if part not in ON_PINS}
        stage.parts.lights.show(Signal.REFUSED)
        stage.parts.security_gate.pulse()
        wires.until_risen(GATE.pin, 1)
        assert wires.signal(LIGHTS) is Signal.REFUSED
        stage.parts.close()
        assert wires.signal(LIGHTS) is None


@pytest.mark.parametrize("part", STATES)
def test_unplugging_and_replugging_are_detected_within_their_time_limit(stage: Stage, part: PartName) -> None:
    took = []
    for _ in range(3):
        began = time.monotonic()
        stage.rig.set_part(part, "unplugged")
        stage.until(PartChanged(part, PartState(Condition.FAULTY, "unplugged")))
        stage.rig.set_part(part, "ok")
        stage.until(PartChanged(part, READY))
        took.append(time.monotonic() - began)
    assert min(took) < 2 * WITHIN


@pytest.mark.parametrize("state", ["near_end", "out_of_paper", "cover_open"])
def test_paper_state_is_reported_while_idle(stage: Stage, state: str) -> None:
    stage.rig.set_part(PartName.RECEIPT_PRINTER, state)
    condition = Condition.READY if state == "near_end" else Condition.FAULTY
    stage.until(PartChanged(PartName.RECEIPT_PRINTER, PartState(condition, state)))
    stage.rig.set_part(PartName.RECEIPT_PRINTER, "ok")
    stage.until(PartChanged(PartName.RECEIPT_PRINTER, READY))
    stage.parts.receipt_printer.print(BLANK)
    assert len(stage.rig.receipts()) == 1


def test_network_printer_is_opened_and_prints(tmp_path: Path) -> None:
    printer = Printer(384)
    with TcpCable(printer) as cable:
        path = write_example(tmp_path / "kiosk.toml", tmp_path / "state", tmp_path / "run", "http://127.0.0.1")
        keys = f'driver = "network"\nhost = "127.0.0.1"\nport = {cable.port}'
        path.write_text(
            path.read_text().replace('[receipt_printer]\ndriver = "simulated"', f"[receipt_printer]\n{keys}")
        )
        stage = Stage(load(path))
        stage.until(PartChanged(PartName.RECEIPT_PRINTER, READY))
        assert PartName.RECEIPT_PRINTER not in stage.parts.simulated
        stage.parts.receipt_printer.print(drawing(384))
        stage.parts.close()
    assert alike(printer.slips()[0], drawing(384))


def test_network_pad_is_opened_reports_its_pile_and_switches_it(tmp_path: Path) -> None:
    field = AirField()
    cable = FeigOnTcp(FeigReader(field))
    pad = {"driver": "feig", "host": "127.0.0.1", "port": cable.port}
    path = write_example(
        tmp_path / "kiosk.toml", tmp_path / "state", tmp_path / "run", "http://127.0.0.1", changes={"item_pad": pad}
    )
    stage = Stage(load(path))
    try:
        stage.until(PartChanged(PartName.ITEM_PAD, READY))
        assert PartName.ITEM_PAD not in stage.parts.simulated
        tag = Tag(0xE004010012345678, bytearray(encode(TagData("30012000000017"), 112).ljust(112, b"\0")))
        field.tags = [tag]
        stage.until(PileSeen((PadTag(TagHandle(1), TagData("30012000000017")),)))
        stage.parts.item_pad.unsecure(TagHandle(1))
        assert tag.afi == 0xC2
        cable.unplug()
        stage.until(PileSeen())
        with pytest.raises(PartFault):
            stage.parts.item_pad.secure(TagHandle(1))
        cable.plug()
        stage.until(PileSeen((PadTag(TagHandle(1), TagData("30012000000017")),)))
    finally:
        stage.parts.close()
        cable.unplug()


def test_replugged_lights_resume_the_current_signal(stage: Stage) -> None:
    stage.rig.set_part(PartName.LIGHTS, "unplugged")
    stage.until(PartChanged(PartName.LIGHTS, PartState(Condition.FAULTY, "unplugged")))
    stage.parts.lights.show(Signal.ATTENTION)
    assert stage.rig.signal is None
    stage.rig.set_part(PartName.LIGHTS, "ok")
    stage.until(PartChanged(PartName.LIGHTS, READY))
    assert stage.rig.signal is Signal.ATTENTION


def test_parts_are_settled_after_every_change_is_posted(stage: Stage) -> None:
    assert stage.parts.is_settled
    assert stage.parts.simulated == set(STATES)
    stage.rig.set_part(PartName.CARD_READER, "unplugged")
    stage.until(PartChanged(PartName.CARD_READER, PartState(Condition.FAULTY, "unplugged")))
    assert stage.parts.is_settled
    stage.rig.place_card("04A1B2C3")
    assert stage.parts.is_settled, "an unplugged reader has nothing to report"


def test_parts_with_driver_none_are_absent(tmp_path: Path) -> None:
    stage = Stage(config(tmp_path, **NONE))
    assert stage.health.states == dict.fromkeys(STATES, ABSENT)
    stage.parts.lights.show(Signal.DONE)
    stage.parts.security_gate.pulse()
    assert (stage.rig.signal, stage.rig.pulses) == (None, 0)
    with pytest.raises(TagGone):
        stage.parts.item_pad.unsecure(TagHandle(1))
    with pytest.raises(PartFault, match="absent"):
        stage.parts.receipt_printer.check()
    with pytest.raises(PartFault, match="absent"):
        stage.parts.receipt_printer.print(Image.new("1", (stage.parts.receipt_printer.width, 8)))
    assert stage.parts.is_settled
    stage.parts.close()


def test_fault_and_recovery_are_logged_once(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "kiosk.system.health"):
        stage.rig.set_part(PartName.BARCODE_SCANNER, "unplugged")
        stage.until(PartChanged(PartName.BARCODE_SCANNER, PartState(Condition.FAULTY, "unplugged")))
        for _ in range(5):
            stage.parts.retry(PartName.BARCODE_SCANNER)
        stage.rig.set_part(PartName.BARCODE_SCANNER, "ok")
        stage.until(PartChanged(PartName.BARCODE_SCANNER, READY))
    assert [record.message for record in caplog.records] == [
        "barcode_scanner is faulty: unplugged",
        "barcode_scanner is ready",
    ]


def test_card_number_is_not_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        stage.rig.place_card("04A1B2C3")
        stage.until(CardPresented("04A1B2C3"))
    assert "04A1B2C3" not in caplog.text


def test_close_ends_every_thread(tmp_path: Path) -> None:
    stage = Stage(config(tmp_path))
    stage.until_ready()
    threads: list[Any] = list(stage.parts._threads.values())
    stage.parts.close()
    assert all(thread.join(0) for thread in threads)
