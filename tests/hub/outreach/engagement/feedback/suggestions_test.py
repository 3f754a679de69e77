"""Test purchase suggestions: one per title, ISBNs are checked, and everyone who asked is notified."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hub.catalogue.models import Isbn
from hub.outreach.engagement.feedback import pending_replies, suggestions
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Suggestion, SuggestionFollower
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian, person, told
from tests.hub.support.world import NOW, World

ISBN = "9787020002207"


@pytest.fixture
def grace(world: World) -> Librarian:
    return Librarian()


def wants(words: str, ref: str = "", transaction: str = "s1") -> Suggestion | None:
    return suggestions.suggest(transaction, NOW, words, person(ref) if ref else None)


@pytest.mark.parametrize("text", [ISBN, "978-7-02-000220-7", "ISBN 978 7 02 000220 7", "7-02-000220-X"])
def test_an_isbn_is_the_same_however_it_is_written(world: World, text: str) -> None:
    found = wants(text)
    assert found is not None
    assert (found.isbn, suggestions.hyphenated(found.isbn)) == (ISBN, "978-7-02-000220-7")


def test_an_isbn_with_a_slip_is_refused_with_the_remedy(world: World) -> None:
    with pytest.raises(SubmissionRejected):
        wants("978-7-02-000220-8")
    assert wants("红楼梦") is not None, "the transaction was not used up"


@pytest.mark.parametrize("text", ["", "   ", "——", "x" * 201])
def test_what_names_no_title_is_refused(world: World, text: str) -> None:
    with pytest.raises(SubmissionRejected):
        wants(text)


def test_a_title_with_digits_is_no_isbn(world: World) -> None:
    found = wants("1984")
    assert found is not None
    assert (found.isbn, found.words) == ("", "1984")


def test_the_same_title_is_one_suggestion_however_often_it_comes(world: World) -> None:
    wants("《红楼梦》", world.ada.ref, "s1")
    wants("红 楼 梦", world.lin.ref, "s2")
    wants("红楼梦", world.lin.ref, "s3")
    wants("红楼梦", "", "s4")
    assert wants("红楼梦", "", "s4") is None
    (found,) = Suggestion.objects.all()
    assert (found.asked, found.wishes.count()) == (3, 2), "Lin asked twice and is one"


def test_each_who_asked_is_told_what_became_of_it(world: World, grace: Librarian) -> None:
    found = wants(ISBN, world.ada.ref)
    assert found is not None
    wants(ISBN, world.lin.ref, "s2")
    assert "2 times" in grace.reads("suggestions")
    assert "Ordered; 2 patrons will be notified" in grace.does("decide", found.pk, state="ordered")
    assert "Ordered; 0 patrons will be notified" in grace.does("decide", found.pk, state="ordered")
    assert [each["state"] for each in told(world.ada.ref)] == ["ordered"]
    (shown,) = pending_replies.unread(world.lin.ref)
    assert (shown.about, shown.state) == ("978-7-02-000220-7", "ordered")
    assert pending_replies.read(world.lin.ref, shown.key, NOW)
    assert pending_replies.unread(world.lin.ref) == []
    grace.does("decide", found.pk, state="arrived")
    assert [each.state for each in pending_replies.unread(world.lin.ref)] == ["arrived"]
    assert [each.state for each in pending_replies.unread(world.ada.ref)] == ["arrived"], "only what holds now"


def test_a_decline_needs_a_reason_which_the_patron_reads(world: World, grace: Librarian) -> None:
    found = wants("红楼梦", world.ada.ref)
    assert found is not None
    assert "The text is empty" in grace.does("decide", found.pk, state="declined", reason=" ", status=422)
    assert told(world.ada.ref) == []
    grace.does("decide", found.pk, state="declined", reason="馆内已有三种版本")
    assert [each["reason"] for each in told(world.ada.ref)] == ["馆内已有三种版本"]
    assert [each.words for each in pending_replies.unread(world.ada.ref)] == ["馆内已有三种版本"]


def test_whoever_asks_after_the_decision_is_told_it(world: World, grace: Librarian) -> None:
    found = wants("红楼梦")
    assert found is not None
    grace.does("decide", found.pk, state="ordered")
    wants("红楼梦", world.ada.ref, "s2")
    assert [each["state"] for each in told(world.ada.ref)] == ["ordered"]
    assert [each.state for each in pending_replies.unread(world.ada.ref)] == ["ordered"]


def test_two_that_mean_the_same_are_joined_and_nobody_is_lost(world: World, grace: Librarian) -> None:
    by_words, by_isbn = wants("红楼梦 曹雪芹", world.ada.ref, "s1"), wants(ISBN, world.lin.ref, "s2")
    assert by_words is not None
    assert by_isbn is not None
    wants(ISBN, world.ada.ref, "s3")
    assert "The two suggestions are merged" in grace.does("merge", by_words.pk, into=by_isbn.pk)
    (left,) = Suggestion.objects.all()
    assert (left.isbn, left.words, left.asked) == (ISBN, "红楼梦 曹雪芹", 2)
    assert {each.person.ref for each in SuggestionFollower.objects.all()} == {world.ada.ref, world.lin.ref}
    again = wants(ISBN, "", "s4")
    assert again is not None
    assert again.pk == left.pk


def test_joining_it_to_itself_is_refused(world: World, grace: Librarian) -> None:
    found = wants("红楼梦")
    assert found is not None
    assert "This is the same suggestion" in grace.does("merge", found.pk, into=found.pk, status=422)
    for odd in ("", "x", "9" * 30):
        assert grace.client.post(reverse("feedback:merge", args=(found.pk,)), {"into": odd}).status_code == 404


def test_staff_see_what_the_library_has_already(world: World, grace: Librarian) -> None:
    Isbn.objects.create(title=world.dune.title, isbn13=ISBN)
    found = wants(ISBN)
    assert found is not None
    assert "Already in the library" in grace.reads("suggestions")
    assert "In the catalogue Dune" in grace.reads("suggestion", found.pk)


def test_alike_titles_are_offered(world: World, grace: Librarian) -> None:
    first = wants("Dune by Herbert", transaction="s1")
    wants("Herbert: Dune Messiah", transaction="s2")
    wants("Emma", transaction="s3")
    assert first is not None
    page = grace.reads("suggestion", first.pk)
    assert "Herbert: Dune Messiah" in page
    assert "Emma" not in page
