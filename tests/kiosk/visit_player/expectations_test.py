"""Test the comparison of a step's expectations with what was seen; every difference becomes a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.visit_player.expectations import SeenScreen, Target, complaints, reads
from kiosk.visit_player.script import Step, parse

FAREWELL = SeenScreen(
    view="Farewell",
    signal="done",
    texts=("Thank you,", "A short guide to a", "happy life", "Due Sun 20 Dec"),
    targets=(
        Target("receipt_paper", None, None, enabled=True, uncovered=True),
        Target("home", None, None, enabled=True, uncovered=False),
        Target("undo", None, None, enabled=False, uncovered=True),
        Target("renew", "30000000000017", None, enabled=True, uncovered=True),
    ),
    journal={"queued": 0, "acknowledged": 1, "exceptions": 0},
    language="en",
    now="2026-11-22T02:00:00+00:00",
)


def step(text: str) -> Step:
    return parse(f"[[step]]\n{text}", "story.toml").step[0]


def wrong(text: str, seen: SeenScreen = FAREWELL, receipt: tuple[str, ...] | None = None) -> list[str]:
    return complaints(step(text), seen, receipt)


@pytest.mark.parametrize(
    "text",
    [
        'expect = "Farewell"',
        'contains = "Thank you"',
        'contains = ["short guide to a happy life", "20 Dec"]',
        'lacks = ["sorry", "Welcome"]',
        'signal = "done"',
        'shot = "farewell"',
    ],
)
def test_met_expectations_raise_no_complaint(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('expect = "Borrowing"', "expected Borrowing and saw Farewell"),
        ('contains = "Goodbye"', "the screen lacks 'Goodbye'"),
        ('lacks = "Thank you"', "the screen holds 'Thank you'"),
        ('signal = "idle"', "expected the lights to say idle and they say done"),
    ],
)
def test_unmet_expectation_is_reported(text: str, said: str) -> None:
    assert wrong(text) == [said]


@pytest.mark.parametrize(
    ("lines", "text", "there"),
    [
        (("Saved, not", "yet confirmed"), "Saved, not yet confirmed", True),
        (("已保存，", "尚未确认"), "已保存，尚未确认", True),
        (("大 字", "Aa"), "大 字", True),
        (("1", "2", "3"), "12", False),
        (("Due 2", "0 Dec"), "Due 20 Dec", False),
        (("Due  20 Dec",), "Due 20   Dec", True),
        ((), "Due", False),
    ],
)
def test_text_is_matched_across_line_breaks_but_not_across_labels(
    lines: tuple[str, ...], text: str, there: bool
) -> None:
    assert reads(lines, text) is there


def test_speech_is_matched_across_phrases() -> None:
    asked = step('hears = ["Dune", "Selected: Finish"]')
    assert complaints(asked, FAREWELL, None, ("Dune, Sun 20 Dec, Borrowed", "Selected: Finish")) == []
    assert complaints(asked, FAREWELL, None, ("Selected: Finish",)) == [
        "the voice does not say 'Dune': it said Selected: Finish"
    ]
    assert len(complaints(asked, FAREWELL, None)) == 2


def test_dark_lights_are_reported() -> None:
    dark = replace(FAREWELL, signal=None)
    assert wrong('signal = "done"', dark) == ["expected the lights to say done and they say nothing: they are dark"]


def test_receipt_text_is_matched_across_line_breaks() -> None:
    paper = ("A short guide to a", "happy life", "Due Sun 20 Dec")
    assert wrong('receipt_contains = "guide to a happy life"', receipt=paper) == []
    assert wrong('receipt_contains = ["Due", "Ada"]', receipt=paper) == ["the receipt lacks 'Ada'"]
    assert wrong('receipt_contains = "Due"') == ["no receipt was printed"]


def test_description_lists_only_pressable_targets() -> None:
    description = FAREWELL.describe()
    assert description.startswith("on the screen was Farewell: Thank you, / ")
    assert description.endswith("what could have been pressed: receipt_paper, renew item=30000000000017")
