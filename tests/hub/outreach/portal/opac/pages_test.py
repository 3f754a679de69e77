"""Test the public catalogue on phones, and saving a search with sign-in and consent."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Branch, Item, ItemType, Title
from hub.circulation.models import Hold
from hub.circulation.operations import hold_queue
from hub.core.clock import hub_clock
from hub.core.signed_links import public_url
from hub.outreach.engagement.feedback.models import MissedSearch
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.portal import rate_limit
from hub.outreach.portal.models import SavedSearch
from hub.outreach.portal.opac.saved_searches import MOST
from hub.outreach.portal.opac.saved_searches import save_search as save
from tests.hub.outreach.portal.phone import press, sign_in, start_session, token_of
from tests.hub.staff.staff_client import words
from tests.hub.support.world import ADA_UID, World

FIND, SEARCHES, SAVE = "/p/find/", "/p/searches/", "/p/searches/save/"


@pytest.fixture
def phone() -> Client:
    return Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)


def sees(phone: Client, path: str, **query: str) -> str:
    response = phone.get(path, query)
    assert response.status_code == 200
    return words(response.content)


def test_search_lists_title_with_availability(world: World, phone: Client) -> None:
    shown = sees(phone, FIND, q="dun")
    assert "1 title Dune Herbert, Frank On the shelf 813 XYZ Notify me about new titles" in shown
    world.upload(world.checkout(world.dune))
    assert "Dune Herbert, Frank On loan, due Wed 23 Dec 813 XYZ" in sees(phone, FIND, q="dun")


def test_title_page_lists_each_copy_without_patron_data(world: World, phone: Client) -> None:
    upstairs = Branch.objects.create(code="up", name="Upstairs")
    for number, condition in (
        ("97", Item.Condition.WITHDRAWN),
        ("98", Item.Condition.NORMAL),
        ("99", Item.Condition.LOST),
    ):
        Item.objects.create(
            barcode=f"300000000000{number}", title=world.dune.title, type=world.book, branch=upstairs,
            condition=condition, call_number="Q 7",
        )  # fmt: skip
    world.upload(world.checkout(world.dune))
    shown = sees(phone, reverse("opac:title", args=(world.dune.title_id,)))
    assert "ask staff for the location Q 7 Upstairs 1 of 1 in Main 813 XYZ Due Wed 23 Dec" in shown
    assert shown.count("Q 7") == 1 and "Ada" not in shown and "30000000000011" not in shown
    world.upload(world.checkin(world.dune))
    assert "Just returned" in sees(phone, reverse("opac:title", args=(world.dune.title_id,)))


def test_title_page_starts_with_the_branch_of_the_patrons_holds(
    world: World, phone: Client, two_branches: tuple[Title, Title]
) -> None:
    path = reverse("opac:title", args=(two_branches[0].pk,))
    start_session(phone, Person.objects.create(ref=world.ada.ref, since=hub_clock().now()))
    shown = sees(phone, path)
    assert "Main 1 of 1 in Upstairs 1 of 1 in" in shown and "边城 Book, Chinese" in shown
    world.place_hold(world.ada, world.dune)
    Hold.objects.update(pickup=Branch.objects.get(code="up"))
    assert "Upstairs 1 of 1 in Main 1 of 1 in" in sees(phone, path)


def test_title_page_shows_its_public_link(world: World, phone: Client) -> None:
    path = reverse("opac:title", args=(world.dune.title_id,))
    assert f'<a href="{public_url("opac:title", world.dune.title_id)}">' in phone.get(path).content.decode()


def test_trapped_copy_is_not_shown_as_available(world: World, phone: Client) -> None:
    world.place_hold(world.lin, world.dune)
    world.upload(world.checkout(world.dune))
    world.upload(world.checkin(world.dune, "trusted"))
    hold_queue.trap(world.by, world.dune)
    assert "On hold for a patron" in sees(phone, reverse("opac:title", args=(world.dune.title_id,)))
    assert "On hold for a patron" in sees(phone, FIND, q="dune")


def test_failed_search_is_counted_once_and_offers_suggestion(world: World, phone: Client) -> None:
    assert "No titles found. Try fewer words, or ask the library to buy it. Suggest a purchase" in sees(
        phone, FIND, q="宇宙学"
    )
    sees(phone, FIND, q="宇宙学", page="2")
    sees(phone, FIND, q="dune")
    (row,) = MissedSearch.objects.all()
    assert (row.words, row.times) == ("宇宙学", 1)


def test_results_are_paginated(world: World, phone: Client) -> None:
    for number in range(25):
        Title.objects.create(title=f"边城{number}")
    assert "25 titles" in sees(phone, FIND, q="边城")
    assert "边城0" in sees(phone, FIND, q="边城", page="2")


@pytest.fixture
def two_branches(world: World) -> tuple[Title, Title]:
    """Two titles of the Border Town: a Chinese book in both branches, and an English film upstairs only."""
    upstairs, film = (
        Branch.objects.create(code="up", name="Upstairs"),
        ItemType.objects.create(code="film", name="Film"),
    )
    book = Title.objects.create(title="边城", language="chi")
    shot = Title.objects.create(title="边城电影", language="eng")
    for number, title, kind, branch in (
        (1, book, world.book, world.main),
        (2, book, world.book, upstairs),
        (3, shot, film, upstairs),
    ):
        Item.objects.create(barcode=f"3000000000009{number}", title=title, type=kind, branch=branch)
    return book, shot


def results(phone: Client, **query: str) -> list[int]:
    response = phone.get(FIND, {"q": "边城", **query})
    return [row.number for row in response.context["rows"]]


def test_filters_narrow_results_together(world: World, phone: Client, two_branches: tuple[Title, Title]) -> None:
    book, film = (each.pk for each in two_branches)
    assert results(phone) == [book, film]
    assert results(phone, branch="up") == [book, film]
    assert results(phone, branch="main") == results(phone, type="book") == results(phone, language="chi") == [book]
    assert results(phone, branch="main", type="film") == results(phone, type="book", language="eng") == []
    assert results(phone, branch="nowhere", type="", language="xxx") == [book, film], "unknown values narrow nothing"
    world.upload(world.checkout(Item.objects.get(title=book, branch=world.main)))
    assert results(phone, here="1") == [book, film], "one copy is there"
    assert results(phone, here="1", branch="main") == [], "but not in this branch"
    assert "边城 On the shelf at Upstairs" in sees(phone, FIND, q="边城", branch="main")


def test_filters_are_kept_by_links_pages_and_the_next_search(
    world: World, phone: Client, two_branches: tuple[Title, Title]
) -> None:
    for number in range(25):
        title = Title.objects.create(title=f"边城{number}", language="chi")
        Item.objects.create(barcode=f"300000000008{number:02}", title=title, type=world.book, branch=world.main)
    page = phone.get(FIND, {"q": "边城", "branch": "main", "here": "1"}).content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None and "26 titles" in words(page.encode())
    assert len(phone.get(FIND + unescape(following[1])).context["rows"]) == 6
    assert '<input type="hidden" name="branch" value="main">' in page
    assert unescape(page).count("&here=1&branch=main&language=chi") == 1, "another filter adds to them"


def test_results_are_sorted_and_keep_their_filters(world: World, phone: Client) -> None:
    named = [("边城 b", "Yi", 1999), ("边城 a", "", 2020), ("边城 C", "An", None)]
    b, a, c = (Title.objects.create(title=title, author=by, year=year).pk for title, by, year in named)
    assert results(phone, sort="title") == [a, b, c]
    assert results(phone, sort="author") == [c, b, a], "titles without an author come last"
    assert results(phone, sort="newest") == [a, b, c], "titles without a year come last"
    assert results(phone, sort="year") == results(phone)
    page = phone.get(FIND, {"q": "边城", "sort": "title", "here": ""})
    assert [unescape(each.url).partition("&")[2] for each in page.context["sorting"].choices] == [
        "",
        "sort=newest",
        "sort=author",
        "sort=title",
    ]
    assert all("sort=title" in chip.url for chip in page.context["chips"])
    assert '<input type="hidden" name="sort" value="title">' in page.content.decode()


def test_empty_result_says_which_filter_to_drop(world: World, phone: Client, two_branches: tuple[Title, Title]) -> None:
    query = {"branch": "main", "language": "eng"}
    page = phone.get(FIND, {"q": "边城", **query})
    assert "No titles with these filters" in words(page.content)
    assert "Without “Main” 1 title Without “English” 1 title Show all titles" in words(page.content)
    for each in page.context["removals"]:
        assert len(phone.get(FIND + each.url).context["rows"]) == each.count == 1
    none = words(phone.get(FIND, {"q": "边城", "branch": "main", "language": "eng", "type": "film"}).content)
    assert "Without “English”" not in none and "Without “Main” 1 title" in none


def test_saving_requires_sign_in_and_keeps_search_words(world: World, ada: Person, phone: Client) -> None:
    asked = phone.get(FIND, {"q": "红楼 & 梦"})
    sent = phone.post(SAVE, {"q": "红楼 & 梦", "csrfmiddlewaretoken": token_of(asked.content)})
    assert sent.status_code == 302 and sent["Location"].endswith("/p/in/?to=searches")
    assert not SavedSearch.objects.exists()
    sign_in(phone, ADA_UID, "searches")
    page = phone.get(SEARCHES).content.decode()
    assert 'value="红楼 &amp; 梦"' in page


def test_saved_search_requires_consent(world: World, ada: Person, phone: Client) -> None:
    start_session(phone, ada)
    assert "Tick the box to agree" in press(phone, SAVE, SEARCHES, q="红楼梦")
    assert not SavedSearch.objects.exists() and not consents.has_consented(ada, Purpose.ALERTS)
    said = press(phone, SAVE, SEARCHES, q="红楼梦", agree="yes")
    assert "Saved. We will tell you about new titles for “红楼梦”." in said and "红楼梦 Stop" in said
    assert consents.has_consented(ada, Purpose.ALERTS)
    newest = ada.consents.first()
    assert newest is not None and newest.text_version == consents.text(Purpose.ALERTS).version
    assert not consents.has_consented(ada, Purpose.DIGEST), "one consent is not another"
    press(phone, SAVE, SEARCHES, q="红楼梦")
    press(phone, SAVE, SEARCHES, q="边城")
    assert SavedSearch.objects.count() == 2


def test_invalid_search_or_excess_search_is_rejected(world: World, ada: Person, phone: Client) -> None:
    start_session(phone, ada)
    for typed in ("a", "红", "--"):
        assert "Enter at least 2 characters." in press(phone, SAVE, SEARCHES, q=typed, agree="yes"), typed
    for number in range(MOST):
        save(ada, f"边城{number}", "phone", hub_clock().now())
    assert f"You have {MOST} saved searches" in press(phone, SAVE, SEARCHES, q="红楼梦")


def test_patron_removes_own_search_only(world: World, ada: Person, phone: Client) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    own, other = (save(each, "边城", "phone", hub_clock().now()) for each in (ada, lin))
    start_session(phone, ada)
    for search in (own, other):
        press(phone, reverse("opac:end", args=(search.pk,)), SEARCHES)
    assert list(SavedSearch.objects.all()) == [other]


def test_unknown_title_returns_404(world: World, phone: Client) -> None:
    assert phone.get("/p/titles/999999/").status_code == 404


def test_failed_searches_of_one_visitor_are_limited(world: World) -> None:
    for number in range(rate_limit.MOST["missed"] + 5):
        page = Client().get(reverse("opac:find"), {"q": f"qqzzxx {number}"})
        assert page.status_code == 200
    assert MissedSearch.objects.count() == rate_limit.MOST["missed"]
