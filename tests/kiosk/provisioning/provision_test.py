"""Test provisioning at a terminal and from a file, up to the enrolled kiosk."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiosk import cli
from kiosk.central import CentralUnavailable
from kiosk.config import load, write_example
from kiosk.config.file import demo
from kiosk.config.hardware import Alsa
from kiosk.journal.journal import Journal, Moment
from kiosk.provisioning.command import run, try_parts
from kiosk.provisioning.detected_parts import DetectedParts
from kiosk.sync.http import Host
from kiosk.sync.identity import IdentityFile
from kiosk.system.health import PartName
from kiosk.words import Words
from lending import atomic_file
from lending.model import ItemId
from lending.toml_text import render
from lending.transactions import Checkin, ClockTrust, ReturnMode
from lending.wire import encode
from tests.kiosk.commands.check_test import NOW
from tests.kiosk.provisioning.detected_parts_test import raspberry_pi
from tests.kiosk.provisioning.typed_answers import Technician
from tests.kiosk.sync.demo_hub import DemoHub

NO_HUB = "http://127.0.0.1:9"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "kiosk.toml"


def answers(tmp_path: Path, url: str = NO_HUB, **more: str | list[str]) -> dict[str, str | list[str]]:
    """Return the answers for a kiosk without parts, which a machine without GPIO pins can test."""
    return {
        "in 中文": "湖滨图书馆",
        "in English": "Lakeside Library",
        "Address of the hub": url,
        **more,
    }


def kept(file: Path, tmp_path: Path) -> None:
    """Write paths below the test folder; the wizard keeps existing paths."""
    file.parent.mkdir(parents=True)
    file.write_text(render({"paths": {"state": str(tmp_path / "state"), "runtime": str(tmp_path / "run")}}))


def queue_one(journal: Path) -> None:
    kind, body = encode(Checkin(ItemId("30000000000004"), ReturnMode.PROVISIONAL))
    opened = Journal.open(journal)
    opened.append(kind, body, Moment(NOW, ClockTrust.SYNCED, "boot", 1), no_block=True)
    opened.close_file()


def test_bare_machine_becomes_an_enrolled_kiosk(hub: DemoHub, file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    lin = {"technician to add": "lin", "Code of lin": "246810"}
    technician = Technician(answers(tmp_path, hub.url, **{"One-time code": hub.code("fresh"), **lin}))
    assert run(file, None, technician, DetectedParts(tmp_path)) == 0
    config = load(file)
    assert config.library.names.zh == "湖滨图书馆" and config.card_reader.driver == "none"
    assert Journal.open(config.paths.journal).counts().queued == 0
    assert IdentityFile(config.paths.state).load().kiosk == "fresh"
    assert list(config.technicians) == ["lin"] and "246810" not in file.read_text()
    assert "Enrolled as fresh, branch main" in technician.read
    assert "books with a security tag set off the gate" in technician.read
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_parts_are_tested_before_enrolment(hub: DemoHub, file: Path, tmp_path: Path) -> None:
    """An unenrolled kiosk opens no part."""
    kept(file, tmp_path)
    technician = Technician(answers(tmp_path, hub.url, **{"One-time code": hub.code("later")}))
    assert run(file, None, technician, DetectedParts(tmp_path)) == 0
    assert technician.read.index("Now each part is tested") < technician.read.index("Enrolled as later")


def test_second_run_keeps_every_answer(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    first = Technician(answers(tmp_path, **{"technician to add": "lin", "Code of lin": "246810"}))
    assert run(file, None, first, DetectedParts(tmp_path)) == 0
    text = file.read_text(encoding="utf-8")
    assert run(file, None, Technician({}), DetectedParts(tmp_path)) == 0
    assert file.read_text(encoding="utf-8") == text


def test_manual_part_settings_are_kept(file: Path, tmp_path: Path) -> None:
    found = raspberry_pi(tmp_path)
    kept(file, tmp_path)
    assert run(file, None, Technician(answers(tmp_path)), found) == 1, "the machine has none of these parts"
    by_hand = file.read_text(encoding="utf-8").replace("bus = 0", "bus = 0\nreset_gpio = 22")
    file.write_text(by_hand, encoding="utf-8")
    run(file, None, Technician({}), found)
    assert load(file).card_reader.reset_gpio == 22  # type: ignore[union-attr]


def test_part_that_fails_to_open_is_named_and_its_section_is_kept(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    (tmp_path / "dev/serial/by-id").mkdir(parents=True)
    (tmp_path / "dev/serial/by-id/usb-ACME_Engine-if00").touch()
    technician = Technician(answers(tmp_path, Which=["2", "1", "2", "1", "1", "1", "1"]))
    assert run(file, None, technician, DetectedParts(tmp_path)) == 1
    assert load(file).barcode_scanner.driver == "serial"
    assert "Needs attention: Camera" in technician.read


def test_default_answers_configure_no_gpio_parts_or_sound(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    technician = Technician(answers(tmp_path))
    run(file, None, technician, raspberry_pi(tmp_path))
    config = load(file)
    drivers = {
        each: getattr(config, each).driver for each in ("lights", "keys", "bin", "security_gate", "item_pad", "sound")
    }
    assert set(drivers.values()) == {"none"}
    assert "books with a security tag set off the gate" in technician.read


def test_network_printer_is_configured_by_its_address(file: Path, tmp_path: Path) -> None:
    """No printer listens at that port, so it is reported as faulty."""
    kept(file, tmp_path)
    said: dict[str, str | list[str]] = {
        "Which": ["1", "1", "2"],
        "name or address": "127.0.0.1",
        "Its port": ["none", "9"],
        "Width of its paper": ["79", "80"],
    }
    technician = Technician(answers(tmp_path) | said)
    assert run(file, None, technician, DetectedParts(tmp_path)) == 1
    printer = load(file).receipt_printer
    assert (printer.driver, printer.host, printer.port) == ("network", "127.0.0.1", 9)  # type: ignore[union-attr]
    assert printer.width == 576  # type: ignore[union-attr]
    assert "Enter 58 or 80." in technician.read
    assert "Enter a number from 1 to 65535." in technician.read
    assert "Needs attention: Receipt printer" in technician.read
    text = file.read_text(encoding="utf-8")
    run(file, None, Technician({}), DetectedParts(tmp_path))
    assert file.read_text(encoding="utf-8") == text, "and pressing Enter keeps it"


def test_hub_without_tls_needs_confirmation(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    address = {"Address of the hub": ["http://hub.example.org", NO_HUB]}
    technician = Technician(answers(tmp_path) | address)
    assert run(file, None, technician, DetectedParts(tmp_path)) == 0
    assert load(file).central.address == NO_HUB and not load(file).central.clear_text
    assert (
        "The card key, card numbers and PINs can be intercepted on the way to http://hub.example.org" in technician.read
    )
    again = Technician(answers(tmp_path, "http://hub.example.org", **{"Use it anyway": "y"}))
    assert run(file, None, again, DetectedParts(tmp_path)) == 0
    assert load(file).central.clear_text
    assert run(file, None, Technician({}), DetectedParts(tmp_path)) == 0, "and pressing Enter keeps it"
    assert load(file).central.address == "http://hub.example.org"


def test_technician_name_may_contain_any_characters(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    technician = Technician(answers(tmp_path, **{"technician to add": "王 梅", "Code of 王": "246810"}))
    assert run(file, None, technician, DetectedParts(tmp_path)) == 0
    assert list(load(file).technicians) == ["王 梅"]


class Leaving(Technician):
    """Technician who interrupts at the time zone question."""

    def ask(self, question: str, default: str) -> str:
        if "Time zone" in question:
            raise KeyboardInterrupt
        return super().ask(question, default)


def test_interrupted_answers_are_reused(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    before = file.read_text(encoding="utf-8")
    assert run(file, None, Leaving(answers(tmp_path)), DetectedParts(tmp_path)) == 1
    assert file.read_text(encoding="utf-8") == before
    assert run(file, None, Technician({"Address of the hub": NO_HUB}), DetectedParts(tmp_path)) == 0
    assert load(file).library.names.zh == "湖滨图书馆"


def test_manual_changes_to_kiosk_toml_override_earlier_answers(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    assert run(file, None, Technician(answers(tmp_path)), DetectedParts(tmp_path)) == 0
    assert run(file, None, Leaving({"in 中文": "Old"}), DetectedParts(tmp_path)) == 1
    by_hand = file.read_text(encoding="utf-8").replace("Kiosk 1", "By hand")
    file.write_text(by_hand, encoding="utf-8")
    os.utime(file, ns=(2**62, 2**62))
    assert run(file, None, Technician({}), DetectedParts(tmp_path)) == 0
    assert load(file).kiosk.name == "By hand" and load(file).library.names.zh == "湖滨图书馆"


@pytest.mark.parametrize("wrong", ["0", "9", "first"])
def test_invalid_choice_is_asked_again(file: Path, tmp_path: Path, wrong: str) -> None:
    kept(file, tmp_path)
    technician = Technician(answers(tmp_path, Which=[wrong, "1"]))
    assert run(file, None, technician, DetectedParts(tmp_path)) == 0
    assert "Enter a number from 1 to 1." in technician.read


def test_guessable_code_is_asked_again(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    said = answers(tmp_path) | {"technician to add": "lin", "Code of lin": ["1", "246810"]}
    technician = Technician(said)
    assert run(file, None, technician, DetectedParts(tmp_path)) == 0
    assert list(load(file).technicians) == ["lin"]


def test_configuration_error_changes_nothing(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept(file, tmp_path)
    before = file.read_text()
    technician = Technician(answers(tmp_path, "not an address", **{"Time zone": "Mars/Olympus"}))
    assert run(file, None, technician, DetectedParts(tmp_path)) == 1
    message = capsys.readouterr().err
    assert "nothing was changed" in message and "library.timezone" in message and "central.url" in message
    assert str(file) in message
    assert file.read_text() == before and not (tmp_path / "state").exists()


def test_errors_are_reported_in_the_terminal_language(
    hub: DemoHub, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    kept(file, tmp_path)
    said = {"图书馆名称（中文）": "湖滨图书馆", "图书馆名称（English）": "Lakeside Library", "管理中心地址": hub.url}
    technician = Technician(said | {"时区": "Mars/Olympus"})
    assert run(file, None, technician, DetectedParts(tmp_path)) == 1
    message = capsys.readouterr().err
    assert message.startswith("未作任何更改。") and "1 处需要修改" in message
    assert 'library.timezone = "Mars/Olympus"：应为 IANA 时区，例如 Asia/Shanghai' in message
    code = {"时区": "Asia/Shanghai", "一次性代码": "7KQ2-M9XC-4TDA-0BWE"}
    assert run(file, None, Technician(said | code), DetectedParts(tmp_path)) == 1
    assert "管理中心无法识别此代码" in capsys.readouterr().err
    assert cli.main(["enrol", "--config", str(file), "--code", "7KQ2"]) == 1
    assert "不是有效代码" in capsys.readouterr().err


def test_unknown_enrolment_code_leaves_a_configured_kiosk(
    hub: DemoHub, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(file, tmp_path)
    technician = Technician(answers(tmp_path, hub.url, **{"One-time code": "7KQ2-M9XC-4TDA-0BWE"}))
    assert run(file, None, technician, DetectedParts(tmp_path)) == 1
    assert "the hub does not recognise this code" in capsys.readouterr().err
    assert load(file).paths.journal.exists()


def test_journal_with_pending_transactions_blocks_a_change_of_hub(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(file, tmp_path)
    assert run(file, None, Technician(answers(tmp_path)), DetectedParts(tmp_path)) == 0
    journal = load(file).paths.journal
    queue_one(journal)
    before = file.read_text(encoding="utf-8")
    assert run(file, None, Technician(answers(tmp_path, "http://127.0.0.1:10")), DetectedParts(tmp_path)) == 1
    message = capsys.readouterr().err
    assert "holds 1 transactions" in message and "kiosk journal export" in message
    assert file.read_text(encoding="utf-8") == before
    assert Journal.open(journal).counts().queued == 1


def enrolled_with_one_unsent(hub: DemoHub, file: Path, tmp_path: Path, name: str) -> Path:
    """Return the journal of a kiosk whose kiosk.toml is lost."""
    kept(file, tmp_path)
    first = Technician(answers(tmp_path, hub.url, **{"One-time code": hub.code(name)}))
    assert run(file, None, first, DetectedParts(tmp_path)) == 0
    journal = load(file).paths.journal
    queue_one(journal)
    file.unlink()
    return journal


def test_pending_transactions_block_another_hub_after_kiosk_toml_is_lost(
    hub: DemoHub, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = enrolled_with_one_unsent(hub, file, tmp_path, "lost")
    laptop = tmp_path / "boot.toml"
    laptop.write_text(render(demo(tmp_path / "state", tmp_path / "run", NO_HUB)), encoding="utf-8")
    assert run(file, laptop) == 1
    message = capsys.readouterr().err
    assert message.startswith("nothing was changed. ")
    assert f"{journal} holds 1 transactions not yet sent to {hub.url}" in message
    assert (
        f"{NO_HUB} does not respond: if it is the same hub at a new address, it proves this once it responds" in message
    )
    assert f"kiosk journal export --file {journal} --out FILE" in message
    assert not file.exists() and Journal.open(journal).counts().queued == 1
    assert cli.main(["journal", "export", "--file", str(journal), "--out", str(tmp_path / "unsent")]) == 0
    journal.rename(journal.with_name("journal.db.1"))
    assert run(file, laptop) == 0


def file_from_a_laptop(tmp_path: Path, url: str) -> Path:
    laptop = tmp_path / "boot.toml"
    laptop.write_text(render(demo(tmp_path / "state", tmp_path / "run", url)), encoding="utf-8")
    return laptop


def other_address(hub: DemoHub) -> str:
    """Return another address of the same hub."""
    return hub.url.replace("127.0.0.1", "localhost")


def test_same_hub_at_a_new_address_keeps_pending_transactions(hub: DemoHub, file: Path, tmp_path: Path) -> None:
    journal = enrolled_with_one_unsent(hub, file, tmp_path, "moved")
    write_example(file, tmp_path / "state", tmp_path / "run", hub.url)
    identity = IdentityFile(tmp_path / "state").load()
    assert run(file, file_from_a_laptop(tmp_path, other_address(hub))) == 0
    assert load(file).central.address == other_address(hub)
    assert IdentityFile(tmp_path / "state").load() == identity, "no new code is needed"
    opened = Journal.open(journal)
    assert opened.counts().queued == 1
    opened.close_file()
    assert not journal.with_name("journal.db.1").exists()


def test_different_hub_at_a_new_address_is_rejected(
    hub: DemoHub, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = enrolled_with_one_unsent(hub, file, tmp_path, "not-moved")
    write_example(file, tmp_path / "state", tmp_path / "run", hub.url)
    state = IdentityFile(tmp_path / "state")
    state.keep(replace(state.load(), hub_key="ab" * 32))
    state.adopt()
    before = file.read_text(encoding="utf-8")
    assert run(file, file_from_a_laptop(tmp_path, other_address(hub))) == 1
    message = capsys.readouterr().err
    assert (
        "holds 1 transactions" in message
        and f"the server at {other_address(hub)} cannot prove that it is that hub" in message
    )
    assert file.read_text(encoding="utf-8") == before
    assert Journal.open(journal).counts().queued == 1


def test_lost_kiosk_toml_is_recreated_for_the_same_hub(hub: DemoHub, file: Path, tmp_path: Path) -> None:
    journal = enrolled_with_one_unsent(hub, file, tmp_path, "found-again")
    laptop = tmp_path / "boot.toml"
    laptop.write_text(render(demo(tmp_path / "state", tmp_path / "run", hub.url)), encoding="utf-8")
    assert run(file, laptop) == 0
    assert Journal.open(journal).counts().queued == 1


def test_pending_transactions_without_an_identity_block_provisioning(
    hub: DemoHub, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enrolled_with_one_unsent(hub, file, tmp_path, "no-trace")
    (tmp_path / "state" / "identity.json").unlink()
    laptop = tmp_path / "boot.toml"
    laptop.write_text(render(demo(tmp_path / "state", tmp_path / "run", hub.url)), encoding="utf-8")
    assert run(file, laptop) == 1
    assert "for another or an unknown hub" in capsys.readouterr().err
    assert not file.exists()


def test_hub_with_a_different_key_receives_no_pending_transactions(
    hub: DemoHub, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The address is the same; only the key differs."""
    enrolled_with_one_unsent(hub, file, tmp_path, "other-key")
    state = IdentityFile(tmp_path / "state")
    before = replace(state.load(), hub_key="ab" * 32)
    state.keep(before)
    state.adopt()
    write_example(file, tmp_path / "state", tmp_path / "run", hub.url)
    line = ["enrol", "--config", str(file), "--code", hub.code("other-key")]
    assert cli.main(line) == 1
    message = capsys.readouterr().err
    assert "the enrolment is unchanged." in message and "holds 1 transactions for another or an unknown hub" in message
    assert state.load() == before
    journal = tmp_path / "state" / "journal.db"
    journal.rename(journal.with_name("journal.db.1"))
    assert cli.main(line) == 0, "with the same code"


