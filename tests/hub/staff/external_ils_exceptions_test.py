"""Test that staff apply an ILS transaction again as the ILS made it, without the hub's loan rules."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hub.catalogue.models import Item
from hub.circulation.models import ExceptionCase, Loan
from hub.staff import exception_fixes
from lending.model import Block
from tests.hub.circulation.external_ils_test import SOON, told
from tests.hub.circulation.loans_sync_test import followed, row
from tests.hub.circulation.migration_test import ADA
from tests.hub.outreach.messaging.estimated_due_dates_test import reckoned
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

NEW = "30000000099999"
OUT = "2026-11-25 14:30"


def set_aside(world: World, folder: Path, *, unread: bool = False) -> Item:
    """A loan of a copy that no sheet had brought yet; now one has."""
    followed(folder, row(ADA, world.emma.barcode, "2026-12-14 23:59", OUT))
    made = reckoned(world.borrows(world.dune, no_block=True, due=SOON), unread)
    made["body"] = json.dumps({**json.loads(made["body"]), "item": NEW})
    (answer,) = told(world, made)
    assert answer["outcome"] == "set_aside"
    copy: Item = Item.objects.create(
        barcode=NEW, title=world.dune.title, type=world.dune.type, branch=world.dune.branch
    )
    return copy


def mends(world: World, copy: Item, fix: str) -> Block | None:
    about = exception_fixes.subject_of(ExceptionCase.objects.get())
    return (
        exception_fixes.again(about, world.by)
        if fix == "again"
        else exception_fixes.lend(about, world.by, world.ada, copy)
    )


def loans(copy: Item) -> list[tuple[str, datetime, bool]]:
    return list(Loan.objects.filter(item=copy).values_list("state", "due", "reckoned"))


@pytest.mark.parametrize("unread", [False, True], ids=["read", "unread"])
@pytest.mark.parametrize("fix", ["again", "lend"])
def test_the_loan_is_until_the_systems_day(world: World, tmp_path: Path, fix: str, unread: bool) -> None:
    copy = set_aside(world, tmp_path, unread=unread)
    assert mends(world, copy, fix) is None
    assert loans(copy) == [("on_loan", SOON, unread)]


@pytest.mark.parametrize("fix", ["again", "lend"])
def test_a_loan_that_a_sheet_has_brought_meanwhile_is_the_same(world: World, tmp_path: Path, fix: str) -> None:
    copy = set_aside(world, tmp_path)
    later = SOON + timedelta(days=7)
    followed(tmp_path, row(ADA, NEW, f"{later:%Y-%m-%d %H:%M}+00:00", OUT), full=False)
    before = world.happened()
    assert mends(world, copy, fix) is None
    assert loans(copy) == [("on_loan", later, False)]
    assert world.happened()[len(before) :] == ["exception_settled"], "told as lent once, by the sheet"


@pytest.mark.parametrize("unread", [False, True], ids=["the control", "unread"])
def test_a_day_that_was_only_reckoned_was_promised_to_nobody(world: World, tmp_path: Path, unread: bool) -> None:
    set_aside(world, tmp_path, unread=unread)
    page = Grace().sees("exception", ExceptionCase.objects.get().pk)
    assert ("Confirmed until" in page) is not unread
