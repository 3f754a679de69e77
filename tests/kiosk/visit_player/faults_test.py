"""Test that a visit fails if a fault that it requests does not occur, or a receipt that it reads was not printed."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from kiosk.visit_player import player
from tests.support.demo_library import templates

pytestmark = [pytest.mark.long, pytest.mark.judge]

HEAD = 'language = "en"\nnow = 2026-11-24T10:00:00+08:00\n'
TAP, SCAN = '[[step]]\ntap = "56CD936A"\n', '[[step]]\nscan = "36593420520696"\n'
FINISH = '[[step]]\npress = "finish"\n'
LOSES, REFUSES = '[[step]]\nnetwork = "answer_lost"\n', '[[step]]\ncentral = "refuses"\n'
PRINTS = '[[step]]\npress = "receipt_paper"\n'
READS = 'receipt_contains = "Faust. Part I"\n'
HOME = '[[step]]\npress = "home"\n'
CITY = '[[step]]\nscan = "39702750866739"\n'
NO_PAPER = '[[step]]\npress = "receipt_none"\n'
NOT_LOST = "network = answer_lost: no transaction passed since, so no answer was lost"

VISITS = {
    "lost": (TAP + LOSES + SCAN, ""),
    "lost-at-last": (f'[[step]]\nnetwork = "down"\n{TAP}{SCAN}{LOSES}', ""),
    "not-lost": (TAP + LOSES, f"after the last step: {NOT_LOST}"),
    "not-lost-in-time": (TAP + LOSES + '[[step]]\nnetwork = "up"\n' + SCAN, f"step 3 (network up): {NOT_LOST}"),
    "refused": (TAP + REFUSES + SCAN, ""),
    "not-refused": (TAP + REFUSES, "central = refuses: no transaction came since, so none was refused"),
    "not-refused-twice": (TAP + REFUSES + REFUSES + SCAN, "step 3 (central refuses): central = refuses: the one that"),
    "printed": (TAP + SCAN + FINISH + PRINTS + READS, ""),
    "printed-a-look-ago": (TAP + SCAN + FINISH + PRINTS + "[[step]]\n" + READS, ""),
    "printed-a-visit-ago": (
        TAP + SCAN + FINISH + PRINTS + HOME + TAP + CITY + FINISH + NO_PAPER + READS,
        "step 9 (press receipt_none): no receipt was printed",
    ),
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one run of all the stories."""
    folder = tmp_path_factory.mktemp("faults")
    files = [folder / f"{name}.toml" for name in VISITS]
    for file in files:
        file.write_text(HEAD + VISITS[file.stem][0], encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        player.play(files, out=folder / "out", templates=templates())
    return folder / "out"


@pytest.mark.parametrize("name", VISITS)
def test_requested_fault_must_occur(played: Path, name: str) -> None:
    report = json.loads((played / name / "visit.json").read_text(encoding="utf-8"))
    said = VISITS[name][1]
    assert report["ok"] is (said == ""), report.get("why")
    assert said in report.get("why", "")
