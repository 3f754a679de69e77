"""Test the world proof in a short run: one seed is one history, and the checker finds each fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.proofs.power.rules import Harm
from tests.proofs.world.checker import Checker, Observed, card_of
from tests.proofs.world.facts import Case, Event, Facts, Kept, Left, Loan
from tests.proofs.world.history import End, History, Written
from tests.proofs.world.hub import barcode, patron_ref
from tests.proofs.world.library import Shelves
from tests.proofs.world.plan import Visit, drawn
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[3]
BOOK = barcode(0)
STORIES = """
import json
from lending.transactions import ClockTrust as Trust
from tests.proofs.world.hub import second_box
from tests.proofs.world.hub_mutations import a_restore_forgets_its_warnings, numbers_alone_are_compared
from tests.proofs.world.mutations import any_clock_erases, deaf, denied_returns_stay_here, newest_first
from tests.proofs.world.plan import DAY, YEARS, Clone, HubDoes, Image, Jump, Plan, Pull, PutBack, Staff, Visit
from tests.proofs.world.prove import CONTROLS, Worker
HOUR = 3600.0
CLOCK = [
    HubDoes(DAY, "backup"), Visit(DAY + HOUR, 1, 0, "borrow", 2), Jump(DAY + 2 * HOUR, 1, YEARS, Trust.UNKNOWN, 300.0),
    HubDoes(DAY + 3 * HOUR, "restore"), Visit(DAY + 4 * HOUR, 1, 1, "borrow", 1),
]
ELSEWHERE = [
    Pull(HOUR, 1, 3 * DAY, False), Visit(2 * HOUR, 1, 0, "borrow", 2), Visit(DAY, 2, 0, "return", 2),
    Staff(DAY + HOUR, False),
]
UPGRADE = [Visit(HOUR, 1, 0, "borrow", 2), HubDoes(2 * HOUR, "upgrade"), Visit(DAY, 1, 0, "return", 2)]
QUEUE = [Pull(HOUR, 1, DAY, False), *(Visit(2 * HOUR + 90 * each, 1, each, "borrow", 2) for each in range(3))]
def borrows(box, hour, patron):
    return Visit(DAY + hour * HOUR, box, patron, "borrow", 2)
PUT_BACK = [
    Image(DAY, 1), borrows(1, 0.5, 0), borrows(1, 1, 1), PutBack(DAY + 2 * HOUR, 1), borrows(1, 2.5, 2),
    HubDoes(DAY + 3 * HOUR, "backup"), borrows(1, 3.5, 3), HubDoes(DAY + 4 * HOUR, "restore"),
]
CLONED = [
    Clone(DAY, 1), borrows(1, 0.5, 0), borrows(second_box(1), 0.5, 1), borrows(1, 1, 2),
    HubDoes(DAY + 3 * HOUR, "backup"), borrows(second_box(1), 3.5, 3), HubDoes(DAY + 4 * HOUR, "restore"),
]
WARNED = [
    Image(DAY, 1), HubDoes(DAY + 0.25 * HOUR, "backup"), borrows(1, 0.5, 0), PutBack(DAY + 2 * HOUR, 1),
    borrows(1, 2.5, 1), HubDoes(DAY + 4 * HOUR, "restore"),
]
COPIES = {"put back": PUT_BACK, "cloned": CLONED, "warned": WARNED}
Worker.prepare(10)
def played(steps):
    return Worker.stage.play(Plan(1, 2, "provisional", steps))
ALL = {"clock": CLOCK, "elsewhere": ELSEWHERE, "upgrade": UPGRADE, "queue": QUEUE, **COPIES}
findings = {name: [wrong.why for wrong in played(steps).wrongs] for name, steps in ALL.items()}
with numbers_alone_are_compared():
    findings["by number"] = [[wrong.why for wrong in played(steps).wrongs] for steps in (PUT_BACK, CLONED)]
with a_restore_forgets_its_warnings():
    findings["forgets"] = [wrong.why for wrong in played(WARNED).wrongs]
with any_clock_erases():
    findings["any clock"] = [wrong.why for wrong in played(CLOCK).wrongs]
with denied_returns_stay_here():
    findings["denied"] = [wrong.why for wrong in played(ELSEWHERE).wrongs]
