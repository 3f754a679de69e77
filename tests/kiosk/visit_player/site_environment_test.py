"""Test visits on a library's own set-up: they use only what `[acceptance]` names, and restore its state."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.config import load, write_example
from kiosk.journal.journal import Journal
from kiosk.sync.enrolment import enrol
from kiosk.visit_player import player
from kiosk.visit_player.play import StepExecutor
from kiosk.visit_player.script import parse
from kiosk.visit_player.site_environment import strangers
from lending.transactions import ClockTrust
from tests.kiosk.sync.patience import PATIENT
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.long

ADA, ADAS_CARD, BRUNOS_CARD, MAXS_CARD = "21232940132966", "56CD936A", "764104D3", "61DE6051"
MAX_HAS = ("31956753216627", "36719738410268", "30377325736847")
FAUST, CITY, PROMETHEUS = "36593420520696", "39702750866739", "34713832130007"
BORROWS = f'language = "en"\n[[step]]\ntap = "{ADAS_CARD}"\n[[step]]\nscan = "{FAUST}"\nexpect = "Borrowing"\n'


@dataclass(frozen=True)
class SetUp:
    """A kiosk's configuration and the hub that represents the library's."""

    file: Path
    url: str

    def naming(self, patrons: list[str], items: list[str]) -> SetUp:
        """Return the same setup with other patrons and items in [acceptance]."""
        file = self.file.with_name("other.toml")
        text = re.sub(r"(?m)^patrons = .*$", f"patrons = {json.dumps(patrons)}", self.file.read_text(encoding="utf-8"))
        file.write_text(re.sub(r"(?m)^items = .*$", f"items = {json.dumps(items)}", text), encoding="utf-8")
        return SetUp(file, self.url)

    def every_loan(self, item: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/api/demo/state", {"items": item}, timeout=PATIENCE)
        loans: list[dict[str, Any]] = answer.json()["loans"]
        return loans

    def loans(self, item: str) -> list[dict[str, Any]]:
        return [loan for loan in self.every_loan(item) if loan["state"] != "returned"]


def enrolled(folder: Path, url: str, name: str) -> SetUp:
    """Enrol a new kiosk of the library."""
    file = write_example(
        folder / "kiosk.toml",
        state=folder / "state",
        runtime=folder / "run",
        url=url,
        changes={
            "library": {"language": "en"},
            "acceptance": {"patrons": [ADAS_CARD, ADA], "items": [FAUST, PROMETHEUS]},
        },
    )
    Journal.create(load(file).paths.journal)
    enrolment = requests.post(f"{url}/api/demo/kiosks", json={"name": name}, timeout=PATIENCE).json()
    enrol(url, enrolment["code"], folder / "state", timing=PATIENT)
    return SetUp(file, url)


@pytest.fixture(scope="module")
def library() -> Iterator[SetUp]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hub = folder / "hub"
        environment = {**os.environ, "KIOSK_HUB_STATE": str(hub), "DATABASE_URL": ""}
        demo(hub)
        command = [sys.executable, "-m", "hub.cli", "serve", "--demo", "--port", "0"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as serving:
            assert serving.stdout is not None
            url = serving.stdout.readline().removeprefix("listening on ").strip()
            try:
                yield enrolled(folder, url, "own")
            finally:
                serving.terminate()


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the kiosk's clock stopped while the hub answers, so that a slow machine causes no timeout."""

    async def stand_still(doing: StepExecutor) -> None:
        await doing._ask("stand", still=True)

    monkeypatch.setattr(StepExecutor, "_stand_still", stand_still)


def play(library: SetUp, text: str, bench: str | None = None) -> tuple[int, dict[str, Any]]:
    folder = library.file.parent
    script = folder / "own.toml"
    script.write_text(text, encoding="utf-8")
    code = player.play([script], config=library.file, out=folder / "out", bench=bench)
    facts: dict[str, Any] = json.loads((folder / "out" / "own" / "visit.json").read_text())
    return code, facts


