"""Test feedback from the portal: with and without a card, taken once, and answered where possible."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback import comments, pending_replies, tickets
from hub.outreach.engagement.feedback.models import (
    Booking,
    Course,
    Feedback,
    Session,
    SmileyRating,
    Suggestion,
    SurveyResponse,
    Ticket,
)
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.patrons.models import Person
from hub.outreach.portal import portal_session, rate_limit
from hub.outreach.portal.message_links import link as link_in
from hub.outreach.portal.models import Scope
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.outreach.portal.phone import hidden, link, press, sign_in, token_of
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

CARD = "20000000000012"
FORM: dict[str, Any] = {
    "title": {"default": "Your visit", "zh-cn": "您的到访"},
    "elements": [
        {"type": "rating", "name": "mood", "title": "How was it?", "rateType": "smileys", "isRequired": True},
        {"type": "comment", "name": "why", "title": "Why?", "visibleIf": "{mood} < 3"},
    ],
}


@pytest.fixture
def phone() -> Client:
    return Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)


def submit(phone: Client, name: str, **fields: str) -> str:
    """Fill in and submit a page's own form."""
    url = reverse(f"portal:{name}")
    page = phone.get(url).content
    form = {"transaction": hidden(page, "transaction"), "csrfmiddlewaretoken": token_of(page), **fields}
    return words(phone.post(url, form, follow=True).content)


def test_feedback_without_card_is_stored_and_shown_to_staff(world: World, phone: Client) -> None:
    assert "Thank you" in submit(phone, "say", face="2", words="It was cold in the reading room.")
    assert SmileyRating.objects.get().face == 2
    stored = Feedback.objects.get()
    assert (stored.words, stored.person) == ("It was cold in the reading room.", None)
    assert "It was cold in the reading room." in Librarian().reads("feedback")


def test_resubmitted_form_is_stored_once(world: World, phone: Client) -> None:
    url = reverse("portal:say")
    page = phone.get(url).content
    form = {"transaction": hidden(page, "transaction"), "csrfmiddlewaretoken": token_of(page), "face": "5"}
    for _each in range(2):
        assert phone.post(url, form).status_code == 302
    assert SmileyRating.objects.count() == 1


def test_empty_feedback_is_rejected_and_suggestion_input_kept(world: World, phone: Client) -> None:
    assert "The text is empty" in submit(phone, "say", words=" ")
    assert not Feedback.objects.exists()
    assert "9787" in submit(phone, "suggest", words="9787000000002")


def test_anonymous_feedback_is_rate_limited(world: World, phone: Client) -> None:
    for _each in range(12):
        submit(phone, "say", face="1")
    assert "15 minutes" in submit(phone, "say", face="1")
    assert SmileyRating.objects.count() == 12


def test_signed_in_patron_may_add_name_and_reads_answer(world: World, ada: Person, phone: Client) -> None:
    sign_in(phone, CARD)
    submit(phone, "say", words="Please open on Sunday.")
    assert Feedback.objects.latest("pk").person is None, "no answer was requested"
    submit(phone, "say", words="Please open on Monday.", mine="1")
    said = Feedback.objects.latest("pk")
    assert said.person == ada
    comments.answer(said, Librarian().user, "From January on we do.", hub_clock().now(), "t9")
    assert "From January on we do." in words(phone.get(reverse("portal:ask")).content)
    assert pending_replies.unread(ada.ref) == [], "an answer read here is not shown at the kiosk"


def test_suggestion_is_stored_and_shown_to_patron(world: World, ada: Person, phone: Client) -> None:
    sign_in(phone, CARD)
    assert "The library will consider" in submit(phone, "suggest", words="呼兰河传")
    assert (Suggestion.objects.get().words, Suggestion.objects.get().asked) == ("呼兰河传", 1)
    assert "呼兰河传" in words(phone.get(reverse("portal:ask")).content)