with newest_first():
    broken = played(QUEUE)
    short = Worker.stage.shrunk(broken.plan, 8)
with deaf():
    findings["ended"] = [wrong.why for wrong in played(QUEUE).wrongs]
findings["broken"] = [wrong.harm for wrong in broken.wrongs]
findings["sizes"] = [len(each.plan.steps) for each in (broken, short)]
findings["made"] = []
for each in CONTROLS:
    with each.broken():
        findings["made"].append(each.name)
print(json.dumps(findings))
"""


def run(*command: str, hash_seed: str = "0") -> str:
    """Run in a separate process, because its hub is in memory."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=2 * PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
@pytest.mark.judge
def test_world_holds_and_its_seed_reproduces_the_history(tmp_path: Path) -> None:
    for hash_seed in ("1", "2"):
        path = str(tmp_path / hash_seed)
        run("-m", "tests.proofs.world.prove", "--seed", "3", "--acts", "15", "--history", path, hash_seed=hash_seed)
    first, second = ((tmp_path / each).read_bytes() for each in ("1", "2"))
    assert first == second
    whats = {json.loads(line)["what"] for line in first.splitlines()}
    assert whats >= {"invoke", "ok", "written", "heard", "rest"}


@pytest.fixture(scope="module")
def findings() -> dict[str, Any]:
    """Results of the checker for a few invented worlds."""
    found: dict[str, Any] = json.loads(run("-c", STORIES))
    return found


@pytest.mark.long
@pytest.mark.judge
def test_clock_jump_loses_nothing_at_a_restored_hub(findings: dict[str, Any]) -> None:
    assert findings["clock"] == []
    assert any("erased within a day of its answer" in why for why in findings["any clock"])


@pytest.mark.long
@pytest.mark.judge
def test_late_loan_ends_with_the_return_at_another_kiosk(findings: dict[str, Any]) -> None:
    assert findings["elsewhere"] == []
    assert any("is on the shelf, and the hub has it on loan" in why for why in findings["denied"])


@pytest.mark.long
@pytest.mark.judge
def test_reused_numbers_lose_no_loan_after_a_restore(findings: dict[str, Any]) -> None:
    """A card image was restored, or a card was copied and both boxes run; the backup was made in between."""
    assert (findings["put back"], findings["cloned"], findings["warned"]) == ([], [], [])
    for wrongs in findings["by number"]:
        assert any("told yes, and the hub has nothing of it" in why for why in wrongs)
    assert any("used number 1 twice" in why for why in findings["forgets"])


@pytest.mark.long
@pytest.mark.judge
def test_hub_is_upgraded_with_open_loans(findings: dict[str, Any]) -> None:
    assert findings["upgrade"] == []


@pytest.mark.long
@pytest.mark.judge
def test_seeded_fault_is_found_and_its_script_is_shortened(findings: dict[str, Any]) -> None:
    assert findings["queue"] == []
    assert any("TaskGroup" in why for why in findings["ended"]), "an ended program is reported"
    assert Harm.CORRUPT in findings["broken"]
    whole, short = findings["sizes"]
    assert short < whole


@pytest.mark.long
@pytest.mark.judge
def test_every_control_can_be_applied(findings: dict[str, Any]) -> None:
    """Check that the code that each control changes still exists."""
    assert len(findings["made"]) >= 18


def test_seed_determines_the_plan() -> None:
    assert drawn(5, 100) == drawn(5, 100)
    assert drawn(5, 100).steps != drawn(6, 100).steps
    assert sum(isinstance(step, Visit) for step in drawn(5, 100).steps) > 20


REFUSED = Kept("t1", 1, 1, "checkout", "refused", no_block=True)
LENT = Event("checkout", 1, BOOK, patron_ref(0), "t1", "kiosk-1")


