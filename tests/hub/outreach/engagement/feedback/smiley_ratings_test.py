"""Test that a smiley rating at a kiosk is counted and not stored next to the patron's loan."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.circulation import cards
from hub.circulation.intake import exceptions, offline_result_events, unseal
from hub.circulation.models import CirculationEvent, ExceptionCase, Transaction
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import SmileyRating
from lending import wire
from lending.responses import KINDS, AnyPatronResponse, ContactCheck, ItemRating, VisitRating
from tests.hub.support.world import ADA_UID, World

pytestmark = pytest.mark.django_db


def stored_data() -> str:
    """Return all transactions and events that the hub has stored, as JSON."""
    bodies = Transaction.objects.values_list("body", "body_hash", "answer")
    return json.dumps([*CirculationEvent.objects.values_list("kind", "data"), *bodies])


def response_row(world: World, response: AnyPatronResponse) -> dict[str, Any]:
    kind, body = wire.encode(response)
    return world.row(kind, **json.loads(body))


def test_counted_rating_is_erased_and_repeat_is_ignored(world: World) -> None:
    world.upload(world.checkout(world.dune))
    row = response_row(world, VisitRating("2\nToo dark"))
    first = world.upload(row)
    assert "Too dark" in stored_data(), "before the relay"
    carry()
    assert [each.face for each in SmileyRating.objects.all()] == [2]
    assert "Too dark" not in stored_data()
    assert wire.body_hash(row["kind"], row["body"]) not in stored_data(), (
        "a hash over five possible ratings discloses the rating"
    )
    assert world.upload(row) == first
    carry()
    assert SmileyRating.objects.count() == 1
    assert world.event_kinds() == ["checkout", "said"]


def test_contact_check_response_is_kept(world: World) -> None:
    row = response_row(world, ContactCheck("right", "1"))
    world.upload(row)
    carry()
    assert "right" in stored_data()
    other = {**row, "body": response_row(world, ContactCheck("wrong", "1"))["body"]}
    assert world.upload(other)["outcome"] != "accepted", "another body under the same number is rejected"


def fails(*_args: object, **_kwargs: object) -> None:
    raise ZeroDivisionError


def exception_data() -> str:
    return json.dumps(list(ExceptionCase.objects.values_list("raw", "raw_hash", "detail", "facts")))


@pytest.mark.parametrize("done", [True, False])
def test_failed_rating_leaves_no_trace_once_exception_is_closed(
    world: World, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    """Until the exception is closed, the row keeps the rating so that staff can apply it again."""
    monkeypatch.setattr(offline_result_events, "append_result", fails)
    row = response_row(world, VisitRating("2\nToo dark"))
    first = world.upload(row)
    assert first["outcome"] == "set_aside"
    (case,) = world.open_cases()
    assert "Too dark" not in exception_data() and "Too dark" in stored_data()
    monkeypatch.undo()
    if done:
        assert exceptions.apply_again(case, "grace", hub_clock().now()) is None
    else:
        exceptions.resolve(case, "grace", "nothing to be done", hub_clock().now())
    carry()
    assert [each.face for each in SmileyRating.objects.all()] == ([2] if done else [])
    assert "Too dark" not in stored_data() and "Too dark" not in exception_data()
    assert wire.body_hash(row["kind"], row["body"]) not in stored_data()
    assert world.upload(row) == first
    carry()
    assert SmileyRating.objects.count() == int(done)


@pytest.mark.parametrize(("ask", "stays"), [("face", False), ("sheet", False), ("question", True)])
def test_unstorable_row_keeps_signed_text_but_no_anonymous_response(
    world: World, monkeypatch: pytest.MonkeyPatch, ask: str, stays: bool
) -> None:
    monkeypatch.setattr(unseal, "decrypt_row", fails)
    row = response_row(world, KINDS[ask]("Too dark"))
    first = world.upload(row)
    (case,) = world.open_cases()
    assert ("Too dark" in case.raw, row["id"] in case.raw) == (stays, True)
    assert world.upload(row) == first
    assert len(world.open_cases()) == 1


def test_unstorable_title_rating_keeps_neither_item_nor_card(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseal, "decrypt_row", fails)
    card = cards.hash_number(ADA_UID)
    row = response_row(world, ItemRating("1", world.dune.barcode, card))
    first = world.upload(row)
    (case,) = world.open_cases()
    assert row["id"] in case.raw and world.dune.barcode not in case.raw and card not in case.raw
    assert world.upload(row) == first and len(world.open_cases()) == 1
