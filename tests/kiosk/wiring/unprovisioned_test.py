"""Test a machine without a configuration: the screen says so, and it starts once it is provisioned."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from kiosk.config import write_example
from kiosk.config.file import demo
from kiosk.config.models import Screen
from kiosk.provisioning.command import run as provision
from kiosk.sync.identity import Identity, IdentityFile
from kiosk.system.host_info import HostInfo
from kiosk.views import OutOfOrder
from kiosk.visit_player.processes import without_a_screen
from kiosk.wiring.unprovisioned import address, missing, screen_of
from lending.toml_text import render
from tests.kiosk.provisioning.typed_answers import Technician
from tests.support.patience import PATIENCE

NO_HUB = "http://127.0.0.1:9"


def config(folder: Path) -> Path:
    return write_example(folder / "kiosk.toml", folder / "state", folder / "run", NO_HUB)


def enrol(folder: Path) -> None:
    state = folder / "state"
    state.mkdir()
    file = IdentityFile(state)
    file.keep(Identity("ab" * 16, "Kiosk 1", "cd" * 32, file.begin(), b"k" * 32, seal_key="ef" * 32))
    file.adopt()


@contextmanager
def started(folder: Path, manager: str) -> Iterator[subprocess.Popen[str]]:
    """Start the kiosk as systemd does, without test control."""
    line = [sys.executable, "-m", "kiosk.cli", "run", "--config", str(folder / "kiosk.toml")]
    environment = {**without_a_screen(folder), "PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": manager}
    with subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def view_of(folder: Path) -> OutOfOrder:
    view = missing(folder / "kiosk.toml")
    assert view is not None
    return view


def test_missing_setup_names_the_command_that_completes_it(tmp_path: Path) -> None:
    assert view_of(tmp_path) == OutOfOrder("no_config", "sudo kiosk provision")
    config(tmp_path).write_text("[library]\n")
    assert view_of(tmp_path) == OutOfOrder("bad_config", "sudo kiosk config validate")
    (tmp_path / "kiosk.toml").unlink()
    config(tmp_path)
    assert view_of(tmp_path) == OutOfOrder("not_enrolled", "sudo kiosk enrol")
    enrol(tmp_path)
    assert missing(tmp_path / "kiosk.toml") is None


def test_kiosk_waits_for_setup_and_exits_to_be_restarted(tmp_path: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as short,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        started(tmp_path, f"{short}/notify") as process,
    ):
        manager.bind(f"{short}/notify")
        manager.settimeout(PATIENCE)
        assert process.stderr is not None
        assert f"{tmp_path / 'kiosk.toml'} does not exist" in process.stderr.readline()
        assert manager.recv(100) == b"READY=1", "the screen is shown"
        config(tmp_path)
        enrol(tmp_path)
        assert process.wait(PATIENCE) == 1
        assert "Traceback" not in process.stderr.read()


def test_address_is_host_name_and_ip_address() -> None:
    name, _, rest = address().partition(", ")
    assert name == socket.gethostname()
    assert not rest or ip_address(rest)


@pytest.mark.parametrize("fault", ["", "[library]\n", "no toml"])
def test_invalid_configuration_is_reported_without_an_exception(tmp_path: Path, fault: str) -> None:
    (tmp_path / "kiosk.toml").write_text(fault)
    assert view_of(tmp_path).why == "bad_config"


def test_refused_boot_file_is_shown_with_its_reason(tmp_path: Path) -> None:
    """Each start reports the result for the file, in each language of the screen."""
    file, boot = tmp_path / "kiosk.toml", tmp_path / "boot.toml"
    sections = demo(tmp_path / "state", tmp_path / "run", NO_HUB)
    boot.write_text(render(sections | {"enrolment": {"code": "ABC"}}), encoding="utf-8")
    assert provision(file, boot, Technician({})) == 1
    view = view_of(tmp_path)
    assert (view.why, view.command) == ("no_config", "sudo kiosk provision")
    assert view.refused is not None
    assert (
        "enrolment.code = (kept secret): has 3 characters" in view.refused.words["en"]
        and str(boot) in view.refused.words["en"]
    )
    assert "未作任何更改" in view.refused.words["zh"]
    boot.write_text(render(sections | {"enrolment": {"code": "7KQ2-M9XC-4TDA-0BWE"}}), encoding="utf-8")
    assert provision(file, boot, Technician({})) == 1
    view = view_of(tmp_path)
    assert view.why == "not_enrolled" and view.refused is not None
    assert view.refused.words["en"].startswith("the hub at") and "没有响应" in view.refused.words["zh"]
    boot.write_text(render(sections), encoding="utf-8")
    assert provision(file, boot, Technician({})) == 0
    assert view_of(tmp_path).refused is None


def test_unreadable_refusal_file_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "kiosk.toml.refused").write_text("half of i")
    assert view_of(tmp_path) == OutOfOrder("no_config", "sudo kiosk provision")


def test_machine_with_an_image_is_set_up_by_its_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HostInfo, "image_version", "2026.12.1")
    assert view_of(tmp_path) == OutOfOrder("no_card_file")
    config(tmp_path).write_text("[library]\n")
    assert view_of(tmp_path) == OutOfOrder("bad_card_file")
    (tmp_path / "kiosk.toml").unlink()
    config(tmp_path)
    assert view_of(tmp_path) == OutOfOrder("card_not_enrolled", link=f"{NO_HUB}/staff/kiosks/")


@pytest.mark.parametrize(
    ("file", "link"),
    [
        (None, "https://built.example/staff/kiosks/"),
        ("no toml", "https://built.example/staff/kiosks/"),
        ('central = "sip2"\n', "https://built.example/staff/kiosks/"),
        ('[central]\nurl = "https://named.example/"\n', "https://named.example/staff/kiosks/"),
        ('[central]\nhost = "acs"\n[hub]\nurl = "https://named.example"\n', "https://named.example/staff/kiosks/"),
    ],
)
def test_code_leads_to_the_hub_of_the_file_or_else_of_the_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str | None, link: str
) -> None:
    monkeypatch.setattr(HostInfo, "image_version", "2026.12.1")
    monkeypatch.setattr(HostInfo, "image_hub", "https://built.example")
    if file is not None:
        (tmp_path / "kiosk.toml").write_text(file)
    assert view_of(tmp_path).link == link


def test_screen_without_settings_has_the_size_of_the_display(tmp_path: Path) -> None:
    assert screen_of(HostInfo(tmp_path)) == Screen()
    connector = tmp_path / "sys/class/drm/card1-HDMI-A-1"
    connector.mkdir(parents=True)
    (connector / "status").write_text("connected\n")
    (connector / "modes").write_text("1920x1080\n1280x720\n")
    found = screen_of(HostInfo(tmp_path))
    assert (found.width, found.height, found.fullscreen) == (1920, 1080, True)
    (connector / "modes").write_text("720x400\n")
    assert screen_of(HostInfo(tmp_path)) == Screen(), "smaller than any layout"
