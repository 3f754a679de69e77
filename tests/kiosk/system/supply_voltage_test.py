"""Test that undervoltage is detected on a Pi 5, whose firmware has no get_throttled in sysfs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.system.host_info import HostInfo


def raspberry_pi_5(root: Path, alarm: str) -> HostInfo:
    for number, name in enumerate(("cpu_thermal", "rpi_volt", "pwmfan")):
        sensor = root / f"sys/class/hwmon/hwmon{number}"
        sensor.mkdir(parents=True)
        (sensor / "name").write_text(f"{name}\n")
        if name == "rpi_volt":
            (sensor / "in0_lcrit_alarm").write_text(f"{alarm}\n")
    return HostInfo(root)


@pytest.mark.parametrize(("alarm", "supply"), [("0", "ok"), ("1", "low")])
def test_kernel_alarm_reports_the_supply_voltage(tmp_path: Path, alarm: str, supply: str) -> None:
    assert raspberry_pi_5(tmp_path, alarm).supply == supply


def test_machine_without_a_sensor_reports_no_supply(tmp_path: Path) -> None:
    assert HostInfo(tmp_path).supply is None
