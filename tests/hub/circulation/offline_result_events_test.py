"""Test the feed's events about offline transactions: one per result, for messages to patrons."""

from typing import Any

from hub.circulation import exceptions, operations
from hub.circulation.models import CirculationEvent, Library
from hub.core.clock import hub_clock
from hub.staff import exception_fixes
from lending.transactions import TransactionId, receipt_code
from tests.hub.support.world import World


def events(*kinds: str) -> list[dict[str, Any]]:
    wanted = kinds or ("promise_confirmed", "promise_refused")
    return [{"kind": each.kind, **each.data} for each in CirculationEvent.objects.filter(kind__in=wanted)]


def test_a_loan_that_was_saved_is_confirmed_with_the_code_of_their_receipt(world: World) -> None:
    row = world.borrows(world.dune, no_block=True)
    world.tell(row)
    (told,) = events()
    assert told == {
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


def test_who_heard_the_answer_at_the_glass_is_told_nothing_more(world: World) -> None:
    world.tell(world.borrows(world.dune))
    world.tell(world.returns(world.dune))
    assert events() == []


def test_a_return_that_was_saved_is_confirmed_to_whose_loan_it_was(world: World) -> None:
    world.tell(world.borrows(world.dune))
    world.tell(world.returns(world.dune, no_block=True))
    world.tell(world.returns(world.emma, no_block=True))
    assert [(each["act"], each["patron"]) for each in events()] == [("checkin", world.ada.ref)], "nobody's is nobody's"


def test_what_the_hub_cannot_do_is_told_as_not_confirmed_and_again_when_staff_have_decided(world: World) -> None:
    operations.checkout(world.by, world.lin, world.dune)
    row = world.borrows(world.dune, no_block=True)
    world.tell(row)
    (case,) = world.open_cases()
    (told,) = events()
    assert (told["kind"], told["reason"], told["exception"]) == ("promise_refused", "on_loan_to_other", case.pk)
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
    assert events() == [told], "the first word is told once"


def test_what_was_done_against_the_rules_is_confirmed_and_names_its_case(world: World) -> None:
    world.ada.status = "blocked"
    world.ada.save()
    world.tell(world.borrows(world.dune, no_block=True))
    (told,) = events()
    (case,) = world.open_cases()
    assert (told["kind"], told["reason"], told["exception"]) == ("promise_confirmed", "card_blocked", case.pk)


def test_an_answer_that_the_patron_did_not_hear_is_told_once_however_often_the_row_comes(world: World) -> None:
    """The transaction was applied at once, its answer was lost, and the kiosk confirmed it as saved."""
    row = world.borrows(world.dune)
    world.tell(row)
    for _ in range(3):
        world.tell({**row, "no_block": True})
    assert [(each["kind"], each["due"]) for each in events()] == [
        ("promise_confirmed", world.loans(world.dune)[0].due.isoformat())
    ]


def test_a_row_that_goes_again_though_the_patron_heard_its_answer_changes_nothing(world: World) -> None:
    """The hub lacked one row, so the kiosk sent all again: what the hub has needs no word and no search."""
    back = world.another("back")
    asked = world.borrows(world.dune)
    world.ahead(seconds=4)
    refused = {**world.returns(world.dune), "seq": 1}
    assert world.post(refused, by=back).json()["answers"][0]["reason"] == "not_on_loan"
    world.ahead(seconds=18)
    answer = world.tell(asked)
    happened = world.happened()
    world.ahead(seconds=40)
    assert world.tell({**asked, "no_block": True, "result_shown": True}) == answer
    assert world.happened() == happened
    assert [loan.state for loan in world.loans(world.dune)] == ["on_loan"], "staff need not look for it"


def test_a_row_that_a_restored_hub_lost_is_not_confirmed_to_a_patron_who_heard_its_answer(world: World) -> None:
    world.tell({**world.borrows(world.dune), "no_block": True, "result_shown": True})
    assert [loan.state for loan in world.loans(world.dune)] == ["on_loan"]
    assert events() == []


def test_a_return_whose_answer_the_patron_did_not_hear_is_told_to_whose_loan_it_was(world: World) -> None:
    world.tell(world.borrows(world.dune))
    row = world.returns(world.dune)
    world.tell(row)
    for _ in range(2):
        world.tell({**row, "no_block": True})
    assert [(each["act"], each["patron"], each["due"]) for each in events()] == [("checkin", world.ada.ref, None)]


def test_a_refusal_that_came_too_late_is_told_as_what_became_of_it(world: World) -> None:
    world.ada.status = "blocked"
    world.ada.save()
    row = world.borrows(world.dune)
    assert world.tell(row)["outcome"] == "refused"
    assert events() == []
    world.tell({**row, "no_block": True})
    world.tell({**row, "no_block": True})
    assert [each["kind"] for each in events()] == ["promise_confirmed"]


def test_an_error_of_the_hub_is_told_as_not_confirmed(world: World) -> None:
    Library.objects.update(timezone="Mars/Olympus")
    world.tell(world.borrows(world.dune, no_block=True))
    Library.objects.update(timezone="Asia/Shanghai")
    (told,) = events()
    assert told["kind"] == "promise_refused"
    (case,) = world.open_cases()
    exceptions.apply_again(case, "grace", hub_clock().now())
    assert len(world.loans(world.dune)) == 1
