"""Test the systemd units, udev rules and users with systemd's own tools."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE

UNIT_DIR = Path(__file__).resolve().parents[2] / "systemd"
INSTALLED = "/opt/library-kiosk/venv/bin/"
UNITS = [each for kind in ("service", "timer", "path") for each in sorted(UNIT_DIR.glob(f"*.{kind}"))]
SERVICES = [each for each in UNITS if each.suffix == ".service"]
VERIFIES_RULES = 254
"""First version of udevadm with `verify`."""


def file_name(path: Path) -> str:
    return path.name


def tool(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not here: scripts/setup --dev installs the package {package} where there is apt")
    return found


def verified(unit: Path) -> subprocess.CompletedProcess[str]:
    """Run `systemd-analyze verify`, which only prints unknown keys, so its output must be empty."""
    command = [tool("systemd-analyze", "systemd"), "verify", "--man=no", str(unit)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)


def installed_unit(unit: Path, folder: Path) -> Path:
    """Copy all units, with the program paths of this environment, and return the copy of this one."""
    for each in UNITS:
        text = each.read_text(encoding="utf-8").replace(INSTALLED, f"{Path(sys.executable).parent}/")
        (folder / each.name).write_text(text, encoding="utf-8")
    return folder / unit.name


@pytest.mark.parametrize("unit", UNITS, ids=file_name)
def test_systemd_analyze_accepts_every_unit(unit: Path, tmp_path: Path) -> None:
    done = verified(installed_unit(unit, tmp_path))
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_misspelt_key_is_caught(tmp_path: Path) -> None:
    unit = installed_unit(UNIT_DIR / "kiosk.service", tmp_path)
    unit.write_text(unit.read_text(encoding="utf-8").replace("WatchdogSec=", "WatchDogSec="), encoding="utf-8")
    assert "WatchDogSec" in verified(unit).stderr


def exposure(unit: Path) -> float:
    """Return the exposure from 0 to 10 that systemd-analyze computes for a compromised unit."""
    command = [tool("systemd-analyze", "systemd"), "security", "--offline=true", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found is not None, done
    return float(found.group(1))


@pytest.mark.parametrize("unit", SERVICES, ids=file_name)
def test_services_are_sandboxed(unit: Path) -> None:
    assert exposure(unit) <= (1.5 if unit.name == "kiosk.service" else 2.5)


def test_unsandboxed_service_has_a_high_exposure(tmp_path: Path) -> None:
    unit = tmp_path / "open.service"
    unit.write_text("[Service]\nExecStart=/bin/true\n", encoding="utf-8")
    assert exposure(unit) > 9


@pytest.mark.parametrize("rules", sorted(UNIT_DIR.glob("*.rules")), ids=file_name)
def test_udev_rules_are_valid(rules: Path, tmp_path: Path) -> None:
    udevadm = tool("udevadm", "udev")
    version = int(subprocess.run([udevadm, "--version"], capture_output=True, text=True).stdout.split()[0])
    if version < VERIFIES_RULES:
        pytest.skip(f"udevadm {version} judges no rules; {VERIFIES_RULES} and newer do")
    bad = tmp_path / "70-bad.rules"
    bad.write_text('SUBSYSTEM=="spidev", GRUPPE="spi"\n', encoding="utf-8")
    results = [
        subprocess.run([udevadm, "verify", "--resolve-names=never", str(each)], capture_output=True, timeout=PATIENCE)
        for each in (rules, bad)
    ]
    assert [each.returncode for each in results] == [0, 1], results


def settings(unit: str, key: str) -> list[str]:
    text = (UNIT_DIR / unit).read_text(encoding="utf-8")
    return [value for each in re.findall(rf"^{key}=(.*)$", text, re.MULTILINE) for value in each.split()]


def test_every_group_of_the_kiosk_service_is_created() -> None:
    created = re.findall(r"^[gu] (\S+)", (UNIT_DIR / "sysusers-kiosk.conf").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(settings("kiosk.service", "SupplementaryGroups")) | {"kiosk"} == set(created)


def test_kiosk_service_restarts_and_may_use_only_its_devices() -> None:
    assert settings("kiosk.service", "Type") == ["notify"]
    assert settings("kiosk.service", "Restart") == ["always"]
    assert settings("kiosk.service", "DevicePolicy") == ["closed"]
    assert "LG_WD=/run/kiosk" in settings("kiosk.service", "Environment")
    assert float(settings("kiosk.service", "WatchdogSec")[0]) > 0
