"""Test a kiosk's parts with a camera that is unplugged during a visit."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.events import Event, ItemScanned, PartChanged, ScannerHint
from kiosk.hardware.driver_factory import Parts, open_parts
from kiosk.hardware.rig import Rig
from kiosk.system.health import READY, Condition, Health, PartName, PartState
from kiosk.views import LABELS, NOTHING
from tests.emulated.picamera2 import Spot, emulated_camera
from tests.kiosk.hardware.barcode_scanner_contract import DUNE, MOMO
from tests.kiosk.hardware.scanner_operator import book, config_with
from tests.support.patience import PATIENCE

SCANNER = PartName.BARCODE_SCANNER
GONE = PartChanged(SCANNER, PartState(Condition.FAULTY, "unplugged"))
BACK = PartChanged(SCANNER, READY)


class Stage:
    def __init__(self, home: Path, spot: Spot) -> None:
        config = config_with(home, driver="picamera2", frame_rate=15.0)
        self.spot = spot
        self.inbox: queue.Queue[Event] = queue.Queue()
        self.health = Health(lambda part, state: self.inbox.put(PartChanged(part, state)))
        self.parts: Parts = open_parts(config, self.inbox.put, self.health, Rig())

    def until(self, wanted: Event) -> list[Event]:
        seen: list[Event] = []
        while not seen or seen[-1] != wanted:
            seen.append(self.inbox.get(timeout=PATIENCE))
        return seen


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with emulated_camera(tmp_path / "spot") as (spot, _):
        stage = Stage(tmp_path, spot)
        stage.until(BACK)
        stage.parts.viewfinder.want(LABELS)
        yield stage
        stage.parts.close()


@pytest.mark.parametrize("how", ["raises", "silent"])
def test_camera_unplugged_during_a_visit_recovers_and_reads_again(stage: Stage, how: str) -> None:
    stage.spot.show(book(DUNE))
    stage.until(ItemScanned(DUNE))
    stage.spot.unplug(how)
    reason = "unplugged" if how == "raises" else "time_out"
    stage.until(PartChanged(SCANNER, PartState(Condition.FAULTY, reason)))
    stage.spot.plug()
    stage.until(BACK)
    stage.spot.show(book(MOMO))
    assert not [each for each in stage.until(ItemScanned(MOMO)) if isinstance(each, ScannerHint)]


def test_preview_exists_only_while_a_scan_is_wanted(stage: Stage) -> None:
    assert stage.parts.viewfinder.live
    stage.spot.show(book(DUNE), frames=90)
    stage.until(ItemScanned(DUNE))
    assert stage.parts.viewfinder.newest() is not None
    stage.parts.viewfinder.want(NOTHING)
    assert stage.parts.viewfinder.newest() is None


def test_camera_kiosk_closes_in_time(tmp_path: Path) -> None:
    with emulated_camera(tmp_path / "spot") as (spot, device):
        stage = Stage(tmp_path, spot)
        stage.until(BACK)
        began = time.monotonic()
        stage.parts.close()
        assert time.monotonic() - began < 30
        assert all(each.closed for each in device.opened)
