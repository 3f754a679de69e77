"""Test the backlight through sysfs files: off and on, lit after a crash, one log entry if it cannot be written."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from kiosk.hardware.backlight import Backlight
from kiosk.system.host_info import HostInfo


@pytest.fixture
def power(tmp_path: Path) -> Path:
    """Create the sysfs entry of a Raspberry Pi Touch Display: a device folder behind a symbolic link."""
    device = tmp_path / "sys/devices/platform/soc/i2c-10/10-0045/backlight/10-0045"
    device.mkdir(parents=True)
    (tmp_path / "sys/class/backlight").mkdir(parents=True)
    (tmp_path / "sys/class/backlight/10-0045").symlink_to(device)
    (device / "bl_power").write_text("0\n")
    return device / "bl_power"


def test_backlight_is_switched_off_and_on(power: Path, tmp_path: Path) -> None:
    light = Backlight(HostInfo(tmp_path).backlights)
    light.switch(False)
    assert power.read_text() == "4"
    light.switch(True)
    assert power.read_text() == "0"


def test_backlight_is_lit_at_start_and_after_an_error(power: Path, tmp_path: Path) -> None:
    power.write_text("4\n")
    light = Backlight(HostInfo(tmp_path).backlights)
    with pytest.raises(RuntimeError), light.keep_lit():
        assert power.read_text() == "0"
        light.switch(False)
        raise RuntimeError("the kiosk ends")
    assert power.read_text() == "0"


def test_unwritable_backlight_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    light = Backlight([tmp_path / "10-0045"])
    with caplog.at_level(logging.WARNING):
        light.switch(False)
        light.switch(True)
    assert [record.message for record in caplog.records] == [
        "Cannot switch the backlight 10-0045: No such file or directory"
    ]


def test_lit_backlight_is_not_written(power: Path, tmp_path: Path) -> None:
    """A developer's machine logs no warning about a read-only backlight."""
    before = power.stat().st_mtime_ns
    with Backlight(HostInfo(tmp_path).backlights).keep_lit():
        assert power.stat().st_mtime_ns == before


def test_missing_backlight_is_ignored(tmp_path: Path) -> None:
    assert HostInfo(tmp_path).backlights == ()
    Backlight(()).switch(False)
