"""Test the import of a journal file: as an upload, each row once, all or nothing."""

import json
from pathlib import Path

import pytest

from hub.cli import main
from tests.hub.support.world import World


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "unsent.jsonl"


def write_journal(file: Path, *rows: dict[str, object]) -> Path:
    file.write_text("".join(json.dumps({"wire": 1, "rows": [row]}) + "\n" for row in rows), encoding="utf-8")
    return file


def import_journal(file: Path, kiosk: str) -> int:
    return main(["take-journal", str(file), "--kiosk", kiosk])


def test_journal_imported_twice_creates_each_loan_once(
    world: World, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(file, world.checkout(world.dune), world.checkout(world.emma))
    for _ in range(2):
        assert import_journal(file, world.kiosk.name) == 0
        assert "2 accepted" in capsys.readouterr().out
    assert len(world.loans(world.dune)) == len(world.loans(world.emma)) == 1


def test_unreadable_row_is_set_aside_and_the_others_are_accepted(
    world: World, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(file, {**world.checkout(world.dune), "kind": "conjure"}, world.checkout(world.emma))
    assert import_journal(file, world.kiosk.name) == 0
    assert "1 accepted, 1 set_aside" in capsys.readouterr().out
    assert len(world.open_cases()) == 1


def test_unknown_kiosk_or_malformed_line_imports_nothing(
    world: World, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(file, world.checkout(world.dune))
    assert import_journal(file, "unknown") == 1
    with file.open("a") as more:
        more.write("{}\n")
    assert import_journal(file, world.kiosk.name) == 1
    errors = capsys.readouterr().err
    assert f"known are: {world.kiosk.name}" in errors and f"{file}, line 2" in errors
    assert world.loans(world.dune) == []
