"""Test the monkey's judge, and that a kiosk with a seeded fault fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.views import IdleWarning, Technician, View, Welcome
from tests.proofs.monkey.actions import FULL, LOOKED_AT, ROOM, Deed, Spot, What, Whims
from tests.proofs.monkey.job import NOTHING, VIEWS, Asked, Disk, Job, Known, Outcome, most
from tests.proofs.monkey.prove import MISSED, Cage, Run, cage, missed
from tests.proofs.monkey.reconciliation import Row, judged

CARDS = (frozenset({"ada", "ada's number"}), frozenset({"lin"}))
LABELS = ("dune", "emma")


def lent(card: str = "ada", item: str = "dune", of: str = "1", kind: str = "checkout") -> Row:
    return Row(of, kind, True, {"card": card, "item": item})


def seen(rows: int, asked: Asked) -> Outcome:
    return Outcome(asked={7: asked}, shown={"1": 7, "2": 7}, rows=rows)


@pytest.mark.parametrize(
    ("rows", "asked", "message"),
    [
        ([lent()], Asked({0}, [0]), ""),
        ([lent("ada's number")], Asked({0}, [0]), ""),
        ([lent(kind="renew")], Asked({0}, [], {"renew"}), ""),
        ([Row("1", "checkout", False, {"card": "lin", "item": "emma"})], Asked({0}, [0]), ""),
        ([lent(of="3")], Asked({0}, [0]), "stood on no glass"),
        ([lent(item="emma")], Asked({0}, [0]), "an item that was not scanned"),
        ([lent("lin")], Asked({0}, [0]), "a card that was not presented"),
        ([lent(kind="renew")], Asked({0}, []), "an item that was not scanned"),
        ([lent(), lent(of="2")], Asked({0}, [0]), "lent 2 times and shown 1 times"),
        ([], Asked({0}, [0]), "the hub has 0"),
    ],
)
def test_unrequested_loan_is_detected(rows: list[Row], asked: Asked, message: str) -> None:
    found = list(judged(seen(max(1, len(rows)), asked), rows, CARDS, LABELS))
    assert message in found[0] if message else found == []


def test_seed_reproduces_the_actions() -> None:
    spots = [Spot("borrow", None, None, 10, 20), Spot("key", None, "1", 30, 40)]

    def drawn(seed: int) -> list[Deed]:
        whims = Whims(seed, 3, 5, (1024, 600))
        return [whims.next(spots) for _ in range(2000)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert {deed.what for deed in drawn(1)} == set(What)


def test_full_disk_gets_space_again() -> None:
    whims = Whims(1, 3, 5, (1024, 600))
    drawn = [whims.next([]) for _ in range(20_000)]
    places = [place for place, deed in enumerate(drawn) if deed.what is What.DISK]
    assert {drawn[place].facts[0] for place in places[::2]} == {FULL}
    assert {drawn[place].facts[0] for place in places[1::2]} == {ROOM}
    filled = sum(end - begun for begun, end in zip(places[::2], places[1::2], strict=False))
    assert 0 < filled < len(drawn) / 5


def test_disk_reports_its_real_size_when_not_full(tmp_path: Path) -> None:
    disk, before = Disk(), os.statvfs
    with disk.fitted():
        assert os.statvfs(tmp_path).f_bavail > 0
        disk.full = True
        assert os.statvfs(tmp_path).f_bavail == 0
    assert os.statvfs is before


@pytest.mark.parametrize(
    ("view", "read_out", "seconds"),
    [
        (Welcome(), False, 80),
        (Welcome(), True, 210),
        (IdleWarning(Welcome()), False, 80),
        (Technician(Welcome()), False, 620),
        (IdleWarning(Technician(Welcome())), False, 620),
    ],
)
def test_idle_limit_is_longer_for_technicians_and_screen_readers(view: View, read_out: bool, seconds: float) -> None:
    assert most(view, read_out=read_out) == seconds


def test_job_and_outcome_round_trip_through_files(tmp_path: Path) -> None:
    deeds = (Deed(What.TOUCH, ("key", None, "1", 3.0, 4.0)), Deed(What.LIFT))
    job = Job(
        "kiosk.toml", "http://127.0.0.1:9", Known(("04",), ("778",), ("",), ("3",), ("kanarie",)), 1, 2, "", deeds
    )
    job.write(tmp_path / "job")
    outcome = Outcome("wrong", list(deeds), {7: Asked({0}, [1, 1], {"finish"})}, {"1": 7}, {"Welcome"}, 3, 79.5, 2, 9)
    outcome.write(tmp_path / "outcome")
    assert (Job.read(tmp_path / "job"), Outcome.read(tmp_path / "outcome")) == (job, outcome)


@pytest.fixture(scope="module")
def caged() -> Iterator[Cage]:
    with cage(1) as running:
        yield running


def touch(name: str) -> Deed:
    return Deed(What.TOUCH, (name, None, None, 0, 0))


def scan(place: int) -> Deed:
    return Deed(What.SCAN, (place,))


def card(place: int) -> Deed:
    return Deed(What.CARD, (place,))


def story(first: int) -> tuple[Deed, ...]:
    """Return the actions of two patrons: two loans, one return, help during a visit, then no one is there."""
    lift, home = Deed(What.LIFT), (touch("finish"), touch("receipt_none"))
    begun = (card(5), lift, scan(first), *home, touch("return"), scan(first), *home)
    return (*begun, card(6), touch("help"), lift, touch("back"), scan(first + 1), touch("help"))


@pytest.mark.long
@pytest.mark.judge
@pytest.mark.parametrize(
    ("first", "planted", "message"),
    [
        (0, "", ""),
        (2, "a dead end", "Help stands after 80 s of peace"),
        (4, "an unrequested loan", "a card that was not presented"),
        (6, "a crash", "the kiosk died of LookupError"),
        (8, "a memory", "are remembered"),
    ],
)
def test_seeded_fault_is_found_and_an_intact_kiosk_has_none(
    caged: Cage, first: int, planted: str, message: str
) -> None:
    run = caged.run(1, 0, planted, story(first))
    assert message in run.wrongs[0] if message else run.wrongs == ()
    assert planted or run.outcome.rows >= 3


@pytest.mark.long
def test_full_disk_closes_the_kiosk_and_an_idle_patron_is_warned(caged: Cage) -> None:
    shut = (card(5), Deed(What.DAWDLE), touch("stay"), Deed(What.DISK, (FULL, 0.0)), scan(10), Deed(What.PEACE))
    run = caged.run(1, 0, "", (*shut, Deed(What.DISK, (ROOM, LOOKED_AT)), touch("help"), touch("technician")))
    assert run.wrongs == ()
    assert {"IdleWarning", "Borrowing", "OutOfOrder", "Help", "SignIn"} <= run.outcome.seen
    assert run.outcome.rows == 0


@pytest.mark.long
def test_typed_number_is_cleared_when_a_full_disk_closes_the_kiosk(caged: Cage) -> None:
    typed = [Deed(What.TOUCH, ("key", None, digit, 0, 0)) for digit in caged.known.numbers[5]]
    shut = (Deed(What.DISK, (FULL, LOOKED_AT)), Deed(What.PEACE))
    run = caged.run(1, 0, "", (touch("account"), *typed, *shut))
    assert run.wrongs == ()
    assert {"Identify", "OutOfOrder"} <= run.outcome.seen
    assert {5} == set().union(*(each.cards for each in run.outcome.asked.values())), "the number was entered"


@pytest.mark.long
def test_full_disk_ends_a_technician_session_over_an_unattended_visit(caged: Cage) -> None:
    code = [Deed(What.TOUCH, ("key", None, digit, 0, 0)) for digit in caged.known.codes[0]]
    signs_in = (touch("help"), touch("technician"), *code, touch("continue"))
    shut = (Deed(What.DISK, (FULL, LOOKED_AT)), Deed(What.DAWDLE), Deed(What.PEACE))
    run = caged.run(1, 0, "", (card(6), Deed(What.LIFT), scan(11), *signs_in, *shut))
    assert run.wrongs == ()
    assert {"Borrowing", "Technician", "IdleWarning", "OutOfOrder"} <= run.outcome.seen
    assert run.outcome.rows == 1


def test_views_are_counted_over_all_runs() -> None:
    def came_to(*views: str) -> Run:
        return Run(Job("", "", NOTHING, 1, 0), Outcome(seen=set(views)), ())

    runs = [came_to("Welcome", "Details"), came_to("Details", "Survey")]
    assert VIEWS - missed(runs) == {"Welcome", "Details", "Survey"}
    assert {"Details", "OutOfOrder", "Technician", "IdleWarning"} <= VIEWS - MISSED
    assert MISSED <= VIEWS


def test_least_touched_action_is_touched_most_often() -> None:
    """Touch one of two for a long time: the other one is next, however the draw falls."""
    both = [Spot("borrow", None, None, 10, 20), Spot("unlock", None, None, 30, 40)]
    whims = Whims(1, 3, 5, (1024, 600))
    for _time in range(300):
        whims.next(both[:1])
    touched = [deed.facts[0] for deed in (whims.next(both) for _ in range(200)) if deed.what is What.TOUCH]
    assert touched.count("unlock") > 1.5 * touched.count("borrow")
