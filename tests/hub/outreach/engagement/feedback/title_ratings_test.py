"""Test title ratings at a kiosk: counted, used with consent, and not attributable to a patron."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from hub.circulation import cards
from hub.circulation.models import CirculationEvent
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import TitleRating
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reading_profiles import history
from hub.outreach.recommendations.reading_profiles.models import Opinion
from lending import wire
from lending.responses import ItemRating
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.outreach.engagement.feedback.smiley_ratings_test import kept, says
from tests.hub.outreach.recommendations.reading_profiles.readers import agrees, reads
from tests.hub.staff.staff_client import words
from tests.hub.support.world import ADA_UID, World

pytestmark = pytest.mark.django_db


def of_dune(world: World, face: str, uid: str = "") -> dict[str, object]:
    return says(world, ItemRating(face, world.dune.barcode, cards.hashed(uid) if uid else None))


def counts() -> list[tuple[str, int, int]]:
    return [(row.title.title, row.face, row.count) for row in TitleRating.objects.order_by("face")]


def opinions() -> list[tuple[int, str]]:
    return list(Opinion.objects.values_list("title", "says"))


def test_a_face_is_counted_once_for_its_title_and_month_and_nothing_else_is_kept(world: World) -> None:
    row = of_dune(world, "3")
    world.tell(row)
    world.tell(row)
    world.tell(of_dune(world, "3"))
    world.tell(of_dune(world, "1"))
    carry()
    carry()
    assert counts() == [("Dune", 1, 1), ("Dune", 3, 2)]
    assert {each.name for each in TitleRating._meta.fields} == {"id", "title", "month", "face", "count"}
    assert TitleRating.objects.filter(month__day=1).count() == 2


def test_once_it_is_counted_nothing_tells_who_said_it_of_what(world: World) -> None:
    agrees(world.ada)
    reads(world, world.dune)
    row = of_dune(world, "1", ADA_UID)
    world.tell(row)
    carry()
    assert opinions()
    (event,) = CirculationEvent.objects.filter(kind="said")
    told = json.dumps(event.data)
    assert world.dune.barcode not in told and world.ada.ref not in told and "answer" not in event.data
    assert wire.body_hash(str(row["kind"]), str(row["body"])) not in kept()


@pytest.mark.parametrize(("face", "says"), [("3", ["like"]), ("1", ["not"]), ("2", [])])
def test_what_the_patron_has_proved_to_be_theirs_counts_for_what_comes_next(
    world: World, face: str, says: list[str]
) -> None:
    person = agrees(world.ada)
    reads(world, world.dune)
    world.tell(of_dune(world, face, ADA_UID))
    carry()
    assert opinions() == [(world.dune.title_id, each) for each in says]
    assert counts() == [("Dune", int(face), 1)]
    history.forget(person, [world.dune.title_id])
    assert opinions() == [], "it goes with what the patron lets be kept"


def test_what_does_not_stand_in_their_history_is_no_opinion_of_theirs(world: World) -> None:
    agrees(world.ada)
    world.tell(of_dune(world, "3", ADA_UID))
    carry()
    assert opinions() == [] and counts() == [("Dune", 3, 1)]


def test_without_their_yes_it_is_counted_and_no_opinion_of_theirs(world: World) -> None:
    reads(world, world.dune)
    world.tell(of_dune(world, "1", ADA_UID))
    carry()
    assert opinions() == [] and counts() == [("Dune", 1, 1)]


def test_without_a_card_it_is_nobodys_opinion(world: World) -> None:
    agrees(world.ada)
    reads(world, world.dune)
    world.tell(of_dune(world, "3"))
    carry()
    assert opinions() == [] and not Person.objects.filter(opinions__isnull=False).exists()


@pytest.mark.parametrize(("face", "barcode"), [("4", ""), ("later", ""), ("3", "39999999999999")])
def test_what_makes_no_sense_stops_nothing(world: World, face: str, barcode: str) -> None:
    world.tell(says(world, ItemRating(face, barcode or world.dune.barcode)))
    world.tell(of_dune(world, "2"))
    carry()
    assert counts() == [("Dune", 2, 1)]


def test_staff_read_it_from_five_faces_on_and_in_fives(world: World) -> None:
    grace = Librarian()
    for face in ("3", "3", "1", "3"):
        world.tell(of_dune(world, face))
    carry()
    assert "Dune" not in grace.reads("books") and "Rating" not in title_page(grace, world)
    for face in ("3", "3"):
        world.tell(of_dune(world, face))
    carry()
    assert "Dune Herbert, Frank under 5 under 5 5" in grace.reads("books")
    assert "Rating very unhappy under 5 so-so under 5 very happy 5" in title_page(grace, world)


def title_page(grace: Librarian, world: World) -> str:
    return words(grace.client.get(reverse("search:title", args=(world.dune.title_id,))).content)
