"""Test `kiosk check`: the state of every part, from the running kiosk if there is one, and exit codes."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk import cli
from kiosk.central import CentralUnavailable
from kiosk.commands.check import Finding, examine
from kiosk.config import Config, load, write_example
from kiosk.journal.journal import Counts, Journal, Moment
from kiosk.snapshot.file import Label
from kiosk.snapshot.writer import FullWriter
from kiosk.system.clock import VisitClock
from kiosk.system.control_socket import ControlServer, technician_commands
from kiosk.system.health import READY, Condition, Health, PartName, PartState
from kiosk.system.host_info import HostInfo
from kiosk.words import Words
from lending.model import ItemId
from lending.policy import Policy, Rule
from lending.transactions import Checkin, ClockTrust, ReturnMode
from lending.wire import SnapshotPage, encode, policy_to
from tests.support.patience import PATIENCE

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
ENGLISH = Words("en", "Asia/Shanghai", "CNY")


async def answers() -> None:
    pass


async def is_away() -> None:
    raise CentralUnavailable("captive_portal")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(write_kiosk(tmp_path))


def write_kiosk(folder: Path, **changes: dict[str, str]) -> Path:
    run = folder / "run"
    url = "http://127.0.0.1:9"
    return write_example(folder / "kiosk.toml", folder / "state", run, url, changes)


def found(
    config: Config, clock: VisitClock | None = None, machine: HostInfo | None = None, words: Words = ENGLISH
) -> dict[str, Finding]:
    clock, machine = clock or VisitClock(NOW), machine or HostInfo(config.paths.state / "no machine")
    return {each.name: each for each in examine(config, words, clock, machine, answers)}


def test_check_opens_every_part_of_a_stopped_kiosk(config: Config) -> None:
    Journal.create(config.paths.journal)
    findings = found(config)
    for name in ("card_reader", "barcode_scanner", "receipt_printer", "lights"):
        assert findings[name].condition is Condition.READY
    assert (findings["journal"].condition, findings["journal"].seen) == (Condition.READY, "0 queued, 0 set aside")
    assert "ms" in findings["central"].seen


def test_simulated_parts_are_marked_as_simulated(tmp_path: Path) -> None:
    findings = found(load(write_kiosk(tmp_path, lights={"driver": "none"})))
    for name in ("card_reader", "barcode_scanner", "receipt_printer", "keys", "bin", "security_gate", "item_pad"):
        assert findings[name].seen == "Simulated, no real part: Ready"
        assert "sudo kiosk provision" in findings[name].hint
    assert findings["lights"].seen == "Not fitted"


def test_part_with_driver_none_is_absent_without_fault(tmp_path: Path) -> None:
    config = load(write_kiosk(tmp_path, card_reader={"driver": "none"}))
    assert found(config)["card_reader"].condition is Condition.ABSENT


def test_missing_python_module_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == "escpos"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "escpos", None)
    config = load(write_kiosk(tmp_path, receipt_printer={"driver": "network", "host": "127.0.0.1"}))
    printer = found(config)["receipt_printer"]
    assert printer.condition is Condition.FAULTY
    assert printer.seen == "Driver not installed: escpos"
    assert "scripts/install-device" in printer.hint


def test_missing_sensors_are_reported_as_not_measured(config: Config) -> None:
    findings = found(config)
    assert (findings["temperature"].condition, findings["temperature"].seen) == (Condition.ABSENT, "Not measured here")
    assert findings["supply"].seen == "Not measured here"


@pytest.mark.parametrize("awake", ["", "07:30-21:00"])
def test_every_sentence_is_chinese_in_the_chinese_locale(tmp_path: Path, awake: str) -> None:
    config = load(write_kiosk(tmp_path, card_reader={"driver": "none"}, screen={"awake": awake} if awake else {}))
    Journal.create(config.paths.journal)
    findings = found(config, words=Words("zh", "Asia/Shanghai", "CNY"))
    names = ("clock",)
    sentences = {
        text for each in findings.values() if each.name not in names for text in (each.seen, each.hint) if text
    }
    assert len(sentences) > 6
    assert [each for each in sentences if not re.search("[\u4e00-\u9fff]", each)] == []
    english_words = r"answers|queued|set aside|free at|fitted|awake|none|days"
    assert [each for each in sentences if re.search(english_words, each, re.IGNORECASE)] == []


def test_missing_journal_hint_names_the_create_command(config: Config) -> None:
    journal = found(config)["journal"]
    assert (journal.condition, journal.hint) == (Condition.FAULTY, "Create one: kiosk journal create")


def with_snapshot(config: Config, of: datetime) -> None:
    pen = FullWriter(config.paths.snapshot)
    rules = policy_to(Policy((Rule(days=28),), "Asia/Shanghai"))
    pen.add(SnapshotPage(wire=1, mark="1", whole=True, policy=rules))
    pen.finish(Label("1", of, 0))
    pen.put_in_place()


def test_snapshot_age_is_shown(config: Config) -> None:
    Journal.create(config.paths.journal)
    with_snapshot(config, NOW - timedelta(hours=3, minutes=5))
    finding = found(config)["snapshot"]
    assert (finding.condition, finding.hint) == (Condition.READY, "")
    assert finding.seen == "As of Wed 25 Nov 2026, 13:55 (3 h 5 min ago)"


def test_snapshot_older_than_a_week_is_faulty_and_pauses_borrowing(config: Config) -> None:
    Journal.create(config.paths.journal)
    with_snapshot(config, NOW - timedelta(days=7, hours=1))
    finding = found(config)["snapshot"]
    assert (finding.condition, finding.seen) == (
        Condition.FAULTY,
        "As of Wed 18 Nov 2026, 16:00 (7 days 1 h ago), Out of date",
    )
    assert finding.hint == "Borrowing is paused. Check the network. Returns still work."
    chinese = found(config, words=Words("zh", "Asia/Shanghai", "CNY"))["snapshot"]
    assert "不能借书" in chinese.hint and "还书照常" in chinese.hint


def test_missing_snapshot_on_a_new_kiosk_is_absent_without_fault(config: Config) -> None:
    Journal.create(config.paths.journal)
    assert found(config)["snapshot"].condition is Condition.ABSENT


def test_unreadable_snapshot_is_faulty_and_kept(config: Config) -> None:
    Journal.create(config.paths.journal)
    config.paths.snapshot.write_bytes(b"noise" * 1000)
    finding = found(config)["snapshot"]
    assert (finding.condition, finding.seen) == (Condition.FAULTY, "Cannot be read")
    assert config.paths.snapshot.exists(), "the check changes nothing"


def test_backlog_shows_the_age_of_the_oldest_transaction(config: Config) -> None:
    Journal.create(config.paths.journal)
    journal = Journal.open(config.paths.journal)
    kind, body = encode(Checkin(ItemId("30000000000004"), ReturnMode.PROVISIONAL))
    journal.append(kind, body, Moment(NOW - timedelta(hours=26), ClockTrust.SYNCED, "boot", 1), no_block=True)
    journal.close_file()
    findings = found(config)
    assert "(1 day 2 h)" in findings["journal"].seen
    assert (findings["backlog"].condition, findings["backlog"].seen) == (Condition.READY, "Waiting a long time")
    assert findings["backlog"].hint.startswith("Reconnect it to the library system before borrowing stops")


@pytest.mark.parametrize(("days", "seen"), [(4, "Waiting too long"), (7, "Borrowing is paused")])
def test_backlog_older_than_its_limit_is_faulty(config: Config, days: int, seen: str) -> None:
    Journal.create(config.paths.journal)
    journal = Journal.open(config.paths.journal)
    kind, body = encode(Checkin(ItemId("30000000000004"), ReturnMode.PROVISIONAL))
    journal.append(kind, body, Moment(NOW - timedelta(days=days), ClockTrust.SYNCED, "boot", 1), no_block=True)
    journal.close_file()
    finding = found(config)["backlog"]
    assert (finding.condition, finding.seen) == (Condition.FAULTY, seen)


def test_captive_portal_is_reported_with_its_remedy(config: Config) -> None:
    away = next(
        each
        for each in examine(config, ENGLISH, VisitClock(NOW), HostInfo(Path("/nowhere")), is_away)
        if each.name == "central"
    )
    assert (away.condition, away.seen) == (Condition.FAULTY, "Network requires a sign-in")
    assert away.hint == "Connect the kiosk to a network without a sign-in page."


def test_unsynchronised_clock_is_faulty(config: Config) -> None:
    assert found(config)["clock"].condition is Condition.READY
    assert found(config, VisitClock(NOW, ClockTrust.UNKNOWN))["clock"].condition is Condition.FAULTY


def test_overheating_and_undervoltage_are_faulty(config: Config, tmp_path: Path) -> None:
    for path, text in {
        "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4",
        "proc/meminfo": "MemTotal: 3884360 kB\n",
        "sys/class/thermal/thermal_zone0/temp": "81000",
        "sys/devices/platform/soc/soc:firmware/get_throttled": "50005",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    findings = found(config, machine=HostInfo(tmp_path))
    assert findings["board"].condition is Condition.READY
    assert (findings["temperature"].condition, findings["temperature"].seen) == (Condition.FAULTY, "81 °C, Too hot")
    assert findings["temperature"].hint == "Ventilate the case, or add a cooler."
    assert (findings["supply"].condition, findings["supply"].seen) == (Condition.FAULTY, "Too low")


@dataclass(frozen=True)
class Running:
    """Health and queue counts of a running kiosk."""

    health: Health
    counts: Counts


@contextmanager
def running(path: Path, kiosk: Running) -> Iterator[None]:
    loop = asyncio.new_event_loop()

    async def counts() -> Counts:
        return kiosk.counts

    server = ControlServer(path, technician_commands(kiosk.health, counts))
    task = loop.create_task(server.run())
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.wait([task])))
    thread.start()
    try:
        wait_for(lambda: answers_on(path))
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()


def answers_on(path: Path) -> bool:
    """Return True once the socket accepts connections; it exists before that."""
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(path)) == 0


def wait_for(true: Callable[[], bool]) -> None:
    while not true():
        pass


def test_running_kiosk_supplies_the_part_states(config: Config) -> None:
    health = Health(lambda part, state: None)
    health.report(PartName.CARD_READER, READY)
    health.report(PartName.RECEIPT_PRINTER, PartState(Condition.FAULTY, "out_of_paper"))
    health.report(PartName.BACKLOG, PartState(Condition.FAULTY, "lending_stopped"))
    health.report(PartName.CLOCK, PartState(Condition.FAULTY, "out_of_step"))
    with running(config.paths.socket, Running(health, Counts(3, 10, 1, NOW - timedelta(minutes=7)))):
        findings = found(config)
    assert findings["card_reader"].condition is Condition.READY
    assert findings["clock"].condition is Condition.FAULTY and "Not synchronised" in findings["clock"].seen
    assert (findings["receipt_printer"].condition, findings["receipt_printer"].seen) == (
        Condition.FAULTY,
        "Simulated, no real part: Out of paper",
    )
    assert findings["receipt_printer"].hint == "Insert a new roll, print side up, and close the cover."
    assert findings["journal"].seen.startswith("3 queued, 1 set aside") and "(7 min)" in findings["journal"].seen
    assert findings["backlog"].condition is Condition.FAULTY and "Borrowing then resumes" in findings["backlog"].hint
    assert findings["lights"].condition is Condition.FAULTY, "a part without a report yet"


def test_json_output_is_machine_readable_and_faults_exit_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_kiosk(tmp_path)
    assert cli.main(["check", "--config", str(file), "--json"]) == 1, "no journal, and no hub at the address"
    findings = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert findings["journal"]["condition"] == "faulty" and findings["card_reader"]["condition"] == "ready"
    assert cli.main(["check", "--config", str(file)]) == 1
    assert "FAULTY   journal" in capsys.readouterr().out


def test_log_lines_go_to_stderr_and_only_on_request(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kiosk.cli", "check", "--config", str(write_kiosk(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert "READY    card_reader" in done.stdout and "INFO" not in done.stdout + done.stderr
    command[3:3] = ["--log", "info"]
    assert "INFO" in subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE).stderr


def test_backlight_shows_its_device_and_hours_or_absence(tmp_path: Path) -> None:
    power = tmp_path / "sys/class/backlight/10-0045/bl_power"
    power.parent.mkdir(parents=True)
    power.write_text("0")
    config = load(write_kiosk(tmp_path, screen={"awake": "07:30-21:00"}))
    finding = found(config, machine=HostInfo(tmp_path))["backlight"]
    assert (finding.condition, finding.seen) == (Condition.READY, "10-0045; awake 07:30-21:00")
    hdmi = found(config)["backlight"]
    assert hdmi.condition is Condition.ABSENT and "saves no power" in hdmi.hint


def test_screen_without_sleep_hours_needs_no_backlight(config: Config) -> None:
    finding = found(config)["backlight"]
    assert (finding.seen, finding.hint) == ("No switchable backlight; always awake", "")


def test_voice_check_names_missing_aplay_espeak_and_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(load(write_kiosk(tmp_path)))["voice"].seen == "Simulated"
    config = load(write_kiosk(tmp_path, voice={"driver": "espeak"}))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found(config)["voice"].hint == "sudo apt install alsa-utils"
    for name, hint in (("aplay", "sudo apt install espeak-ng"), ("espeak-ng", "")):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
        assert found(config)["voice"].hint == hint
    assert found(config)["voice"].seen == "Speaks en, zh through default"
    alone = load(write_kiosk(tmp_path, voice={"driver": "recordings", "recordings": str(tmp_path / "spoken")}))
    assert found(alone)["voice"].condition is Condition.FAULTY and "kiosk voice zh" in found(alone)["voice"].hint
    (tmp_path / "spoken/zh").mkdir(parents=True)
    (tmp_path / "spoken/zh/0197.wav").touch()
    assert found(alone)["voice"].seen == "Speaks zh through default"


def test_speaker_check_names_missing_aplay_and_sound_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load(write_kiosk(tmp_path, sound={"driver": "alsa"}))
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = found(config)["speaker"]
    assert (finding.condition, finding.hint) == (Condition.FAULTY, "sudo apt install alsa-utils")
    (tmp_path / "aplay").write_text("#!/bin/sh\n")
    (tmp_path / "aplay").chmod(0o755)
    assert found(config)["speaker"].seen == "No sound card"
    cards = tmp_path / "proc/asound/cards"
    cards.parent.mkdir(parents=True)
    cards.write_text(" 0 [Device         ]: USB-Audio - USB Audio Device\n")
    finding = found(config, machine=HostInfo(tmp_path))["speaker"]
    assert (finding.condition, finding.seen) == (Condition.READY, "default, of USB Audio Device")
