"""Test a hub that follows a third-party ILS by sheets of loans and by its catalogue."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
import requests

from hub.catalogue.models import Item, Title
from hub.catalogue.oai import HarvestFailed, OaiSource, harvest
from hub.circulation.models import CirculationEvent, Loan
from hub.circulation.operations import loan_changes
from hub.circulation.sheets.loans_sync import follow_loans
from hub.cli import main
from hub.core.clock import hub_clock
from hub.csv_sheets.csv_reader import FEW, EndsTooMuch
from hub.csv_sheets.sheet_import import ImportPlan
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import MonthlyLoans, Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle, WeeklyLoans
from hub.outreach.recommendations.reminders.models import OpenLoan
from hub.outreach.statistics.models import DailyLoans
from lending.transactions import ReturnMode
from tests.hub.circulation.external_ils_test import upload
from tests.hub.circulation.migration_test import ADA, LIN, LOANS, sheet
from tests.hub.support.world import LIN_UID, NOW, World
from tests.support.loopback import QuietHandler, serving

DUE = "2026-12-24 23:59"


@pytest.fixture(autouse=True)
def today(world: World) -> None:
    hub_clock().set(NOW)


def row(patron: str, barcode: str, due: str = DUE, out: str = "2026-11-01 10:30", renewals: int = 0) -> str:
    return f"{patron},{barcode},{out},{due},{renewals}"


def follow_sheet(folder: Path, *rows: str, full: bool = True, age: timedelta = timedelta(hours=1)) -> ImportPlan:
    """Follow a sheet of loans that was written `age` ago."""
    return follow_loans(sheet(folder, LOANS, *rows), True, hub_clock().now() - age, full)


def open_loans() -> dict[str, str]:
    found = Loan.objects.filter(state__in=Loan.OPEN).select_related("item", "patron")
    return {each.item.barcode: each.patron.identifier for each in found}


def test_full_sheet_moves_closes_and_adds_loans(world: World, tmp_path: Path) -> None:
    """One loan moves to another patron and one is closed."""
    for item in (world.dune, world.emma):
        loan_changes.checkout(world.by, world.ada, item)
    world.advance(days=2)
    plan = follow_sheet(tmp_path, row(LIN, world.dune.barcode))
    assert open_loans() == {world.dune.barcode: LIN}
    assert (plan.added, plan.over, plan.bad) == (1, 1, [])
    assert world.event_kinds() == ["checkout", "checkout", "checkin", "loan_taken_over", "checkin"]
    assert follow_sheet(tmp_path, row(LIN, world.dune.barcode)).same == 1


def test_partial_sheet_closes_no_loan(world: World, tmp_path: Path) -> None:
    loan_changes.checkout(world.by, world.ada, world.emma)
    world.advance(days=2)
    follow_sheet(tmp_path, row(LIN, world.dune.barcode), full=False)
    assert open_loans() == {world.dune.barcode: LIN, world.emma.barcode: ADA}


def test_loan_newer_than_the_sheet_stays_open(world: World, tmp_path: Path) -> None:
    """The loan was made after the sheet was written, so the sheet lacks it."""
    loan_changes.checkout(world.by, world.ada, world.emma)
    follow_sheet(tmp_path)
    assert open_loans() == {world.emma.barcode: ADA}
    plan = follow_sheet(tmp_path, row(LIN, world.emma.barcode))
    assert [fault for _line, fault in plan.bad] == [
        f"item_barcode {world.emma.barcode!r} was checked out to another patron after the file was written; "
        "wait for the next file"
    ]
    assert open_loans() == {world.emma.barcode: ADA}


def test_loan_returned_since_the_sheet_stays_closed(world: World, tmp_path: Path) -> None:
    loan_changes.checkout(world.by, world.ada, world.emma)
    world.advance(days=2)
    loan_changes.checkin(world.by, world.emma, ReturnMode.TRUSTED)
    plan = follow_sheet(tmp_path, row(ADA, world.emma.barcode))
    assert (plan.over, open_loans()) == (1, {})


def test_loan_listed_before_the_kiosk_row_arrives_is_one_loan(world: World, tmp_path: Path) -> None:
    """The kiosk could reach the ILS but not the hub; the late row can still be undone."""
    late = world.checkout(world.dune, no_block=True, due=NOW + timedelta(days=9))
    lent = NOW.astimezone(ZoneInfo("Asia/Shanghai"))
    world.advance(hours=5)
    follow_sheet(tmp_path, row(ADA, world.dune.barcode, out=f"{lent:%Y-%m-%d %H:%M}"))
    for _twice in range(2):
        (answer,) = upload(world, late)
    (loan,) = world.loans(world.dune)
    assert (answer["outcome"], loan.state, str(loan.transaction)) == ("accepted", Loan.State.ON_LOAN, late["id"])
    assert answer["due"].startswith("2026-12-24"), "the sheet is newer than the row"
    assert world.event_kinds() == ["checkout"], "the checkout came with the sheet"
    upload(world, world.undo(late, no_block=True))
    assert open_loans() == {}


def local(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}"


def test_loans_since_the_first_sheet_are_checkouts_and_older_ones_taken_over(world: World, tmp_path: Path) -> None:
    """Desks of the ILS do not notify the hub; still, loans of past years must not count as new on one day."""
    before, since = row(ADA, world.dune.barcode), hub_clock().now() + timedelta(hours=3)
    follow_sheet(tmp_path, before)
    world.advance(days=1)
    for _twice in range(2):
        follow_sheet(tmp_path, before, row(LIN, world.emma.barcode, out=local(since)))
    events = [(each.kind, each.at.replace(microsecond=0)) for each in CirculationEvent.objects.all()]
    assert events == [("loan_taken_over", NOW), ("checkout", since.replace(second=0, microsecond=0))]


def test_statistics_and_history_count_a_checkout_at_the_ils_desk_once(world: World, tmp_path: Path) -> None:
    """A kiosk uploads one of them later. Ada's older loan is the control: it counts nowhere."""
    follow_sheet(tmp_path, row(ADA, world.dune.barcode))
    carry()
    lin = Person.objects.create(ref=world.lin.ref, since=NOW)
    consents.give(lin, Purpose.HISTORY, "staff grace", "2026-1", NOW)
    late = world.checkout(world.emma, LIN_UID, no_block=True, due=NOW + timedelta(days=9))
    world.advance(hours=5)
    lins_rows = (row(LIN, item.barcode, out=local(NOW)) for item in (world.emma, world.utopia))
    follow_sheet(tmp_path, row(ADA, world.dune.barcode), *lins_rows)
    carry()
    upload(world, late)
    carry()
    assert [(each.person, each.loans) for each in MonthlyLoans.objects.all()] == [(lin, 2)]
    assert [(each.person, each.loans) for each in WeeklyLoans.objects.all()] == [(lin, 2)]
    had = {(each.person, each.title) for each in HistoryTitle.objects.all()}
    assert had == {(lin, world.emma.title_id), (lin, world.utopia.title_id)}
    assert sum(each.loans for each in DailyLoans.objects.all()) == 2
    assert OpenLoan.objects.count() == 3


