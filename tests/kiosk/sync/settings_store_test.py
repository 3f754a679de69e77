"""Test the store of the hub's settings: trial, confirmation, going back, and refusal of altered files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import load, write_example
from kiosk.config.from_hub import UnusableSetting, unknown_settings, with_settings
from kiosk.sync.identity import Identity
from kiosk.sync.settings_store import MOST_STARTS, SettingsStore
from lending import request_signature
from lending.wire.kiosk_settings import SignedSettings

HUB_KEY, DEVICE = b"h" * 32, "d" * 32
IDENTITY = Identity(DEVICE, "front", request_signature.public_of(HUB_KEY), b"k" * 32, b"c" * 32)


class Machine:
    """A kiosk's disk; `store` is that of the process that runs now."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.identity = folder, IDENTITY
        (folder / "state").mkdir()
        file = write_example(folder / "kiosk.toml", folder / "state", folder / "run", "http://127.0.0.1:9")
        self.config = load(file)
        self.values = self.start()

    def start(self) -> Any:
        def faulty(values: Any) -> str:
            try:
                with_settings(self.config, values)
            except UnusableSetting as unusable:
                return str(unusable)
            return ""

        self.store = SettingsStore(self.folder / "state", self.identity, faulty, unknown_settings)
        self.values = self.store.begin()
        return self.values

    @property
    def file(self) -> Path:
        return self.folder / "state" / "settings.json"

    def applied(self, **values: Any) -> SignedSettings:
        """Apply settings and confirm them."""
        document = signed(**values)
        self.store.take(document)
        self.start()
        self.store.confirm()
        return document


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def signed(version: int = 1, key: bytes = HUB_KEY, device: str = DEVICE, **values: object) -> SignedSettings:
    document = json.dumps({"wire": 1, "version": version, "values": values})
    signature = request_signature.sign(key, request_signature.settings_text(device, document))
    return SignedSettings(document=document, signature=signature)


def test_settings_are_tried_at_the_next_start_and_kept_once_they_work(machine: Machine) -> None:
    document = signed(accent="#1D5FA8")
    assert machine.store.take(document)
    assert (machine.store.report().waiting, machine.values) == (document.name, {})
    assert machine.start() == {"accent": "#1D5FA8"}
    assert machine.store.report().name == "", "not applied before it has worked"
    machine.store.confirm()
    assert (machine.store.report().name, machine.store.report().version) == (document.name, 1)
    assert machine.start() == {"accent": "#1D5FA8"}


def test_settings_that_end_the_kiosk_twice_give_way_to_the_last_that_worked(machine: Machine) -> None:
    good = machine.applied(accent="#1D5FA8")
    bad = signed(2, accent="#000000")
    machine.store.take(bad)
    for _start in range(MOST_STARTS):
        assert machine.start() == {"accent": "#000000"}
    assert machine.start() == {"accent": "#1D5FA8"}
    report = machine.store.report()
    assert (report.name, report.refused, report.fault) == (good.name, bad.name, "start")
    assert not machine.store.take(bad), "it is not tried again"
    machine.applied(version=3, accent="#222222")
    assert machine.store.report().fault == ""


@pytest.mark.parametrize("part", ["document", "signature"])
def test_altered_file_is_not_used(machine: Machine, part: str) -> None:
    document = machine.applied(sound_volume=0.3)
    whole = json.loads(machine.file.read_text())
    assert machine.start() == {"sound_volume": 0.3}, "the control: the same file unaltered"
    old, new = ("0.3", "0.9") if part == "document" else (document.signature[:4], "0000")
    whole["kept"][part] = whole["kept"][part].replace(old, new, 1)
    machine.file.write_text(json.dumps(whole))
    assert machine.start() == {}
    assert (machine.store.report().name, machine.store.report().fault) == ("", "altered")
    machine.store.take(document)
    assert machine.start() == {"sound_volume": 0.3}, "the hub's own document is taken again"


