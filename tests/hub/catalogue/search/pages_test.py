"""Test the staff search: results while typing, and anonymous counts of unsuccessful searches."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from hub.catalogue.models import Branch, Item, Title
from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.models import MissedSearch
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


def sees(grace: Grace, typed: str, **more: str) -> str:
    response = grace.client.get(reverse("search:titles"), {"q": typed, **more})
    assert response.status_code == 200
    return words(response.content)


def test_a_title_is_found_with_its_copies_and_where_they_are(world: World, grace: Grace) -> None:
    upstairs = Branch.objects.create(code="up", name="Upstairs")
    Item.objects.create(barcode="30000000000099", title=world.dune.title, type=world.book, branch=upstairs)
    assert "Dune Herbert, Frank, 813 XYZ 2 of 2 on the shelf Main, Upstairs" in sees(grace, "dune")
    world.hand_over(world.borrows(world.dune))
    assert "1 of 2 on the shelf Upstairs" in sees(grace, "herb")


def test_when_all_are_away_the_next_due_date_is_told(world: World, grace: Grace) -> None:
    world.hand_over(world.borrows(world.dune))
    assert "All on loan, next due Wed 23 Dec Main" in sees(grace, "dune")


def test_a_withdrawn_copy_is_none(world: World, grace: Grace) -> None:
    Item.objects.filter(pk=world.dune.pk).update(condition=Item.Condition.WITHDRAWN)
    assert "No copy" in sees(grace, "dune")


def test_the_list_comes_alone_while_somebody_types(world: World, grace: Grace) -> None:
    response = grace.client.get(reverse("search:titles"), {"q": "du", "part": "1"})
    assert "Dune" in words(response.content) and b"<html" not in response.content


def test_only_what_was_sent_and_found_nothing_is_counted(world: World, grace: Grace) -> None:
    for part in ("宇", "宇宙", "宇宙学"):
        sees(grace, part, part="1")
    sees(grace, "dune")
    sees(grace, "")
    assert not MissedSearch.objects.exists()
    assert "No titles found" in sees(grace, "宇宙学")
    sees(grace, "20000000000012")
    (row,) = MissedSearch.objects.all()
    assert (row.words, row.branch, row.times) == ("宇宙学", "main", 1)
    assert {field.name for field in MissedSearch._meta.fields} == {"id", "words", "week", "branch", "times", "settled"}


def test_what_comes_close_is_said_to_be_that(world: World, grace: Grace) -> None:
    Title.objects.create(title="额尔古纳河右岸")
    assert "No exact match. Similar titles:" in sees(grace, "额尔古纳何右岸")
    assert MissedSearch.objects.count() == 1


def test_many_titles_are_turned_page_by_page(world: World, grace: Grace) -> None:
    for number in range(30):
        Title.objects.create(title=f"边城{number}")
    shown = sees(grace, "边城", page="2")
    assert "30 titles" in shown and "Page 2 of 2" in shown


def test_one_title_has_all_that_is_known_of_it(world: World, grace: Grace) -> None:
    world.hand_over(world.borrows(world.dune))
    world.waits(world.lin, world.dune)
    title = world.dune.title
    title.isbns.create(isbn13="9780441013593")
    response = grace.client.get(reverse("search:title", args=(title.pk,)))
    shown = words(response.content)
    for said in ("Dune", "Herbert, Frank", "813 XYZ", "978-0-441-01359-3", "On loan", "Wed 23 Dec", "30000000000011"):
        assert said in shown, said
    assert "1 hold on it." in shown
    assert "Ada" not in shown and "林样本" not in shown


def test_marketing_finds_titles_but_is_led_to_no_copy(world: World) -> None:
    rachel = Grace(role="marketing", name="rachel")
    page = rachel.client.get(reverse("search:title", args=(world.dune.title_id,))).content.decode()
    assert "30000000000011" in page and not re.search(r'href="/staff/items/\d', page)


def test_the_page_asks_few_questions_of_the_database(
    world: World, grace: Grace, django_assert_max_num_queries: object
) -> None:
    grace.client.get(reverse("search:titles"))
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        sees(grace, "d", part="1")
    assert hub_clock().now()
