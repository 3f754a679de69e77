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
from hub.catalogue.oai import HarvestFailed, Source, harvest
from hub.circulation import operations
from hub.circulation.loans_sync import follow_loans
from hub.circulation.models import CirculationEvent, Loan
from hub.cli import main
from hub.core.clock import hub_clock
from hub.csv_sheets.sheet_import import Plan
from hub.csv_sheets.truncation_guard import FEW, EndsTooMuch
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import MonthlyLoans, Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle, WeeklyLoans
from hub.outreach.recommendations.reminders.models import OpenLoan
from hub.outreach.statistics.models import DailyLoans
from lending.transactions import ReturnMode
from tests.hub.circulation.external_ils_test import told
from tests.hub.circulation.migration_test import ADA, LIN, LOANS, sheet
from tests.hub.support.world import LIN_UID, NOW, World
from tests.support.loopback import QuietHandler, serving

DUE = "2026-12-24 23:59"


@pytest.fixture(autouse=True)
def today(world: World) -> None:
    hub_clock().set(NOW)


def row(patron: str, barcode: str, due: str = DUE, out: str = "2026-11-01 10:30", renewals: int = 0) -> str:
    return f"{patron},{barcode},{out},{due},{renewals}"


def followed(folder: Path, *rows: str, full: bool = True, ago: timedelta = timedelta(hours=1)) -> Plan:
    """The sheet was written so long ago."""
    return follow_loans(sheet(folder, LOANS, *rows), True, hub_clock().now() - ago, full)


def open_loans() -> dict[str, str]:
    found = Loan.objects.filter(state__in=Loan.OPEN).select_related("item", "patron")
    return {each.item.barcode: each.patron.identifier for each in found}


def test_the_loans_are_as_the_system_has_them(world: World, tmp_path: Path) -> None:
    """One goes on, one is another patron's now, one is over, one is new."""
    for item in (world.dune, world.emma):
        operations.checkout(world.by, world.ada, item)
    world.ahead(days=2)
    plan = followed(tmp_path, row(LIN, world.dune.barcode))
    assert open_loans() == {world.dune.barcode: LIN}
    assert (plan.added, plan.over, plan.bad) == (1, 1, [])
    assert world.happened() == ["checkout", "checkout", "checkin", "loan_taken_over", "checkin"]
    assert followed(tmp_path, row(LIN, world.dune.barcode)).same == 1


def test_a_sheet_of_what_has_changed_ends_nothing(world: World, tmp_path: Path) -> None:
    operations.checkout(world.by, world.ada, world.emma)
    world.ahead(days=2)
    followed(tmp_path, row(LIN, world.dune.barcode), full=False)
    assert open_loans() == {world.dune.barcode: LIN, world.emma.barcode: ADA}


def test_what_kiosks_have_told_since_stays(world: World, tmp_path: Path) -> None:
    """Lent after the sheet was written: it is not in it, and not over."""
    operations.checkout(world.by, world.ada, world.emma)
    followed(tmp_path)
    assert open_loans() == {world.emma.barcode: ADA}
    plan = followed(tmp_path, row(LIN, world.emma.barcode))
    assert [fault for _line, fault in plan.bad] == [
        f"item_barcode {world.emma.barcode!r} was checked out to another patron after the file was written; "
        "wait for the next file"
    ]
    assert open_loans() == {world.emma.barcode: ADA}


def test_what_was_returned_since_does_not_come_back(world: World, tmp_path: Path) -> None:
    operations.checkout(world.by, world.ada, world.emma)
    world.ahead(days=2)
    operations.checkin(world.by, world.emma, ReturnMode.TRUSTED)
    plan = followed(tmp_path, row(ADA, world.emma.barcode))
    assert (plan.over, open_loans()) == (1, {})


def test_a_loan_that_a_sheet_has_brought_before_the_kiosks_row_is_one(world: World, tmp_path: Path) -> None:
    """The hub was away from the kiosk, and not from the system; what comes late may still be undone."""
    late = world.borrows(world.dune, no_block=True, due=NOW + timedelta(days=9))
    lent = NOW.astimezone(ZoneInfo("Asia/Shanghai"))
    world.ahead(hours=5)
    followed(tmp_path, row(ADA, world.dune.barcode, out=f"{lent:%Y-%m-%d %H:%M}"))
    for _twice in range(2):
        (answer,) = told(world, late)
    (loan,) = world.loans(world.dune)
    assert (answer["outcome"], loan.state, str(loan.transaction)) == ("accepted", Loan.State.ON_LOAN, late["id"])
    assert answer["due"].startswith("2026-12-24"), "the sheet is newer than the row"
    assert world.happened() == ["checkout"], "the sheet has told it"
    told(world, world.undoes(late, no_block=True))
    assert open_loans() == {}