@pytest.mark.parametrize("who", [{"key": b"x" * 32}, {"device": "e" * 32}])
def test_document_of_another_hub_or_for_another_kiosk_is_refused(machine: Machine, who: dict[str, Any]) -> None:
    sent = signed(accent="#1D5FA8", **who)
    assert [machine.store.take(sent), machine.store.take(sent)] == [True, False], "reported once"
    assert machine.start() == {}


def test_unusable_value_is_named_and_nothing_changes(machine: Machine) -> None:
    machine.store.take(signed(accent="#1D5FA8", languages=["en", "tlh"]))
    report = machine.store.report()
    assert (report.fault, report.field, report.waiting) == ("value", "languages", "")
    assert machine.start() == {}


def test_field_of_a_later_version_and_the_machines_own_are_ignored_and_reported(machine: Machine) -> None:
    machine.applied(accent="#1D5FA8", holograms=True, central={"url": "http://192.0.2.1"})
    assert machine.store.report().unknown == ["central", "holograms"]
    changed = with_settings(machine.config, machine.values)
    assert (changed.library.accent, changed.central) == ("#1D5FA8", machine.config.central)


def test_equal_values_need_no_restart(machine: Machine) -> None:
    machine.applied(accent="#1D5FA8")
    again = signed(2, accent="#1D5FA8")
    machine.store.take(again)
    assert (machine.store.report().name, machine.store.report().waiting) == (again.name, "")


def test_full_disk_is_reported_and_changes_nothing(machine: Machine) -> None:
    machine.file.mkdir()
    sent = signed(accent="#1D5FA8")
    assert [machine.store.take(sent), machine.store.take(sent)] == [True, False], "reported once"
    assert machine.store.report().fault == "unwritable"
    assert machine.start() == {}


def test_settings_of_parts_that_are_not_fitted_have_no_effect(machine: Machine) -> None:
    values = {"voice_volume": 0.2, "receipt_width": 576, "screen_hours": "always"}
    changed = with_settings(machine.config, values)
    assert changed.voice == machine.config.voice, "a simulated voice has no volume"
    assert changed.receipt_printer.model_dump()["width"] == 576
    assert changed.screen.awake is None


def test_opening_hours_and_content_of_the_first_screen_are_taken(machine: Machine) -> None:
    changed = with_settings(machine.config, {"screen_hours": "open", "slides": "none"})
    assert (changed.screen.awake, changed.screen.slides) == ("open", "none")
    for values in ({"screen_hours": "sometimes"}, {"slides": "films"}):
        with pytest.raises(UnusableSetting):
            with_settings(machine.config, values)


def test_start_that_ended_for_another_reason_is_not_counted(machine: Machine) -> None:
    machine.store.take(signed(accent="#1D5FA8"))
    for _start in range(2 * MOST_STARTS):
        assert machine.start() == {"accent": "#1D5FA8"}
        machine.store.give_back_start()
    for _start in range(MOST_STARTS):
        assert machine.start() == {"accent": "#1D5FA8"}
    assert machine.start() == {}, "the control: starts that ended otherwise count"


def test_refused_value_is_tried_again_after_a_restart(machine: Machine) -> None:
    machine.store.take(signed(languages=["en", "tlh"]))
    assert machine.store.report().refused
    machine.start()
    assert not machine.store.report().refused, "the kiosk may have been updated meanwhile"


def test_kiosk_that_was_enrolled_again_starts_without_settings_and_without_alarm(machine: Machine) -> None:
    machine.applied(accent="#1D5FA8")
    machine.identity = replace(IDENTITY, device="e" * 32)
    assert machine.start() == {}
    assert machine.store.report().fault == ""


def test_withdrawn_settings_need_no_restart(machine: Machine) -> None:
    before = machine.applied(accent="#1D5FA8")
    machine.store.take(signed(2, accent="#2D5A47"))
    assert machine.store.waits
    machine.store.take(signed(3, accent="#1D5FA8"))
    assert not machine.store.waits and machine.store.report().name != before.name
