"""Run the barcode scanner contract on every driver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulated.picamera2 import emulated_camera
from tests.kiosk.hardware.barcode_scanner_contract import BarcodeScannerContract, ScannerOperator
from tests.kiosk.hardware.scanner_operator import FramesOperator, KeyboardOperator, PiCameraOperator, SerialOperator


class TestPicamera2(BarcodeScannerContract):
    driver = "picamera2"

    @pytest.fixture
    def operator(self, tmp_path: Path) -> Iterator[ScannerOperator]:
        with emulated_camera(tmp_path / "spot") as (spot, _):
            yield PiCameraOperator(tmp_path, spot)


class TestFrames(BarcodeScannerContract):
    driver = "frames"

    @pytest.fixture
    def operator(self, tmp_path: Path) -> ScannerOperator:
        return FramesOperator(tmp_path)


class TestKeyboard(BarcodeScannerContract):
    driver = "keyboard"

    @pytest.fixture
    def operator(self) -> ScannerOperator:
        return KeyboardOperator()


class TestSerial(BarcodeScannerContract):
    driver = "serial"

    @pytest.fixture
    def operator(self, tmp_path: Path) -> ScannerOperator:
        return SerialOperator(tmp_path / "ttyUSB0")
