"""Test the systemd units, udev rules and users with systemd's own tools."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE

HOUSE = Path(__file__).resolve().parents[2] / "systemd"
INSTALLED = "/opt/library-kiosk/venv/bin/"
UNITS = sorted(HOUSE.glob("*.service")) + sorted(HOUSE.glob("*.timer"))
SERVICES = [each for each in UNITS if each.suffix == ".service"]
VERIFIES_RULES = 254
"""The version from which udevadm judges rules."""


def named(path: Path) -> str:
    return path.name


def tool(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not here: scripts/setup --dev installs the package {package} where there is apt")
    return found


def verified(unit: Path) -> subprocess.CompletedProcess[str]:
    """An unknown key is only printed, so what counts is that nothing is."""
    command = [tool("systemd-analyze", "systemd"), "verify", "--man=no", str(unit)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)


def where_it_runs(unit: Path, folder: Path) -> Path:
    """The unit, with all others beside it, as it would be on a machine whose programs lie in this environment."""
    for each in UNITS:
        text = each.read_text(encoding="utf-8").replace(INSTALLED, f"{Path(sys.executable).parent}/")
        (folder / each.name).write_text(text, encoding="utf-8")
    return folder / unit.name


@pytest.mark.parametrize("unit", UNITS, ids=named)
def test_systemd_finds_nothing_to_say_about_a_unit(unit: Path, tmp_path: Path) -> None:
    done = verified(where_it_runs(unit, tmp_path))
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_a_misspelt_key_is_caught(tmp_path: Path) -> None:
    unit = where_it_runs(HOUSE / "kiosk.service", tmp_path)
    unit.write_text(unit.read_text(encoding="utf-8").replace("WatchdogSec=", "WatchDogSec="), encoding="utf-8")
    assert "WatchDogSec" in verified(unit).stderr


def exposure(unit: Path) -> float:
    """From 0 to 10, as systemd-analyze reckons what a unit that was taken over could reach."""
    command = [tool("systemd-analyze", "systemd"), "security", "--offline=true", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found is not None, done
    return float(found.group(1))


@pytest.mark.parametrize("unit", SERVICES, ids=named)
def test_a_service_is_shut_in(unit: Path) -> None:
    assert exposure(unit) <= (1.5 if unit.name == "kiosk.service" else 2.5)


def test_a_service_that_is_not_shut_in_is_told_apart(tmp_path: Path) -> None:
    unit = tmp_path / "open.service"
    unit.write_text("[Service]\nExecStart=/bin/true\n", encoding="utf-8")
    assert exposure(unit) > 9


@pytest.mark.parametrize("rules", sorted(HOUSE.glob("*.rules")), ids=named)
def test_udev_understands_the_rules(rules: Path, tmp_path: Path) -> None:
    udevadm = tool("udevadm", "udev")
    version = int(subprocess.run([udevadm, "--version"], capture_output=True, text=True).stdout.split()[0])
    if version < VERIFIES_RULES:
        pytest.skip(f"udevadm {version} judges no rules; {VERIFIES_RULES} and newer do")
    bad = tmp_path / "70-bad.rules"
    bad.write_text('SUBSYSTEM=="spidev", GRUPPE="spi"\n', encoding="utf-8")
    judged = [
        subprocess.run([udevadm, "verify", "--resolve-names=never", str(each)], capture_output=True, timeout=PATIENCE)
        for each in (rules, bad)
    ]
    assert [each.returncode for each in judged] == [0, 1], judged


def settings(unit: str, key: str) -> list[str]:
    text = (HOUSE / unit).read_text(encoding="utf-8")
    return [value for each in re.findall(rf"^{key}=(.*)$", text, re.MULTILINE) for value in each.split()]


def test_every_group_of_the_kiosk_is_made_where_it_is_missing() -> None:
    made = re.findall(r"^[gu] (\S+)", (HOUSE / "sysusers-kiosk.conf").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(settings("kiosk.service", "SupplementaryGroups")) | {"kiosk"} == set(made)


def test_the_kiosk_is_looked_after_and_reaches_no_device_but_its_parts() -> None:
    assert settings("kiosk.service", "Type") == ["notify"]
    assert settings("kiosk.service", "Restart") == ["always"]
    assert settings("kiosk.service", "DevicePolicy") == ["closed"]
    assert "LG_WD=/run/kiosk" in settings("kiosk.service", "Environment")
    assert float(settings("kiosk.service", "WatchdogSec")[0]) > 0