def test_question_is_answered_and_message_link_allows_follow_up(world: World, ada: Person, phone: Client) -> None:
    sign_in(phone, CARD, "ask")
    assert "Sent." in submit(phone, "ask", topic="find", words="Where are the maps?")
    ticket = Ticket.objects.get()
    tickets.answer(ticket, Librarian().user, "On the second floor.", hub_clock().now(), "t1")
    other = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
    url = link(ada, "a1", "portal:answers_by_link")
    assert "On the second floor." in words(other.get(url).content)
    assert pending_replies.unread(ada.ref), "opening the link does not mark the answer as read"
    seen = press(other, url, url, ticket=str(ticket.pk), words="And the atlases?")
    assert "And the atlases?" in seen
    ticket.refresh_from_db()
    assert ticket.state == Ticket.State.OPEN
    assert Client().get(url).status_code == 410
    assert other.get(reverse("portal:loans")).status_code == 302, "the link opens questions only"


def test_patron_cannot_continue_question_of_other_patron(world: World, ada: Person, phone: Client) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    ticket = tickets.ask(lin, "find", "Mine alone", hub_clock().now(), None, "t1")
    assert ticket is not None
    sign_in(phone, CARD, "ask")
    assert "no longer exists" in submit(phone, "ask", ticket=str(ticket.pk), words="Hello?")
    assert "Mine alone" not in phone.get(reverse("portal:ask")).content.decode()


def open_questionnaire(form: dict[str, Any]) -> str:
    """Return the URL of an open questionnaire."""
    today = hub_clock().now().date()
    rounds.open_it(rounds.keep("visit", form, hub_clock().now()), today, today + timedelta(days=9))
    return reverse("portal:questionnaire", args=("visit",))


def answer(phone: Client, page: bytes, url: str, go: str = "next", **fields: str) -> bytes:
    """Answer a page's question and press a button like a browser, with the hidden fields."""
    hidden_fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.decode()))
    return phone.post(url, {**hidden_fields, **fields, "go": go}, follow=True).content


def test_questionnaire_is_answered_anonymously_once(world: World, ada: Person, phone: Client) -> None:
    url = open_questionnaire(FORM)
    sign_in(phone, CARD)
    assert "Your visit" in words(phone.get(reverse("portal:questionnaires")).content)
    page = phone.get(url).content
    assert "1 of 1" in words(page)
    assert "needs an answer" in words(answer(phone, page, url))
    page = answer(phone, page, url, **{"q-mood": "2"})
    assert "2 of 2" in words(page)
    assert "Thank you for your answers" in words(answer(phone, page, url, **{"q-why": "Quiet"}))
    stored = SurveyResponse.objects.get()
    assert (stored.values, stored.person) == ({"mood": 2, "why": "Quiet"}, None)
    assert "Your visit" not in words(phone.get(reverse("portal:questionnaires")).content)
    assert "already answered this questionnaire" in words(answer(phone, phone.get(url).content, url, **{"q-mood": "5"}))


def test_follow_up_question_depends_on_earlier_answer(world: World, phone: Client) -> None:
    """A high rating skips the question for reasons; dropped answers are named."""
    url = open_questionnaire(FORM)
    page = answer(phone, phone.get(url).content, url, **{"q-mood": "2"})
    assert 'name="q-why"' in page.decode()
    page = answer(phone, page, url, "back", **{"q-why": "Too loud"})
    assert 'value="2" checked' in page.decode()
    assert "Too loud</textarea>" in answer(phone, page, url, **{"q-mood": "2"}).decode()
    page = answer(phone, page, url, **{"q-mood": "5"})
    assert "Your answer to “Why?” is not sent, because your other answers skip that question." in words(page)
    assert not SurveyResponse.objects.exists()
    assert "Thank you for your answers" in words(answer(phone, page, url, **{"q-mood": "5"}))
    assert SurveyResponse.objects.get().values == {"mood": 5}


def test_blank_required_answer_is_rejected(world: World, phone: Client) -> None:
    form = {"title": "Why", "elements": [{"type": "comment", "name": "why", "title": "Why?", "isRequired": True}]}
    url = open_questionnaire(form)
    for blanks in ("   ", "\u3000"):
        assert "needs an answer" in words(answer(phone, phone.get(url).content, url, **{"q-why": blanks}))
    assert not SurveyResponse.objects.exists()


