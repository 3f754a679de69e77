"""Test provisioning with an ILS, with and without a companion hub."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from kiosk.config import load
from kiosk.config.central import Sip2Central
from kiosk.provisioning.command import run
from kiosk.provisioning.detected_parts import DetectedParts
from kiosk.sync.identity import IdentityFile
from tests.kiosk.provisioning.provision_test import answers, file, kept
from tests.kiosk.provisioning.typed_answers import Technician
from tests.kiosk.sync.demo_hub import DemoHub

__all__ = ["file"]
OWN: dict[str, Any] = {
    "System that keeps the loans": "sip2",
    "speaks SIP2": "127.0.0.1",
    "SIP2 port": "6002",
    "Which system": ["symphony", "polaris"],
    "login there": "kiosk",
    "Its password": "word",
}


def test_library_with_an_ils_and_no_hub_is_provisioned(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    technician = Technician(answers(tmp_path, **OWN, **{"while the system is offline": "14", "companion hub": "-"}))
    assert run(file, None, technician, DetectedParts(tmp_path)) == 0
    config = load(file)
    assert isinstance(config.central, Sip2Central)
    assert (config.central.port, config.central.profile, config.central.user) == (6002, "polaris", "kiosk")
    assert config.policy is not None
    assert (config.policy.days, config.hub) == (14, None)
    word = config.central.password_file
    assert word is not None
    assert word.read_text() == "word\n" and stat.S_IMODE(word.stat().st_mode) == 0o600
    assert "word\n" not in file.read_text().replace("password", "")
    assert not any("One-time code" in each for each in technician.asked)
    assert "Enter one of these" in technician.read
    text = file.read_text(encoding="utf-8")
    again = Technician({})
    assert run(file, None, again, DetectedParts(tmp_path)) == 0
    assert file.read_text(encoding="utf-8") == text


def test_kiosk_with_an_ils_is_enrolled_at_the_companion_hub(hub: DemoHub, file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    code = {"companion hub": hub.url, "One-time code": hub.code("beside")}
    assert run(file, None, Technician(answers(tmp_path, **OWN, **code)), DetectedParts(tmp_path)) == 0
    config = load(file)
    assert isinstance(config.central, Sip2Central)
    assert config.policy is None
    assert config.hub is not None and config.hub.url == hub.url
    assert IdentityFile(config.paths.state).load().kiosk == "beside"


def test_change_to_the_hub_removes_the_ils_settings(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    assert run(file, None, Technician(answers(tmp_path, **OWN)), DetectedParts(tmp_path)) == 0
    assert (
        run(
            file,
            None,
            Technician(answers(tmp_path, **{"System that keeps the loans": "hub"})),
            DetectedParts(tmp_path),
        )
        == 0
    )
    config = load(file)
    assert (config.central.driver, config.policy, config.hub) == ("hub", None, None)


def test_clear_text_to_another_host_needs_confirmation(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    far = {**OWN, "speaks SIP2": "sip.example.org", "accept TLS": "n"}
    technician = Technician(answers(tmp_path, **far))
    assert run(file, None, technician, DetectedParts(tmp_path)) == 0
    config = load(file)
    assert isinstance(config.central, Sip2Central)
    assert config.central.clear_text
    assert "Put TLS in front of the system" in technician.read
