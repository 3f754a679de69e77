"""Test the feed's events about offline transactions: one per result, for messages to patrons."""

from typing import Any

from hub.circulation import operations
from hub.circulation.intake import exceptions
from hub.circulation.models import CirculationEvent, Library
from hub.core.clock import hub_clock
from hub.staff import exception_fixes
from lending.transactions import TransactionId, receipt_code
from tests.hub.support.world import World


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
    operations.checkout(world.by, world.lin, world.dune)
    row = world.checkout(world.dune, no_block=True)
    world.upload(row)
    (case,) = world.open_cases()
    (event,) = events()
    assert (event["kind"], event["reason"], event["exception"]) == ("promise_refused", "on_loan_to_other", case.pk)
    about = exception_fixes.subject_of(case)
    assert about.patron is not None and about.item is not None
    exception_fixes.lend(about, world.by, about.patron, about.item)
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
