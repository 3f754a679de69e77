"""Test purchase suggestions: one per title, ISBNs are checked, and everyone who asked is notified."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hub.catalogue.models import Isbn
from hub.outreach.engagement.feedback import pending_replies, suggestions
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Suggestion, SuggestionFollower
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian, person, queued_messages
from tests.hub.support.world import NOW, World

ISBN = "9787020002207"


def suggest(words: str, ref: str = "", transaction: str = "s1") -> Suggestion:
    found = suggestions.suggest(transaction, NOW, words, person(ref) if ref else None)
    assert found is not None
    return found


@pytest.mark.parametrize("text", [ISBN, "978-7-02-000220-7", "ISBN 978 7 02 000220 7", "7-02-000220-X"])
def test_isbn_is_normalised(world: World, text: str) -> None:
    found = suggest(text)
    assert (found.isbn, suggestions.hyphenate(found.isbn)) == (ISBN, "978-7-02-000220-7")


def test_invalid_isbn_is_rejected_without_using_up_transaction(world: World) -> None:
    with pytest.raises(SubmissionRejected):
        suggest("978-7-02-000220-8")
    suggest("红楼梦")  # the transaction remains usable


@pytest.mark.parametrize("text", ["", "   ", "——", "x" * 201])
def test_suggestion_without_title_is_rejected(world: World, text: str) -> None:
    with pytest.raises(SubmissionRejected):
        suggest(text)


def test_number_title_is_not_taken_for_isbn(world: World) -> None:
    found = suggest("1984")
    assert (found.isbn, found.words) == ("", "1984")


def test_repeated_title_is_one_suggestion_with_followers(world: World) -> None:
    suggest("《红楼梦》", world.ada.ref, "s1")
    suggest("红 楼 梦", world.lin.ref, "s2")
    suggest("红楼梦", world.lin.ref, "s3")
    suggest("红楼梦", "", "s4")
    assert suggestions.suggest("s4", NOW, "红楼梦") is None
    (found,) = Suggestion.objects.all()
    assert (found.asked, found.wishes.count()) == (3, 2), "a follower who asks twice counts once"


def test_every_follower_is_notified_of_decision_once(world: World, grace: Librarian) -> None:
    found = suggest(ISBN, world.ada.ref)
    suggest(ISBN, world.lin.ref, "s2")
    assert "2 times" in grace.reads("suggestions")
    assert "Ordered; 2 patrons will be notified" in grace.does("decide", found.pk, state="ordered")
    assert "Ordered; 0 patrons will be notified" in grace.does("decide", found.pk, state="ordered")
    assert [each["state"] for each in queued_messages(world.ada.ref)] == ["ordered"]
    (shown,) = pending_replies.unread(world.lin.ref)
    assert (shown.about, shown.state) == ("978-7-02-000220-7", "ordered")
    assert pending_replies.read(world.lin.ref, shown.key, NOW)
    assert pending_replies.unread(world.lin.ref) == []
    grace.does("decide", found.pk, state="arrived")
    assert [each.state for each in pending_replies.unread(world.lin.ref)] == ["arrived"]
    assert [each.state for each in pending_replies.unread(world.ada.ref)] == ["arrived"], "only the current state"


def test_declined_suggestion_requires_reason_shown_to_patron(world: World, grace: Librarian) -> None:
    found = suggest("红楼梦", world.ada.ref)
    assert "The text is empty" in grace.does("decide", found.pk, state="declined", reason=" ", status=422)
    assert queued_messages(world.ada.ref) == []
    grace.does("decide", found.pk, state="declined", reason="馆内已有三种版本")
    assert [each["reason"] for each in queued_messages(world.ada.ref)] == ["馆内已有三种版本"]
    assert [each.words for each in pending_replies.unread(world.ada.ref)] == ["馆内已有三种版本"]


def test_later_follower_is_notified_of_existing_decision(world: World, grace: Librarian) -> None:
    found = suggest("红楼梦")
    grace.does("decide", found.pk, state="ordered")
    suggest("红楼梦", world.ada.ref, "s2")
    assert [each["state"] for each in queued_messages(world.ada.ref)] == ["ordered"]
    assert [each.state for each in pending_replies.unread(world.ada.ref)] == ["ordered"]


@pytest.mark.parametrize("stays", ["title", "ISBN"])
def test_merged_suggestions_keep_all_followers(world: World, grace: Librarian, stays: str) -> None:
    by_title, by_isbn = suggest("红楼梦 曹雪芹", world.ada.ref, "s1"), suggest(ISBN, world.lin.ref, "s2")
    suggest("红楼梦 曹雪芹", world.lin.ref, "s3")
    gone, into = (by_isbn, by_title) if stays == "title" else (by_title, by_isbn)
    assert "The two suggestions are merged" in grace.does("merge", gone.pk, into=into.pk)
    (left,) = Suggestion.objects.all()
    assert (left.isbn, left.words, left.asked) == (ISBN, "红楼梦 曹雪芹", 2)
    assert {each.person.ref for each in SuggestionFollower.objects.all()} == {world.ada.ref, world.lin.ref}
    assert suggest(ISBN, "", "s4").pk == left.pk


def test_suggestion_cannot_be_merged_with_itself(world: World, grace: Librarian) -> None:
    found = suggest("红楼梦")
    assert "This is the same suggestion" in grace.does("merge", found.pk, into=found.pk, status=422)
    for odd in ("", "x", "9" * 30):
        assert grace.client.post(reverse("feedback:merge", args=(found.pk,)), {"into": odd}).status_code == 404


def test_staff_see_title_already_in_catalogue(world: World, grace: Librarian) -> None:
    Isbn.objects.create(title=world.dune.title, isbn13=ISBN)
    found = suggest(ISBN)
    assert "Already in the library" in grace.reads("suggestions")
    assert "In the catalogue Dune" in grace.reads("suggestion", found.pk)


def test_similar_suggestions_are_listed(world: World, grace: Librarian) -> None:
    first = suggest("Dune by Herbert", transaction="s1")
    suggest("Herbert: Dune Messiah", transaction="s2")
    suggest("Emma", transaction="s3")
    page = grace.reads("suggestion", first.pk)
    assert "Herbert: Dune Messiah" in page
    assert "Emma" not in page
