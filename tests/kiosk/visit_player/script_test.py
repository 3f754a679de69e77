"""Test script parsing: every fault is reported with its step and the allowed values."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from pathlib import Path

import pytest

from kiosk.events import Key
from kiosk.screens.gallery import shots
from kiosk.views import Panel, Signal
from kiosk.views import actions as offered
from kiosk.visit_player import actions
from kiosk.visit_player.player import built_in_visits
from kiosk.visit_player.script import (
    CentralRefuses,
    CutPower,
    DropItem,
    Kill,
    Lay,
    Lift,
    Network,
    Press,
    PressKey,
    Scan,
    ScriptError,
    SetPart,
    SetPile,
    Step,
    Tap,
    Type,
    Visit,
    Wait,
    load,
    parse,
)
from lending.languages import languages


def visit(text: str) -> Visit:
    return parse(text, "story.toml")


def step(text: str) -> str:
    """Return the error message for a visit whose only step is `text`."""
    with pytest.raises(ScriptError) as refused:
        visit(f"[[step]]\n{text}")
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ('tap = "04A3C15E"', Tap("04A3C15E")),
        ('tap = "04A3C15E926180"', Tap("04A3C15E926180")),
        ('lay = "04A3C15E926180AABBCC"', Lay("04A3C15E926180AABBCC")),
        ("lift = true", Lift()),
        ('scan = "30000000000017"', Scan("30000000000017")),
        ('scan = ""', Scan("")),
        ('scan = "a|b\\u0007"', Scan("a|b\x07")),
        ('key = "next"', PressKey(Key.NEXT)),
        ("drop = true", DropItem()),
        ('pile = ["30000000000017 1/2", "unreadable"]', SetPile(("30000000000017 1/2", "unreadable"))),
        ("pile = []", SetPile(())),
        ('press = "finish"', Press("finish")),
        ('press = "renew"\nitem = "3000"', Press("renew", item="3000")),
        ('press = "key"\nchoice = "5"', Press("key", choice="5")),
        ('type = "1234"', Type("1234")),
        ('network = "answer_lost"', Network("answer_lost")),
        ('central = "refuses"', CentralRefuses()),
        ('part = "receipt_printer"\nstate = "cover_open"', SetPart("receipt_printer", "cover_open")),
        ('part = "bin"\nstate = "blocked"', SetPart("bin", "blocked")),
        ('process = "killed"', Kill()),
        ('power = "cut"', CutPower()),
        ("wait = 30", Wait(30)),
        ("wait = 0.5", Wait(0.5)),
        ('wait = 90\nuntil = "Offline"', Wait(90, "Offline")),
        ('expect = "Welcome"', None),
    ],
)
def test_each_verb_is_parsed(text: str, verb: object) -> None:
    assert visit(f"[[step]]\n{text}").step[0].verb == verb


def test_every_listed_action_can_be_pressed() -> None:
    for name in {called.split()[0] for view in actions.names().values() for called in view} | {"more"}:
        assert visit(f'[[step]]\npress = "{name}"').step[0].verb == Press(name)


def test_every_offered_action_is_listed_with_its_view() -> None:
    listed = {(view, called.split()[0]) for view, every in actions.names().items() for called in every}
    missing = set[tuple[str, str]]()
    for shot, panel in product(shots("-light"), (None, *Panel)):
        status = replace(shot.status, panel=panel, voice=True, languages=tuple(languages()))
        missing |= {(type(shot.view).__name__, each.name) for each in offered(shot.view, status)} - listed
    assert missing == set()


def test_checks_and_a_screenshot_are_allowed_with_or_without_a_verb() -> None:
    script = visit(
        """
        [[step]]
        press = "finish"
        expect = "Farewell"
        contains = ["Thank you", "two"]
        lacks = "sorry"
        signal = "done"
        [[step]]
        receipt_contains = "Due"
        shot = "receipt"
        """
    )
    first, second = script.step
    assert (first.expect, first.contains, first.lacks) == ("Farewell", ("Thank you", "two"), ("sorry",))
    assert first.signal is Signal.DONE
    assert (second.verb, second.receipt_contains, second.shot) == (None, ("Due",), "receipt")


@pytest.mark.parametrize("written", ["2026-11-22T10:00:00+08:00", '"2026-11-22T10:00:00+08:00"'])
def test_start_time_may_be_a_toml_time_or_text(written: str) -> None:
    script = visit(f"now = {written}\n[[step]]\nwait = 1")
    assert script.now == datetime(2026, 11, 22, 2, tzinfo=UTC)
    assert script.now.astimezone(timezone(timedelta(hours=8))).hour == 10


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('tpa = "04A3C15E"', "story.toml: step 1: unknown key tpa; the nearest is tap"),
        ("quux_zz = 1", "story.toml: step 1: unknown key quux_zz; known are tap"),
        ('tap = "04a3c15e"', "tap = '04a3c15e': allowed is a card's UID: 8, 14 or 20 upper-case"),
        ('tap = "04A3C15"', "8, 14 or 20"),
        ('lay = "04A3C15E92"', "8, 14 or 20"),
        ("tap = 12345678", "8, 14 or 20"),
        ("lift = false", "lift = False: allowed is true"),
        ("scan = 30000000000017", "scan = 30000000000017: allowed is the text of a label"),
        ('press = "Finish!"', "allowed is the stable name of an action"),
        ('press = "finsh"', "step 1: press = 'finsh': allowed is the stable name of an action"),
        ('press = "finsh"', "; the nearest is finish"),
        ('press = "fly"', "step 1: press = 'fly': allowed is"),
        ('press = "fly"', "; the nearest is "),
        ("press = 3", "press = 3: allowed is the stable name"),
        ('item = "3000"', "item and choice belong to press"),
        ('type = ""', "allowed is the keys to touch"),
        ('network = "off"', "allowed is down, up, slow or answer_lost"),
        ('central = "accepts"', "allowed is refuses"),
        ('part = "lights"', "part and state belong together"),
        ('state = "ok"', "part and state belong together"),
        ('part = "lights"\nstate = "near_end"', "knows no state near_end"),
        ('part = "screen"\nstate = "ok"', "part = 'screen': allowed is card_reader"),
        ('process = "stopped"', "allowed is killed"),
        ('power = "off"', "allowed is cut"),
        ("wait = -1", "allowed is seconds, 0 or more"),
        ('until = "Offline"', "until belongs to wait"),
        ('wait = 1\nuntil = ""', "allowed is the text that the screen is to hold within the seconds of wait"),
        ("wait = true", "allowed is seconds, 0 or more"),
        ("wait = nan", "allowed is seconds, 0 or more"),
        ('expect = "Borrow"', "allowed is the name of a view: Welcome, Identify, Borrowing"),
        ("contains = [1]", "allowed is a text or a list of texts"),
        ('contains = ""', "allowed is a text or a list of texts"),
        ('signal = "green"', "allowed is idle, card, scan"),
        ('shot = "../x"', "allowed is a name of letters"),
        ('tap = "04A3C15E"\nscan = "1"', "has 2 verbs (tap, scan); a step has at most one"),
        ("", "is empty; it wants a verb, a check or a shot"),
    ],
)
def test_invalid_step_is_reported_with_the_allowed_values(text: str, said: str) -> None:
    assert said in step(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "step is missing"),
        ("step = []", "step = []: allowed is one or more [[step]] tables"),
        ("[step]\nwait = 1", "allowed is one or more [[step]] tables"),
        ('step = ["tap"]', "step 1: is no table"),
        ("[[step", "no TOML"),
        ('language = "xx"\n[[step]]\nwait = 1', "language = 'xx': allowed is zh, zh_TW, en"),
        ('now = "noon"\n[[step]]\nwait = 1', "now = 'noon': allowed is an ISO time with offset"),
        ("now = 2026-11-22T10:00:00\n[[step]]\nwait = 1", "allowed is an ISO time with offset"),
        ("now = 1795312800\n[[step]]\nwait = 1", "allowed is an ISO time with offset"),
        ('phones = "library"\n[[step]]\nwait = 1', "phones = 'library': allowed is an address such as https://"),
        ("steps = 1\n[[step]]\nwait = 1", "unknown key steps; the nearest is step"),
    ],
)
def test_invalid_file_is_reported_with_the_allowed_values(text: str, said: str) -> None:
    with pytest.raises(ScriptError) as refused:
        visit(text)
    assert said in str(refused.value)


def test_all_errors_are_reported_together() -> None:
    with pytest.raises(ScriptError) as refused:
        visit('[[step]]\nwait = -1\n[[step]]\ntap = "x"\n[[step]]\nlift = false')
    assert [line.split(": ")[1] for line in str(refused.value).splitlines()] == ["step 1", "step 2", "step 3"]


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"nowhere\.toml does not exist"):
        load(tmp_path / "nowhere.toml")


def test_example_in_the_manual_is_valid() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "visits.md").read_text(encoding="utf-8")
    script = visit(manual.partition("```toml\n")[2].partition("```")[0])
    assert script.verbs == (Tap("56CD936A"), Scan("36593420520696"), Press("finish"))


def test_manual_names_every_key() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "visits.md").read_text(encoding="utf-8")
    assert [
        key
        for key in (*Step.model_fields, *Visit.model_fields)
        if not re.search(rf"`{key}\b|^(\[\[)?{key}(]])?\b", manual, re.MULTILINE)
    ] == []


def test_built_in_visits_are_valid_and_check_a_view() -> None:
    visits = {file.stem: load(file) for file in built_in_visits()}
    assert len(visits) >= 15
    assert next(iter(visits)) == "tour"
    for script in visits.values():
        assert any(step.expect for step in script.step), "a visit without an expectation cannot fail"


def test_each_patron_function_has_a_visit() -> None:
    """docs/visits.md gives the reason for each exception."""
    named = {int(file.stem[1:3]) for file in built_in_visits() if re.match(r"f\d\d-", file.stem)}
    assert set(range(1, 26)) - named == {3, 19, 21}