def local(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}"


def test_what_began_since_the_first_sheet_is_told_as_lent_when_it_was_and_what_began_before_is_taken_over(
    world: World, tmp_path: Path
) -> None:
    """Desks of the ILS do not notify the hub; still, loans of past years must not count as new on one day."""
    before, since = row(ADA, world.dune.barcode), hub_clock().now() + timedelta(hours=3)
    followed(tmp_path, before)
    world.ahead(days=1)
    for _twice in range(2):
        followed(tmp_path, before, row(LIN, world.emma.barcode, out=local(since)))
    events = [(each.kind, each.at.replace(microsecond=0)) for each in CirculationEvent.objects.all()]
    assert events == [("loan_taken_over", NOW), ("checkout", since.replace(second=0, microsecond=0))]


def test_segments_history_and_figures_count_what_was_lent_at_the_systems_own_desk_once(
    world: World, tmp_path: Path
) -> None:
    """And those of which a kiosk tells later, once too. The control is Ada's of the time before: it counts nowhere."""
    followed(tmp_path, row(ADA, world.dune.barcode))
    carry()
    lin = Person.objects.create(ref=world.lin.ref, since=NOW)
    consents.give(lin, Purpose.HISTORY, "staff grace", "2026-1", NOW)
    late = world.borrows(world.emma, LIN_UID, no_block=True, due=NOW + timedelta(days=9))
    world.ahead(hours=5)
    lins = (row(LIN, item.barcode, out=local(NOW)) for item in (world.emma, world.utopia))
    followed(tmp_path, row(ADA, world.dune.barcode), *lins)
    carry()
    told(world, late)
    carry()
    assert [(each.person, each.loans) for each in MonthlyLoans.objects.all()] == [(lin, 2)]
    assert [(each.person, each.loans) for each in WeeklyLoans.objects.all()] == [(lin, 2)]
    had = {(each.person, each.title) for each in HistoryTitle.objects.all()}
    assert had == {(lin, world.emma.title_id), (lin, world.utopia.title_id)}
    assert sum(each.loans for each in DailyLoans.objects.all()) == 2
    assert OpenLoan.objects.count() == 3


def test_a_loan_of_the_time_before_is_told_by_the_kiosks_row(world: World, tmp_path: Path) -> None:
    late = world.borrows(world.dune, no_block=True, due=NOW + timedelta(days=9))
    world.ahead(hours=15)
    followed(tmp_path, row(ADA, world.dune.barcode, out=local(NOW)))
    told(world, late)
    assert world.happened() == ["loan_taken_over", "checkout"]


def test_a_loan_that_was_ended_too_soon_and_comes_again_is_not_told_as_lent_twice(world: World, tmp_path: Path) -> None:
    """The system was slow to write it down."""
    followed(tmp_path)
    told(world, world.borrows(world.dune, no_block=True, due=NOW + timedelta(days=9)))
    world.ahead(hours=5)
    followed(tmp_path)
    world.ahead(hours=5)
    followed(tmp_path, row(ADA, world.dune.barcode, out=local(NOW)))
    assert world.happened() == ["checkout", "checkin", "loan_taken_over"]
    assert open_loans() == {world.dune.barcode: ADA}


@pytest.mark.parametrize("at_another_kiosk", [True, False])
def test_a_loan_that_sheets_have_brought_and_ended_before_the_kiosks_row_stays_over(
    world: World, tmp_path: Path, at_another_kiosk: bool
) -> None:
    late, renewal = world.borrows(world.dune, no_block=True), world.renews(world.dune, no_block=True)
    world.ahead(hours=5)
    followed(tmp_path, row(ADA, world.dune.barcode, out=local(NOW)))
    world.ahead(hours=5)
    if at_another_kiosk:
        operations.checkin(world.by, world.dune, ReturnMode.TRUSTED)
    followed(tmp_path)
    world.ahead(hours=5)
    answers = told(world, late, renewal)
    (loan,) = world.loans(world.dune)
    assert [each["outcome"] for each in answers] == ["accepted", "accepted"]
    assert (loan.state, str(loan.transaction)) == (Loan.State.RETURNED, late["id"])
    assert (world.happened(), world.open_cases()) == (["checkout", "checkin"], [])


def test_what_was_lent_again_after_its_end_is_another_loan(world: World, tmp_path: Path) -> None:
    followed(tmp_path)
    followed(tmp_path, row(ADA, world.dune.barcode, out=local(NOW)))
    world.ahead(hours=2)
    followed(tmp_path)
    told(world, world.borrows(world.dune, no_block=True))
    assert open_loans() == {world.dune.barcode: ADA}
    assert world.happened() == ["checkout", "checkin", "checkout"]


