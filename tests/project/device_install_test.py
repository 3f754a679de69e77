"""Test the dry run of the device installation: accepted boards, listed steps, and no change."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
PI_5 = "Raspberry Pi 5 Model B Rev 1.0"
ENOUGH_KB = 4_139_000
CHANGING = ("apt-get", "systemd-sysusers", "systemd-tmpfiles", "udevadm", "userdel", "install", "rm", "sed")


class Board:
    """Fake board and system for the scripts; changing commands are recorded instead of run."""

    def __init__(self, folder: Path, model: str = PI_5, memory: int = ENOUGH_KB, architecture: str = "arm64") -> None:
        self.folder = folder
        self.called = folder / "called"
        (folder / "model").write_bytes(model.encode() + b"\0")
        (folder / "meminfo").write_text(f"MemTotal: {memory} kB\n", encoding="ascii")
        self._program("dpkg", f"echo {architecture}")
        self._program("dpkg-query", "exit 1")
        self._program("apt-cache", "echo '  Candidate: 1'")
        self.system("is-lite", "multi-user.target")
        for name in CHANGING:
            self._program(name, f'echo {name} "$*" >>{self.called}')

    def system(self, enabled: str, target: str) -> None:
        """Set the enabled unit and the default target."""
        self._program(
            "systemctl",
            f'case "$*" in *is-enabled\\ {enabled}) ;; *is-*) exit 1 ;; get-default) echo {target} ;;'
            f' *) echo systemctl "$*" >>{self.called} ;; esac',
        )

    def _program(self, name: str, does: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{does}\n", encoding="ascii")
        path.chmod(0o755)

    def says(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{self.folder}:/usr/bin:/bin", "KIOSK_BOARD": str(self.folder)}
        command = ["/bin/bash", str(ROOT / "scripts" / script), *words]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=PATIENCE)

    def plan(self, *words: str) -> str:
        done = self.says("install-device", "--dry-run", *words)
        assert done.returncode == 0, done
        assert not self.called.exists(), self.called.read_text(encoding="utf-8")
        return done.stdout


def test_dry_run_lists_every_step_and_changes_nothing(tmp_path: Path) -> None:
    plan = Board(tmp_path).plan()
    for step in (
        "apt-get install -qq -y --no-install-recommends ca-certificates python3 python3-venv python3-picamera2",
        "python3-libcamera python3-lgpio python3-rpi-lgpio python3-spidev python3-evdev",
        "-m venv --system-site-packages /opt/library-kiosk/venv",
        "install -D -m 644 " + f"{ROOT}/systemd/kiosk.service /etc/systemd/system/kiosk.service",
        "/etc/udev/rules.d/70-kiosk.rules",
        "systemd-sysusers /etc/sysusers.d/kiosk.conf",
        "dtparam=spi=on to /boot/firmware/config.txt",
        "/etc/systemd/system/kiosk-provision.service",
        "ln -sfn /opt/library-kiosk/venv/bin/kiosk /usr/local/bin/kiosk",
        "systemctl -q enable kiosk.service kiosk-provision.service",
        "systemctl --no-block restart kiosk.service kiosk-provision.service",
    ):
        assert step in plan
    assert "kiosk-hub" not in plan
    assert plan.rstrip().endswith("--dry-run: nothing was changed")


def test_desktop_is_disabled_for_the_kiosk(tmp_path: Path) -> None:
    board = Board(tmp_path)
    assert "desktop" not in board.plan()
    board.system("display-manager.service", "graphical.target")
    assert "systemctl -q set-default multi-user.target" in board.plan()
    assert "desktop" not in board.plan("--hub"), "hubs have no screen"
    board.system("display-manager.service", "multi-user.target")
    assert "desktop" not in board.plan(), "already disabled by the first run"


def test_installed_files_exist_in_the_repository(tmp_path: Path) -> None:
    files = {word for line in Board(tmp_path).plan().splitlines() for word in line.split() if "/systemd/" in word}
    in_repository = {word for word in files if word.startswith(str(ROOT))}
    assert len(in_repository) == 5
    assert [each for each in in_repository if not Path(each).is_file()] == []


def test_hub_needs_no_board_and_gets_its_own_units(tmp_path: Path) -> None:
    plan = Board(tmp_path, model="", architecture="amd64").plan("--hub")
    timers = " ".join(f"kiosk-hub-{each}.timer" for each in ("export", "backup", "work", "nightly", "follow"))
    assert f"systemctl -q enable kiosk-hub.service {timers}" in plan
    assert "chmod 600 /etc/kiosk-hub.env" in plan
    assert "picamera2" not in plan and "dtparam" not in plan and "kiosk.service" not in plan.replace("kiosk-hub", "")


def test_only_hashed_wheels_are_installed() -> None:
    """Building from source would fetch build dependencies without hashes, unless they are in the lock, too."""
    scripts = (ROOT / "scripts/install-device", ROOT / "scripts/device-program")
    lines = [line for script in scripts for line in script.read_text(encoding="utf-8").splitlines()]
    commands = [line for line in lines if " pip " in line and ".lock" in line and "compile" not in line]
    installs = [line for line in commands if not line.strip().startswith("run ")]
    assert len(installs) == 3
    for line in installs:
        assert "--require-hashes" in line
        assert {"--no-build", "--only-binary", "--no-build-isolation"} & set(line.split())
    assert [each for each in installs if "--no-build-isolation" in each] == [
        each for each in installs if " wheel " in each
    ]


@pytest.mark.parametrize(
    ("model", "memory", "architecture", "why"),
    [
        (
            "Raspberry Pi 3 Model B Rev 1.2",
            ENOUGH_KB,
            "arm64",
            "Raspberry Pi 3 Model B Rev 1.2 is not supported",
        ),
        ("Raspberry Pi Zero 2 W Rev 1.0", 400_000, "arm64", "it takes a Pi 4 (2 GB or more) or a Pi 5"),
        ("Raspberry Pi 4 Model B Rev 1.1", 900_000, "arm64", "has 878 MB of memory: it takes 2 GB or more"),
        ("", ENOUGH_KB, "arm64", "this is no Raspberry Pi. Supported are the Pi 4 (2 GB or more) and the Pi 5"),
        (PI_5, ENOUGH_KB, "armhf", "this system is 32-bit"),
        (PI_5, ENOUGH_KB, "amd64", "this system is for amd64"),
    ],
)
def test_unsupported_board_is_refused_with_a_sentence(
    tmp_path: Path, model: str, memory: int, architecture: str, why: str
) -> None:
    board = Board(tmp_path, model, memory, architecture)
    done = board.says("install-device")
    assert done.returncode == 1
    assert why in done.stderr
    assert not board.called.exists()


@pytest.mark.parametrize("model", [PI_5, "Raspberry Pi 4 Model B Rev 1.4"])
def test_pi_4_with_2_gb_and_pi_5_are_accepted(tmp_path: Path, model: str) -> None:
    assert f"install: {model}" in Board(tmp_path, model, 1_900_000).plan()


def test_uninstall_dry_run_lists_its_steps_and_changes_nothing(tmp_path: Path) -> None:
    board = Board(tmp_path)
    done = board.says("uninstall-device", "--dry-run")
    assert done.returncode == 0, done
    assert not board.called.exists()
    assert "/etc/kiosk and /var/lib/kiosk remain" in done.stdout
    assert "rm -rf /var/lib/kiosk" not in done.stdout


@pytest.mark.parametrize("script", ["install-device", "uninstall-device"])
def test_unknown_option_prints_the_usage(tmp_path: Path, script: str) -> None:
    done = Board(tmp_path).says(script, "--force")
    assert done.returncode == 2
    assert f"usage: scripts/{script}" in done.stderr


def test_every_proof_has_a_description() -> None:
    done = subprocess.run([ROOT / "scripts" / "prove", "--list"], capture_output=True, text=True, timeout=PATIENCE)
    listed = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert {"arm64", "boot", "device"} <= set(listed)
    assert all(sentence.endswith(".") for sentence in listed.values())
    unknown = subprocess.run(
        [ROOT / "scripts" / "prove", "--only", "nothing"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert unknown.returncode == 2
