"""The eleven reports count a period's acts as the tables hold them, by branch, and give no small group away."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hub.audit.models import AccessLogEntry
from hub.catalogue.models import Branch, Item
from hub.circulation.models import Fee, Library, Loan, PatronCategory
from hub.circulation.operations import fees, loan_changes
from hub.core.clock import hub_clock
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.models import Person
from hub.outreach.statistics.models import Goal, Headcount
from hub.staff.reports import REPORTS
from lending.transactions import ReturnMode
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import NOW, World

pytestmark = pytest.mark.django_db
NOVEMBER = "from=2026-11-01&to=2026-11-30"


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace(role="librarian")


def sheet(grace: Grace, name: str, query: str = "", period: str = NOVEMBER) -> list[list[str]]:
    """Return the rows of a report without its heading."""
    response = grace.client.get(f"{reverse('staff:report', args=(name,))}?form=csv&{period}&{query}")
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith(f'attachment; filename="{name}-2026-')
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))[1:]


def shown(grace: Grace, name: str, query: str = NOVEMBER) -> str:
    return grace.page("report", name, query=f"?{query}")


def lend(world: World, *items: Item) -> list[Loan]:
    for item in items:
        loan_changes.checkout(world.by, world.ada, item)
    return list(Loan.objects.order_by("pk"))


def test_every_report_opens_empty_and_is_listed(world: World, grace: Grace) -> None:
    listed = grace.page("reports")
    for each in REPORTS:
        if each.name == "fees":
            continue
        assert str(each.words) in listed
        assert "Nothing to report" in shown(grace, each.name) or each.name in ("turnover", "never-borrowed", "kiosks")
        sheet(grace, each.name)
    assert "Charged, paid and waived" not in listed, "a library that charges nothing sees no report of fees"
    assert grace.client.get(reverse("staff:report", args=("fees",))).status_code == 404
    assert grace.client.get(reverse("staff:report", args=("profits",))).status_code == 404


def test_overdue_loans_name_patrons_only_to_those_who_may_decide_and_on_record(world: World, grace: Grace) -> None:
    lend(world, world.dune)
    world.advance(days=35)  # of 28: with the due date at the end of its day, less than 7 times 24 hours
    grace.sign_in()
    chart = grace.client.get(reverse("staff:report", args=("overdue",))).content.decode()
    assert 'class="chart"' in chart and "7 to 29 days" in chart, "by length, not by patron"
    masked = shown(grace, "overdue", "")
    assert "Ada S. ···0012 Dune" in masked and "Ada Sample" not in masked
    assert not AccessLogEntry.objects.exists()
    assert "Ada Sample, 20000000000012 Dune" in shown(grace, "overdue", "names=1")
    row = sheet(grace, "overdue", "names=1")[0]
    assert (row[0], row[-1]) == ("Ada Sample, 20000000000012", "7"), "days of the calendar, as on the page of overdue"
    assert {(each.ref, each.act) for each in AccessLogEntry.objects.all()} == {(world.ada.ref, "overdue")}
    clerk = shown(Grace(role="clerk", name="linus"), "overdue", "names=1")
    assert "7 to 29 days 1" in clerk and "Ada" not in clerk and "Dune" not in clerk


def test_loans_are_counted_in_each_split_without_undone_ones(world: World, grace: Grace) -> None:
    loans = lend(world, world.dune, world.emma, world.utopia)
    loans[2].state = Loan.State.UNDONE
    loans[2].save()
    Loan.objects.filter(pk=loans[1].pk).update(checked_out_at=NOW - timedelta(days=40, hours=5))  # 09:30 in October
    both = "from=2026-10-01&to=2026-11-30"
    assert sheet(grace, "loans", "by=type", both) == [["Book", "2", "0"], ["Total", "2", "0"]]
    assert sheet(grace, "loans", "by=branch", both) == [["Main", "2", "0"], ["Total", "2", "0"]]
    hours = [["09:00", "1", "0"], ["14:00", "1", "0"], ["Total", "2", "0"]]
    assert sheet(grace, "loans", "by=hour", both) == hours
    assert [row[1:] for row in sheet(grace, "loans", "by=month", both)] == [["1", "0"], ["1", "0"], ["2", "0"]]
    assert sheet(grace, "loans") == [["Book", "1", "0"], ["Total", "1", "0"]]


def test_renewals_are_counted_on_their_day(world: World, grace: Grace) -> None:
    (loan,) = lend(world, world.dune)
    world.make_due_soon()
    world.advance(days=10)
    loan.refresh_from_db()
    loan_changes.renew(world.by, world.ada, loan.item)
    grace.sign_in()
    assert sheet(grace, "loans") == [["Book", "1", "0"], ["Total", "1", "0"]]
    december = "from=2026-12-01&to=2026-12-31"
    assert sheet(grace, "loans", period=december) == [["Book", "0", "1"], ["Total", "0", "1"]]


def test_loans_by_category_hide_small_groups_also_in_the_chart(world: World, grace: Grace) -> None:
    lend(world, world.dune)
    assert sheet(grace, "loans", "by=category") == [["Adult", "under 5", "0"], ["Total", "under 5", "0"]]
    page = grace.client.get(f"{reverse('staff:report', args=('loans',))}?by=category&{NOVEMBER}").content.decode()
    assert 'class="chart"' not in page


def test_report_is_of_the_chosen_branch(world: World, grace: Grace) -> None:
    lend(world, world.dune)
    Branch.objects.create(code="north", name="North")
    assert sheet(grace, "loans", "branch=north") == []
    assert "North" in shown(grace, "loans", f"{NOVEMBER}&branch=north")
    assert len(sheet(grace, "loans", f"branch={world.main.code}")) == 2


def test_active_patrons_are_those_of_the_last_night_of_the_period(world: World, grace: Grace) -> None:
    PatronCategory.objects.create(code="child", name="Child")
    for day, regular in ((10, 20), (20, 30), (26, 90)):
        Headcount.objects.create(
            on=date(2026, 11, day), branch="main", group="child", regular=regular, new=7, lapsing=3
        )
    rows = sheet(grace, "patrons", period="from=2026-11-01&to=2026-11-21")
    assert rows == [["Child", "40", "5", "under 5", "0"], ["Total", "40", "5", "under 5", "0"]]
    older = "No night of the period was counted"
    assert older not in shown(grace, "patrons", "from=2026-11-01&to=2026-11-21")
    assert f"{older}. Counted in the night to" in shown(grace, "patrons", "from=2026-11-22&to=2026-11-24")


def test_turnover_divides_loans_by_the_items_held(world: World, grace: Grace) -> None:
    lend(world, world.dune, world.emma)
    Item.objects.filter(pk=world.utopia.pk).update(condition=Item.Condition.WITHDRAWN)
    Item.objects.exclude(pk__in=(world.dune.pk, world.emma.pk, world.utopia.pk)).delete()
    assert sheet(grace, "turnover") == [["Book", "1.00", "2", "2"], ["Total", "1.00", "2", "2"]]


def test_most_borrowed_titles_come_first(world: World, grace: Grace) -> None:
    lend(world, world.dune, world.emma)
    loan_changes.checkin(world.by, world.emma, ReturnMode.TRUSTED)
    lend(world, world.emma)
    rows = sheet(grace, "most-borrowed")
    assert [(row[0], row[3]) for row in rows] == [("Emma", "2"), ("Dune", "1")]


def test_item_on_loan_at_any_time_of_the_period_was_borrowed(world: World, grace: Grace) -> None:
    lend(world, world.dune, world.emma)
    loan_changes.checkin(world.by, world.emma, ReturnMode.TRUSTED)
    Item.objects.update(added_at=NOW - timedelta(days=400))
    hub_clock().set(NOW + timedelta(days=10))
    grace.sign_in()
    before, after = "from=2026-10-01&to=2026-10-31", "from=2026-11-26&to=2026-11-30"
    assert {"Dune", "Emma"} <= {row[0] for row in sheet(grace, "never-borrowed", period=before)}
    idle = {row[0]: row[4] for row in sheet(grace, "never-borrowed", period=after)}
    assert "Dune" not in idle and idle["Emma"] != "never" and idle["Utopia"] == "never"


def test_title_with_more_holds_than_copies_comes_first(world: World, grace: Grace) -> None:
    world.place_hold(world.ada, world.dune)
    for patron in (world.ada, world.lin):
        world.place_hold(patron, world.emma)
    Item.objects.filter(title=world.dune.title).update(condition=Item.Condition.LOST)
    assert [row[:4] for row in sheet(grace, "holds")] == [["Dune", "no copy", "1", "0"], ["Emma", "2.0", "2", "1"]]


def test_fees_are_reported_as_charged_paid_and_waived(world: World, grace: Grace) -> None:
    Library.objects.update(charges=True)
    fee = fees.charge(world.by, world.ada, "lost", Decimal(30), item=world.dune)
    assert isinstance(fee, Fee)
    fees.take(world.by, world.ada, Decimal(20), only=fee)
    fees.waive(world.by, fee, Decimal(10), "Stay in hospital")
    (lost, total) = sheet(grace, "fees")
    assert lost[0] == "Lost item"
    assert [[cell.removesuffix(" CNY") for cell in row[1:]] for row in (lost, total)] == [
        ["30.00", "20.00", "10.00"]
    ] * 2


def test_kiosk_has_its_share_of_the_loans(world: World, grace: Grace) -> None:
    assert world.upload(world.checkout(world.dune))["outcome"] == "accepted"
    lend(world, world.emma)
    kiosk, desk = sheet(grace, "kiosks")
    assert kiosk[1:] == ["1", "50 %", "1", "0", "0"]
    assert desk[:3] == ["Desk and other systems", "1", "50 %"]


def test_messages_are_reported_by_kind(world: World, grace: Grace) -> None:
    person = Person.objects.get_or_create(ref=world.ada.ref, defaults={"since": NOW})[0]
    for number, state in enumerate(("said", "said", "given_up", "withheld", "waiting")):
        done = None if state == "waiting" else NOW
        Message.objects.create(
            person=person, kind="due_soon", key=str(number), made_at=NOW, next_at=NOW, state=state, done_at=done
        )
    (row,) = sheet(grace, "messages")
    assert row[1:] == ["2", "1", "1", "67 %"]


def test_goals_are_reported_with_where_they_stand(world: World, grace: Grace) -> None:
    Goal.objects.create(role="clerk", figure="loans", target=10, begun=0, set_at=NOW)
    lend(world, world.dune)
    (row,) = sheet(grace, "goals")
    assert "how much of the way" in shown(grace, "goals")
    assert (row[0], row[2], row[5]) == ("loans in 4 weeks", "10", "Clerks")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "Thu 1 Oct – Sat 31 Oct"),
        ("from=x&to=2026-11-30", "Thu 1 Oct – Sat 31 Oct"),
        ("from=2026-11-20&to=2026-11-02", "Mon 2 Nov – Fri 20 Nov"),
        ("from=2026-11-02&to=2999-01-01", "Mon 2 Nov – Wed 25 Nov"),
    ],
)
def test_period_is_the_last_month_unless_one_is_chosen(world: World, grace: Grace, query: str, told: str) -> None:
    assert told in shown(grace, "loans", query)


@pytest.mark.parametrize("name", ["most-borrowed", "never-borrowed", "holds"])
def test_lists_of_titles_read_no_marc_record(world: World, grace: Grace, name: str) -> None:
    lend(world, world.dune)
    world.place_hold(world.lin, world.emma)
    with CaptureQueriesContext(connection) as read:
        sheet(grace, name)
    assert not any('"record"' in each["sql"] for each in read)