def test_a_renewal_that_a_sheet_has_brought_before_the_kiosks_row_counts_once(world: World, tmp_path: Path) -> None:
    told(world, world.borrows(world.dune, no_block=True, due=NOW + timedelta(days=9)))
    world.ahead(hours=1)
    renewal = world.renews(world.dune, no_block=True, due=NOW + timedelta(days=29))
    world.ahead(hours=5)
    due = f"{NOW + timedelta(days=29):%Y-%m-%d} 23:59"
    followed(tmp_path, row(ADA, world.dune.barcode, due, out=local(NOW), renewals=1))
    (answer,) = told(world, renewal)
    (loan,) = world.loans(world.dune)
    assert (answer["outcome"], loan.renewals, world.happened()) == ("accepted", 1, ["checkout", "loan_taken_over"])
    told(world, world.renews(world.dune, no_block=True, due=NOW + timedelta(days=49)))
    assert world.loans(world.dune)[0].renewals == 2, "the next one is one"


def test_a_loan_of_another_day_or_patron_is_another(world: World, tmp_path: Path) -> None:
    followed(tmp_path, row(ADA, world.dune.barcode), row(LIN, world.emma.barcode))
    told(world, world.borrows(world.dune, no_block=True, due=NOW + timedelta(days=9)))
    told(world, world.borrows(world.emma, no_block=True, due=NOW + timedelta(days=9)))
    assert len(world.loans(world.dune)) == len(world.loans(world.emma)) == 2
    assert open_loans() == {world.dune.barcode: ADA, world.emma.barcode: ADA}


def test_what_was_handed_in_and_is_over_there_has_been_seen(world: World, tmp_path: Path) -> None:
    operations.checkout(world.by, world.ada, world.emma)
    operations.checkin(world.by, world.emma, ReturnMode.PROVISIONAL)
    world.ahead(days=2)
    followed(tmp_path)
    assert open_loans() == {}
    assert world.happened() == ["checkout", "handed_in", "return_confirmed"]


