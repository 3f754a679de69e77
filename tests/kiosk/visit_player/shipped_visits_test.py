"""Test shipped visits: one needs no touch, and the same visits with a wrong expectation fail.

The demo and `scripts/prove --only hardware` play them as they are.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from kiosk.visit_player import player
from tests.kiosk.visit_player.player_test import built, played
from tests.support.demo_library import templates

WRONG_WORDS = """language = "en"
[[step]]
key = "choose"
hears = "Selected: Return"
"""
MUTE = 'said = ["face 2"]'


def test_visit_by_ear_needs_no_touch() -> None:
    steps = tomllib.loads(built("by-ear").read_text(encoding="utf-8"))["step"]
    assert len(steps) > 5 and not any("press" in step for step in steps)


@pytest.mark.long
def test_wrong_words_and_wrong_feedback_fail_the_visit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deaf, lying = tmp_path / "deaf.toml", tmp_path / "another-face.toml"
    deaf.write_text(WRONG_WORDS)
    shipped = built("feedback-without-a-card").read_text(encoding="utf-8")
    lying.write_text(shipped.replace(MUTE, 'said = ["face 5"]'), encoding="utf-8")
    assert player.play([deaf, lying], out=tmp_path / "out", templates=templates()) == 1
    assert "the voice does not say 'Selected: Return'" in capsys.readouterr().out
    assert "face" in played(tmp_path / "out", lying.stem)["why"], "the feedback stored by the hub is compared"
