"""Test conflicting rows: field, both values, and one next action that settles them."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from hub.circulation.models import Loan, Patron
from hub.circulation.operations import loan_changes
from hub.cli import main
from hub.core.clock import hub_clock
from hub.csv_sheets.csv_reader import FEW
from hub.ils.bridge import patrons
from hub.ils.imports import conflicts
from hub.ils.imports.pages import why_of
from hub.ils.models import Conflict, ImportRun
from hub.staff import today
from lending.transactions import ReturnMode
from tests.hub.ils.imports.ils_sheets import IlsSheets
from tests.hub.ils.imports.missing_records_test import ADA, LIN, follow, many
from tests.hub.ils.imports.scheduled_test import system
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import NOW, World

__all__ = ["system"]


def only_conflict() -> Conflict:
    return conflicts.waiting().get()


def settle(grace: Grace, act: str) -> str:
    return post_form(grace, "settle", only_conflict().pk, act)


def post_form(grace: Grace, name: str, *args: object) -> str:
    response = grace.client.post(reverse(f"ils:{name}", args=args), follow=True)
    assert response.status_code == 200, response
    return words(response.content)


def overview_text(grace: Grace, query: str = "") -> str:
    response = grace.client.get(reverse("ils:overview") + query)
    assert response.status_code == 200, response
    return words(response.content)


@pytest.fixture
def lent_since(system: IlsSheets, world: World) -> IlsSheets:
    """The sheet lists a loan to Ada; the item was then lent to Lin in the hub."""
    system.source("loans", full=True)
    written = (NOW + timedelta(days=1)).timestamp()  # before the loan to Lin
    os.utime(system.loans(f"{ADA},{world.dune.barcode}"), (written, written))
    hub_clock().set(NOW + timedelta(days=30))
    loan_changes.checkout(world.by, world.lin, world.dune)
    follow()
    return system


def test_conflict_with_a_newer_kiosk_loan_can_be_settled_for_the_sheet(lent_since: IlsSheets, world: World) -> None:
    page = overview_text(Grace())
    for expected in (
        "loans line 2",
        "Barcode",
        world.dune.barcode,
        "A kiosk has checked it out to another patron since the file was written",
        "Use the imported value",
        "1 in conflict",
    ):
        assert expected in page, page
    assert LIN not in page and ADA not in page
    assert "The row was imported." in settle(Grace(), "believe")
    assert Loan.objects.get(state="on_loan").patron == world.ada
    assert "No conflicting rows" in overview_text(Grace())
    assert "imported value used" in overview_text(Grace(), "?show=settled")


def test_retrying_the_row_leaves_the_conflict(lent_since: IlsSheets, world: World) -> None:
    assert "Not resolved" in settle(Grace(), "again")
    assert Loan.objects.get(state="on_loan").patron == world.lin


def test_accepted_value_replaces_only_the_loan_that_was_shown(lent_since: IlsSheets, world: World) -> None:
    shown = only_conflict().here
    loan_changes.checkin(world.by, world.dune, ReturnMode.TRUSTED)
    hub_clock().set(NOW + timedelta(days=31))
    loan_changes.checkout(world.by, world.lin, world.dune)
    assert "Not resolved" in settle(Grace(), "believe")
    assert Loan.objects.get(state="on_loan").patron == world.lin
    assert only_conflict().here != shown, "the page shows the current value"
    assert "The row was imported." in settle(Grace(), "believe")
    assert Loan.objects.get(state="on_loan").patron == world.ada


def test_row_about_a_later_item_is_imported_once_it_exists(system: IlsSheets, world: World) -> None:
    """The partial sheet is overwritten, and its earlier row is kept."""
    system.source("loans", full=False)
    system.source("items", full=True)
    system.items()
    system.loans(f"{ADA},30000000000998")
    follow()
    found = only_conflict()
    assert (found.wrong, found.column, found.there, found.here) == ("nobodys", "item_barcode", "30000000000998", "")
    system.loans(f"{LIN},{world.dune.barcode}")
    follow()
    assert only_conflict().pk == found.pk
    system.items("30000000000998,book,main,Momo,Ende")
    follow()
    assert not conflicts.waiting()
    assert Loan.objects.get(item__barcode="30000000000998").patron == world.ada


def test_corrected_row_is_settled_and_an_uncorrected_one_returns(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,nobles,,")
    follow()
    found = only_conflict()
    assert (found.line, found.column, found.there, found.here) == (4, "category", "nobles", "adult")
    assert "It appears again" in settle(Grace(), "mended")
    system.patrons("20000000000098,Max Invented,nobles,,", "20000000000099,Mia Invented,adult,,")
    follow()
    assert only_conflict().pk == found.pk
    system.patrons("20000000000098,Max Invented,adult,,")
    follow()
    assert not conflicts.waiting()
    assert Conflict.objects.get().how == "gone"


def test_ignored_row_is_not_listed_again(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,nobles,,")
    follow()
    settle(Grace(), "pass")
    system.patrons("20000000000098,Max Invented,nobles,,", "20000000000099,Mia Invented,adult,,")
    follow()
    assert not conflicts.waiting() and ImportRun.objects.latest("id").bad == 0
    system.patrons("20000000000098,Max Invented,counts,,")
    follow()
    assert conflicts.waiting().count() == 1, "another row"


def test_conflict_row_is_encrypted_and_erased_when_settled(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,nobles,,")
    follow()
    stored = str(list(Conflict.objects.values()))
    assert "Max" not in stored and "20000000000098" not in stored
    assert "Max Invented" in only_conflict().row.decrypt()
    settle(Grace(), "mended")
    found = Conflict.objects.get()
    assert (found.row, found.there, found.here, found.whose) == ("", "", "", "")


def test_erased_patron_leaves_no_conflict_row(system: IlsSheets, world: World) -> None:
    system.source("loans", full=False)
    system.loans(f"{ADA},30000000000998", f"{LIN},30000000000997")
    follow()
    assert patrons.forget(world.by, world.ada.ref) == []
    assert [each.there for each in conflicts.waiting()] == ["30000000000997"]


def test_conflict_is_deleted_after_a_month(system: IlsSheets, world: World) -> None:
    system.source("loans", full=False)
    system.loans(f"{ADA},30000000000998")
    follow()
    world.advance(days=31)
    main(["follow"])
    assert not Conflict.objects.exists()


def test_administrator_can_allow_a_sheet_that_ends_too_much(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons(*many(4 * FEW))
    follow()
    system.patrons()
    follow()
    librarian = Grace(role="librarian", name="libby")
    assert "Would end over a fifth" in overview_text(librarian) and "Import anyway" not in overview_text(librarian)
    assert "Import anyway" in overview_text(Grace())
    run = ImportRun.objects.get(too_much=True)
    assert "The next run imports the file" in post_form(Grace(), "allow", run.pk)
    assert "Imported with the next run" in overview_text(Grace())
    follow()
    assert Patron.objects.filter(status="blocked").count() == 4 * FEW
    assert "40 ended" in overview_text(Grace())


def test_reason_of_a_failed_import_is_shown_in_both_languages(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=False)
    (system.folder / "patrons.csv").write_text("identifier,name\n1,2\n", encoding="utf-8")
    system.aged("patrons")
    follow()
    assert "The file format is not valid" in overview_text(Grace())
    assert "文件格式不符合要求" in overview_text(Grace("zh-hans"))
    with translation.override("zh-hans"):
        assert all("一" <= why_of(ImportRun(why=each))[:1] <= "鿿" for each in ImportRun.Why)


def test_conflicts_are_a_task_only_with_configured_imports(system: IlsSheets, world: World) -> None:
    now = hub_clock().now()
    assert today.contradicting(None, now) is None, "a hub that keeps the loans has no imports"
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,nobles,,")
    follow()
    found, failed = today.contradicting(None, now), today.not_taken(None, now)
    assert found is not None and failed is not None
    assert (found.count, failed.count, found.url) == (1, 0, reverse("ils:overview"))


def test_page_is_shown_in_chinese(lent_since: IlsSheets, world: World) -> None:
    page = overview_text(Grace("zh-hans"))
    for expected in ("数据导入", "第 2 行", "条码", "自助机已将其借给另一位读者", "以导入表为准", "忽略此行"):
        assert expected in page, page
