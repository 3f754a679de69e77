"""Test visits in the real kiosk with its process, window, journal and hub; hidden or wrong things fail them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kiosk.visit_player import player
from kiosk.visit_player.part_operator import SimulatedBench
from tests.support.demo_library import templates
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.long

ADA, ADAS_CARD = "21232940132966", "56CD936A"
FAUST, LIMIT, CITY, CARS = "36593420520696", "35606877565682", "39702750866739", "37045060779925"
HEAD = 'language = "en"\nnow = 2026-11-24T10:00:00+08:00\n'
COVERING = Path(__file__).parent / "covering"


class CoveredFinish(SimulatedBench):
    """Kiosk in which `finish` is covered."""

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(COVERING), "COVERED_ACTION": "finish"}


class NoWindow(SimulatedBench):
    """Kiosk that cannot start because its video driver does not exist."""

    def environment(self) -> Mapping[str, str]:
        return {"SDL_VIDEODRIVER": "nowhere"}


def script(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    return file


def played(out: Path, name: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((out / name / "visit.json").read_text(encoding="utf-8"))
    return facts


@pytest.fixture(scope="module")
def scripts() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def tour(earlier: set[str], scripts: Path) -> tuple[int, Path]:
    """Return the exit code and the folder of one run of the tour."""
    out = scripts / "tour-out"
    return player.play([built("tour")], out=out, templates=templates()), out


def built(name: str) -> Path:
    return next(file for file in player.built_in_visits() if file.stem == name)


def test_tour_leaves_each_loan_once_at_the_hub(tour: tuple[int, Path]) -> None:
    code, out = tour
    report = played(out, "tour")
    assert (code, report["ok"]) == (0, True), report.get("why")
    states = {loan["item"]: loan["state"] for loan in report["central"]["loans"] if loan["patron"] == ADA}
    assert states == {FAUST: "on_loan", LIMIT: "handed_in", CITY: "on_loan", CARS: "on_loan"}
    assert len([loan for loan in report["central"]["loans"] if loan["patron"] == ADA]) == 4
    assert report["central"]["exceptions"] == []
    assert report["journal"] == {"queued": 0, "acknowledged": 5, "exceptions": 0}


def test_visit_writes_its_report_pictures_and_receipts(tour: tuple[int, Path]) -> None:
    _, out = tour
    report = played(out, "tour")
    assert json.loads((out / "summary.json").read_text()) == [{"visit": "tour", "ok": True, "dir": "tour"}]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "as expected" in page and 'src="tour/' in page
    assert all((out / shown).is_file() for shown in re.findall(r'(?:src|href)="([^"]+)"', page))
    assert [step["n"] for step in report["steps"]] == list(range(1, len(report["steps"]) + 1))
    for step in report["steps"]:
        assert set(step) == {"n", "did", "view", "signal", "text", "ms", "gap", "shot"}
        assert step["shot"] == f"{step['n']:02}-{step['view']}.png"
        with Image.open(out / "tour" / step["shot"]) as picture:
            assert picture.size == (1280, 800)
            assert len(set(picture.convert("L").resize((64, 40)).tobytes())) > 5, "an empty screen"
    assert len(report["receipts"]) == 2
    for receipt in report["receipts"]:
        assert receipt["lines"]
        with Image.open(out / "tour" / receipt["png"]) as paper:
            assert paper.width == 384
    for loan in report["central"]["loans"]:
        assert set(loan) == {"patron", "item", "due", "transaction", "state"}


def test_visit_leaves_no_files_or_processes_outside_its_folder(earlier: set[str], tour: tuple[int, Path]) -> None:
    assert not list(Path(tempfile.gettempdir()).glob(f"kiosk-visit-{os.getpid()}-*"))
    assert children() - earlier == set()


def children() -> set[str]:
    """Return the running child processes, each with its process id."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=False
    )
    return {line for line in listed.stdout.splitlines() if "kiosk" in line and "pytest" not in line}


@pytest.fixture(scope="module")
def earlier() -> set[str]:
    """Return child processes of other tests in this process."""
    return children()


