"""Test title ratings at a kiosk: counted, used with consent, and not attributable to a patron."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from hub.circulation import cards
from hub.circulation.models import CirculationEvent
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import TitleRating
from hub.outreach.recommendations.reading_profiles import history
from hub.outreach.recommendations.reading_profiles.models import Opinion
from lending import wire
from lending.responses import ItemRating
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.outreach.engagement.feedback.smiley_ratings_test import response_row, stored_data
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents
from tests.hub.staff.staff_client import words
from tests.hub.support.world import ADA_UID, World

pytestmark = pytest.mark.django_db


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