def test_a_sheet_with_a_row_that_cannot_be_read_ends_no_loan_and_the_row_is_kept_for_staff(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operations.checkout(world.by, world.ada, world.emma)
    world.ahead(days=2)
    path = sheet(tmp_path, LOANS, row(LIN, world.dune.barcode), row("29999999999999", world.dune.barcode))
    then = (hub_clock().now() - timedelta(hours=1)).timestamp()
    os.utime(path, (then, then))
    assert main(["follow-loans", str(path), "--full", "--yes"]) == 1
    assert open_loans() == {world.dune.barcode: LIN, world.emma.barcode: ADA}
    assert "no loan was ended" in capsys.readouterr().err
    assert "import the patrons first" in (tmp_path / "sheet.rejected.csv").read_text(encoding="utf-8-sig")


def test_without_yes_nothing_is_written(world: World, tmp_path: Path) -> None:
    path = sheet(tmp_path, LOANS, row(LIN, world.dune.barcode))
    assert main(["follow-loans", str(path), "--full"]) == 0
    assert open_loans() == {}


def many_loans(world: World, count: int) -> list[str]:
    """So many copies of one title are lent, and stand in a sheet."""
    items = [
        Item.objects.create(barcode=f"31{number:012}", title=world.dune.title, type=world.book, branch=world.main)
        for number in range(count)
    ]
    due = NOW + timedelta(days=20)
    Loan.objects.bulk_create(
        Loan(patron=world.ada, item=item, branch=world.main, checked_out_at=NOW, due=due) for item in items
    )
    return [row(ADA, item.barcode) for item in items]


def test_a_full_sheet_that_was_cut_off_ends_nothing_unless_somebody_says_so(world: World, tmp_path: Path) -> None:
    rows = many_loans(world, 4 * FEW)
    world.ahead(days=2)
    with pytest.raises(EndsTooMuch, match="lists 29 of the 40 loans in the hub and would end 11"):
        followed(tmp_path, *rows[: 3 * FEW - 1])
    assert len(open_loans()) == 40
    assert followed(tmp_path, *rows[: 3 * FEW]).over == FEW, "few may always end"
    path = sheet(tmp_path, LOANS, *rows[:5])
    told = follow_loans(path, True, hub_clock().now() - timedelta(hours=1), True, most_may_end=True)
    assert (told.over, len(open_loans())) == (25, 5)


def test_a_fifth_of_many_may_end(world: World, tmp_path: Path) -> None:
    rows = many_loans(world, 10 * FEW)
    world.ahead(days=2)
    assert followed(tmp_path, *rows[: 8 * FEW]).over == 2 * FEW


def test_a_row_that_staff_let_pass_keeps_nothing_else_from_ending(world: World, tmp_path: Path) -> None:
    """And what it is about stays as it is."""
    for item in (world.emma, world.dune):
        operations.checkout(world.by, world.ada, item)
    world.ahead(days=2)
    path = sheet(tmp_path, LOANS, row("29999999999999", world.dune.barcode))
    taken = hub_clock().now() - timedelta(hours=1)
    assert follow_loans(path, True, taken, True).over == 0
    told = follow_loans(path, True, taken, True, passed=lambda bad: bad["item_barcode"] == world.dune.barcode)
    assert (told.over, open_loans()) == (1, {world.dune.barcode: ADA})


RECORD = """<record><header>{status}<identifier>oai:x:{number}</identifier><datestamp>2026-11-20</datestamp></header>
<metadata><record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>
<controlfield tag="001">x{number}</controlfield>
<datafield tag="245" ind1="1" ind2="0"><subfield code="a">Title {number}</subfield></datafield>
</record></metadata></record>"""
GONE = '<record><header status="deleted"><identifier>oai:x:9</identifier></header></record>'


class Catalogue(QuietHandler):
    """A source with two lists of records; what it was asked stands in `asked`."""

    asked: list[dict[str, str]]
    busy = 0
    broken = False
    days = False

    def do_GET(self) -> None:
        told = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        type(self).asked.append(told)
        if type(self).busy:
            type(self).busy -= 1
            self.reply(503, headers={"Retry-After": "7"})
            return
        self.reply(200, self.page(told).encode())

    def page(self, told: dict[str, str]) -> str:
        head = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-24T02:00:00Z</responseDate>'
        if told["verb"] == "Identify":
            form = "YYYY-MM-DD" if self.days else "YYYY-MM-DDThh:mm:ssZ"
            return f"{head}<Identify><granularity>{form}</granularity></Identify></OAI-PMH>"
        if told.get("from", "") > "2026-11-23":
            return f'{head}<error code="noRecordsMatch">none</error></OAI-PMH>'
        if told.get("resumptionToken") == "two" and self.broken:
            return f'{head}<error code="badResumptionToken">gone</error></OAI-PMH>'
        if told.get("resumptionToken") == "two":
            return f"{head}<ListRecords>{RECORD.format(status='', number=2)}{GONE}</ListRecords></OAI-PMH>"
        first = RECORD.format(status="", number=1)
        return f"{head}<ListRecords>{first}<resumptionToken>two</resumptionToken></ListRecords></OAI-PMH>"


@contextmanager
def catalogue(busy: int = 0, broken: bool = False, days: bool = False) -> Iterator[tuple[str, type[Catalogue]]]:
    kind = type("Here", (Catalogue,), {"asked": [], "busy": busy, "broken": broken, "days": days})
    with serving(kind) as port:
        yield f"http://127.0.0.1:{port}/oai", kind


def titles() -> set[str]:
    return set(Title.objects.filter(title__startswith="Title ").values_list("title", flat=True))


def test_a_catalogue_is_read_list_by_list_and_next_time_from_there_on(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with catalogue() as (url, source):
        assert main(["harvest", url]) == 0
        assert titles() == {"Title 1", "Title 2"}
        told = capsys.readouterr()
        assert "2 titles added" in told.out
        assert "oai:x:9 is deleted in the source" in told.err
        assert main(["harvest", url]) == 0
        assert source.asked[-1]["from"] == "2026-11-24T02:00:00Z"
        assert "0 titles added" in capsys.readouterr().out
        assert main(["harvest", url, "--full"]) == 0
        assert "from" not in source.asked[-2]


def test_a_source_that_knows_days_alone_is_asked_by_days(world: World) -> None:
    with catalogue(days=True) as (url, source), requests.Session() as session:
        harvest(Source(url, since="2026-11-24T02:00:00Z"), session, io.BytesIO())
        assert source.asked[-1]["from"] == "2026-11-24"


def test_of_a_harvest_that_breaks_off_nothing_is_taken(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with catalogue(broken=True) as (url, source):
        assert main(["harvest", url]) != 0
        assert titles() == set()
        assert "badResumptionToken" in capsys.readouterr().err
        source.broken = False
        assert main(["harvest", url]) == 0
        assert titles() == {"Title 1", "Title 2"}


def test_a_busy_source_is_asked_again_when_it_says() -> None:
    waited: list[float] = []
    with catalogue(busy=2) as (url, _source), requests.Session() as session:
        got = harvest(Source(url), session, io.BytesIO(), waited.append)
    assert (got.records, waited) == (2, [7.0, 7.0])


@pytest.mark.parametrize("page", ["<nonsense", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_nonsense_and_entities_are_refused(page: str) -> None:
    with catalogue() as (url, source), requests.Session() as session:
        source.page = lambda *_: page  # type: ignore[method-assign]
        with pytest.raises(HarvestFailed):
            harvest(Source(url), session, io.BytesIO())