def test_sound_and_opening_hours_are_asked_and_kept(file: Path, tmp_path: Path) -> None:
    found = raspberry_pi(tmp_path)
    kept(file, tmp_path)
    assert run(file, None, Technician(answers(tmp_path)), DetectedParts(tmp_path / "bare")) == 0
    assert load(file).sound.driver == "none" and load(file).screen.awake is None
    said = {"Which": ["1"] * 8 + ["3"], "Opening hours": ["always", "25:00-26:00", "08:00-21:30"]}
    technician = Technician(said)
    run(file, None, technician, found)
    config = load(file)
    assert config.sound == Alsa(driver="alsa", device="plughw:CARD=Device")
    assert config.screen.awake == "08:00-21:30"
    assert technician.read.count("Enter two times") == 2
    text = file.read_text(encoding="utf-8")
    run(file, None, Technician({}), found)
    assert file.read_text(encoding="utf-8") == text, "and pressing Enter keeps both"
    run(file, None, Technician({"Opening hours": "none", "Which": ["1"] * 8 + ["2"]}), found)
    assert load(file).sound.driver == "none" and load(file).screen.awake is None


@pytest.mark.parametrize(
    ("variable", "locale", "asked"),
    [
        ("LANG", "zh_CN.UTF-8", "开放时间"),
        ("LC_ALL", "zh_CN.UTF-8", "扬声器"),
        ("LANG", "fr_FR.UTF-8", "Opening hours"),
    ],
)
def test_questions_are_asked_in_the_terminal_language(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, locale: str, asked: str
) -> None:
    for each in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(variable, locale)
    kept(file, tmp_path)
    names = {"图书馆名称（中文）": "湖滨图书馆", "in 中文": "湖滨图书馆"}
    url = {"管理中心地址": NO_HUB, "Address of the hub": NO_HUB}
    technician = Technician(names | url)
    assert run(file, None, technician, DetectedParts(tmp_path)) == 0
    assert asked in " ".join([*technician.asked, *technician.printed])


