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
from tests.hub.circulation.external_ils_test import SOON, upload
from tests.hub.circulation.loans_sync_test import follow_sheet, row
from tests.hub.circulation.migration_test import ADA
from tests.hub.outreach.messaging.estimated_due_dates_test import with_estimated_date
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

NEW = "30000000099999"
OUT = "2026-11-25 14:30"


def set_aside(world: World, folder: Path, *, estimated: bool = False) -> Item:
    """Upload a checkout of an item that is only added to the catalogue afterwards."""
    follow_sheet(folder, row(ADA, world.emma.barcode, "2026-12-14 23:59", OUT))
    row_data = with_estimated_date(world.checkout(world.dune, no_block=True, due=SOON), estimated)
    row_data["body"] = json.dumps({**json.loads(row_data["body"]), "item": NEW})
    (answer,) = upload(world, row_data)
    assert answer["outcome"] == "set_aside"
    copy: Item = Item.objects.create(
        barcode=NEW, title=world.dune.title, type=world.dune.type, branch=world.dune.branch
    )
    return copy


def apply_fix(world: World, copy: Item, fix: str) -> Block | None:
    about = exception_fixes.subject_of(ExceptionCase.objects.get())
    return (
        exception_fixes.again(about, world.by)
        if fix == "again"
        else exception_fixes.lend(about, world.by, world.ada, copy)
    )


def loans(copy: Item) -> list[tuple[str, datetime, bool]]:
    return list(Loan.objects.filter(item=copy).values_list("state", "due", "reckoned"))


@pytest.mark.parametrize("estimated", [False, True], ids=["exact", "estimated"])
@pytest.mark.parametrize("fix", ["again", "lend"])
def test_fix_keeps_the_due_date_of_the_ils(world: World, tmp_path: Path, fix: str, estimated: bool) -> None:
    copy = set_aside(world, tmp_path, estimated=estimated)
    assert apply_fix(world, copy, fix) is None
    assert loans(copy) == [("on_loan", SOON, estimated)]


@pytest.mark.parametrize("fix", ["again", "lend"])
def test_fix_keeps_the_loan_that_a_sheet_has_brought_meanwhile(world: World, tmp_path: Path, fix: str) -> None:
    copy = set_aside(world, tmp_path)
    later = SOON + timedelta(days=7)
    follow_sheet(tmp_path, row(ADA, NEW, f"{later:%Y-%m-%d %H:%M}+00:00", OUT), full=False)
    before = world.event_kinds()
    assert apply_fix(world, copy, fix) is None
    assert loans(copy) == [("on_loan", later, False)]
    assert world.event_kinds()[len(before) :] == ["exception_settled"], "the checkout event came with the sheet"


@pytest.mark.parametrize("estimated", [False, True], ids=["exact", "estimated"])
def test_page_shows_the_promised_due_date_unless_it_is_an_estimate(
    world: World, tmp_path: Path, estimated: bool
) -> None:
    set_aside(world, tmp_path, estimated=estimated)
    page = Grace().page("exception", ExceptionCase.objects.get().pk)
    assert ("Confirmed until" in page) is not estimated
