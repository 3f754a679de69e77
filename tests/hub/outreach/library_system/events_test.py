"""Test the feed file of a third-party ILS: invalid lines are reported, nothing is applied twice."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.circulation.models import CirculationEvent, PendingReturn
from hub.circulation.operations import fees, hold_queue, loan_changes
from hub.circulation.operations.context import OperationResult
from hub.cli import main
from hub.outreach import feed
from hub.outreach.library_system.events import KINDS, RejectedLine, fields, read
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders.models import LoanLength, OpenLoan
from lending.transactions import ReturnMode
from tests.hub.support.world import World

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "feed.md").read_text(encoding="utf-8")
LOAN = {
    "patron": "p-ada",
    "loan": 9001,
    "item": "B1",
    "type": "book",
    "out": "2026-11-01T10:00:00+08:00",
    "due": "2026-11-29T23:59:00+08:00",
}


def line(number: int, kind: str, day: int, **data: object) -> str:
    return json.dumps({"number": number, "at": f"2026-11-{day:02}T10:00:00+08:00", "kind": kind, "data": data})


def write_feed(folder: Path, *lines: str) -> str:
    path = folder / "feed.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_feed_without_yes_only_reports_import(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feed", write_feed(tmp_path, line(1, "checkout", 1, **LOAN))]) == 0
    assert "1 would be imported" in capsys.readouterr().out
    assert not OpenLoan.objects.exists()


def test_ils_loan_opens_loan_and_return_records_loan_length(world: World, tmp_path: Path) -> None:
    first = line(1, "checkout", 1, **LOAN)
    assert main(["feed", "--yes", write_feed(tmp_path, first)]) == 0
    assert OpenLoan.objects.get().person.ref == "p-ada"
    assert main(["feed", "--yes", write_feed(tmp_path, first, "", line(7, "checkin", 11, **LOAN))]) == 0
    assert (LoanLength.objects.get().days, OpenLoan.objects.count()) == (10.0, 0)


def test_repeated_feed_file_is_applied_once(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = write_feed(tmp_path, line(1, "checkout", 1, **LOAN), line(2, "checkin", 4, **LOAN))
    main(["feed", "--yes", name])
    assert main(["feed", "--yes", name]) == 0
    assert "0 imported, 2 already known" in capsys.readouterr().out
    assert LoanLength.objects.count() == 1


def test_every_invalid_line_is_reported_and_nothing_imported(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = write_feed(
        tmp_path,
        line(1, "checkout", 1, **LOAN),
        "{",
        line(2, "chekout", 1, **LOAN),
        line(3, "checkin", 2, **{**LOAN, "due": "2026-11-29"}),
        line(4, "fee_paid", 2, patron="p-ada", amount=3),
        line(5, "item_found", 2, barcode="B1"),
        line(5, "item_found", 2, item="B1"),
        line(5, "item_found", 2, item="B1"),
        line(6, "checkout", 1, **{key: LOAN[key] for key in LOAN if key != "type"}),
    )
    assert main(["feed", "--yes", name]) == 1
    output = capsys.readouterr()
    assert [text.split(":")[0] for text in output.err.splitlines()] == [
        f"line {number}" for number in (2, 3, 4, 5, 6, 8, 9)
    ]
    assert "7 bad rows: nothing was imported" in output.out
    assert (feed.last(), Person.objects.count()) == (0, 0)


def test_hub_with_own_circulation_rejects_external_feed(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.upload(world.checkout(world.dune))
    assert main(["feed", "--yes", write_feed(tmp_path, line(1, "checkout", 1, **LOAN))]) == 1
    assert "a second event feed" in capsys.readouterr().err


def test_docs_describe_every_event_kind_and_field() -> None:
    assert [kind for kind in KINDS if f"`{kind}`" not in PAGE] == []
    names = {name for kind in KINDS for name in fields(kind)}
    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []


def test_docs_example_line_is_valid() -> None:
    (shown,) = [text for text in PAGE.splitlines() if text.startswith('{"number"')]
    (event,) = read([shown.encode()])
    assert not isinstance(event, RejectedLine)
    assert event.data["patron"] == "p-7f3a"


def test_feed_of_hub_is_readable_as_external_feed(world: World) -> None:
    """Every event kind that circulation writes can be read back like the feed of an ILS."""
    world.upload(world.checkout(world.dune))
    world.make_due_soon()
    world.upload(world.renewal(world.dune))
    world.upload(world.checkin(world.dune))
    loan_changes.reopen(world.by, PendingReturn.objects.get())
    world.upload(world.checkin(world.dune))
    loan_changes.receive(world.by, world.dune)
    loaned = loan_changes.checkout(world.by, world.lin, world.emma)
    assert isinstance(loaned, OperationResult) and loaned.loan is not None
    loan_changes.ask_back(world.by, loaned.loan)
    hold = hold_queue.place(world.by, world.ada, world.emma.title, world.main)
    loan_changes.lose(world.by, world.emma)
    loan_changes.checkin(world.by, world.emma, ReturnMode.TRUSTED)
    hold_queue.trap(world.by, world.emma)
    hold.refresh_from_db()  # type: ignore[union-attr]
    hold_queue.cancel(world.by, hold)  # type: ignore[arg-type]
    fees.charge(world.by, world.ada, "other", Decimal("3.00"))
    fees.take(world.by, world.ada, Decimal("3.00"))
    checkout_to_undo = world.checkout(world.utopia)
    world.upload(checkout_to_undo)
    world.upload(world.undo(checkout_to_undo))
    world.upload(world.row("said", ask="face", answer="5"))
    loan_changes.checkout(world.by, world.lin, world.utopia)
    world.advance(days=1)
    loan_changes.write_off(world.by, world.utopia, world.lin)
    rows = CirculationEvent.objects.order_by("id")
    lines = [
        json.dumps({"number": row.id, "at": row.at.isoformat(), "kind": row.kind, "data": row.data}).encode()
        for row in rows
    ]
    assert [found for found in read(lines) if isinstance(found, RejectedLine)] == []
    assert len({row.kind for row in rows}) >= 17
    assert all(row.at > world.by.now - timedelta(days=3) for row in rows)


@given(st.lists(st.binary(max_size=80) | st.text(max_size=80).map(str.encode), max_size=5))
def test_arbitrary_lines_do_not_crash_reader(lines: list[bytes]) -> None:
    assert all(isinstance(found, RejectedLine) for found in read(lines))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from(sorted(KINDS)), st.data())
def test_arbitrary_field_values_do_not_crash_reader(kind: str, data: st.DataObject) -> None:
    facts = data.draw(st.dictionaries(st.sampled_from(list(fields(kind))), JSON))
    text = json.dumps({"number": 1, "at": "2026-11-01T10:00:00Z", "kind": kind, "data": facts})
    assert len(list(read([text.encode()]))) == 1
