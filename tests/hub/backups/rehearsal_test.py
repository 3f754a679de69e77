"""Test the migration of a library: the demo library, exported and imported, has the same facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from hub.backups.rehearsal import take_in
from hub.catalogue.models import Item, Title
from hub.circulation.models import Fee, Hold, Loan, Patron, PendingReturn
from hub.circulation.operations import fees, hold_queue, loan_changes
from hub.circulation.operations.context import Actor
from hub.circulation.sheets import export
from hub.circulation.sheets.export import Facts, library_facts
from hub.cli import main
from hub.core.clock import hub_clock
from hub.demo import library
from hub.demo.sample_data import Cases
from hub.ils.bridge.feed_relay import carry
from hub.outreach.recommendations.reminders.models import OpenLoan
from lending.transactions import ReturnMode
from tests.hub.support.world import World

pytestmark = pytest.mark.long

COMPARED = {
    "patrons", "items", "loans", "holds", "fees", "titles", "library", "branches", "item_types", "patron_categories",
    "editions", "rules", "closed_days",
}  # fmt: skip


@pytest.fixture
def moved(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Facts, list[str]]:
    """Export an active demo library, import it into the emptied database, and return the facts from before."""
    monkeypatch.setattr(settings, "STATE", tmp_path)
    library.make(Cases(), hub_clock().now())
    _add_activity()
    before = library_facts()
    export.export(tmp_path / "sheets")
    library.clear()
    assert not Loan.objects.exists() and not Patron.objects.exists()
    return before, take_in(tmp_path / "sheets")


def _add_activity() -> None:
    """Add two holds on one title, a renewal, a pending return and a partly paid fee."""
    item, other = Item.objects.filter(loans__state=Loan.State.ON_LOAN).order_by("pk")[:2]
    by = Actor(branch=item.branch, now=hub_clock().now(), staff="grace")
    patrons = Patron.objects.filter(status="active").exclude(loans__item=item).order_by("pk")[:2]
    for at, patron in enumerate(patrons):
        hold_queue.place(Actor(branch=by.branch, now=by.now - timedelta(days=2 - at)), patron, item.title, by.branch)
    Loan.objects.filter(item=item, state=Loan.State.ON_LOAN).update(renewals=1)
    loan_changes.checkin(by, other, ReturnMode.PROVISIONAL)
    fees.charge(by, patrons[0], "damage", Decimal("3.50"), item=item, note="=a note")
    fees.take(by, patrons[0], Decimal("1.25"))


def test_migrated_library_has_the_same_facts(moved: tuple[Facts, list[str]]) -> None:
    before, refused = moved
    after = library_facts()
    assert refused == []
    assert [str(each) for each in export.differences(before, after)] == []
    assert set(before) == COMPARED and all(before[name] for name in COMPARED - {"editions"})
    assert {name: export.digest(rows) for name, rows in before.items()} == {
        name: export.digest(rows) for name, rows in after.items()
    }
    carry()
    assert OpenLoan.objects.count() == Loan.objects.count() > 3
    (case,) = PendingReturn.objects.filter(state="waiting")
    assert OpenLoan.objects.get(loan=str(case.loan_id)).handed_in_at == case.at


def _due() -> object:
    loan = Loan.objects.filter(state=Loan.State.ON_LOAN).order_by("pk")[0]
    loan.due += timedelta(minutes=1)
    return loan.save()


SPOILT: dict[str, Callable[[], object]] = {
    "loans": _due,
    "holds": lambda: Hold.objects.filter(state="waiting").order_by("-placed_at")[0].delete(),
    "fees": lambda: Fee.objects.filter(paid__gt=0).update(paid=1),
    "items": lambda: Item.objects.filter(condition="lost").update(condition="normal"),
    "titles": lambda: Title.objects.filter(pk=Title.objects.exclude(record=None).first().pk).update(record=b"x"),
}


def test_changed_row_is_named_as_a_difference(moved: tuple[Facts, list[str]]) -> None:
    """One row of each table is changed and restored."""
    before, _refused = moved
    for table, spoil in SPOILT.items():
        with transaction.atomic():
            spoil()
            (found,) = export.differences(before, library_facts())
            assert found.table == table
            assert export.digest(before[table]) != export.digest(library_facts()[table])
            transaction.set_rollback(True)
    assert export.differences(before, library_facts()) == []


def test_rehearse_command_names_equal_and_different_tables(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The empty hub is a separate process on SQLite."""
    world.upload(world.checkout(world.dune))
    Patron.objects.filter(pk=world.lin.pk).update(identifier="a number that stands on no card")
    assert main(["rehearse"]) == 1
    output = capsys.readouterr()
    assert "patrons.csv, line 3: identifier is not a card number" in output.err
    assert "patrons: a number that stands on no card #1: only one of the two has it" in output.err
    assert "patrons: 2, " in output.out and "not the same" in output.out
    assert output.out.count(", the same") == len(COMPARED) - 1, "nothing else differs"