def test_patron_books_course_and_gives_place_back(world: World, ada: Person, phone: Client) -> None:
    begins = hub_clock().now() + timedelta(days=3)
    course = Course.objects.create(name={"zh": "检索入门课", "en": "First steps"})
    ends = begins + timedelta(hours=1)
    session = Session.objects.create(course=course, branch=world.main, begins=begins, ends=ends, places=1)
    page = reverse("portal:courses")
    assert "First steps" in words(phone.get(page).content)
    assert "Sign in to book" in words(phone.get(page).content)
    sign_in(phone, CARD, "courses")
    assert "You have a place" in press(phone, reverse("portal:book", args=(session.pk,)), page)
    assert Booking.objects.get().person == ada
    assert "Cancelled" in press(phone, reverse("portal:give_back", args=(session.pk,)), page)
    assert not Booking.objects.exists()


def soon(world: World) -> Session:
    """Return the session of a course that begins in half an hour."""
    begins = hub_clock().now() + timedelta(minutes=30)
    course, ends = Course.objects.create(name={"zh": "检索入门课", "en": "First steps"}), begins + timedelta(hours=1)
    created: Session = Session.objects.create(course=course, branch=world.main, begins=begins, ends=ends, places=1)
    return created


def test_place_in_a_course_that_has_begun_is_not_given_back(world: World, ada: Person, phone: Client) -> None:
    session, page = soon(world), reverse("portal:courses")
    sign_in(phone, CARD, "courses")
    press(phone, reverse("portal:book", args=(session.pk,)), page)
    world.advance(minutes=31)
    assert "Cancelled" not in press(phone, reverse("portal:give_back", args=(session.pk,)), page)
    assert Booking.objects.get().person == ada


def test_place_of_other_patron_is_not_given_back(world: World, ada: Person, phone: Client) -> None:
    session, lin = soon(world), Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    Booking.objects.create(session=session, person=lin, state=Booking.State.BOOKED, at=hub_clock().now())
    sign_in(phone, CARD, "courses")
    page = reverse("portal:courses")
    assert "Cancelled" not in press(phone, reverse("portal:give_back", args=(session.pk,)), page)
    assert Booking.objects.get().person == lin


def test_every_message_link_leads_to_existing_page(world: World, ada: Person) -> None:
    from hub.outreach.messaging.enqueue import queue_message
    from hub.outreach.patrons.purposes import MessageKind

    for kind in MessageKind:
        address = link_in(queue_message(ada, kind, f"k{kind}", {}))
        if address:
            path = address[address.index("/p/") :]
            assert Client().get(path).status_code in (200, 302), kind


def test_thirty_browsers_behind_one_address_may_answer_but_one_browser_is_limited(world: World) -> None:
    url = open_questionnaire(FORM)
    for _pupil in range(30):
        pupil = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
        assert "Thank you for your answers" in words(answer(pupil, pupil.get(url).content, url, **{"q-mood": "5"}))
    for _time in range(11):
        page = answer(pupil, pupil.get(url).content, url, **{"q-mood": "5"})
    assert "Thank you" in words(page)
    assert "Too many submissions" in words(answer(pupil, pupil.get(url).content, url, **{"q-mood": "5"}))
    assert SurveyResponse.objects.count() == 41


def test_one_card_is_rate_limited_across_browsers(world: World, ada: Person) -> None:
    url = open_questionnaire({**FORM, "elements": FORM["elements"][:1]})
    said = []
    for _browser in range(13):
        phone = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
        phone.cookies[portal_session.COOKIE] = (
            portal_session.start_session(HttpResponse(), ada, Scope.ALL).cookies[portal_session.COOKIE].value
        )
        said.append(words(answer(phone, phone.get(url).content, url, **{"q-mood": "5"})))
    assert "Too many submissions" in said[12]
    assert "already answered this questionnaire" in said[11]


def test_one_address_is_rate_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rate_limit.MOST, "words", 3)
    url = open_questionnaire(FORM)
    for _browser in range(4):
        phone = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
        page = answer(phone, phone.get(url).content, url, **{"q-mood": "5"})
    assert "Too many submissions" in words(page)
    assert SurveyResponse.objects.count() == 3
