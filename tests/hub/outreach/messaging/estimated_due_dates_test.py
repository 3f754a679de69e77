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
from hub.outreach.messaging import rendering
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders import notices, reminder_choice
from hub.outreach.recommendations.reminders.models import OpenLoan
from hub.outreach.statistics.models import DailyLoans
from hub.staff.today import overdue
from lending.transactions import TransactionId, receipt_code
from tests.hub.circulation.external_ils_test import SOON
from tests.hub.circulation.external_ils_test import upload as uploaded
from tests.hub.circulation.loans_sync_test import follow_sheet
from tests.hub.circulation.loans_sync_test import row as sheet_row
from tests.hub.circulation.migration_test import ADA
from tests.hub.outreach.portal.phone import sign_in, verified_ada
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

DAY = "2026-12-14 23:59"


@pytest.fixture
def ada(world: World) -> Person:
    return verified_ada(world)


def with_estimated_date(row: dict[str, Any], estimated: bool = True) -> dict[str, Any]:
    """Return the row as sent by a kiosk that could not read the due date of the ILS."""
    return {**row, "body": json.dumps({**json.loads(row["body"]), "reckoned": estimated})}


def upload_checkout(world: World, *, known: bool = False) -> Loan:
    (answer,) = uploaded(world, with_estimated_date(world.checkout(world.dune, no_block=True, due=SOON), not known))
    assert answer["outcome"] == "accepted" and bool(answer["due"]) is known
    carry()
    (loan,) = world.loans(world.dune)
    return loan


@pytest.mark.parametrize("known", [False, True], ids=["unread", "control"])
def test_estimated_date_causes_no_reminder_and_no_overdue_state(world: World, ada: Person, known: bool) -> None:
    loan = upload_checkout(world, known=known)
    assert loan.reckoned is not known and loan.patron == world.ada
    assert OpenLoan.objects.exists() is known
    assert len(reminder_choice.suggest_reminders(world.ada.ref, [world.dune.barcode])) == known
    item = world.client().get(f"/api/v1/items/{world.dune.barcode}").json()
    assert (item["status"], bool(item.get("due"))) == ("on_loan", known)
    world.advance(days=90)
    grace = Grace()
    page = grace.page("loans")
    assert ("Due date not known" in page, "overdue" in page) == (not known, known)
    assert ("Dune" in grace.page("loans", query="?show=late")) is known
    assert overdue(grace.user, hub_clock().now()).count == known
    assert bool(CirculationAdapter().account(world.ada.ref).loans[0].dated) is known


@pytest.mark.parametrize("known", [False, True], ids=["unread", "control"])
def test_receipt_and_portal_name_no_estimated_date(world: World, ada: Person, known: bool) -> None:
    records.set_channel_order(ada, "receipt", ["mail"])
    upload_checkout(world, known=known)
    (line,) = Message.objects.get(kind="receipt").decrypted_facts()["items"]
    assert bool(line["due"]) is known
    phone = Client(headers={"Accept-Language": "en"})
    sign_in(phone, world.ada.identifier)
    page = words(phone.get(reverse("portal:loans")).content)
    assert "Dune" in page and ("Ask the library for the due date" in page, "Due Mon 14 Dec" in page) == (
        not known,
        known,
    )


@pytest.mark.parametrize("known", [False, True], ids=["unread", "control"])
def test_receipt_code_shows_no_estimated_date(world: World, ada: Person, known: bool) -> None:
    rows = [
        with_estimated_date(world.checkout(world.dune, no_block=True, due=SOON), not known),
        with_estimated_date(world.renewal(world.dune, no_block=True, due=SOON + timedelta(days=28)), not known),
    ]
    uploaded(world, *rows)
    for each in rows:
        code = receipt_code(TransactionId(each["id"]))
        ((*_before, act),) = (visit.acts for visit in CirculationAdapter().receipts(code))
        assert (act.fate, bool(act.due)) == ("done", known)
    page = Grace().page("receipt", code)
    assert ("11 Jan" in page) is known, page
    uploaded(world, world.checkin(world.dune, no_block=True))
    assert ("Due date not known" in Grace().page("pending_returns")) is not known


def test_renewal_with_unknown_date_removes_planned_reminder(world: World, ada: Person) -> None:
    upload_checkout(world, known=True)
    assert OpenLoan.objects.exists()
    world.advance(days=3)
    uploaded(world, with_estimated_date(world.renewal(world.dune, no_block=True, due=SOON + timedelta(days=28))))
    carry()
    assert Loan.objects.get().reckoned and not OpenLoan.objects.exists()


@pytest.mark.parametrize("known", [False, True], ids=["unread", "control"])
def test_pending_reminder_is_dropped_when_date_becomes_unknown(world: World, ada: Person, known: bool) -> None:
    upload_checkout(world, known=True)
    while not notices.remind(hub_clock().now()):
        world.advance(hours=6)
    (message,) = Message.objects.filter(kind="due_soon")
    later = hub_clock().now() + timedelta(days=28)
    uploaded(world, with_estimated_date(world.renewal(world.dune, no_block=True, due=later), not known))
    assert (rendering.current_facts(message, hub_clock().now(), "en") is not None) is known


def test_ils_sheet_with_same_date_confirms_estimated_date(world: World, ada: Person, tmp_path: Path) -> None:
    loan = upload_checkout(world)
    world.advance(hours=3)
    plan = follow_sheet(
        tmp_path, sheet_row(ADA, world.dune.barcode, f"{loan.due:%Y-%m-%d %H:%M}+00:00", "2026-11-25 14:30")
    )
    assert (plan.updated, plan.same) == (1, 0)
    loan.refresh_from_db()
    assert not loan.reckoned
    carry()
    assert OpenLoan.objects.get().due == loan.due
    assert "Due date not known" not in Grace().page("loans")
    assert world.client().get(f"/api/v1/items/{world.dune.barcode}").json()["due"]


def test_return_without_known_date_is_not_overdue(world: World, ada: Person) -> None:
    upload_checkout(world)
    world.advance(days=90)
    uploaded(world, world.checkin(world.dune, "trusted", no_block=True))
    carry()
    assert CirculationEvent.objects.last().data["reckoned"] == "yes"
    assert list(DailyLoans.objects.filter(back__gt=0).values_list("back", "late")) == [(1, 0)]
