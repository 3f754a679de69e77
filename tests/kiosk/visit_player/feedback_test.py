"""Test spontaneous feedback in the shipped visits, from a touch on the screen through the journal to the hub.

All visits run with a hub and a kiosk of their own: only that shows that each message arrives, and arrives once.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.visit_player import player

pytestmark = pytest.mark.long

NAMES = ("f07-ask-a-librarian", "feedback-without-a-card", "f11-for-you", "f10-wish-by-isbn")
MUTE = 'said = ["face 2"]'


def test_feedback_reaches_the_hub_once_and_other_feedback_fails_the_visit(tmp_path: Path) -> None:
    files = [file for file in player.built_in_visits() if file.stem in NAMES]
    (face,) = [file for file in files if file.stem == "feedback-without-a-card"]
    lying = tmp_path / "another-face.toml"
    lying.write_text(face.read_text(encoding="utf-8").replace(MUTE, 'said = ["face 5"]'), encoding="utf-8")
    out = tmp_path / "out"
    assert player.play([*files, lying], out=out) == 1
    reports = {name: json.loads((out / name / "visit.json").read_text()) for name in (*NAMES, lying.stem)}
    assert {name for name, report in reports.items() if report["ok"]} == set(NAMES), reports
    assert "face" in reports[lying.stem]["why"], "the feedback stored by the hub is compared"
