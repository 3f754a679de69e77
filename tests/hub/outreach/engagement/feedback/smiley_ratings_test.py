"""Test that a smiley rating at a kiosk is counted and not stored next to the patron's loan."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.circulation import cards, exceptions, offline_result_events, unseal
from hub.circulation.models import CirculationEvent, ExceptionCase, Transaction
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import SmileyRating
from lending import wire
from lending.responses import KINDS, AnyPatronResponse, ContactCheck, ItemRating, VisitRating
from tests.hub.support.world import ADA_UID, World

pytestmark = pytest.mark.django_db


def kept() -> str:
    """What the hub keeps of all that kiosks handed over, and of all that happened."""
    bodies = Transaction.objects.values_list("body", "body_hash", "answer")
    return json.dumps([*CirculationEvent.objects.values_list("kind", "data"), *bodies])


def says(world: World, said: AnyPatronResponse) -> dict[str, Any]:
    kind, body = wire.encode(said)
    return world.row(kind, **json.loads(body))


def test_a_face_is_counted_and_forgotten_and_still_taken_only_once(world: World) -> None:
    world.tell(world.borrows(world.dune))
    row = says(world, VisitRating("2\nToo dark"))
    first = world.tell(row)
    assert "Too dark" in kept(), "until it is carried"
    carry()
    assert [each.face for each in SmileyRating.objects.all()] == [2]
    assert "Too dark" not in kept()
    assert wire.body_hash(row["kind"], row["body"]) not in kept(), "a hash of five faces is no secret"
    assert world.tell(row) == first
    carry()
    assert SmileyRating.objects.count() == 1
    assert world.happened() == ["checkout", "said"]


def test_what_the_patron_said_of_their_contact_is_kept(world: World) -> None:
    row = says(world, ContactCheck("right", "1"))
    world.tell(row)
    carry()
    assert "right" in kept()
    other = {**row, "body": says(world, ContactCheck("wrong", "1"))["body"]}
    assert world.tell(other)["outcome"] != "accepted", "another body under the same number is never taken"


def fails(*_told: object, **_by_name: object) -> None:
    raise ZeroDivisionError


def cases_keep() -> str:
    return json.dumps(list(ExceptionCase.objects.values_list("raw", "raw_hash", "detail", "facts")))


@pytest.mark.parametrize("done", [True, False])
def test_a_face_that_an_error_of_the_hub_has_met_is_in_no_case_and_in_no_row_when_that_is_closed(
    world: World, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    """Until then its row has it, for staff may have it done again."""
    monkeypatch.setattr(offline_result_events, "append_result", fails)
    row = says(world, VisitRating("2\nToo dark"))
    first = world.tell(row)
    assert first["outcome"] == "set_aside"
    (case,) = world.open_cases()
    assert "Too dark" not in cases_keep() and "Too dark" in kept()
    monkeypatch.undo()
    if done:
        assert exceptions.apply_again(case, "grace", hub_clock().now()) is None
    else:
        exceptions.resolve(case, "grace", "nothing to be done", hub_clock().now())
    carry()
    assert [each.face for each in SmileyRating.objects.all()] == ([2] if done else [])
    assert "Too dark" not in kept() and "Too dark" not in cases_keep()
    assert wire.body_hash(row["kind"], row["body"]) not in kept()
    assert world.tell(row) == first
    carry()
    assert SmileyRating.objects.count() == int(done)


@pytest.mark.parametrize(("ask", "stays"), [("face", False), ("sheet", False), ("question", True)])
def test_of_a_row_that_could_not_even_be_stored_the_case_keeps_all_but_what_was_said_unsigned(
    world: World, monkeypatch: pytest.MonkeyPatch, ask: str, stays: bool
) -> None:
    monkeypatch.setattr(unseal, "opened", fails)
    row = says(world, KINDS[ask]("Too dark"))
    first = world.tell(row)
    (case,) = world.open_cases()
    assert ("Too dark" in case.raw, row["id"] in case.raw) == (stays, True)
    assert world.tell(row) == first
    assert len(world.open_cases()) == 1


def test_nor_does_that_case_tell_of_which_book_it_was_and_by_whom(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unseal, "opened", fails)
    card = cards.hashed(ADA_UID)
    row = says(world, ItemRating("1", world.dune.barcode, card))
    first = world.tell(row)
    (case,) = world.open_cases()
    assert row["id"] in case.raw and world.dune.barcode not in case.raw and card not in case.raw
    assert world.tell(row) == first and len(world.open_cases()) == 1