def test_file_may_set_sound_and_opening_hours(file: Path, tmp_path: Path) -> None:
    laptop = tmp_path / "boot.toml"
    more = {"sound": {"driver": "alsa", "volume": 0.5}, "screen": {"fullscreen": False, "awake": "08:00-21:30"}}
    laptop.write_text(render(demo(tmp_path / "state", tmp_path / "run", NO_HUB) | more), encoding="utf-8")
    assert run(file, laptop) == 0
    config = load(file)
    assert config.sound == Alsa(driver="alsa", volume=0.5) and config.screen.awake == "08:00-21:30"


def enrolled_with_another_key(hub: DemoHub, file: Path, tmp_path: Path, name: str) -> str:
    """Enrol at a hub with another key at the same address, queue a transaction, and return the text of kiosk.toml."""
    enrolled_with_one_unsent(hub, file, tmp_path, name)
    state = IdentityFile(tmp_path / "state")
    state.keep(replace(state.load(), hub_key="ab" * 32))
    state.adopt()
    write_example(file, tmp_path / "state", tmp_path / "run", hub.url)
    return file.read_text(encoding="utf-8")


def test_file_for_a_hub_with_a_different_key_changes_nothing(
    hub: DemoHub, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = enrolled_with_another_key(hub, file, tmp_path, "moved-by-file")
    laptop = tmp_path / "boot.toml"
    code = hub.code("moved-by-file")
    moved = demo(tmp_path / "state", tmp_path / "run", hub.url) | {"kiosk": {"name": "Moved"}}
    laptop.write_text(render(moved | {"enrolment": {"code": code}}), encoding="utf-8")
    assert run(file, laptop) == 1
    output = capsys.readouterr()
    assert "holds 1 transactions for another or an unknown hub" in output.err
    assert f"{file} is unchanged" in output.err and "Written" not in output.out
    assert file.read_text(encoding="utf-8") == before and stat.S_IMODE(file.stat().st_mode) == 0o640
    assert IdentityFile(tmp_path / "state").load().hub_key == "ab" * 32
    assert Journal.open(tmp_path / "state" / "journal.db").counts().queued == 1
    (tmp_path / "state" / "journal.db").rename(tmp_path / "state" / "journal.db.1")
    assert run(file, laptop) == 0, "with the same code"
    assert load(file).kiosk.name == "Moved"
    assert IdentityFile(tmp_path / "state").load().kiosk == "moved-by-file"


def test_answers_refused_for_a_different_hub_key_are_reused(
    hub: DemoHub, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = enrolled_with_another_key(hub, file, tmp_path, "moved-by-hand")
    none = [str(number) for number in (2, 2, 2, 2, 2, 2, 2, 2)]
    code = hub.code("moved-by-hand")
    first = Technician({"Name of this kiosk": "Moved", "Which": none, "One-time code": code})
    assert run(file, None, first, DetectedParts(tmp_path)) == 1
    assert "is unchanged" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == before
    assert f"Your answers wait in {file}.unfinished" in first.read
    (tmp_path / "state" / "journal.db").rename(tmp_path / "state" / "journal.db.1")
    second = Technician({"One-time code": code})
    assert run(file, None, second, DetectedParts(tmp_path)) == 0, second.read
    assert "are reused from" in second.read
    assert load(file).kiosk.name == "Moved" and load(file).card_reader.driver == "none"
    assert IdentityFile(tmp_path / "state").load().kiosk == "moved-by-hand"
    assert not file.with_name("kiosk.toml.unfinished").exists()


def test_mistyped_code_leaves_an_enrolled_kiosk_unchanged(hub: DemoHub, file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    first = Technician(answers(tmp_path, hub.url, **{"One-time code": hub.code("works")}))
    assert run(file, None, first, DetectedParts(tmp_path)) == 0
    before = file.read_text(encoding="utf-8")
    again = Technician({"Name of this kiosk": "Renamed", "One-time code": "7KQ2-M9XC-4TDA-0BWE"})
    assert run(file, None, again, DetectedParts(tmp_path)) == 1
    assert file.read_text(encoding="utf-8") == before
    assert run(file, None, Technician({}), DetectedParts(tmp_path)) == 0
    assert load(file).kiosk.name == "Renamed"


def test_completed_enrolment_keeps_the_new_file_although_the_hub_is_unreachable(
    hub: DemoHub, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub enrolled the kiosk but its response was lost; the next start completes it with the new file."""
    kept(file, tmp_path)
    first = Technician(answers(tmp_path, hub.url, **{"One-time code": hub.code("half")}))
    assert run(file, None, first, DetectedParts(tmp_path)) == 0
    monkeypatch.setattr(Host, "get", away)
    again = Technician({"Name of this kiosk": "Renamed", "One-time code": hub.code("half")})
    assert run(file, None, again, DetectedParts(tmp_path)) == 1
    assert load(file).kiosk.name == "Renamed"


def away(*_asked: object) -> None:
    raise CentralUnavailable("away")


def test_wrong_answer_discards_no_other_answer(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    assert run(file, None, Technician(answers(tmp_path, **{"Time zone": "Mars/Olympus"})), DetectedParts(tmp_path)) == 1
    assert run(file, None, Technician({"Time zone": "Asia/Hovd"}), DetectedParts(tmp_path)) == 0
    assert load(file).library.names.en == "Lakeside Library"


def test_empty_sections_are_not_written(file: Path, tmp_path: Path) -> None:
    laptop = tmp_path / "boot.toml"
    sections = demo(tmp_path / "state", tmp_path / "run", NO_HUB) | {"technicians": {}, "acceptance": {}}
    laptop.write_text(render(sections), encoding="utf-8")
    assert run(file, laptop) == 0
    assert "[technicians]" not in file.read_text() and "[acceptance]" not in file.read_text()


def test_hub_can_change_after_the_journal_is_moved_aside(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(file, tmp_path)
    assert run(file, None, Technician(answers(tmp_path)), DetectedParts(tmp_path)) == 0
    queue_one(load(file).paths.journal)
    elsewhere = answers(tmp_path, "http://127.0.0.1:10")
    assert run(file, None, Technician(elsewhere), DetectedParts(tmp_path)) == 1
    journal, aside = capsys.readouterr().err.strip().rpartition("mv ")[2].split()
    Path(journal).rename(aside)
    assert run(file, None, Technician(elsewhere), DetectedParts(tmp_path)) == 0


def test_pending_transactions_block_a_change_of_state_folder(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(file, tmp_path)
    assert run(file, None, Technician(answers(tmp_path)), DetectedParts(tmp_path)) == 0
    queue_one(load(file).paths.journal)
    laptop = tmp_path / "boot.toml"
    laptop.write_text(render({"paths": {"state": str(tmp_path / "other"), "runtime": str(tmp_path / "run")}}))
    assert run(file, laptop) == 1
    assert "holds 1 transactions" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_empty_journal_of_the_previous_hub_is_kept_aside(file: Path, tmp_path: Path) -> None:
    kept(file, tmp_path)
    assert run(file, None, Technician(answers(tmp_path)), DetectedParts(tmp_path)) == 0
    assert run(file, None, Technician(answers(tmp_path, "http://127.0.0.1:10")), DetectedParts(tmp_path)) == 0
    journal = load(file).paths.journal
    assert journal.exists() and journal.with_name("journal.db.1").exists()


def test_file_provisions_the_kiosk_and_its_code_is_erased(
    hub: DemoHub, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    laptop = tmp_path / "boot.toml"
    code = hub.code("laptop")
    sections = demo(tmp_path / "state", tmp_path / "run", hub.url) | {"enrolment": {"code": code}}
    laptop.write_text(render(sections), encoding="utf-8")
    assert cli.main(["provision", "--config", str(file), "--from", str(laptop)]) == 0
    assert "Enrolled as laptop" in capsys.readouterr().out
    assert code not in laptop.read_text() and code not in file.read_text()
    assert load(file).central.address == load(laptop).central.address
    assert cli.main(["provision", "--config", str(file), "--from", str(laptop)]) == 0, "repeating it is harmless"


def test_read_only_boot_partition_keeps_a_used_code(
    hub: DemoHub, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    laptop = tmp_path / "boot" / "kiosk.toml"
    laptop.parent.mkdir()
    sections = demo(tmp_path / "state", tmp_path / "run", hub.url) | {"enrolment": {"code": hub.code("laptop")}}
    laptop.write_text(render(sections), encoding="utf-8")
    monkeypatch.setattr(atomic_file, "write", refusing(laptop.parent))
    assert cli.main(["provision", "--config", str(file), "--from", str(laptop)]) == 0
    output = capsys.readouterr().out
    assert "Enrolled as laptop" in output and "It is used up" in output


def test_unwritable_folder_is_reported(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(file, tmp_path)
    monkeypatch.setattr(atomic_file, "write", refusing(file.parent))
    assert run(file, None, Technician(answers(tmp_path)), DetectedParts(tmp_path)) == 1
    message = capsys.readouterr().err
    assert "Cannot write" in message and "sudo" in message
    assert not (tmp_path / "state").exists()


def refusing(folder: Path) -> Callable[[Path, bytes, int], None]:
    """Return a write function that fails in this folder."""
    writes = atomic_file.write

    def write(path: Path, content: bytes, mode: int = 0o600) -> None:
        if path.parent == folder:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        writes(path, content, mode)

    return write


def test_missing_or_invalid_file_is_reported(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["provision", "--config", str(file), "--from", str(tmp_path / "none.toml")]) == 1
    (tmp_path / "bad.toml").write_text("[library\n")
    assert cli.main(["provision", "--config", str(file), "--from", str(tmp_path / "bad.toml")]) == 1
    message = capsys.readouterr().err
    assert "none.toml does not exist" in message and "Cannot read" in message
    assert not file.exists()


def test_part_tests_report_parts_without_a_response(tmp_path: Path) -> None:
    """Simulated parts detect nothing on their own, so the test posts an event for each part that needs a hand."""
    config = load(write_example(tmp_path / "kiosk.toml", tmp_path / "state", tmp_path / "run", NO_HUB))
    technician = Technician({"Receipt printer": "n"})
    failed = try_parts(config, technician, Words("en", "Asia/Shanghai", "CNY"), patience=0.05, shine=0.01)
    seen = {PartName.CARD_READER, PartName.BARCODE_SCANNER, PartName.KEYS, PartName.BIN, PartName.ITEM_PAD}
    assert set(failed) == seen | {PartName.RECEIPT_PRINTER}
    assert "Place a card on the reader now." in technician.read


def test_file_provisions_a_kiosk_without_a_hub_once(file: Path, tmp_path: Path) -> None:
    """It has no identity, so a stamp next to kiosk.toml marks it as provisioned; the systemd unit checks for that."""
    source = tmp_path / "boot.toml"
    paths = {"state": str(tmp_path / "state"), "runtime": str(tmp_path / "run")}
    central = {"driver": "sip2", "host": "127.0.0.1", "port": 9, "profile": "koha"}
    library: dict[str, Any] = {"branch": "main", "names": {"en": "Lakeside Library", "zh": "湖滨图书馆"}}
    none = {part: {"driver": "none"} for part in ("card_reader", "barcode_scanner", "receipt_printer", "lights")}
    sections: dict[str, dict[str, Any]] = {"central": central, "library": library, "paths": paths, **none}
    source.write_text(render({**sections, "kiosk": {"name": "lone"}, "policy": {"days": 28}}))
    assert run(file, source, Technician({}), DetectedParts(tmp_path)) == 0
    stamp = file.with_name("kiosk.toml.provisioned")
    assert stamp.exists()
    unit = (Path(__file__).parents[3] / "systemd" / "kiosk-provision.service").read_text(encoding="utf-8")
    assert f"ConditionPathExists=!/etc/kiosk/{stamp.name}\n" in unit
