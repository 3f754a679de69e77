"""Test title ratings at a kiosk: counted, used with consent, and not attributable to a patron."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from hub.circulation import cards
from hub.circulation.intake import encrypted_rows, exceptions
from hub.circulation.models import CirculationEvent, ExceptionCase, Transaction
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import SmileyRating, TitleRating
from hub.outreach.recommendations.reading_profiles import history
from hub.outreach.recommendations.reading_profiles.models import Opinion
from lending import wire
from lending.responses import KINDS, AnyPatronResponse, ContactCheck, ItemRating, VisitRating
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents
from tests.hub.staff.staff_client import words
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
    monkeypatch.setattr(exceptions, "append_result", fails)
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
    monkeypatch.setattr(encrypted_rows, "decrypt_row", fails)
    row = response_row(world, KINDS[ask]("Too dark"))
    first = world.upload(row)
    (case,) = world.open_cases()
    assert ("Too dark" in case.raw, row["id"] in case.raw) == (stays, True)
    assert world.upload(row) == first
    assert len(world.open_cases()) == 1


def test_unstorable_title_rating_keeps_neither_item_nor_card(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_rows, "decrypt_row", fails)
    card = cards.hash_number(ADA_UID)
    row = response_row(world, ItemRating("1", world.dune.barcode, card))
    first = world.upload(row)
    (case,) = world.open_cases()
    assert row["id"] in case.raw and world.dune.barcode not in case.raw and card not in case.raw
    assert world.upload(row) == first and len(world.open_cases()) == 1


def of_dune(world: World, face: str, uid: str = "") -> dict[str, object]:
    return response_row(world, ItemRating(face, world.dune.barcode, cards.hash_number(uid) if uid else None))


def counts() -> list[tuple[str, int, int]]:
    return [(row.title.title, row.face, row.count) for row in TitleRating.objects.order_by("face")]


def opinions() -> list[tuple[int, str]]:
    return list(Opinion.objects.values_list("title", "says"))


def test_rating_is_counted_by_title_and_month_only(world: World) -> None:
    row = of_dune(world, "3")
    world.upload(row)
    world.upload(row)
    world.upload(of_dune(world, "3"))
    world.upload(of_dune(world, "1"))
    carry()
    carry()
    assert counts() == [("Dune", 1, 1), ("Dune", 3, 2)]
    assert {each.name for each in TitleRating._meta.fields} == {"id", "title", "month", "face", "count"}
    assert TitleRating.objects.filter(month__day=1).count() == 2


def test_counted_rating_leaves_no_link_between_patron_and_title(world: World) -> None:
    give_consents(world.ada)
    borrow_in_turn(world, world.dune)
    row = of_dune(world, "1", ADA_UID)
    world.upload(row)
    carry()
    assert opinions()
    (event,) = CirculationEvent.objects.filter(kind="said")
    data = json.dumps(event.data)
    assert world.dune.barcode not in data and world.ada.ref not in data and "answer" not in event.data
    assert wire.body_hash(str(row["kind"]), str(row["body"])) not in stored_data()


@pytest.mark.parametrize(("face", "expected"), [("3", ["like"]), ("1", ["not"]), ("2", [])])
def test_rating_of_title_in_history_becomes_opinion_and_is_erased_with_title(
    world: World, face: str, expected: list[str]
) -> None:
    person = give_consents(world.ada)
    borrow_in_turn(world, world.dune)
    world.upload(of_dune(world, face, ADA_UID))
    carry()
    assert opinions() == [(world.dune.title_id, each) for each in expected]
    assert counts() == [("Dune", int(face), 1)]
    history.forget(person, [world.dune.title_id])
    assert opinions() == [], "the opinion is erased with the title"


@pytest.mark.parametrize(
    ("consent", "borrowed", "uid"),
    [(True, False, ADA_UID), (False, True, ADA_UID), (True, True, "")],
    ids=["title outside history", "no consent", "no card"],
)
def test_rating_becomes_no_opinion_without_history_consent_and_card(
    world: World, consent: bool, borrowed: bool, uid: str
) -> None:
    if consent:
        give_consents(world.ada)
    if borrowed:
        borrow_in_turn(world, world.dune)
    world.upload(of_dune(world, "3", uid))
    carry()
    assert opinions() == [] and counts() == [("Dune", 3, 1)]


@pytest.mark.parametrize(("face", "barcode"), [("4", ""), ("later", ""), ("3", "39999999999999")])
def test_invalid_rating_is_ignored(world: World, face: str, barcode: str) -> None:
    world.upload(response_row(world, ItemRating(face, barcode or world.dune.barcode)))
    world.upload(of_dune(world, "2"))
    carry()
    assert counts() == [("Dune", 2, 1)]


def test_staff_see_title_ratings_from_five_in_steps_of_five(world: World) -> None:
    grace = Librarian()
    for face in ("3", "3", "1", "3"):
        world.upload(of_dune(world, face))
    carry()
    assert "Dune" not in grace.reads("books") and "Rating" not in title_page(grace, world)
    for face in ("3", "3"):
        world.upload(of_dune(world, face))
    carry()
    assert "Dune Herbert, Frank under 5 under 5 5" in grace.reads("books")
    assert "Rating very unhappy under 5 so-so under 5 very happy 5" in title_page(grace, world)


def title_page(grace: Librarian, world: World) -> str:
    return words(grace.client.get(reverse("search:title", args=(world.dune.title_id,))).content)
