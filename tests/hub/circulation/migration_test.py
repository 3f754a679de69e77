"""Test the migration of a library: loans, holds and fees continue, bad rows can be corrected.

No notices are sent about migrated loans.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core import serializers

from hub.catalogue.models import Item
from hub.circulation import cards
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import CirculationEvent, Fee, Hold, Loan, Patron, Renewal
from hub.circulation.operations import hold_queue, loan_changes
from hub.circulation.operations.context import OperationResult
from hub.circulation.sheets.imports import FeeSheet, HoldSheet, LoanSheet, PatronSheet
from hub.cli import main
from hub.core.clock import hub_clock
from hub.csv_sheets.csv_reader import BadSheet
from hub.csv_sheets.sheet_import import CsvSheet
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.records import person_of, set_channel_order
from hub.outreach.recommendations.reminders import notices
from hub.outreach.recommendations.reminders.models import OpenLoan
from lending.model import Block, Reason
from tests.hub.support.world import NOW, World

ADA, LIN = "20000000000012", "20000000000020"
LOANS = "patron_identifier,item_barcode,checked_out_at,due,renewals"
HOLDS = "patron_identifier,title,author,pickup,placed_at,state,item_barcode,until"
FEES = "patron_identifier,kind,amount,paid,charged_at,currency,note"


def sheet(folder: Path, heading: str, *rows: str, name: str = "sheet.csv") -> Path:
    path = folder / name
    path.write_text("\n".join((heading, *rows)) + "\n", encoding="utf-8")
    return path


def database_digest() -> str:
    """Return a digest of every row of every table."""
    models = [each for each in apps.get_models(include_auto_created=True) if each._meta.managed]
    tables = sorted(serializers.serialize("json", each._base_manager.order_by("pk")) for each in models)
    return hashlib.sha256("".join(tables).encode()).hexdigest()


@pytest.fixture(autouse=True)
def today(world: World) -> None:
    hub_clock().set(NOW)


def test_migrated_loan_keeps_its_due_date_and_renewals(world: World, tmp_path: Path) -> None:
    path = sheet(
        tmp_path, LOANS, f"{ADA},{world.dune.barcode},2026-11-01 10:30,2026-12-24,1",
        f"{LIN},{world.emma.barcode},2026-11-02T02:00:00+00:00,2026-12-01T12:00:00+08:00,",
    )  # fmt: skip
    plan = LoanSheet().run(path, True)
    assert (plan.added, plan.bad, plan.totals[0]) == (2, [], "loans open: 2, of them overdue: 0")
    dune = Loan.objects.get(item=world.dune)
    assert dune.checked_out_at == datetime(2026, 11, 1, 2, 30, tzinfo=UTC), "the library's own time"
    assert dune.due == datetime(2026, 12, 24, 15, 59, tzinfo=UTC), "to the end of that day"
    assert (dune.state, dune.renewals, dune.branch) == ("on_loan", 1, world.main)
    assert Loan.objects.get(item=world.emma).due == datetime(2026, 12, 1, 4, tzinfo=UTC)
    assert isinstance(loan_changes.checkout(world.by, world.lin, world.dune), Block), "on loan to Ada"
    assert loan_changes.renew(world.by, world.ada, world.dune) == Block(Reason.NO_RENEWALS_LEFT, count=1)
    assert isinstance(loan_changes.renew(world.by, world.lin, world.emma), OperationResult)


def test_importing_the_same_sheets_twice_changes_nothing(world: World, tmp_path: Path) -> None:
    patrons = sheet(
        tmp_path, "identifier,name,category,card,pin,language", "20000000000038,Grace Sample,adult,04AABBCC,4711,en"
    )
    loans = sheet(tmp_path, LOANS, f"{ADA},{world.dune.barcode},2026-11-01,2026-12-24,1", name="loans.csv")
    holds = sheet(tmp_path, HOLDS, f"{LIN},{world.dune.title.title},,main,2026-11-20,,,", name="holds.csv")
    fee = f"{ADA},damage,3.50,1.00,2026-11-03,CNY,torn"
    fees = sheet(tmp_path, FEES, fee, fee, name="fees.csv")
    sheets: tuple[tuple[type[CsvSheet], Path], ...] = (
        (PatronSheet, patrons),
        (LoanSheet, loans),
        (HoldSheet, holds),
        (FeeSheet, fees),
    )
    before = database_digest()
    for read, path in sheets:
        assert read().run(path, False).added > 0
    assert database_digest() == before, "dry runs wrote something"
    for read, path in sheets:
        assert read().run(path, True).bad == []
    assert Fee.objects.count() == 2, "two equal rows of one sheet are two fees"
    first = database_digest()
    assert first != before
    for read, path in sheets:
        plan = read().run(path, True)
        assert (plan.added, plan.updated) == (0, 0) and plan.same > 0
    assert database_digest() == first


def test_later_import_takes_corrections_but_keeps_changes_made_in_the_hub(world: World, tmp_path: Path) -> None:
    row = f"{ADA},{world.dune.barcode},2026-11-01,2026-12-24,0"
    LoanSheet().run(sheet(tmp_path, LOANS, row), True)
    corrected = sheet(tmp_path, LOANS, row.replace("12-24", "12-26"))
    assert LoanSheet().run(corrected, True).updated == 1
    assert Loan.objects.get().due == datetime(2026, 12, 26, 15, 59, tzinfo=UTC)
    world.advance(days=20)
    loan_changes.renew(world.by, world.ada, world.dune)
    renewed = Loan.objects.get()
    assert Renewal.objects.count() == 1
    assert LoanSheet().run(sheet(tmp_path, LOANS, row), True).same == 1
    assert Loan.objects.get().due == renewed.due
    loan_changes.receive(world.by, world.dune)
    assert LoanSheet().run(corrected, True).same == 1, "an old sheet does not reopen a closed loan"
    assert Loan.objects.get().state == "returned"


def test_migrated_loans_send_no_notices_until_they_fall_due_in_the_hub(world: World, tmp_path: Path) -> None:
    person = person_of(world.ada.ref)
    assert person is not None
    set_channel_order(person, "receipt", ["screen"])
    LoanSheet().run(
        sheet(
            tmp_path, LOANS, f"{ADA},{world.dune.barcode},2026-08-01,{NOW - timedelta(days=90):%Y-%m-%d},0",
            f"{ADA},{world.emma.barcode},2026-10-01,{NOW - timedelta(days=10):%Y-%m-%d},0",
            f"{ADA},{world.utopia.barcode},2026-11-01,{NOW + timedelta(days=2):%Y-%m-%d},0",
        ),
        True,
    )  # fmt: skip
    carry()
    assert OpenLoan.objects.count() == 3

    def kinds_after_nightly_jobs() -> list[str]:
        now = hub_clock().now()
        notices.remind(now)
        notices.notices(now)
        notices.give_up(now)
        carry()
        return list(Message.objects.values_list("kind", flat=True))

    assert kinds_after_nightly_jobs() == [], "no receipt, reminder or overdue notice, and no item lost"
    world.advance(days=4)
    assert kinds_after_nightly_jobs() == ["overdue"], "the loan that fell due after the migration"
    assert Message.objects.get().decrypted_facts()["count"] >= 1
    loan_changes.receive(world.by, world.emma)
    carry()
    assert OpenLoan.objects.count() == 2
    assert not Loan.objects.filter(item__condition="lost").exists(), "long-overdue migrated items are left to staff"


def test_migrated_holds_keep_their_order_by_date_then_row(world: World, tmp_path: Path) -> None:
    title = world.dune.title.title
    grace = Patron.objects.create(identifier="20000000000038", name="Grace Sample", category=world.adult)
    path = sheet(
        tmp_path, HOLDS, f"{LIN},{title},,main,2026-11-20,,,", f"{ADA},{title},,main,2026-11-03,,,",
        f"{grace.identifier},{title},,main,2026-11-20,waiting,,",
        f"{ADA},{world.emma.title.title},,main,2026-11-05,ready,{world.emma.barcode},2026-11-30",
    )  # fmt: skip
    assert HoldSheet().run(path, True).bad == []
    kept = Hold.objects.get(state="ready")
    assert (kept.item, kept.shelf) == (world.emma, ADA[-4:])
    served = []
    while not isinstance(hold := hold_queue.trap(world.by, world.dune), Block):
        served.append(hold.patron.identifier)
        hold_queue.cancel(world.by, hold)
    assert served == [ADA, LIN, grace.identifier], "within one day, in the order of rows"
    assert {each.kind for each in CirculationEvent.objects.filter(data__staff="import")} == {"hold_placed"}


def test_migrated_holds_on_one_copy_keep_it(world: World, tmp_path: Path) -> None:
    second = Item.objects.create(barcode="320000000002", title=world.dune.title, type=world.book, branch=world.main)
    heading = "patron_identifier,copy_barcode,pickup,placed_at,state,item_barcode,until"
    waiting = [f"{LIN},{each.barcode},main,2026-11-20,,," for each in (world.dune, second)]
    path = sheet(tmp_path, heading, *waiting)
    assert (HoldSheet().run(path, True).added, HoldSheet().run(path, True).same) == (2, 2)
    assert [each.copy for each in Hold.objects.order_by("pk")] == [world.dune, second]
    by_title = sheet(tmp_path, HOLDS, f"{LIN},{world.emma.title.title},,main,2026-11-20,,,")
    assert HoldSheet().run(by_title, True).added == 1
    Hold.objects.filter(title=world.emma.title).update(copy=world.emma)
    assert HoldSheet().run(by_title, True).added == 0, "staff have limited the hold to one copy since"
    other = sheet(tmp_path, heading, f"{ADA},{second.barcode},main,2026-11-20,ready,{world.dune.barcode},2026-12-30")
    (bad,) = HoldSheet().run(other, True).bad
    assert "is not the copy in copy_barcode" in str(bad)


BAD_LOANS = {
    "99999999999999,{dune},2026-11-01,2026-12-01,0": "patron_identifier (…99) matches no patron; "
    "import the patrons first",
    "{ada},nothing,2026-11-01,2026-12-01,0": "item_barcode 'nothing' matches no item; import the items first",
    "{ada},{dune},yesterday,2026-12-01,0": "checked_out_at 'yesterday' is not a time; use the form 2026-11-25 09:00",
    "{ada},{dune},2026-11-30,2026-12-01,0": "checked_out_at '2026-11-30' is in the future; it must be in the past",
    "{ada},{dune},2026-11-01,2026-10-01,0": "due '2026-10-01' is before checked_out_at '2026-11-01'; one of them "
    "is wrong",
    "{ada},{dune},2026-11-01,2026-12-01,many": "renewals 'many' is not an integer from 0 to 999",
    "{ada},{dune},2026-11-01,2026-12-01,0,x": "the row has 6 cells, the header 5; "
    "check for an extra comma or a missing quote",
    "{ada},{emma},2026-11-01,2026-12-01,0": "item_barcode '{emma}' is on another loan in the hub; check it in first",
}


def test_bad_loan_rows_are_named_rejected_and_importable_after_correction(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loan_changes.checkout(world.by, world.lin, world.emma)
    names = {"ada": ADA, "dune": world.dune.barcode, "emma": world.emma.barcode}
    rows = [row.format(**names) for row in BAD_LOANS]
    for row, fault in zip(rows, BAD_LOANS.values(), strict=True):
        (bad_row,) = LoanSheet().run(sheet(tmp_path, LOANS, row), False).bad
        assert bad_row == (2, fault.format(**names)), row
    path = sheet(tmp_path, LOANS, *rows, f"{LIN},{world.utopia.barcode},2026-11-01,2026-12-01,0", name="loans.csv")
    assert main(["import-loans", str(path), "--dry-run"]) == 1
    assert not list(tmp_path.glob("*.rejected*.csv")) and Loan.objects.count() == 1
    dry = capsys.readouterr()
    assert main(["import-loans", str(path), "--yes"]) == 1
    said = capsys.readouterr()
    assert said.err.splitlines()[: len(rows)] == dry.err.splitlines()[: len(rows)]
    assert f"{path}, line 2: patron_identifier (…99) matches no patron" in said.err and "999999" not in said.err
    assert "1 loan added" in said.out and "loans open: 2, of them overdue: 0" in said.out
    rejected = tmp_path / "loans.rejected.csv"
    assert str(rejected) in said.err and rejected.stat().st_mode & 0o777 == 0o600
    lines = rejected.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == f"{LOANS},fault" and [each.split(",")[:3] for each in lines[1:]] == [
        each.split(",")[:3] for each in rows
    ]
    corrected = lines[1].replace("99999999999999", ADA)
    rejected.write_text("\n".join((lines[0], corrected, *lines[2:3])), encoding="utf-8-sig")
    assert main(["import-loans", str(rejected), "--yes"]) == 1
    assert Loan.objects.filter(patron=world.ada, item=world.dune).exists()
    assert (tmp_path / "loans.rejected.rejected.csv").read_text(encoding="utf-8-sig").count("\n") == 2
    assert main(["import-loans", str(path), "--yes"]) == 1
    assert (tmp_path / "loans.rejected-2.csv").exists(), "a rejected file is never overwritten"


def test_bad_hold_and_fee_rows_are_named(world: World, tmp_path: Path) -> None:
    title = world.dune.title.title
    holds = HoldSheet().run(
        sheet(
            tmp_path, HOLDS, f"{ADA},Nowhere,,main,2026-11-20,,,", f"{ADA},,,moon,2026-11-20,,,",
            f"{ADA},{title},,main,2026-11-20,ready,,", f"{ADA},{title},,main,2026-11-20,collected,,",
        ),
        True,
    )  # fmt: skip
    assert [fault for _line, fault in holds.bad] == [
        "title 'Nowhere' matches no record; import titles and items first",
        "control_number, isbn, title, item_barcode and copy_barcode are empty; fill in one of them | "
        "pickup 'moon' is unknown; known: main",
        "until is empty; a ready hold needs an expiry date | item_barcode is empty; fill it in",
    ]
    assert holds.over == 1 and not Hold.objects.exists()
    fees = FeeSheet().run(
        sheet(
            tmp_path, FEES, f"{ADA},damage,3.555,,2026-11-03,,", f"{ADA},damage,3,4,2026-11-03,,",
            f"{ADA},damage,3,,2026-11-03,EUR,", f"{ADA},damage,3,3,2026-11-03,,", f"{ADA},theft,-1,,2026-11-03,,",
        ),
        True,
    )  # fmt: skip
    assert [fault.split("; ")[0] for _line, fault in fees.bad] == [
        "amount '3.555' is not an amount", "paid '4' is more than amount '3'",
        "currency 'EUR' is not the library's currency", "amount '-1' is not an amount",
    ]  # fmt: skip
    assert fees.over == 1 and fees.totals == ["fees open: 0, CNY 0.00", "fees charged: 0, CNY 0.00"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "big5", "shift_jis"])
def test_sheet_in_another_encoding_is_refused_with_advice(world: World, tmp_path: Path, encoding: str) -> None:
    name = {"latin-1": "Grüße Äpfel Müller", "shift_jis": "さくらテスト", "big5": "測試讀者歐陽"}.get(
        encoding, "欧阳示例"
    )
    path = tmp_path / "sheet.csv"
    path.write_bytes(f"identifier,name,category\n20000000000046,{name},adult\n".encode(encoding))
    with pytest.raises(BadSheet, match="neither UTF-8 nor GB 18030; save it"):
        PatronSheet().run(path, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_sheet_in_utf8_or_gb18030_is_read(world: World, tmp_path: Path, encoding: str) -> None:
    """The name has a rare character and one of four bytes in GB 18030."""
    path = tmp_path / "sheet.csv"
    path.write_bytes("identifier,name,category\n20000000000046,欧阳喆示例᠊,adult\n".encode(encoding))
    assert PatronSheet().run(path, True).added == 1
    assert Patron.objects.filter(name="欧阳喆示例᠊").exists()


@pytest.mark.parametrize(
    ("heading", "fault"),
    [
        ("patron_identifier;item_barcode;due", "columns are separated by ';'; save it with commas"),
        (f"{LOANS},due", "due occurs twice in the header"),
        ("patron_identifier,item_barcode,due", "the header lacks checked_out_at"),
    ],
)
def test_invalid_header_is_refused_with_its_fault(world: World, tmp_path: Path, heading: str, fault: str) -> None:
    with pytest.raises(BadSheet, match=fault):
        LoanSheet().run(sheet(tmp_path, heading), True)


def test_line_numbers_are_right_after_a_multiline_cell(world: World, tmp_path: Path) -> None:
    path = sheet(tmp_path, FEES, f'{ADA},damage,3,,2026-11-03,,"torn\nwet"', "", f"{ADA},theft,3,,2026-11-03,,")
    assert [line for line, _fault in FeeSheet().run(path, True).bad] == [5]
    assert {each.name for each in FeeSheet.columns if each.private} == {"patron_identifier", "note"}


def test_exported_rules_import_unchanged_and_a_bad_row_changes_nothing(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cards.hold_fast(the_library())
    assert main(["export", str(tmp_path)]) == 0
    path, before = tmp_path / "rules.json", database_digest()
    assert main(["import-rules", str(path), "--yes"]) == 0
    assert database_digest() == before, "rules that exist are not changed"
    rules = json.loads(path.read_text())
    rules["branches"].append({**rules["branches"][0], "code": "east", "name": "East"})
    rules["rules"].append({**rules["rules"][0], "branch": "west"})
    path.write_text(json.dumps(rules))
    capsys.readouterr()
    assert main(["import-rules", str(path), "--yes"]) == 1
    assert "rules, row 2: branch 'west' is unknown: name it above" in capsys.readouterr().err
    assert database_digest() == before
