"""Test that a receipt's code leads to its visit, with the result of each transaction."""

from typing import Any

import pytest
from django.urls import reverse

from hub.circulation.models import PendingReturn, Transaction
from hub.circulation.operations import loan_changes
from lending.transactions import TransactionId, receipt_code
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import LIN_UID, World

MINUTE_NS = 60 * 10**9


def code_of(row: dict[str, Any]) -> str:
    """Return the code that the kiosk printed."""
    return receipt_code(TransactionId(row["id"]))


def offline_visit(world: World) -> list[dict[str, Any]]:
    """Return the rows of Ada borrowing two items and returning a third offline."""
    loan_changes.checkout(world.by, world.ada, world.utopia)
    world.advance(minutes=1)
    return [
        world.checkout(world.dune, no_block=True),
        world.checkout(world.emma, no_block=True),
        world.checkin(world.utopia, no_block=True),
    ]


def test_receipt_code_shows_each_transaction_of_the_visit_with_its_result(world: World, grace: Grace) -> None:
    rows = offline_visit(world)
    loan_changes.checkout(world.by, world.lin, world.emma)
    world.upload_all(*rows)
    (case,) = world.open_cases()
    page = grace.page("receipt", code_of(rows[-1]))
    assert "today 14:31, front · Ada S. ···0012" in page
    assert "30000000000011 Check out today 14:31 Confirmed due Wed 23 Dec" in page
    assert "Check out today 14:31 On loan to another patron Waiting at the exception desk" in page
    assert f"Exception {case.pk}" in page
    assert (
        reverse("staff:exception", args=(case.pk,))
        in grace.client.get(reverse("staff:receipt", args=(code_of(rows[-1]),))).content.decode()
    )
    assert "Check in today 14:31 returned, not checked" in page
    assert "Sample" not in page


def test_receipt_shows_the_current_state_of_its_transactions(world: World, grace: Grace) -> None:
    rows = offline_visit(world)
    checkout, other_checkout, checkin = rows
    undo = world.undo(checkout, no_block=True)
    world.upload_all(checkout, other_checkout, checkin, undo, renewal := world.renewal(world.emma, no_block=True))
    page = grace.page("receipt", code_of(renewal))
    assert "Check out today 14:31 Undone" in page
    assert "Undo today 14:31 Confirmed" in page
    assert "Renew today 14:31 Confirmed" in page
    loan_changes.confirm_return(world.by, PendingReturn.objects.get())
    assert "Check in today 14:31 found today 14:31" in grace.page("receipt", code_of(renewal))


