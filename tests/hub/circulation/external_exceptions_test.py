"""Test exceptions of a third-party ILS: a kiosk reports them, staff see each once and resolve it."""

from datetime import timedelta
from typing import Any

import pytest
import uuid6
from django.test import Client

from hub.circulation.anonymisation import trace_anonymisation
from hub.circulation.cards import hash_number
from hub.circulation.models import ExceptionCase, Loan
from hub.core.clock import hub_clock
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, DUE, NOW, World


def a_case(world: World, kind: str = "refused", **more: Any) -> dict[str, Any]:
    case = {"id": str(uuid6.uuid7()), "kind": kind, "at": (NOW - timedelta(hours=2)).isoformat(), "act": "checkout"}
    return {**case, "item": world.dune.barcode, "card": hash_number(ADA_UID), "reason": "on_loan_to_other", **more}


def report(world: World, *cases: dict[str, Any]) -> list[str]:
    response = world.device.post("/api/v1/cases", {"wire": 1, "cases": cases})
    assert response.status_code == 200, response.content
    settled: list[str] = response.json()["settled"]
    return settled


def test_refused_no_block_checkout_lists_item_patron_kiosk_time_and_reason(world: World) -> None:
    assert report(world, a_case(world)) == []
    page = Grace().page("exceptions")
    assert "Dune Herbert, Frank, 813 XYZ · 30000000000011 Check out On loan to another patron Ada S. ···0012" in page
    assert "today 12:30 front" in page
    assert "Confirmed until" not in Grace().page("exception", world.open_cases()[0].pk)


def test_repeated_report_opens_one_exception(world: World) -> None:
    case_data = a_case(world)
    report(world, case_data)
    world.advance(minutes=5)
    assert report(world, case_data) == []
    assert len(world.open_cases()) == 1
    report(world, case_data, a_case(world))
    assert len(world.open_cases()) == 2


def test_resolved_exceptions_are_returned_to_the_kiosk(world: World) -> None:
    case_data, other = a_case(world), a_case(world)
    report(world, case_data, other)
    first = world.open_cases()[0]
    Grace().post("fix", first.pk, fix="settle", note="Lent at our own system")
    assert report(world, case_data, other) == [case_data["id"]]


def test_resolving_one_kind_leaves_another_kind_of_the_same_row_open(world: World) -> None:
    """The due date differed first, and then the patron turned out not to have been notified."""
    case_data = a_case(world, "due", reason="", promised=DUE.isoformat(), given=(DUE - timedelta(days=9)).isoformat())
    report(world, case_data)
    Grace().post("fix", world.open_cases()[0].pk, fix="settle", note="The patron knows")
    assert report(world, {**case_data, "kind": "untold"}) == []


def test_due_date_exception_shows_promised_and_actual_due_date(world: World) -> None:
    given = DUE - timedelta(days=9)
    report(world, a_case(world, "due", reason="", promised=DUE.isoformat(), given=given.isoformat()))
    page = Grace().page("exception", world.open_cases()[0].pk)
    assert "Due on Mon 14 Dec in the ILS" in page
    assert "Confirmed until Wed 23 Dec" in page


def test_fee_exception_shows_the_amount(world: World) -> None:
    report(world, a_case(world, "fee", reason="5.00"))
    assert "Costs 5.00 in the ILS" in Grace().page("exceptions")


@pytest.mark.parametrize("kind", ["refused", "untold"])
@pytest.mark.parametrize("fix", ["lend", "again", "link", "ask_back", "write_off", "take_back", "accept"])
def test_hub_offers_and_applies_no_circulation_fix_for_an_ils_exception(world: World, kind: str, fix: str) -> None:
    """The ILS keeps the loans: a fix made here would be undone by the next import."""
    report(world, a_case(world, kind))
    (case,) = world.open_cases()
    grace = Grace()
    page = grace.page("exception", case.pk)
    assert "Correct it there" in page and "Check out to patron" not in page and "As received" not in page
    grace.post("fix", case.pk, fix=fix)
    assert world.open_cases() == [case]
    assert not Loan.objects.exists()


def test_checkin_exception_without_card_shows_no_patron(world: World) -> None:
    report(world, a_case(world, act="checkin", card="", reason="lent_again"))
    page = Grace().page("exceptions")
    assert "30000000000011 Check in Already on another loan –" in page


@pytest.mark.parametrize("reason", ["fees", "limit", "card_expired", "loan_costs"])
def test_exception_without_sip2_details_shows_no_placeholder(world: World, reason: str) -> None:
    report(world, a_case(world, reason=reason))
    assert "None" not in Grace().page("exceptions")


def test_exception_with_unknown_item_or_card_shows_the_barcode(world: World) -> None:
    report(world, a_case(world, item="99", card="0" * 64), a_case(world, act="said", item="", card="", reason="odd"))
    page = Grace().page("exceptions")
    assert "99 Not in the catalogue" in page
    for case in world.open_cases():
        Grace().page("exception", case.pk)


def test_patron_of_a_resolved_exception_is_erased_after_the_retention_period(world: World) -> None:
    case_data = a_case(world)
    report(world, case_data)
    (case,) = world.open_cases()
    Grace().post("fix", case.pk, fix="settle", note="Done there")
    world.advance(days=31)
    trace_anonymisation.nightly(hub_clock().now(), 0)
    assert ExceptionCase.objects.get(pk=case.pk).raw == ""
    assert report(world, case_data) == [case_data["id"]]
    assert "Ada" not in Grace().page("exceptions", query="?show=settled")


def test_malformed_report_is_refused_without_echoing_its_values(world: World) -> None:
    response = world.device.post("/api/v1/cases", {"wire": 1, "cases": [a_case(world, card="1001")]})
    assert response.status_code == 422 and "1001" not in response.json()["detail"]
    assert world.open_cases() == []


def test_unauthenticated_report_is_refused(world: World) -> None:
    answer = Client().post("/api/v1/cases", {"wire": 1, "cases": [a_case(world)]}, content_type="application/json")
    assert answer.status_code == 401 and world.open_cases() == []