def test_loan_taken_over_becomes_a_checkout_with_the_kiosk_row(world: World, tmp_path: Path) -> None:
    late = world.checkout(world.dune, no_block=True, due=NOW + timedelta(days=9))
    world.advance(hours=15)
    follow_sheet(tmp_path, row(ADA, world.dune.barcode, out=local(NOW)))
    upload(world, late)
    assert world.event_kinds() == ["loan_taken_over", "checkout"]


def test_loan_closed_by_a_sheet_and_listed_again_is_no_second_checkout(world: World, tmp_path: Path) -> None:
    """The ILS exported the loan late."""
    follow_sheet(tmp_path)
    upload(world, world.checkout(world.dune, no_block=True, due=NOW + timedelta(days=9)))
    world.advance(hours=5)
    follow_sheet(tmp_path)
    world.advance(hours=5)
    follow_sheet(tmp_path, row(ADA, world.dune.barcode, out=local(NOW)))
    assert world.event_kinds() == ["checkout", "checkin", "loan_taken_over"]
    assert open_loans() == {world.dune.barcode: ADA}


@pytest.mark.parametrize("at_another_kiosk", [True, False])
def test_loan_listed_and_closed_before_the_kiosk_row_stays_closed(
    world: World, tmp_path: Path, at_another_kiosk: bool
) -> None:
    late, renewal = world.checkout(world.dune, no_block=True), world.renewal(world.dune, no_block=True)
    world.advance(hours=5)
    follow_sheet(tmp_path, row(ADA, world.dune.barcode, out=local(NOW)))
    world.advance(hours=5)
    if at_another_kiosk:
        loan_changes.checkin(world.by, world.dune, ReturnMode.TRUSTED)
    follow_sheet(tmp_path)
    world.advance(hours=5)
    answers = upload(world, late, renewal)
    (loan,) = world.loans(world.dune)
    assert [each["outcome"] for each in answers] == ["accepted", "accepted"]
    assert (loan.state, str(loan.transaction)) == (Loan.State.RETURNED, late["id"])
    assert (world.event_kinds(), world.open_cases()) == (["checkout", "checkin"], [])


