"""Test reading counts: counted only while the patron opts in, and without titles."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.loyalty import reading_counts
from hub.outreach.engagement.loyalty.models import ReadingCount
from tests.hub.outreach.portal.phone import press, sign_in, verified_ada
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, person
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

MINE = "portal:mine"


def test_books_are_counted_only_while_opted_in(world: World) -> None:
    borrow_in_turn(world, world.emma)
    world.upload(world.checkout(world.dune))
    world.advance(hours=1)
    world.upload(world.checkin(world.dune, "trusted"))
    world.advance(hours=1)
    reading_counts.begin(person(world.ada), hub_clock().now())
    borrow_in_turn(world, world.dune, world.utopia)
    assert ReadingCount.objects.get().books == 2
    row = world.checkout(world.emma)
    world.upload(row)
    world.upload(world.undo(row))
    carry()
    assert ReadingCount.objects.get().books == 2
    reading_counts.stop(person(world.ada))
    borrow_in_turn(world, world.dune)
    assert not ReadingCount.objects.exists()


def test_next_badge_comes_at_ten_fifty_and_one_hundred_books() -> None:
    assert [reading_counts.following(each) for each in (0, 9, 10, 99, 100)] == [10, 1, 40, 1, 0]


def test_patron_starts_and_stops_count_in_portal(world: World) -> None:
    verified_ada(world)
    client = Client(headers={"Accept-Language": "en"})
    sign_in(client, world.ada.identifier, "mine")
    assert "We now count your books" in press(
        client, reverse("portal:mine_change", args=("record", "begin")), reverse(MINE)
    )
    ReadingCount.objects.update(books=12)
    content = client.get(reverse(MINE)).content
    page = words(content)
    assert b'class="badge"' not in content, "the tab counts loans and holds, not books"
    assert "12 books since Wed 25 Nov" in page and "10 earned" in page and "50 not yet" in page
    assert "38 books to the next badge" in page
    press(client, reverse("portal:mine_change", args=("record", "end")), reverse(MINE))
    assert not ReadingCount.objects.exists()


def test_count_page_requires_sign_in(world: World) -> None:
    assert Client().get(reverse(MINE)).headers["Location"].endswith("?to=mine")
