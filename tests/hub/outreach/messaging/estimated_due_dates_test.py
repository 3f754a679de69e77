"""Test an estimated due date: not shown as the ILS's date until a sheet contains that date."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation.models import CirculationEvent, Loan
from hub.core.clock import hub_clock
from hub.ils.bridge.circulation_adapter import CirculationAdapter
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging import template_data
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import contacts
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders import reminder_choice, reminder_sender
from hub.outreach.recommendations.reminders.models import OpenLoan
from hub.outreach.statistics.models import DailyLoans
from hub.staff.tasks import overdue
from lending.transactions import TransactionId, receipt_code
from tests.hub.circulation.external_ils_test import SOON, told
from tests.hub.circulation.loans_sync_test import followed, row
from tests.hub.circulation.migration_test import ADA
from tests.hub.outreach.portal.phone import proved, signs_in
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

DAY = "2026-12-14 23:59"


@pytest.fixture
def ada(world: World) -> Person:
    return proved(world)


def reckoned(made: dict[str, Any], is_so: bool = True) -> dict[str, Any]:
    """The row as a kiosk tells it that could not read the day."""
    return {**made, "body": json.dumps({**json.loads(made["body"]), "reckoned": is_so})}


def lent(world: World, *, known: bool = False) -> Loan:
    (answer,) = told(world, reckoned(world.borrows(world.dune, no_block=True, due=SOON), not known))
    assert answer["outcome"] == "accepted" and bool(answer["due"]) is known
    carry()
    (loan,) = world.loans(world.dune)
    return loan


@pytest.mark.parametrize("known", [False, True], ids=["unread", "the control"])
def test_nothing_is_planned_or_overdue_by_it(world: World, ada: Person, known: bool) -> None:
    loan = lent(world, known=known)
    assert loan.reckoned is not known and loan.patron == world.ada
    assert OpenLoan.objects.exists() is known
    assert len(reminder_choice.suggested(world.ada.ref, [world.dune.barcode])) == known
    item = world.client().get(f"/api/v1/items/{world.dune.barcode}").json()
    assert (item["status"], bool(item.get("due"))) == ("on_loan", known)
    world.ahead(days=90)
    grace = Grace()
    page = grace.sees("loans")
    assert ("Due date not known" in page, "overdue" in page) == (not known, known)
    assert ("Dune" in grace.sees("loans", query="?show=late")) is known
    assert overdue(grace.user, hub_clock().now()).count == known
    assert bool(CirculationAdapter().account(world.ada.ref).loans[0].dated) is known


@pytest.mark.parametrize("known", [False, True], ids=["unread", "the control"])
def test_their_receipt_and_their_phone_name_no_day(world: World, ada: Person, known: bool) -> None:
    contacts.set_order(ada, "receipt", ["mail"])
    lent(world, known=known)
    (line,) = Message.objects.get(kind="receipt").told()["items"]
    assert bool(line["due"]) is known
    phone = Client(headers={"Accept-Language": "en"})
    signs_in(phone, world.ada.identifier)
    page = words(phone.get(reverse("portal:loans")).content)
    assert "Dune" in page and ("Ask the library for the due date" in page, "Due Mon 14 Dec" in page) == (
        not known,
        known,
    )


@pytest.mark.parametrize("known", [False, True], ids=["unread", "the control"])
def test_its_code_brings_no_day_on_the_phone_and_to_staff(world: World, ada: Person, known: bool) -> None:
    rows = [
        reckoned(world.borrows(world.dune, no_block=True, due=SOON), not known),
        reckoned(world.renews(world.dune, no_block=True, due=SOON + timedelta(days=28)), not known),
    ]
    told(world, *rows)
    for each in rows:
        code = receipt_code(TransactionId(each["id"]))
        ((*_before, act),) = (visit.acts for visit in CirculationAdapter().receipts(code))
        assert (act.fate, bool(act.due)) == ("done", known)
    page = Grace().sees("receipt", code)
    assert ("11 Jan" in page) is known, page
    told(world, world.returns(world.dune, no_block=True))
    assert ("Due date not known" in Grace().sees("unseen")) is not known


def test_a_renewal_whose_day_cannot_be_read_ends_what_was_planned(world: World, ada: Person) -> None:
    lent(world, known=True)
    assert OpenLoan.objects.exists()
    world.ahead(days=3)
    told(world, reckoned(world.renews(world.dune, no_block=True, due=SOON + timedelta(days=28))))
    carry()
    assert Loan.objects.get().reckoned and not OpenLoan.objects.exists()


@pytest.mark.parametrize("known", [False, True], ids=["unread", "the control"])
def test_a_reminder_that_is_about_to_leave_names_no_such_day(world: World, ada: Person, known: bool) -> None:
    lent(world, known=True)
    while not reminder_sender.remind(hub_clock().now()):
        world.ahead(hours=6)
    (message,) = Message.objects.filter(kind="due_soon")
    later = hub_clock().now() + timedelta(days=28)
    told(world, reckoned(world.renews(world.dune, no_block=True, due=later), not known))
    assert (template_data.current_facts(message, hub_clock().now(), "en") is not None) is known


def test_a_sheet_that_names_the_day_brings_it_though_it_is_the_one_that_was_reckoned(
    world: World, ada: Person, tmp_path: Path
) -> None:
    loan = lent(world)
    world.ahead(hours=3)
    plan = followed(tmp_path, row(ADA, world.dune.barcode, f"{loan.due:%Y-%m-%d %H:%M}+00:00", "2026-11-25 14:30"))
    assert (plan.updated, plan.same) == (1, 0)
    loan.refresh_from_db()
    assert not loan.reckoned
    carry()
    assert OpenLoan.objects.get().due == loan.due
    assert "Due date not known" not in Grace().sees("loans")
    assert world.client().get(f"/api/v1/items/{world.dune.barcode}").json()["due"]


def test_what_comes_back_without_a_day_is_not_late(world: World, ada: Person) -> None:
    lent(world)
    world.ahead(days=90)
    told(world, world.returns(world.dune, "trusted", no_block=True))
    carry()
    assert CirculationEvent.objects.last().data["reckoned"] == "yes"
    assert list(DailyLoans.objects.filter(back__gt=0).values_list("back", "late")) == [(1, 0)]
