"""Test missing keys: staff see what to do, and rows of a lost key are set aside with what is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from hub.circulation import cards, missing_seal_keys
from hub.circulation.models import ExceptionCase, Loan, Transaction
from hub.core.clock import hub_clock
from lending import sealing
from lending.transactions import TransactionId, receipt_code
from tests.hub.circulation.unseal_test import key_file, sealed
from tests.hub.fleet.health_test import tells
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

PRIVATE = "cd" * 32
KEY = sealing.public_of(PRIVATE)
NAME = sealing.name_of(KEY)


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


@pytest.fixture(autouse=True)
def missing() -> Iterator[None]:
    """The hub has not got the key."""
    yield
    (Path(settings.STATE) / "seal_key.back").unlink(missing_ok=True)


def put_back() -> None:
    key_file().with_name("seal_key.back").write_text(f"{PRIVATE}\n", encoding="ascii")


def outcomes(world: World, *rows: dict[str, Any]) -> list[str]:
    return [each["outcome"] for each in world.hand_over(*rows)]


def the_case(world: World) -> ExceptionCase:
    (case,) = world.open_cases()
    return case


def lost_for_ever(world: World, grace: Grace) -> None:
    assert "resolved" in grace.presses("fix", the_case(world).pk, fix="lose", note="the disk burnt")


def code_of(row: dict[str, Any]) -> str:
    return receipt_code(TransactionId(row["id"]))


def test_staff_see_that_a_queue_stands_still_and_what_to_do(world: World, grace: Grace) -> None:
    row = sealed(world.borrows(world.dune, no_block=True), KEY)
    for _ in range(3):
        assert outcomes(world, row) == ["again"]
    tells(world.device, seal=NAME, sealed=[{"key": NAME, "queued": 12, "kept": 12}])
    case = the_case(world)
    assert "Missing key: no transaction of this kiosk can be processed" in grace.sees("exceptions")
    assert "Rows waiting for a missing key" in grace.sees("kiosks")
    assert "Missing key" in grace.sees("kiosk", world.kiosk.pk)
    page = grace.sees("exception", case.pk)
    assert f"The kiosk keeps 12 rows encrypted to the key {NAME}" in page
    assert "Copy the file seal_key from a backup" in page
    assert "Mark key lost" in page
    assert "Mark as resolved" not in page


def test_when_the_key_is_back_all_goes_through_and_the_case_closes_itself(world: World, grace: Grace) -> None:
    row = sealed(world.borrows(world.dune, no_block=True), KEY)
    assert outcomes(world, row) == ["again"]
    tells(world.device)
    assert len(world.open_cases()) == 1
    put_back()
    assert outcomes(world, row) == ["accepted"]
    tells(world.device)
    assert world.open_cases() == []
    assert "Key restored" in grace.sees("exceptions", query="?show=settled")


def test_a_key_that_goes_missing_again_is_seen_again(world: World) -> None:
    row = sealed(world.borrows(world.dune, no_block=True), KEY)
    outcomes(world, row)
    put_back()
    tells(world.device)
    assert world.open_cases() == []
    (Path(settings.STATE) / "seal_key.back").unlink()
    assert outcomes(world, row) == ["again"]
    assert the_case(world).reason == NAME


def test_nobody_settles_it_away_and_losing_a_key_wants_a_reason(world: World, grace: Grace) -> None:
    row = sealed(world.borrows(world.dune, no_block=True), KEY)
    outcomes(world, row)
    number = the_case(world).pk
    assert "does not fit this exception" in grace.presses("fix", number, fix="settle", note="so what")
    assert "Briefly say why" in grace.presses("fix", number, fix="lose", note=" ")
    assert outcomes(world, row) == ["again"]


def test_a_lost_key_stops_nobody_any_more_and_what_can_be_known_is_kept(world: World, grace: Grace) -> None:
    first, second = world.borrows(world.dune, no_block=True), world.returns(world.utopia, no_block=True)
    later = sealed(world.borrows(world.emma, no_block=True))
    rows = [sealed(first, KEY), sealed(second, KEY), later]
    assert outcomes(world, *rows) == ["again"] * 3
    lost_for_ever(world, grace)
    answers = world.hand_over(*rows)
    assert [each["outcome"] for each in answers] == ["set_aside", "set_aside", "accepted"]
    assert world.hand_over(*rows) == answers, "a repeat is answered the same"
    one, other = world.open_cases()
    assert [each["exception"] for each in answers[:2]] == [one.pk, other.pk]
    assert (one.kind, one.seq, json.loads(one.raw)["body"]) == (ExceptionCase.Kind.UNOPENED, 1, rows[0]["body"])
    world.kiosk.refresh_from_db()
    assert world.kiosk.max_contiguous_seq == 3, "nothing is missing"
    page = grace.sees("exception", one.pk)
    assert f"1 Check out today 14:30 {code_of(first)}" in page
    assert "Key lost: content cannot be read" in page
    assert "Ask whoever brings the receipt" in page
    assert "x25519" not in page


def test_a_receipt_leads_to_what_was_done_before_it(world: World, grace: Grace) -> None:
    world.hand_over(sealed(world.borrows(world.utopia, no_block=True), KEY))
    lost_for_ever(world, grace)
    others = world.borrows(world.utopia, no_block=True)
    world.ahead(hours=1)
    first, last = world.borrows(world.dune, no_block=True), world.borrows(world.emma, no_block=True)
    after = world.returns(world.dune, no_block=True)
    world.hand_over(*(sealed(row, KEY) for row in (others, first, last, after)))
    page = grace.sees("receipt", code_of(last))
    assert "the action is known, the patron is not" in page
    assert page.count("Check out") == 2
    assert code_of(first) in page
    assert code_of(others) not in page
    assert code_of(after) not in page
    assert "Not received yet" not in page
    assert "Not received yet" in grace.sees("receipt", "222222")


def test_one_word_of_staff_holds_for_every_kiosk_and_only_for_this_key(world: World, grace: Grace) -> None:
    another = world.another("attic")
    mine, theirs = (sealed(world.borrows(item, no_block=True), KEY) for item in (world.dune, world.emma))
    world.hand_over(mine)
    world.post(theirs, by=another)
    third = sealed(world.borrows(world.utopia, no_block=True), sealing.public_of("ef" * 32))
    assert [case.reason for case in world.open_cases()] == [NAME, NAME]
    grace.presses("fix", world.open_cases()[0].pk, fix="lose", note="the disk burnt")
    assert world.open_cases() == []
    assert world.post(theirs, by=another).json()["answers"][0]["outcome"] == "set_aside"
    assert outcomes(world, mine, third) == ["set_aside", "again"]


def test_a_row_that_was_promised_to_nobody_says_so_still(world: World, grace: Grace) -> None:
    """The patron sees the refusal. If the kiosk confirmed it meanwhile, it uploads again to the same case."""
    row = sealed(world.borrows(world.dune), KEY)
    world.hand_over(row)
    lost_for_ever(world, grace)
    first, again = world.tell(row), world.tell({**row, "no_block": True})
    assert first == again


def test_a_row_that_is_here_already_needs_no_key(world: World) -> None:
    """Its answer was lost on the way, and then the key."""
    row = sealed(world.borrows(world.dune, no_block=True), KEY)
    put_back()
    answer = world.tell(row)
    (Path(settings.STATE) / "seal_key.back").unlink()
    assert world.tell(row) == answer
    assert world.open_cases() == []
    other = {**row, "mark": "0" * 64}
    assert outcomes(world, other) == ["again"], "another body is not taken for it"


def test_a_key_that_is_found_after_all_opens_what_was_set_aside(world: World, grace: Grace) -> None:
    row = world.borrows(world.dune, no_block=True)
    world.hand_over(sealed(row, KEY))
    lost_for_ever(world, grace)
    world.hand_over(sealed(row, KEY))
    number = the_case(world).pk
    assert "Decrypt now" not in grace.sees("exception", number)
    assert "does not fit this exception" in grace.presses("fix", number, fix="read")
    put_back()
    assert "Decrypt now" in grace.sees("exception", number)
    page = grace.presses("fix", number, fix="read")
    assert "Readable now" in page
    assert "Dune" in page
    assert "Ada S." in page
    assert Loan.objects.count() == 0, "staff decide"
    assert "promise_refused" in world.happened()
    assert world.tell(sealed(row, KEY))["outcome"] == "set_aside", "and its answer stays"
    assert "resolved" in grace.presses("fix", number, fix="lend")
    (loan,) = world.loans(world.dune)
    assert loan.patron == world.ada
    assert "Dune" in grace.sees("receipt", code_of(row))


def test_what_came_again_and_was_done_is_not_offered_again(world: World, grace: Grace) -> None:
    row = sealed(world.borrows(world.dune, no_block=True), KEY)
    world.hand_over(row)
    lost_for_ever(world, grace)
    world.hand_over(row)
    put_back()
    assert world.tell(row)["outcome"] == "accepted"
    missing_seal_keys.read(the_case(world), hub_clock().now())
    assert world.open_cases() == []
    assert len(world.loans(world.dune)) == 1


def test_an_envelope_that_cannot_be_read_is_set_aside_as_ever(world: World, grace: Grace) -> None:
    row = sealed(world.borrows(world.dune, no_block=True), KEY)
    world.hand_over(row)
    lost_for_ever(world, grace)
    answer = world.tell({**row, "trust": "perhaps"})
    assert (answer["outcome"], "trust" in answer["reason"]) == ("set_aside", True)


def test_nothing_of_the_patron_is_in_such_a_case(world: World, grace: Grace) -> None:
    row = sealed(world.borrows(world.dune, no_block=True), KEY)
    world.hand_over(row)
    lost_for_ever(world, grace)
    world.hand_over(row)
    case = the_case(world)
    kept = json.dumps([case.raw, case.facts, case.detail, case.reason])
    for secret in (cards.hashed("04A1B2C3"), world.dune.barcode, world.ada.identifier):
        assert secret not in kept
    assert not Transaction.objects.exists()
