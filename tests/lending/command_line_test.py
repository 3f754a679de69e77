"""Test what both command lines share: their version, and a quiet end when the reader of a pipe closes."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from hub import cli as hub_cli
from kiosk import cli
from kiosk.visit_player.report import StepResult, VisitReport, write_index
from lending.command_line import CLOSED


@pytest.mark.parametrize(("main", "name"), [(cli.main, "kiosk"), (hub_cli.main, "kiosk-hub")])
def test_version_is_the_packages(main: object, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])  # type: ignore[operator]
    assert end.value.code == 0
    assert capsys.readouterr().out == f"{name} {version('library-kiosk')}\n"


def test_closed_pipe_ends_the_command_without_a_traceback() -> None:
    command = [sys.executable, "-c", "import sys; from kiosk.cli import main; sys.exit(main(['visit', '--actions']))"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None and program.stderr is not None
        program.stdout.close()
        errors = program.stderr.read().decode()
        assert program.wait(60) == CLOSED
    assert errors == ""


def test_missing_visits_file_is_reported_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["visit", str(tmp_path / "none.toml")]) == 2
    errors = capsys.readouterr().err
    assert "none.toml does not exist" in errors and "Errno" not in errors


def test_index_shows_each_visit_with_its_result_and_pictures(tmp_path: Path) -> None:
    step = StepResult(1, "card <ada>", "Welcome", None, (), 9, 0, "01-card.png")
    good, bad = (
        VisitReport("tour", tmp_path / "tour", [step]),
        VisitReport("a-fault", tmp_path / "a-fault", why="no <loan>"),
    )
    page = write_index(tmp_path, [good, bad]).read_text(encoding="utf-8")
    assert page.count("<section") == 2 and 'src="tour/01-card.png"' in page
    assert "card &lt;ada&gt;" in page and "FAILED: no &lt;loan&gt;" in page and "as expected" in page
