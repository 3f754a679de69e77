"""Test that `kiosk check` queries the companion hub: its answer, the kiosk's identity, the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.commands.check import Finding, hub_beside
from kiosk.config import Config, load, write_example
from kiosk.sync.enrolment import enrol
from kiosk.system.clock import VisitClock
from kiosk.system.health import Condition
from kiosk.words import Words
from tests.kiosk.sync.demo_hub import DemoHub

ENGLISH = Words("en", "Asia/Shanghai", "CNY")
SYSTEM = {"driver": "sip2", "host": "127.0.0.1", "profile": "koha"}


def kiosk(folder: Path, url: str, state: Path) -> Config:
    sections = {"central": SYSTEM, "hub": {"url": url}}
    return load(write_example(folder / "kiosk.toml", state, folder / "run", "http://127.0.0.1:8000", sections))


def hub_finding(config: Config, ahead: timedelta = timedelta(), language: str = "en") -> Finding:
    (finding,) = hub_beside(config, Words(language, "Asia/Shanghai", "CNY"), VisitClock(datetime.now(UTC) + ahead))
    assert finding.name == "hub"
    return finding


def test_check_reports_a_known_hub_and_a_clock_difference(hub: DemoHub, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    enrol(hub.url, hub.code("with-check"), state)
    config = kiosk(tmp_path, hub.url, state)
    finding = hub_finding(config)
    assert (finding.condition, finding.hint) == (Condition.READY, "") and "Answers in" in finding.seen
    late = hub_finding(config, timedelta(hours=1))
    assert late.condition is Condition.FAULTY and "differ by 1 h 0 min" in late.hint, late.hint
    assert "校正" in hub_finding(config, timedelta(hours=1), "zh").hint


def test_check_reports_an_unknown_device_and_an_unreachable_hub(hub: DemoHub, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    assert hub_finding(kiosk(tmp_path, hub.url, state)).seen == "Not enrolled"
    enrol(hub.url, hub.code("with-away"), state)
    assert hub_finding(kiosk(tmp_path, "http://127.0.0.1:9", state)).condition is Condition.FAULTY
    hub.code("with-away")
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    enrol(hub.url, hub.code("with-away"), other)
    assert hub_finding(kiosk(tmp_path, hub.url, state)).condition is Condition.FAULTY, "another device has the name now"


def test_check_without_a_hub_reports_nothing(tmp_path: Path) -> None:
    sections: dict[str, dict[str, Any]] = {"central": SYSTEM, "policy": {"days": 28}}
    file = write_example(
        tmp_path / "kiosk.toml", tmp_path / "state", tmp_path / "run", "http://127.0.0.1:8000", sections
    )
    assert hub_beside(load(file), ENGLISH, VisitClock(datetime.now(UTC))) == []
