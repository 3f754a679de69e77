"""Test that undervoltage is detected on a Pi 5, whose firmware has no get_throttled in sysfs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.system.host_info import HostInfo


def a_pi_5(root: Path, alarm: str) -> HostInfo:
    for number, name in enumerate(("cpu_thermal", "rpi_volt", "pwmfan")):
        sensor = root / f"sys/class/hwmon/hwmon{number}"
        sensor.mkdir(parents=True)
        (sensor / "name").write_text(f"{name}\n")
        if name == "rpi_volt":
            (sensor / "in0_lcrit_alarm").write_text(f"{alarm}\n")
    return HostInfo(root)


@pytest.mark.parametrize(("alarm", "supply"), [("0", "ok"), ("1", "low")])
def test_the_kernels_alarm_tells_the_supply(tmp_path: Path, alarm: str, supply: str) -> None:
    assert a_pi_5(tmp_path, alarm).supply == supply


def test_a_machine_that_measures_nothing_says_so(tmp_path: Path) -> None:
    assert HostInfo(tmp_path).supply is None