def test_covered_button_fails_the_visit(scripts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = script(scripts, "covered", f'[[step]]\ntap = "{ADAS_CARD}"\n[[step]]\npress = "finish"\n')
    seen = script(scripts, "uncovered", f'[[step]]\ntap = "{ADAS_CARD}"\n[[step]]\npress = "account"\n')
    out = scripts / "covered-out"
    covered = "tests.kiosk.visit_player.player_test:CoveredFinish"
    assert player.play([file, seen], out=out, bench=covered, templates=templates()) == 1
    output = capsys.readouterr().out
    assert "step 2 (press finish): finish is on the screen but covered: no finger reaches it" in output
    assert "on the screen was Borrowing: " in output
    pressable = output.partition("what could have been pressed: ")[2].partition(" (")[0].split(", ")
    assert "account" in pressable
    assert "finish" not in pressable
    assert not played(out, "covered")["ok"]
    assert played(out, "uncovered")["ok"], "a visit of the same kiosk that needs no covered button"


FAILING = {
    "not-there": (
        '[[step]]\npress = "finish"\n',
        "step 1 (press finish): finish is not on the screen; on the screen was Welcome: ",
    ),
    "disabled": (
        f'[[step]]\ntap = "{ADAS_CARD}"\n[[step]]\npress = "undo"\n',
        "step 2 (press undo): undo is on the screen but cannot be pressed now",
    ),
    "never-comes": (
        '[[step]]\nwait = 3\nuntil = "Goodbye"\n',
        "step 1 (wait 3 until Goodbye): in 3 seconds the screen never held 'Goodbye'",
    ),
    "not-as-expected": (
        '[[step]]\nexpect = "Account"\ncontains = "Goodbye"\nsignal = "done"\nreceipt_contains = "Due"\n',
        "step 1 (look): expected Account and saw Welcome; the screen lacks 'Goodbye'; "
        "expected the lights to say done and they say idle; no receipt was printed; on the screen was Welcome: ",
    ),
}


@pytest.fixture(scope="module")
def failures(scripts: Path) -> tuple[int, Path, str]:
    """Return exit code, folder and output of one run of visits that must fail."""
    out, words = scripts / "failing-out", io.StringIO()
    files = [script(scripts, name, text) for name, (text, _) in FAILING.items()]
    with contextlib.redirect_stdout(words):
        code = player.play(files, out=out, templates=templates())
    return code, out, words.getvalue()


@pytest.mark.parametrize("name", FAILING)
def test_unmet_step_fails_the_visit_with_its_reason(failures: tuple[int, Path, str], name: str) -> None:
    code, out, words = failures
    said = FAILING[name][1]
    assert code == 1
    assert said in words
    report = played(out, name)
    assert (report["ok"], said in report["why"]) == (False, True)
    assert "what could have been pressed: " in report["why"]
    assert {"visit": name, "ok": False, "dir": name} in json.loads((out / "summary.json").read_text())


def test_failed_kiosk_start_is_quoted(scripts: Path) -> None:
    out = scripts / "no-window-out"
    file = script(scripts, "no-window", '[[step]]\nexpect = "Welcome"\n')
    assert (
        player.play([file], out=out, bench="tests.kiosk.visit_player.player_test:NoWindow", templates=templates()) == 1
    )
    why = played(out, "no-window")["why"]
    assert why.startswith("before the first step: the kiosk ended with code ")
    assert any(words in why for words in ("nowhere", "indow", "X server")), "the kiosk's own last words"


def test_invalid_script_plays_nothing(scripts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = scripts / "bad-out"
    assert player.play([script(scripts, "bad", '[[step]]\ntpa = "x"\n')], out=out) == 2
    assert "step 1: unknown key tpa; the nearest is tap" in capsys.readouterr().err
    assert player.play([], out=out) == 2
    assert player.play([built("tour")], out=out, bench="nowhere:Bench") == 2
    assert not out.exists()


def test_terminated_player_ends_its_processes_and_removes_its_files(scripts: Path) -> None:
    temporary = scripts / "stopped"
    temporary.mkdir()
    command = (sys.executable, "-m", "kiosk.cli", "visit", str(built("tour")), "--out", str(scripts / "stopped-out"))
    with subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(temporary)}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert any(line.startswith("  1. ") for line in process.stdout)
        assert programs_of(temporary), "kiosk and hub run"
        process.terminate()
        assert process.wait(PATIENCE) == 1
    assert programs_of(temporary) == []
    assert list(temporary.iterdir()) == []


def programs_of(folder: Path) -> list[str]:
    """Return the processes started for a visit in this folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            environment = (each / "environ").read_bytes() + (each / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in environment and b"kiosk.cli\0visit" not in environment:
            found.append(each.name)
    return found
