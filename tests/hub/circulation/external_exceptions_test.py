"""Test exceptions of a third-party ILS: a kiosk reports them, staff see each once and resolve it."""

from datetime import timedelta
from typing import Any

import pytest
import uuid6
from django.test import Client

from hub.circulation import trace_anonymisation
from hub.circulation.cards import hashed
from hub.circulation.models import ExceptionCase, Loan
from hub.core.clock import hub_clock
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, DUE, NOW, World


def a_case(world: World, kind: str = "refused", **more: Any) -> dict[str, Any]:
    told = {"id": str(uuid6.uuid7()), "kind": kind, "at": (NOW - timedelta(hours=2)).isoformat(), "act": "checkout"}
    return {**told, "item": world.dune.barcode, "card": hashed(ADA_UID), "reason": "on_loan_to_other", **more}


def tell(world: World, *cases: dict[str, Any]) -> list[str]:
    response = world.device.post("/api/v1/cases", {"wire": 1, "cases": cases})
    assert response.status_code == 200, response.content
    settled: list[str] = response.json()["settled"]
    return settled


def test_a_refused_promise_is_at_the_exception_desk_with_who_what_where_and_why(world: World) -> None:
    assert tell(world, a_case(world)) == []
    page = Grace().sees("exceptions")
    assert "Dune Herbert, Frank, 813 XYZ · 30000000000011 Check out On loan to another patron Ada S. ···0012" in page
    assert "today 12:30 front" in page
    assert "Confirmed until" not in Grace().sees("exception", world.open_cases()[0].pk)


def test_the_same_one_told_again_is_one_case(world: World) -> None:
    told = a_case(world)
    tell(world, told)
    world.ahead(minutes=5)
    assert tell(world, told) == []
    assert len(world.open_cases()) == 1
    tell(world, told, a_case(world))
    assert len(world.open_cases()) == 2


def test_what_staff_have_settled_the_kiosk_hears(world: World) -> None:
    told, other = a_case(world), a_case(world)
    tell(world, told, other)
    first = world.open_cases()[0]
    Grace().presses("fix", first.pk, fix="settle", note="Lent at our own system")
    assert tell(world, told, other) == [told["id"]]


def test_what_was_settled_of_one_kind_is_open_of_another(world: World) -> None:
    """The due date differed first, and then the patron turned out not to have been notified."""
    told = a_case(world, "due", reason="", promised=DUE.isoformat(), given=(DUE - timedelta(days=9)).isoformat())
    tell(world, told)
    Grace().presses("fix", world.open_cases()[0].pk, fix="settle", note="The patron knows")
    assert tell(world, {**told, "kind": "untold"}) == []


def test_another_day_than_was_promised_is_shown_with_both(world: World) -> None:
    given = DUE - timedelta(days=9)
    tell(world, a_case(world, "due", reason="", promised=DUE.isoformat(), given=given.isoformat()))
    page = Grace().sees("exception", world.open_cases()[0].pk)
    assert "Due on Mon 14 Dec in the ILS" in page
    assert "Confirmed until Wed 23 Dec" in page


def test_a_price_that_nobody_was_told_is_shown(world: World) -> None:
    tell(world, a_case(world, "fee", reason="5.00"))
    assert "Costs 5.00 in the ILS" in Grace().sees("exceptions")


@pytest.mark.parametrize("kind", ["refused", "untold"])
@pytest.mark.parametrize("fix", ["lend", "again", "link", "ask_back", "write_off", "take_back", "accept"])
def test_nothing_can_be_done_of_it_here(world: World, kind: str, fix: str) -> None:
    """The system would not know of it; so the hub would be wrong with the next sheet."""
    tell(world, a_case(world, kind))
    (case,) = world.open_cases()
    grace = Grace()
    page = grace.sees("exception", case.pk)
    assert "Correct it there" in page and "Check out to patron" not in page and "As received" not in page
    grace.presses("fix", case.pk, fix=fix)
    assert world.open_cases() == [case]
    assert not Loan.objects.exists()


def test_a_return_of_what_is_lent_again_names_the_book_and_nobody(world: World) -> None:
    tell(world, a_case(world, act="checkin", card="", reason="lent_again"))
    page = Grace().sees("exceptions")
    assert "30000000000011 Check in Already on another loan –" in page


@pytest.mark.parametrize("reason", ["fees", "limit", "card_expired", "loan_costs"])
def test_no_number_is_made_up_that_sip2_does_not_tell(world: World, reason: str) -> None:
    tell(world, a_case(world, reason=reason))
    assert "None" not in Grace().sees("exceptions")


def test_what_nobody_here_knows_is_shown_by_its_numbers(world: World) -> None:
    tell(world, a_case(world, item="99", card="0" * 64), a_case(world, act="said", item="", card="", reason="odd"))
    page = Grace().sees("exceptions")
    assert "99 Not in the catalogue" in page
    for case in world.open_cases():
        Grace().sees("exception", case.pk)


def test_whose_it_was_is_forgotten_with_the_loans_that_are_over(world: World) -> None:
    told = a_case(world)
    tell(world, told)
    (case,) = world.open_cases()
    Grace().presses("fix", case.pk, fix="settle", note="Done there")
    world.ahead(days=31)
    trace_anonymisation.nightly(hub_clock().now(), 0)
    assert ExceptionCase.objects.get(pk=case.pk).raw == ""
    assert tell(world, told) == [told["id"]]
    assert "Ada" not in Grace().sees("exceptions", query="?show=settled")


def test_a_case_that_cannot_be_read_is_refused_by_its_place(world: World) -> None:
    response = world.device.post("/api/v1/cases", {"wire": 1, "cases": [a_case(world, card="1001")]})
    assert response.status_code == 422 and "1001" not in response.json()["detail"]
    assert world.open_cases() == []


def test_nobody_but_a_kiosk_tells_cases(world: World) -> None:
    answer = Client().post("/api/v1/cases", {"wire": 1, "cases": [a_case(world)]}, content_type="application/json")
    assert answer.status_code == 401 and world.open_cases() == []
