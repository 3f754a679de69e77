"""Run the barcode scanner contract on every driver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulated.picamera2 import emulated_camera
from tests.kiosk.hardware.barcode_scanner_contract import BarcodeScannerContract, ScannerHands
from tests.kiosk.hardware.scanner_operator import FramesHands, KeyboardHands, PiCameraHands, SerialHands


class TestPicamera2(BarcodeScannerContract):
    driver = "picamera2"

    @pytest.fixture
    def hands(self, tmp_path: Path) -> Iterator[ScannerHands]:
        with emulated_camera(tmp_path / "spot") as (spot, _):
            yield PiCameraHands(tmp_path, spot)


class TestFrames(BarcodeScannerContract):
    driver = "frames"

    @pytest.fixture
    def hands(self, tmp_path: Path) -> ScannerHands:
        return FramesHands(tmp_path)


class TestKeyboard(BarcodeScannerContract):
    driver = "keyboard"

    @pytest.fixture
    def hands(self) -> ScannerHands:
        return KeyboardHands()


class TestSerial(BarcodeScannerContract):
    driver = "serial"

    @pytest.fixture
    def hands(self, tmp_path: Path) -> ScannerHands:
        return SerialHands(tmp_path / "ttyUSB0")