def test_loan_is_reported_and_returned_after_the_visit(library: SetUp) -> None:
    code, report = play(library, BORROWS + '[[step]]\nnetwork = "down"\n[[step]]\npress = "finish"\n')
    assert (code, report["ok"]) == (0, True), report.get("why")
    (loan,) = report["central"]["loans"]
    assert (loan["patron"], loan["item"], loan["state"]) == (ADAS_CARD, FAUST, "on_loan")
    assert (loan["transaction"], report["central"]["exceptions"]) == (None, [])
    assert "does not tell" in report["central"]["untold"]
    assert "left" not in report["central"]
    assert library.loans(FAUST) == []


def test_pending_loan_is_uploaded_and_returned_after_the_visit(library: SetUp) -> None:
    code, report = play(library, f'[[step]]\nnetwork = "down"\n{BORROWS.partition(chr(10))[2]}')
    assert (code, report["ok"]) == (0, True), report.get("why")
    assert report["journal"]["queued"] == 0
    assert [(loan["item"], loan["state"]) for loan in report["central"]["loans"]] == [(FAUST, "on_loan")]
    assert "left" not in report["central"]
    assert library.loans(FAUST) == []
    assert [loan["state"] for loan in library.every_loan(FAUST)] == ["returned", "returned"]


def test_unsent_loan_fails_the_visit(library: SetUp) -> None:
    """The kiosk is separate, because an honest kiosk with this journal would send the missing loan."""
    folder = library.file.parent / "liar"
    folder.mkdir()
    code, report = play(
        enrolled(folder, library.url, "liar"), BORROWS, "tests.kiosk.visit_player.false_statements_test:SendsNothing"
    )
    assert code == 1
    assert report["why"].startswith(f"after the visit: {FAUST} was shown as borrowed, and at the central it is ")
    assert library.loans(FAUST) == []


