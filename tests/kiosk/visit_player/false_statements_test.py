"""Test that a visit fails if the kiosk's statements to the patron differ from the central's records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kiosk.visit_player import player
from kiosk.visit_player.part_operator import SimulatedBench
from tests.support.demo_library import templates

pytestmark = [pytest.mark.long, pytest.mark.judge]

LYING = Path(__file__).parent / "lying"
ADAS_CARD, FAUST, PROMETHEUS = "56CD936A", "36593420520696", "34713832130007"
CITY_OF_GOD, CARS = "39702750866739", "37045060779925"
HEAD = 'language = "en"\nnow = 2026-11-24T10:00:00+08:00\n'
DOWN, UP = '[[step]]\nnetwork = "down"\n', '[[step]]\nnetwork = "up"\n'


class _Liar(SimulatedBench):
    lie = ""

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(LYING), "LIE": self.lie}


class SendsNothing(_Liar):
    lie = "sends_nothing"


class NeverHandsOver(_Liar):
    lie = "never_hands_over"


class Mumbles(_Liar):
    lie = "mumbles"


class SendsTwice(_Liar):
    lie = "sends_twice"


class NeverSyncs(_Liar):
    lie = "never_syncs"


class LendsToBruno(_Liar):
    lie = "lends_to_bruno"


def played(folder: Path, files: list[Path], bench: type[_Liar] | None) -> tuple[int, Mapping[str, dict[str, Any]]]:
    """The exit code, and visit.json by name."""
    name = f"{__name__}:{bench.__name__}" if bench else None
    code = player.play(files, out=folder / "out", bench=name, templates=templates())
    return code, {file.stem: json.loads((folder / "out" / file.stem / "visit.json").read_text()) for file in files}


def script(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def built(*names: str) -> list[Path]:
    return [file for file in player.built_in_visits() if file.stem in names]


def test_unsent_transactions_fail_every_visit_that_shows_them(tmp_path: Path) -> None:
    promising = built("tour", "borrow-online", "return-without-a-card", "killed-before-it-was-confirmed")
    promising += built("f23-renew-one-and-all", "slow-network", "items-first")
    code, reports = played(tmp_path, promising, SendsNothing)
    assert code == 1
    assert [name for name, report in reports.items() if report["ok"]] == []
    assert f"{FAUST} was shown as borrowed, and the central has nothing of it" in reports["borrow-online"]["why"]
    assert f"{PROMETHEUS} was shown as returned, and the central has nothing" in reports["return-without-a-card"]["why"]


def test_unsynced_journal_fails_the_visit_after_a_power_cut(tmp_path: Path) -> None:
    lent = "".join(
        f'[[step]]\ntap = "{ADAS_CARD}"\n[[step]]\nscan = "{item}"\n[[step]]\npower = "cut"\n'
        for item in (FAUST, CITY_OF_GOD, CARS)
    )
    text = f"{HEAD}{DOWN}{lent}{UP}[[step]]\nwait = 30\n"
    honest, lying = script(tmp_path, "honest", text), script(tmp_path, "lying", text)
    assert played(tmp_path, [honest], None)[0] == 0
    code, reports = played(tmp_path, [lying], NeverSyncs)
    assert code == 1
    assert "was shown as borrowed, and the central has nothing of it" in reports["lying"]["why"]


def test_pending_transactions_with_the_network_up_fail_the_visit(tmp_path: Path) -> None:
    code, reports = played(tmp_path, built("return-without-a-card"), NeverHandsOver)
    assert code == 1
    assert "1 transactions still wait in the journal, and the network is up" in reports["return-without-a-card"]["why"]


def test_duplicate_return_fails_the_visit(tmp_path: Path) -> None:
    code, reports = played(tmp_path, built("return-without-a-card"), SendsTwice)
    assert code == 1
    assert (
        f"the central took a checkin of {PROMETHEUS} that no patron was shown"
        in reports["return-without-a-card"]["why"]
    )


def test_loan_to_another_patron_fails_the_visit(tmp_path: Path) -> None:
    code, reports = played(tmp_path, built("borrow-online"), LendsToBruno)
    assert code == 1
    assert (
        f"{FAUST} was shown as borrowed, and the central has it on loan to another" in reports["borrow-online"]["why"]
    )


def test_visit_that_ends_offline_is_reconciled_after_reconnecting(tmp_path: Path) -> None:
    text = f'{HEAD}{DOWN}[[step]]\ntap = "{ADAS_CARD}"\n[[step]]\nscan = "{FAUST}"\ncontains = "Saved"\n'
    code, reports = played(tmp_path, [script(tmp_path, "offline", text)], None)
    assert (code, reports["offline"]["journal"]["queued"]) == (0, 0), reports["offline"].get("why")
    assert [loan["state"] for loan in reports["offline"]["central"]["loans"] if loan["item"] == FAUST] == ["on_loan"]


def test_undone_loan_is_absent_and_a_repeated_loan_counts_once(tmp_path: Path) -> None:
    text = (
        f'{HEAD}[[step]]\ntap = "{ADAS_CARD}"\n[[step]]\nscan = "{FAUST}"\n[[step]]\npress = "undo"\nlacks = "Faust"\n'
    )
    again = f'{text}[[step]]\nscan = "{FAUST}"\ncontains = "Faust"\n'
    code, reports = played(tmp_path, [script(tmp_path, "undone", text), script(tmp_path, "again", again)], None)
    assert code == 0, [report.get("why") for report in reports.values()]
    loans = {name: [loan["item"] for loan in report["central"]["loans"]] for name, report in reports.items()}
    assert (loans["undone"].count(FAUST), loans["again"].count(FAUST)) == (0, 1)


def test_exception_fails_the_visit_unless_it_is_expected(tmp_path: Path) -> None:
    lends = f'{DOWN}[[step]]\ntap = "{ADAS_CARD}"\n[[step]]\nscan = "{FAUST}"\ncontains = "Saved"\n{UP}'
    files = [script(tmp_path, "unasked", HEAD + lends), script(tmp_path, "meant", f"{HEAD}exceptions = 1\n{lends}")]
    code, reports = played(tmp_path, files, Mumbles)
    assert (code, reports["meant"]["ok"]) == (1, True), reports["meant"].get("why")
    assert reports["unasked"]["why"].startswith(
        "after the visit: 1 cases wait in the exception desk and 0 were meant to: set_aside "
    )
