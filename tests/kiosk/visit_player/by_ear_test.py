"""Test the visit by ear and four keys in the real kiosk; a voice with other words fails it."""

from __future__ import annotations

from pathlib import Path

import pytest

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
