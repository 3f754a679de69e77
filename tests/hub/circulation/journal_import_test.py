"""Test the import of a journal file: as an upload, each row once, all or nothing."""

import json
from pathlib import Path

import pytest

from hub.cli import main
from tests.hub.support.world import World


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "unsent.jsonl"


def written(file: Path, *rows: dict[str, object]) -> Path:
    file.write_text("".join(json.dumps({"wire": 1, "rows": [row]}) + "\n" for row in rows), encoding="utf-8")
    return file


def take(file: Path, kiosk: str) -> int:
    return main(["take-journal", str(file), "--kiosk", kiosk])


def test_what_the_kiosk_could_not_send_is_lent_once_however_often_the_file_is_taken(
    world: World, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(file, world.borrows(world.dune), world.borrows(world.emma))
    for _ in range(2):
        assert take(file, world.kiosk.name) == 0
        assert "2 accepted" in capsys.readouterr().out
    assert len(world.loans(world.dune)) == len(world.loans(world.emma)) == 1


def test_a_row_that_nobody_can_read_is_set_aside_and_the_others_go_on(
    world: World, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(file, {**world.borrows(world.dune), "kind": "conjure"}, world.borrows(world.emma))
    assert take(file, world.kiosk.name) == 0
    assert "1 accepted, 1 set_aside" in capsys.readouterr().out
    assert len(world.open_cases()) == 1


def test_nothing_is_taken_for_a_kiosk_that_nobody_knows_or_from_a_file_that_was_changed(
    world: World, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(file, world.borrows(world.dune))
    assert take(file, "nobody") == 1
    with file.open("a") as more:
        more.write("{}\n")
    assert take(file, world.kiosk.name) == 1
    told = capsys.readouterr().err
    assert f"known are: {world.kiosk.name}" in told and f"{file}, line 2" in told
    assert world.loans(world.dune) == []
