"""Test exceptions of a third-party ILS, and the feed's events about the results of offline transactions."""

from datetime import timedelta
from typing import Any

import pytest
import uuid6
from django.test import Client

from hub.circulation import anonymisation
from hub.circulation.cards import hash_number
from hub.circulation.intake import exceptions
from hub.circulation.models import CirculationEvent, ExceptionCase, Library, Loan
from hub.circulation.operations import loan_changes
from hub.core.clock import hub_clock
from hub.staff.exceptions import lend, subject_of
from lending.transactions import TransactionId, receipt_code
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
    anonymisation.anonymise_traces(hub_clock().now(), 0)
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


def events(*kinds: str) -> list[dict[str, Any]]:
    wanted = kinds or ("promise_confirmed", "promise_refused")
    return [{"kind": each.kind, **each.data} for each in CirculationEvent.objects.filter(kind__in=wanted)]


def test_no_block_checkout_emits_promise_confirmed_with_receipt_code_and_due_date(world: World) -> None:
    row = world.checkout(world.dune, no_block=True)
    world.upload(row)
    (event,) = events()
    assert event == {
        "kind": "promise_confirmed",
        "act": "checkout",
        "code": receipt_code(TransactionId(row["id"])),
        "patron": world.ada.ref,
        "item": world.dune.barcode,
        "title": world.dune.title_id,
        "kiosk": "front",
        "transaction": row["id"],
        "due": "2026-12-23T23:59:00+08:00",
        "reason": None,
        "exception": None,
    }


def test_result_shown_at_the_kiosk_emits_no_event(world: World) -> None:
    world.upload(world.checkout(world.dune))
    world.upload(world.checkin(world.dune))
    assert events() == []


def test_no_block_return_is_confirmed_to_the_patron_of_the_loan(world: World) -> None:
    world.upload(world.checkout(world.dune))
    world.upload(world.checkin(world.dune, no_block=True))
    world.upload(world.checkin(world.emma, no_block=True))
    assert [(each["act"], each["patron"]) for each in events()] == [("checkin", world.ada.ref)], (
        "a return without a loan has no patron"
    )


def test_refused_no_block_checkout_emits_promise_refused_then_exception_settled(world: World) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    row = world.checkout(world.dune, no_block=True)
    world.upload(row)
    (case,) = world.open_cases()
    (event,) = events()
    assert (event["kind"], event["reason"], event["exception"]) == ("promise_refused", "on_loan_to_other", case.pk)
    about = subject_of(case)
    assert about.patron is not None and about.item is not None
    lend(about, world.by, about.patron, about.item)
    (settled,) = events("exception_settled")
    assert (settled["how"], settled["patron"], settled["item"], settled["code"]) == (
        "lent",
        world.ada.ref,
        world.dune.barcode,
        receipt_code(TransactionId(row["id"])),
    )
    assert events() == [event], "the first event is not repeated"


def test_checkout_against_the_rules_is_confirmed_with_its_exception(world: World) -> None:
    world.ada.status = "blocked"
    world.ada.save()
    world.upload(world.checkout(world.dune, no_block=True))
    (event,) = events()
    (case,) = world.open_cases()
    assert (event["kind"], event["reason"], event["exception"]) == ("promise_confirmed", "card_blocked", case.pk)


def test_row_repeated_as_no_block_is_confirmed_once(world: World) -> None:
    """The transaction was applied at once, its answer was lost, and the kiosk confirmed it as saved."""
    row = world.checkout(world.dune)
    world.upload(row)
    for _ in range(3):
        world.upload({**row, "no_block": True})
    assert [(each["kind"], each["due"]) for each in events()] == [
        ("promise_confirmed", world.loans(world.dune)[0].due.isoformat())
    ]


def test_repeated_row_with_shown_result_changes_nothing(world: World) -> None:
    """The hub lacked one row, so the kiosk sent all again; rows that the hub has cause no event."""
    back = world.add_kiosk("back")
    asked = world.checkout(world.dune)
    world.advance(seconds=4)
    refused = {**world.checkin(world.dune), "seq": 1}
    assert world.post(refused, by=back).json()["answers"][0]["reason"] == "not_on_loan"
    world.advance(seconds=18)
    answer = world.upload(asked)
    happened = world.event_kinds()
    world.advance(seconds=40)
    assert world.upload({**asked, "no_block": True, "result_shown": True}) == answer
    assert world.event_kinds() == happened
    assert [loan.state for loan in world.loans(world.dune)] == ["on_loan"], "not handed in"


def test_row_lost_in_a_restore_with_shown_result_is_not_confirmed_again(world: World) -> None:
    world.upload({**world.checkout(world.dune), "no_block": True, "result_shown": True})
    assert [loan.state for loan in world.loans(world.dune)] == ["on_loan"]
    assert events() == []


def test_return_repeated_as_no_block_is_confirmed_once_to_the_loans_patron(world: World) -> None:
    world.upload(world.checkout(world.dune))
    row = world.checkin(world.dune)
    world.upload(row)
    for _ in range(2):
        world.upload({**row, "no_block": True})
    assert [(each["act"], each["patron"], each["due"]) for each in events()] == [("checkin", world.ada.ref, None)]


def test_refused_row_repeated_as_no_block_is_confirmed_once(world: World) -> None:
    world.ada.status = "blocked"
    world.ada.save()
    row = world.checkout(world.dune)
    assert world.upload(row)["outcome"] == "refused"
    assert events() == []
    world.upload({**row, "no_block": True})
    world.upload({**row, "no_block": True})
    assert [each["kind"] for each in events()] == ["promise_confirmed"]


def test_row_set_aside_after_a_hub_error_emits_promise_refused(world: World) -> None:
    Library.objects.update(timezone="Mars/Olympus")
    world.upload(world.checkout(world.dune, no_block=True))
    Library.objects.update(timezone="Asia/Shanghai")
    (event,) = events()
    assert event["kind"] == "promise_refused"
    (case,) = world.open_cases()
    exceptions.apply_again(case, "grace", hub_clock().now())
    assert len(world.loans(world.dune)) == 1