class Story:
    """One patron who borrows one book at one kiosk, as history and hub report it; each test changes the story."""

    def __init__(self, end: End = End.OK, heard: str = "accepted", kind: str = "checkout") -> None:
        self.history = History(lambda: 1.0)
        op = self.history.invoke(1, 0, kind, BOOK)
        self.history.rows["t1"] = Written("t1", 1, 1, kind, BOOK, card_of(0), "", 1.0, "synced", heard=heard)
        self.history.ends(op, end, "t1" if end is End.OK else "", confirmed=heard == "accepted")
        self.shelves = Shelves()
        self.shelves.where[BOOK] = 0
        self.facts = Facts(
            kept={"t1": Kept("t1", 1, 1, kind, "accepted", no_block=False)},
            events=[LENT],
            cases=[],
            loans=[Loan(BOOK, patron_ref(0), "on_loan")],
            contiguous={1: 1},
            journals={1: [Left(1, "t1", "accepted")]},
        )

    def wrongs(self, **otherwise: object) -> Sequence[str]:
        facts = replace(self.facts, **otherwise)  # type: ignore[arg-type]
        seen = Observed(self.history, facts, self.shelves, [], [], [])
        return [wrong.why for wrong in Checker(seen).wrongs()]


def test_confirmed_loan_executed_once_is_right() -> None:
    assert Story().wrongs() == []


@pytest.mark.parametrize(
    ("records", "finding"),
    [
        ({"kept": {}, "events": [], "loans": []}, "the hub has nothing of it"),
        (
            {"kept": {"t1": Kept("t1", 1, 1, "checkout", "refused", no_block=True)}, "events": [], "loans": []},
            "told yes and refused",
        ),
        ({"events": [LENT, LENT]}, "was done 2 times"),
        ({"events": [replace(LENT, patron=patron_ref(1))]}, f"on the card of {patron_ref(1)}"),
        ({"journals": {1: [Left(1, "t1", "queued")]}}, "never sent"),
        ({"contiguous": {1: 0}}, "without a gap"),
    ],
    ids=["unknown to the hub", "refused by the hub", "executed twice", "on another card", "not uploaded", "gap"],
)
def test_confirmed_loan_with_wrong_records_is_detected(records: dict[str, object], finding: str) -> None:
    assert any(finding in why for why in Story().wrongs(**records))


def test_executed_refusal_is_doubled() -> None:
    story = Story(End.FAIL, heard="refused")
    assert any("told no and done all the same" in why for why in story.wrongs())


def test_unseen_result_without_an_exception_is_doubled() -> None:
    story = Story(End.UNKNOWN, heard="")
    assert any("neither patron nor staff know" in why for why in story.wrongs())
    assert story.wrongs(cases=[Case("untold", "untold", "t1", 1, open=True)]) == []


def test_promise_cut_by_power_must_be_reported_by_the_hub() -> None:
    story = Story(End.UNKNOWN, heard="")
    promised = {"t1": replace(story.facts.kept["t1"], no_block=True)}
    assert any("neither patron nor staff know" in why for why in story.wrongs(kept=promised))
    confirmed = Event("promise_confirmed", None, BOOK, patron_ref(0), "t1", "kiosk-1")
    assert story.wrongs(kept=promised, events=[*story.facts.events, confirmed]) == []
    assert any("neither patron nor staff know" in why for why in story.wrongs(events=[*story.facts.events, confirmed]))


def test_item_searched_by_staff_is_with_its_borrower_or_returned() -> None:
    story = Story()
    loans = [Loan(BOOK, patron_ref(0), "handed_in", looked_for=True)]
    assert story.wrongs(loans=loans) == []
    story.shelves.where[BOOK] = 1
    assert any("is with patron 1, and the hub has it in" in why for why in story.wrongs(loans=loans))
    story.shelves.where[BOOK] = 0
    handed_in = [replace(loans[0], looked_for=False)]
    assert any("is with patron 0, and the hub has it in" in why for why in story.wrongs(loans=handed_in))


def test_item_on_the_shelf_with_an_open_loan_is_detected() -> None:
    story = Story()
    story.shelves.where[BOOK] = -1
    assert any("is on the shelf, and the hub has it on loan" in why for why in story.wrongs())


def test_row_set_aside_without_an_exception_is_lost() -> None:
    aside = Kept("t1", 1, 1, "checkout", "set_aside", no_block=True)
    wrongs = Story(heard="deferred").wrongs(kept={"t1": aside}, events=[])
    assert any("no case tells of it" in why for why in wrongs)
