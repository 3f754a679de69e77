"""Test shipped visits on whole kiosks: by ear and four keys, feedback up to the hub, and on emulated hardware."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from kiosk.visit_player import player
from tests.kiosk.visit_player.player_test import built, played
from tests.support.demo_library import templates

pytestmark = pytest.mark.long
WRONG_WORDS = """language = "en"
[[step]]
key = "choose"
hears = "Selected: Return"
"""


def test_speech_is_checked_and_missing_words_fail_the_visit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second visit is the control."""
    wrong = tmp_path / "deaf.toml"
    wrong.write_text(WRONG_WORDS)
    assert player.play([built("by-ear"), wrong], out=tmp_path / "out", templates=templates()) == 1
    output = capsys.readouterr().out
    report = played(tmp_path / "out", "by-ear")
    assert report["ok"] is True, report.get("why")
    assert {step["did"].split()[0] for step in report["steps"]} <= {"key", "tap", "scan"}, "no touches"
    assert "the voice does not say 'Selected: Return'" in output


NAMES = ("f07-ask-a-librarian", "feedback-without-a-card", "f11-for-you", "f10-wish-by-isbn")
MUTE = 'said = ["face 2"]'


def test_feedback_reaches_the_hub_once_and_other_feedback_fails_the_visit(tmp_path: Path) -> None:
    lying = tmp_path / "another-face.toml"
    lying.write_text(
        built("feedback-without-a-card").read_text(encoding="utf-8").replace(MUTE, 'said = ["face 5"]'),
        encoding="utf-8",
    )
    out = tmp_path / "out"
    assert player.play([*map(built, NAMES), lying], out=out) == 1
    reports = {name: played(out, name) for name in (*NAMES, lying.stem)}
    assert {name for name, report in reports.items() if report["ok"]} == set(NAMES), reports
    assert "face" in reports[lying.stem]["why"], "the feedback stored by the hub is compared"


BENCH = "tests.emulated.hardware_bench:EmulatedBench"
WHOLE = "borrow-online"
"""Card, two books, a receipt on paper; the others are played by `scripts/prove --only hardware`."""


def test_emulated_visit_lends_two_items_and_prints_the_receipt(tmp_path: Path) -> None:
    assert player.play([built(WHOLE)], out=tmp_path, bench=BENCH, templates=templates()) == 0
    report = played(tmp_path, WHOLE)
    assert report["ok"] and len(report["central"]["loans"]) == 2
    assert "Faust. Part I" in report["receipts"][0]["lines"], "read from the printed dots"
    with Image.open(tmp_path / WHOLE / report["receipts"][0]["png"]) as slip:
        assert slip.width == 384
    assert [step["signal"] for step in report["steps"] if step["did"].startswith("scan")] == ["done", "done"]