def test_checkout_after_the_end_of_a_listed_loan_is_a_new_loan(world: World, tmp_path: Path) -> None:
    follow_sheet(tmp_path)
    follow_sheet(tmp_path, row(ADA, world.dune.barcode, out=local(NOW)))
    world.advance(hours=2)
    follow_sheet(tmp_path)
    upload(world, world.checkout(world.dune, no_block=True))
    assert open_loans() == {world.dune.barcode: ADA}
    assert world.event_kinds() == ["checkout", "checkin", "checkout"]


def test_renewal_listed_before_the_kiosk_row_arrives_counts_once(world: World, tmp_path: Path) -> None:
    upload(world, world.checkout(world.dune, no_block=True, due=NOW + timedelta(days=9)))
    world.advance(hours=1)
    renewal = world.renewal(world.dune, no_block=True, due=NOW + timedelta(days=29))
    world.advance(hours=5)
    due = f"{NOW + timedelta(days=29):%Y-%m-%d} 23:59"
    follow_sheet(tmp_path, row(ADA, world.dune.barcode, due, out=local(NOW), renewals=1))
    (answer,) = upload(world, renewal)
    (loan,) = world.loans(world.dune)
    assert (answer["outcome"], loan.renewals, world.event_kinds()) == ("accepted", 1, ["checkout", "loan_taken_over"])
    upload(world, world.renewal(world.dune, no_block=True, due=NOW + timedelta(days=49)))
    assert world.loans(world.dune)[0].renewals == 2, "the next renewal counts"


def test_loan_of_another_day_or_patron_is_another_loan(world: World, tmp_path: Path) -> None:
    follow_sheet(tmp_path, row(ADA, world.dune.barcode), row(LIN, world.emma.barcode))
    upload(world, world.checkout(world.dune, no_block=True, due=NOW + timedelta(days=9)))
    upload(world, world.checkout(world.emma, no_block=True, due=NOW + timedelta(days=9)))
    assert len(world.loans(world.dune)) == len(world.loans(world.emma)) == 2
    assert open_loans() == {world.dune.barcode: ADA, world.emma.barcode: ADA}


def test_handed_in_item_missing_from_the_full_sheet_is_confirmed_as_returned(world: World, tmp_path: Path) -> None:
    loan_changes.checkout(world.by, world.ada, world.emma)
    loan_changes.checkin(world.by, world.emma, ReturnMode.PROVISIONAL)
    world.advance(days=2)
    follow_sheet(tmp_path)
    assert open_loans() == {}
    assert world.event_kinds() == ["checkout", "handed_in", "return_confirmed"]