def test_remaining_change_is_listed(library: SetUp, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = play(library, f'[[step]]\nscan = "{PROMETHEUS}"\nexpect = "Returning"\n')
    assert (code, report["ok"]) == (0, True), report.get("why")
    (left,) = report["central"]["left"]
    assert left.startswith(f"{PROMETHEUS}: it was on loan to another patron, due ")
    assert " and is now handed in by another patron, due " in left
    assert f"left at the library: {left}" in capsys.readouterr().out


def test_renewal_is_listed_with_both_due_dates(library: SetUp) -> None:
    renews = f'[[step]]\ntap = "{MAXS_CARD}"\n[[step]]\npress = "account"\n'
    renews += f'[[step]]\npress = "renew"\nitem = "{MAX_HAS[0]}"\ncontains = "Renewed"\n'
    code, report = play(library.naming([MAXS_CARD], [MAX_HAS[0], FAUST]), f'language = "en"\n{renews}')
    assert (code, report["ok"]) == (0, True), report.get("why")
    (left,) = report["central"]["left"]
    dates = r"on loan to 61DE6051, due (\S+ \S+), renewed %d times"
    found = re.fullmatch(f"{MAX_HAS[0]}: it was {dates % 0} and is now {dates % 1}", left)
    assert found, left
    assert found[1] < found[2]


def test_renew_all_with_unnamed_items_is_not_played(library: SetUp) -> None:
    before = [library.loans(item) for item in MAX_HAS]
    everything = f'[[step]]\ntap = "{MAXS_CARD}"\n[[step]]\npress = "account"\n[[step]]\npress = "renew_all"\n'
    code, report = play(library.naming([MAXS_CARD], [MAX_HAS[0]]), everything)
    assert code == 1
    assert report["why"] == f"renew_all would renew {MAX_HAS[1]}, {MAX_HAS[2]} too, which [acceptance] does not name"
    assert [library.loans(item) for item in MAX_HAS] == before


def test_loan_to_another_patron_fails_the_visit(library: SetUp) -> None:
    both = library.naming([ADAS_CARD, BRUNOS_CARD], [FAUST])
    code, report = play(both, BORROWS, "tests.kiosk.visit_player.false_statements_test:LendsToBruno")
    assert code == 1
    assert f"{FAUST} was shown as borrowed, and the central has it on loan to another patron" in report["why"]
    assert library.loans(FAUST) == []


def test_transaction_set_aside_by_the_hub_is_listed(library: SetUp) -> None:
    code, report = play(library, BORROWS, "tests.kiosk.visit_player.false_statements_test:Mumbles")
    assert code == 1
    assert (
        "1 transactions of the visit are at the exception desk: staff have to resolve them" in report["central"]["left"]
    )


def test_simulated_month_changes_neither_due_date_nor_journal_trust(library: SetUp) -> None:
    waits = '[[step]]\nwait = 2592000\nexpect = "Welcome"\n'
    code, report = play(library, waits + BORROWS.partition("\n")[2])
    assert (code, report["ok"]) == (0, True), report.get("why")
    due = datetime.fromisoformat(report["central"]["loans"][0]["due"]).replace(tzinfo=UTC)
    assert due < datetime.now(UTC) + timedelta(days=30), "the due date follows the library's clock"
    journal = Journal.open(load(library.file).paths.journal)
    assert {row.trust for row in journal.accepted_rows()} == {ClockTrust.UNKNOWN}
    journal.close_file()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "now = 2026-11-24T10:00:00+08:00",
            "now = 2026-11-24T10:00:00+08:00: a library's own set-up keeps its own time",
        ),
        (
            'phones = "https://library.example"',
            "phones = https://library.example: a library's own hub has its own address",
        ),
    ],
    ids=["time", "address"],
)
def test_settings_of_the_library_cannot_be_overridden(
    library: SetUp, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    script = library.file.parent / "elsewhere.toml"
    script.write_text(f"{line}\n{BORROWS}", encoding="utf-8")
    assert player.play([script], config=library.file, out=library.file.parent / "elsewhere") == 2
    assert f"{said}; leave it out" in capsys.readouterr().err
    assert not (library.file.parent / "elsewhere").exists()


def test_answer_lost_over_tls_is_refused_before_playing(library: SetUp, capsys: pytest.CaptureFixture[str]) -> None:
    secured = library.file.with_name("secured.toml")
    secured.write_text(library.file.read_text(encoding="utf-8").replace("http://", "https://"), encoding="utf-8")
    script = library.file.parent / "lost.toml"
    script.write_text(f'{BORROWS}[[step]]\nnetwork = "answer_lost"\n', encoding="utf-8")
    assert player.play([script], config=secured, out=library.file.parent / "lost") == 2
    assert f"{script}: network = answer_lost: the connection to the central is encrypted" in capsys.readouterr().err
    assert not (library.file.parent / "lost").exists()
    assert library.loans(FAUST) == []


def test_refusing_central_needs_the_demo_hub(library: SetUp) -> None:
    code, report = play(library, '[[step]]\ncentral = "refuses"\n')
    assert code == 1
    assert "step 1 (central refuses): central = refuses: only the demo mode of our hub" in report["why"]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        (f'[[step]]\ntap = "{BRUNOS_CARD}"\n', [f"card {BRUNOS_CARD}"]),
        (f'[[step]]\nlay = "{ADAS_CARD}"\n[[step]]\nscan = "{CITY}"\n', [f"number {CITY}"]),
        ('[[step]]\ntype = "2063672"\n[[step]]\ntype = "2910228"\n', ["number 20636722910228"]),
        (f'[[step]]\nscan = "{ADA}"\n[[step]]\nscan = "no|label"\n[[step]]\nscan = ""\n', []),
        (BORROWS, []),
    ],
)
def test_cards_and_items_outside_acceptance_are_found(library: SetUp, text: str, who: list[str]) -> None:
    assert strangers(parse(text, "own.toml"), load(library.file)) == who


def test_visit_with_an_unnamed_card_is_not_played(library: SetUp, capsys: pytest.CaptureFixture[str]) -> None:
    folder = library.file.parent
    script = folder / "stranger.toml"
    script.write_text(f'[[step]]\ntap = "{BRUNOS_CARD}"\n', encoding="utf-8")
    assert player.play([script], config=library.file, out=folder / "strange") == 2
    assert f"card {BRUNOS_CARD} is not named in [acceptance]" in capsys.readouterr().err
    assert not (folder / "strange").exists()