def test_resolved_exception_is_shown_as_resolved(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    row = world.checkout(world.dune, no_block=True)
    world.upload(row)
    (case,) = world.open_cases()
    grace.post("fix", case.pk, fix="settle", note="the patron brought it back")
    page = grace.page("receipt", code_of(row))
    assert "Resolved today 14:30" in page
    assert f"Exception {case.pk}" in page


def test_refused_transaction_shows_its_reason(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.lin, world.emma)
    refused, unknown, accepted = (world.checkout(item) for item in (world.emma, world.utopia, world.dune))
    unknown["body"] = unknown["body"].replace(world.utopia.barcode, "30000000000099")
    world.upload_all(refused, unknown, accepted)
    page = grace.page("receipt", code_of(accepted))
    assert "Check out today 14:30 On loan to another patron" in page
    assert "30000000000099 Not in the catalogue Check out today 14:30 Not in the catalogue" in page


def test_unreadable_row_is_shown_as_unreadable(world: World, grace: Grace) -> None:
    row = world.row("sing", no_block=True, song="la")
    world.upload(row)
    assert "Unreadable today 14:30 not readable Waiting at the exception desk" in grace.page("receipt", code_of(row))


@pytest.mark.parametrize("typed", [str.upper, str.lower, lambda code: f" {code[:3]} {code[3:]} "])
def test_receipt_code_can_be_typed_at_the_desk_and_in_the_patron_search(world: World, grace: Grace, typed: Any) -> None:
    rows = offline_visit(world)
    world.upload_all(*rows)
    url = reverse("staff:receipt", args=(code_of(rows[-1]),))
    for mode in ("borrow", "return", "hold"):
        answer = grace.enter(typed(code_of(rows[-1])), world.ada, mode)
        assert (answer["kind"], answer["url"]) == ("opens", url)
    response = grace.client.get(reverse("staff:patrons"), {"q": typed(code_of(rows[-1]))})
    assert response["Location"] == url


def test_earlier_and_later_visits_are_not_shown(world: World, grace: Grace) -> None:
    lins_checkout, adas_checkout = world.checkout(world.dune, LIN_UID), world.checkout(world.emma)
    after = world.checkout(world.utopia)
    world.upload_all(lins_checkout, adas_checkout, after)
    page = grace.page("receipt", code_of(adas_checkout))
    assert "Emma" in page
    assert not {"Dune", "Utopia"} & set(page.split())


def test_pause_or_restart_of_the_kiosk_ends_a_visit(world: World, grace: Grace) -> None:
    early, other_start, row = world.checkin(world.dune), world.checkin(world.utopia), world.checkin(world.emma)
    row["mono_ns"] = early["mono_ns"] + 6 * MINUTE_NS
    other_start |= {"boot": "another", "mono_ns": row["mono_ns"]}
    world.upload_all(*({**each, "no_block": True} for each in (early, other_start, row)))
    page = grace.page("receipt", code_of(row))
    assert "Emma" in page
    assert not {"Dune", "Utopia"} & set(page.split())


def test_two_visits_with_the_same_code_are_both_shown(world: World, grace: Grace) -> None:
    back = world.add_kiosk("back")
    here, there = world.checkout(world.dune), {**world.checkout(world.emma, LIN_UID), "seq": 1}
    world.upload(here)
    world.post(there, by=back)
    Transaction.objects.update(code="7K429Q")
    page = grace.page("receipt", "7K429Q")
    assert "front · Ada S." in page
    assert "back · 林**" in page


def test_unknown_code_shows_the_last_contact_of_each_kiosk(world: World, grace: Grace) -> None:
    row = world.checkout(world.dune, no_block=True)
    world.client().get("/api/v1/items/1")
    world.advance(minutes=20)
    (choice,) = grace.enter(code_of(row).lower())["choices"]
    assert (choice["kind"], choice["detail"]) == ("receipt", "Not received yet")
    url = grace.enter(choice["entry"])["url"]
    assert url == reverse("staff:receipt", args=(code_of(row),))
    page = grace.page("receipt", code_of(row))
    assert "Not received yet: it is still on the kiosk, or the code is mistyped." in page
    assert "front today 14:30" in page
    assert url in grace.client.get(reverse("staff:patrons"), {"q": code_of(row)}).content.decode()
    world.upload(row)
    assert "Confirmed" in grace.page("receipt", code_of(row))


def test_name_that_looks_like_a_code_finds_patrons(world: World, grace: Grace) -> None:
    world.ada.name = "Martha Sample"
    world.ada.save()
    assert [each["kind"] for each in grace.enter("Martha")["choices"]] == ["patron"]
    assert "Martha S." in grace.page("patrons", query="?q=Martha")


def test_invalid_code_is_not_found(grace: Grace) -> None:
    assert grace.client.get(reverse("staff:receipt", args=("7K4O9Q",))).status_code == 404


def test_page_is_shown_in_chinese(world: World) -> None:
    rows = offline_visit(world)
    grace = Grace("zh-hans")
    assert "尚未到达：记录还在自助机上，或查询码输入有误。" in grace.page("receipt", code_of(rows[-1]))
    world.upload_all(*rows)
    page = grace.page("receipt", code_of(rows[-1]))
    assert f"凭条 {code_of(rows[-1])[:3]} {code_of(rows[-1])[3:]}" in page
    assert "借书 今天 14:31 已确认 应还 12月23日 周三" in page
    assert "还书 今天 14:31 已交回，待核对" in page
