"""Test conflicting rows: field, both values, and one next action that settles them."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from hub.circulation import operations
from hub.circulation.models import Loan, Patron
from hub.cli import main
from hub.core.clock import hub_clock
from hub.csv_sheets.truncation_guard import FEW
from hub.ils.bridge import patrons
from hub.ils.imports import conflicts
from hub.ils.imports.display_text import why_of
from hub.ils.models import Conflict, ImportRun
from hub.staff import tasks
from lending.transactions import ReturnMode
from tests.hub.ils.imports.ils_sheets import Written
from tests.hub.ils.imports.missing_records_test import ADA, LIN, follow, many
from tests.hub.ils.imports.scheduled_test import system
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import NOW, World

__all__ = ["system"]


def waiting() -> Conflict:
    return conflicts.waiting().get()


def clicks(grace: Grace, act: str) -> str:
    return pressed(grace, "settle", waiting().pk, act)


def pressed(grace: Grace, name: str, *args: object) -> str:
    response = grace.client.post(reverse(f"ils:{name}", args=args), follow=True)
    assert response.status_code == 200, response
    return words(response.content)


def seen(grace: Grace, query: str = "") -> str:
    response = grace.client.get(reverse("ils:overview") + query)
    assert response.status_code == 200, response
    return words(response.content)


@pytest.fixture
def lent_since(system: Written, world: World) -> Written:
    """The sheet says that Ada has it; a kiosk has lent it to Lin since."""
    system.source("loans", full=True)
    written = (NOW + timedelta(days=1)).timestamp()  # and not an hour ago: one day that is later than the loan
    os.utime(system.loans(f"{ADA},{world.dune.barcode}"), (written, written))
    hub_clock().set(NOW + timedelta(days=30))
    operations.checkout(world.by, world.lin, world.dune)
    follow()
    return system


def test_a_kiosks_newer_word_and_the_sheets_are_shown_and_the_sheets_is_taken_by_a_click(
    lent_since: Written, world: World
) -> None:
    page = seen(Grace())
    for told in (
        "loans line 2",
        "Barcode",
        world.dune.barcode,
        "A kiosk has checked it out to another patron since the file was written",
        "Use the imported value",
        "1 in conflict",
    ):
        assert told in page, page
    assert LIN not in page and ADA not in page
    assert "The row was imported." in clicks(Grace(), "believe")
    assert Loan.objects.get(state="on_loan").patron == world.ada
    assert "No conflicting rows" in seen(Grace())
    assert "imported value used" in seen(Grace(), "?show=settled")


def test_read_again_without_being_believed_it_contradicts_still(lent_since: Written, world: World) -> None:
    """The control."""
    assert "Not resolved" in clicks(Grace(), "again")
    assert Loan.objects.get(state="on_loan").patron == world.lin


def test_the_sheet_is_believed_against_the_loan_that_was_shown_and_no_later_one(
    lent_since: Written, world: World
) -> None:
    shown = waiting().here
    operations.checkin(world.by, world.dune, ReturnMode.TRUSTED)
    hub_clock().set(NOW + timedelta(days=31))
    operations.checkout(world.by, world.lin, world.dune)
    assert "Not resolved" in clicks(Grace(), "believe")
    assert Loan.objects.get(state="on_loan").patron == world.lin
    assert waiting().here != shown, "the page shows what is here now"
    assert "The row was imported." in clicks(Grace(), "believe")
    assert Loan.objects.get(state="on_loan").patron == world.ada


def test_a_row_about_what_comes_later_is_taken_when_it_has_come(system: Written, world: World) -> None:
    """A sheet of changes, which is written over: nothing of it is lost."""
    system.source("loans", full=False)
    system.source("items", full=True)
    system.items()
    system.loans(f"{ADA},30000000000998")
    follow()
    found = waiting()
    assert (found.wrong, found.column, found.there, found.here) == ("nobodys", "item_barcode", "30000000000998", "")
    system.loans(f"{LIN},{world.dune.barcode}")
    follow()
    assert waiting().pk == found.pk
    system.items("30000000000998,book,main,Momo,Ende")
    follow()
    assert not conflicts.waiting()
    assert Loan.objects.get(item__barcode="30000000000998").patron == world.ada


def test_what_is_mended_there_is_settled_and_comes_again_where_it_is_not(system: Written, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,nobles,,")
    follow()
    found = waiting()
    assert (found.line, found.column, found.there, found.here) == (4, "category", "nobles", "adult")
    assert "It appears again" in clicks(Grace(), "mended")
    system.patrons("20000000000098,Max Invented,nobles,,", "20000000000099,Mia Invented,adult,,")
    follow()
    assert waiting().pk == found.pk
    system.patrons("20000000000098,Max Invented,adult,,")
    follow()
    assert not conflicts.waiting()
    assert Conflict.objects.get().how == "gone"


def test_what_staff_let_pass_is_not_listed_again(system: Written, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,nobles,,")
    follow()
    clicks(Grace(), "pass")
    system.patrons("20000000000098,Max Invented,nobles,,", "20000000000099,Mia Invented,adult,,")
    follow()
    assert not conflicts.waiting() and ImportRun.objects.latest("id").bad == 0
    system.patrons("20000000000098,Max Invented,counts,,")
    follow()
    assert conflicts.waiting().count() == 1, "another row"


def test_no_row_lies_in_the_table_in_clear_and_what_is_settled_keeps_nothing(system: Written, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,nobles,,")
    follow()
    told = str(list(Conflict.objects.values()))
    assert "Max" not in told and "20000000000098" not in told
    assert "Max Invented" in waiting().row.opened()
    clicks(Grace(), "mended")
    found = Conflict.objects.get()
    assert (found.row, found.there, found.here, found.whose) == ("", "", "", "")


def test_whoever_is_forgotten_leaves_no_row(system: Written, world: World) -> None:
    system.source("loans", full=False)
    system.loans(f"{ADA},30000000000998", f"{LIN},30000000000997")
    follow()
    assert patrons.forget(world.by, world.ada.ref) == []
    assert [each.there for each in conflicts.waiting()] == ["30000000000997"]


def test_after_a_month_a_row_is_let_go(system: Written, world: World) -> None:
    system.source("loans", full=False)
    system.loans(f"{ADA},30000000000998")
    follow()
    world.ahead(days=31)
    main(["follow"])
    assert not Conflict.objects.exists()


def test_a_sheet_that_would_end_too_much_is_let_by_an_administrator(system: Written, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons(*many(4 * FEW))
    follow()
    system.patrons()
    follow()
    librarian = Grace(role="librarian", name="libby")
    assert "Would end over a fifth" in seen(librarian) and "Import anyway" not in seen(librarian)
    assert "Import anyway" in seen(Grace())
    run = ImportRun.objects.get(too_much=True)
    assert "The next run imports the file" in pressed(Grace(), "allow", run.pk)
    assert "Imported with the next run" in seen(Grace())
    follow()
    assert Patron.objects.filter(status="blocked").count() == 4 * FEW
    assert "40 ended" in seen(Grace())


def test_why_nothing_was_taken_is_read_in_either_language(system: Written, world: World) -> None:
    system.source("patrons", full=False)
    (system.folder / "patrons.csv").write_text("identifier,name\n1,2\n", encoding="utf-8")
    system.aged("patrons")
    follow()
    assert "The file format is not valid" in seen(Grace())
    assert "文件格式不符合要求" in seen(Grace("zh-hans"))
    with translation.override("zh-hans"):
        assert all("一" <= why_of(ImportRun(why=each))[:1] <= "鿿" for each in ImportRun.Why)


def test_what_waits_is_a_task_where_something_is_followed(system: Written, world: World) -> None:
    now = hub_clock().now()
    assert tasks.contradicting(None, now) is None, "a hub that keeps the loans has no imports"
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,nobles,,")
    follow()
    found, failed = tasks.contradicting(None, now), tasks.not_taken(None, now)
    assert found is not None and failed is not None
    assert (found.count, failed.count, found.url) == (1, 0, reverse("ils:overview"))


def test_in_chinese(lent_since: Written, world: World) -> None:
    page = seen(Grace("zh-hans"))
    for told in ("数据导入", "第2行", "条码", "自助机已将其借给另一位读者", "以导入表为准", "忽略此行"):
        assert told in page, page
