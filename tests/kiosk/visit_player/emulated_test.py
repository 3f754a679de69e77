"""Test a whole visit on real drivers: unmodified libraries over an emulated chip, camera, printer and pins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from kiosk.visit_player.player import built_in_visits, play
from tests.support.demo_library import templates

pytestmark = pytest.mark.long

BENCH = "tests.emulated.hardware_bench:EmulatedBench"
WHOLE = "borrow-online"
"""Card, two books, a receipt on paper; the others are played by `scripts/prove --only hardware`."""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("visits")
    file = next(each for each in built_in_visits() if each.stem == WHOLE)
    assert play([file], out=folder, bench=BENCH, templates=templates()) == 0
    return folder / WHOLE


def test_emulated_visit_lends_two_items_and_prints_the_receipt(out: Path) -> None:
    played = json.loads((out / "visit.json").read_text(encoding="utf-8"))
    assert played["ok"] and len(played["central"]["loans"]) == 2
    assert "Faust. Part I" in played["receipts"][0]["lines"], "read from the printed dots"
    with Image.open(out / played["receipts"][0]["png"]) as slip:
        assert slip.width == 384


def test_camera_scans_are_signalled_as_done(out: Path) -> None:
    steps = json.loads((out / "visit.json").read_text(encoding="utf-8"))["steps"]
    assert [step["signal"] for step in steps if step["did"].startswith("scan")] == ["done", "done"]
