"""Test the staff search: results while typing, and anonymous counts of unsuccessful searches."""

from __future__ import annotations

import re

from django.urls import reverse

from hub.catalogue.models import Branch, Item, Title
from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.models import MissedSearch
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


def search_text(grace: Grace, typed: str, **more: str) -> str:
    response = grace.client.get(reverse("search:titles"), {"q": typed, **more})
    assert response.status_code == 200
    return words(response.content)


def test_title_is_listed_with_availability_and_branches(world: World, grace: Grace) -> None:
    upstairs = Branch.objects.create(code="up", name="Upstairs")
    Item.objects.create(barcode="30000000000099", title=world.dune.title, type=world.book, branch=upstairs)
    assert "Dune Herbert, Frank, 813 XYZ 2 of 2 on the shelf Main, Upstairs" in search_text(grace, "dune")
    world.upload_all(world.checkout(world.dune))
    assert "1 of 2 on the shelf Upstairs" in search_text(grace, "herb")


def test_title_without_available_items_shows_the_next_due_date(world: World, grace: Grace) -> None:
    world.upload_all(world.checkout(world.dune))
    assert "All on loan, next due Wed 23 Dec Main" in search_text(grace, "dune")


def test_withdrawn_item_does_not_count(world: World, grace: Grace) -> None:
    Item.objects.filter(pk=world.dune.pk).update(condition=Item.Condition.WITHDRAWN)
    assert "No copy" in search_text(grace, "dune")


def test_partial_request_returns_the_list_only(world: World, grace: Grace) -> None:
    response = grace.client.get(reverse("search:titles"), {"q": "du", "part": "1"})
    assert "Dune" in words(response.content) and b"<html" not in response.content


def test_only_submitted_searches_without_result_are_counted(world: World, grace: Grace) -> None:
    for part in ("宇", "宇宙", "宇宙学"):
        search_text(grace, part, part="1")
    search_text(grace, "dune")
    search_text(grace, "")
    assert not MissedSearch.objects.exists()
    assert "No titles found" in search_text(grace, "宇宙学")
    search_text(grace, "20000000000012")
    (row,) = MissedSearch.objects.all()
    assert (row.words, row.branch, row.times) == ("宇宙学", "main", 1)
    assert {field.name for field in MissedSearch._meta.fields} == {"id", "words", "week", "branch", "times", "settled"}


def test_approximate_matches_are_labelled(world: World, grace: Grace) -> None:
    Title.objects.create(title="额尔古纳河右岸")
    assert "No exact match. Similar titles:" in search_text(grace, "额尔古纳何右岸")
    assert MissedSearch.objects.count() == 1


def test_long_result_list_has_pages(world: World, grace: Grace) -> None:
    for number in range(30):
        Title.objects.create(title=f"边城{number}")
    shown = search_text(grace, "边城", page="2")
    assert "30 titles" in shown and "Page 2 of 2" in shown


def test_title_page_shows_record_items_and_holds_without_patrons(world: World, grace: Grace) -> None:
    world.upload_all(world.checkout(world.dune))
    world.place_hold(world.lin, world.dune)
    title = world.dune.title
    title.isbns.create(isbn13="9780441013593")
    response = grace.client.get(reverse("search:title", args=(title.pk,)))
    shown = words(response.content)
    for expected in (
        "Dune",
        "Herbert, Frank",
        "813 XYZ",
        "978-0-441-01359-3",
        "On loan",
        "Wed 23 Dec",
        "30000000000011",
    ):
        assert expected in shown, expected
    assert "1 hold on it." in shown
    assert "Ada" not in shown and "林样本" not in shown


def test_marketing_role_sees_titles_without_links_to_items(world: World) -> None:
    rachel = Grace(role="marketing", name="rachel")
    page = rachel.client.get(reverse("search:title", args=(world.dune.title_id,))).content.decode()
    assert "30000000000011" in page and not re.search(r'href="/staff/items/\d', page)


def test_search_page_stays_within_its_query_count(
    world: World, grace: Grace, django_assert_max_num_queries: object
) -> None:
    grace.client.get(reverse("search:titles"))
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        search_text(grace, "d", part="1")
    assert hub_clock().now()