def test_sheet_with_an_unreadable_row_closes_no_loan_and_rejects_the_row(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loan_changes.checkout(world.by, world.ada, world.emma)
    world.advance(days=2)
    path = sheet(tmp_path, LOANS, row(LIN, world.dune.barcode), row("29999999999999", world.dune.barcode))
    then = (hub_clock().now() - timedelta(hours=1)).timestamp()
    os.utime(path, (then, then))
    assert main(["follow-loans", str(path), "--full", "--yes"]) == 1
    assert open_loans() == {world.dune.barcode: LIN, world.emma.barcode: ADA}
    assert "no loan was ended" in capsys.readouterr().err
    assert "import the patrons first" in (tmp_path / "sheet.rejected.csv").read_text(encoding="utf-8-sig")


def test_sync_without_yes_writes_nothing(world: World, tmp_path: Path) -> None:
    path = sheet(tmp_path, LOANS, row(LIN, world.dune.barcode))
    assert main(["follow-loans", str(path), "--full"]) == 0
    assert open_loans() == {}


def many_loans(world: World, count: int) -> list[str]:
    """Lend that many items of one title to Ada and return their sheet rows."""
    items = [
        Item.objects.create(barcode=f"31{number:012}", title=world.dune.title, type=world.book, branch=world.main)
        for number in range(count)
    ]
    due = NOW + timedelta(days=20)
    Loan.objects.bulk_create(
        Loan(patron=world.ada, item=item, branch=world.main, checked_out_at=NOW, due=due) for item in items
    )
    return [row(ADA, item.barcode) for item in items]


def test_truncated_full_sheet_closes_nothing_unless_confirmed(world: World, tmp_path: Path) -> None:
    rows = many_loans(world, 4 * FEW)
    world.advance(days=2)
    with pytest.raises(EndsTooMuch, match="lists 29 of the 40 loans in the hub and would end 11"):
        follow_sheet(tmp_path, *rows[: 3 * FEW - 1])
    assert len(open_loans()) == 40
    assert follow_sheet(tmp_path, *rows[: 3 * FEW]).over == FEW, "a few loans may always be closed"
    path = sheet(tmp_path, LOANS, *rows[:5])
    plan = follow_loans(path, True, hub_clock().now() - timedelta(hours=1), True, most_may_end=True)
    assert (plan.over, len(open_loans())) == (25, 5)


def test_full_sheet_may_close_a_fifth_of_many_loans(world: World, tmp_path: Path) -> None:
    rows = many_loans(world, 10 * FEW)
    world.advance(days=2)
    assert follow_sheet(tmp_path, *rows[: 8 * FEW]).over == 2 * FEW


def test_row_that_staff_let_pass_does_not_block_closing_other_loans(world: World, tmp_path: Path) -> None:
    """The loan of that row itself stays open."""
    for item in (world.emma, world.dune):
        loan_changes.checkout(world.by, world.ada, item)
    world.advance(days=2)
    path = sheet(tmp_path, LOANS, row("29999999999999", world.dune.barcode))
    taken = hub_clock().now() - timedelta(hours=1)
    assert follow_loans(path, True, taken, True).over == 0
    plan = follow_loans(path, True, taken, True, passed=lambda bad: bad["item_barcode"] == world.dune.barcode)
    assert (plan.over, open_loans()) == (1, {world.dune.barcode: ADA})


RECORD = """<record><header>{status}<identifier>oai:x:{number}</identifier><datestamp>2026-11-20</datestamp></header>
<metadata><record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>
<controlfield tag="001">x{number}</controlfield>
<datafield tag="245" ind1="1" ind2="0"><subfield code="a">Title {number}</subfield></datafield>
</record></metadata></record>"""
GONE = '<record><header status="deleted"><identifier>oai:x:9</identifier></header></record>'


class Catalogue(QuietHandler):
    """OAI-PMH source with two pages of records; `requested` lists the queries it received."""

    requested: list[dict[str, str]]
    busy = 0
    broken = False
    days = False

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        type(self).requested.append(query)
        if type(self).busy:
            type(self).busy -= 1
            self.reply(503, headers={"Retry-After": "7"})
            return
        self.reply(200, self.page(query).encode())

    def page(self, query: dict[str, str]) -> str:
        head = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-24T02:00:00Z</responseDate>'
        if query["verb"] == "Identify":
            form = "YYYY-MM-DD" if self.days else "YYYY-MM-DDThh:mm:ssZ"
            return f"{head}<Identify><granularity>{form}</granularity></Identify></OAI-PMH>"
        if query.get("from", "") > "2026-11-23":
            return f'{head}<error code="noRecordsMatch">none</error></OAI-PMH>'
        if query.get("resumptionToken") == "two" and self.broken:
            return f'{head}<error code="badResumptionToken">gone</error></OAI-PMH>'
        if query.get("resumptionToken") == "two":
            return f"{head}<ListRecords>{RECORD.format(status='', number=2)}{GONE}</ListRecords></OAI-PMH>"
        first = RECORD.format(status="", number=1)
        return f"{head}<ListRecords>{first}<resumptionToken>two</resumptionToken></ListRecords></OAI-PMH>"


@contextmanager
def catalogue(busy: int = 0, broken: bool = False, days: bool = False) -> Iterator[tuple[str, type[Catalogue]]]:
    kind = type("Here", (Catalogue,), {"requested": [], "busy": busy, "broken": broken, "days": days})
    with serving(kind) as port:
        yield f"http://127.0.0.1:{port}/oai", kind


def titles() -> set[str]:
    return set(Title.objects.filter(title__startswith="Title ").values_list("title", flat=True))


def test_harvest_reads_all_pages_and_resumes_from_the_last_response_date(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with catalogue() as (url, source):
        assert main(["harvest", url]) == 0
        assert titles() == {"Title 1", "Title 2"}
        output = capsys.readouterr()
        assert "2 titles added" in output.out
        assert "oai:x:9 is deleted in the source" in output.err
        assert main(["harvest", url]) == 0
        assert source.requested[-1]["from"] == "2026-11-24T02:00:00Z"
        assert "0 titles added" in capsys.readouterr().out
        assert main(["harvest", url, "--full"]) == 0
        assert "from" not in source.requested[-2]


def test_source_with_day_granularity_is_asked_by_day(world: World) -> None:
    with catalogue(days=True) as (url, source), requests.Session() as session:
        harvest(OaiSource(url, since="2026-11-24T02:00:00Z"), session, io.BytesIO())
        assert source.requested[-1]["from"] == "2026-11-24"


def test_interrupted_harvest_imports_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with catalogue(broken=True) as (url, source):
        assert main(["harvest", url]) != 0
        assert titles() == set()
        assert "badResumptionToken" in capsys.readouterr().err
        source.broken = False
        assert main(["harvest", url]) == 0
        assert titles() == {"Title 1", "Title 2"}


def test_busy_source_is_retried_after_its_retry_after() -> None:
    waited: list[float] = []
    with catalogue(busy=2) as (url, _source), requests.Session() as session:
        got = harvest(OaiSource(url), session, io.BytesIO(), waited.append)
    assert (got.records, waited) == (2, [7.0, 7.0])


@pytest.mark.parametrize("page", ["<nonsense", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_malformed_xml_and_entities_are_refused(page: str) -> None:
    with catalogue() as (url, source), requests.Session() as session:
        source.page = lambda *_: page  # type: ignore[method-assign]
        with pytest.raises(HarvestFailed):
            harvest(OaiSource(url), session, io.BytesIO())
