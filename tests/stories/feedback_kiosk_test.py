"""Test feedback at the kiosk: smileys, suggestions, questions and title ratings reach staff."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation import pins
from hub.core.clock import hub_clock
from hub.ils.bridge import card_data
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import Feedback, Ticket
from hub.outreach.recommendations.reading_profiles import nightly
from kiosk.views import ForYou, Returning
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian, reachable, run_minute_jobs
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.outreach.recommendations.reading_profiles.readers import add_book, borrow_in_turn, give_consents
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_mail, of_page

PIN = "4711"


@pytest.mark.story(
    "F24",
    begins="At the kiosk a passer-by without a card touches the second smiley and Rooms",
    ends="A librarian reads it in their list and publishes the result, which the next passer-by reads on the screen",
)
def test_smiley_with_a_topic_leads_to_a_published_result(
    world: World, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    kiosk, grace = KioskSession(world, tmp_path), Librarian()
    kiosk.press("tell")
    kiosk.press("face", "2")
    kiosk.press("topic", "rooms")
    assert "Thank you. The library will read it." in kiosk.words
    carry()
    found = Feedback.objects.get()
    assert (found.face, found.person) == (2, None)
    assert found.words in grace.reads("feedback")
    keep(of_page(browser, grace.last))
    grace.does(
        "publish",
        found.pk,
        said_zh="阅览室太暗",
        did_zh="换了新灯",
        said_en="Reading is hard",
        did_en="New lamps hang there",
    )
    kiosk.press("back")
    kiosk.press("tell")
    assert "You said, we did" in kiosk.words and "New lamps hang there" in kiosk.words


@pytest.mark.story(
    "F10",
    begins="At the kiosk a person without a card scans the ISBN of a book that the library lacks, and suggests it",
    ends="It is in the librarian's list of suggestions once, with the number of requests",
)
def test_suggestion_by_scanned_isbn_is_listed_once(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    kiosk, grace = KioskSession(world, tmp_path), Librarian()
    kiosk.press("tell")
    kiosk.scan("9787020002207")
    assert "Should we buy this book?" in kiosk.words
    kiosk.press("wish")
    carry()
    carry()
    assert "978-7-02-000220-7 1 time" in grace.reads("suggestions")
    keep(of_page(browser, grace.last))


@pytest.mark.story(
    "F7",
    begins="At the kiosk a patron touches Ask a librarian, and Study",
    ends="It is on the librarian's list with its topic; what they answer is in the patron's mailbox",
)
def test_question_asked_with_one_touch_is_answered(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    reachable(world.ada.ref, "ada@example.org")
    pins.set_pin(world.ada, PIN)
    kiosk, grace = KioskSession(world, tmp_path), Librarian()
    kiosk.tap(ADA_UID)
    for name in ("account", "for_you"):
        kiosk.press(name)
    kiosk.proves(PIN)
    kiosk.press("ask_librarian")
    kiosk.press("ask", "study")
    assert "A librarian will send you a message." in kiosk.words
    run_minute_jobs()
    assert "Study and research" in grace.reads("questions", query="?show=unowned")
    keep(of_page(browser, grace.last))
    with mailbox() as box:
        grace.does("answer", Ticket.objects.get().pk, words="Come to the second floor on Monday.")
        run_minute_jobs()
        (mail,) = box.mails
    assert "Come to the second floor on Monday." in body(mail, "plain")
    keep(of_mail(browser, mail))


@pytest.mark.story(
    "F11",
    begins="At the kiosk a patron who agreed reads why a book is recommended, and touches Not for me",
    ends="Staff see on the patron's page that it is gone and that all comes two days later; the screen follows "
    "with the next snapshot",
)
def test_feedback_at_the_kiosk_changes_the_recommendations(
    world: World, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    persuasion = add_book(world, "30000000000101", "Persuasion", "Austen, Jane", "823 AUS")
    give_consents(world.ada)
    pins.set_pin(world.ada, PIN)
    borrow_in_turn(world, world.emma)
    recommends()
    for folder in ("first", "later"):
        (tmp_path / folder).mkdir()
    kiosk = KioskSession(world, tmp_path / "first")
    shown(kiosk)
    assert "Persuasion" in kiosk.words and "Because it is also by" in kiosk.words
    kiosk.press("not_for_me", item=persuasion.barcode)
    assert "We won't suggest it again" in kiosk.words
    carry()
    recommends()
    page = Grace().client.get(reverse("staff:patron_reading", args=(world.ada.pk,)))
    assert "Recommended every 16 days" in words(page.content)
    assert f"/title/{persuasion.title_id}/not/" not in page.content.decode(), "it is not recommended"
    keep(of_page(browser, page.content.decode(), height=2000))
    later = KioskSession(world, tmp_path / "later")
    shown(later)
    assert "Persuasion" not in later.words


@pytest.mark.story(
    "F24",
    begins="At the kiosk six patrons return a book without a card and rate it with a smiley",
    ends="A librarian reads the ratings on its page, in steps of five, and nowhere who gave them",
)
def test_title_ratings_are_shown_on_its_page(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    kiosk = KioskSession(world, tmp_path)
    for number, face in enumerate(("3", "3", "1", "3", "3", "3")):
        assert ("Rating" in words(page_of_dune(world))) is (number == 5)
        brings_back(world, kiosk)
        kiosk.press("how", face, world.dune.barcode)
        assert "Thank you" in kiosk.words and "How was it?" not in kiosk.words
        kiosk.press("finish")
        kiosk.press("receipt_none")
        carry()
        world.advance(days=1)
    seen = page_of_dune(world)
    assert "very unhappy under 5 so-so under 5 very happy 5" in words(seen)
    assert world.ada.ref not in seen.decode()
    keep(of_page(browser, seen.decode()))


@pytest.mark.story(
    "F11",
    begins="A patron who agreed returns a book, touches the unhappy smiley, and enters their PIN",
    ends="Staff see on the patron's page that recommendations come two days later; without the PIN they do not",
)
def test_rating_changes_the_recommendations_after_a_pin(
    world: World, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    give_consents(world.ada)
    pins.set_pin(world.ada, PIN)
    kiosk = KioskSession(world, tmp_path)
    for proved, days in ((False, 14), (True, 16)):
        brings_back(world, kiosk)
        kiosk.press("how", "1", world.dune.barcode)
        kiosk.tap(ADA_UID)
        if proved:
            for name in ("account", "for_you"):
                kiosk.press(name)
            kiosk.proves(PIN)
        kiosk.press("finish")
        kiosk.press("receipt_none")
        carry()
        world.advance(days=1)
        page = Grace().client.get(reverse("staff:patron_reading", args=(world.ada.pk,)))
        assert f"Recommended every {days} days" in words(page.content)
    keep(of_page(browser, page.content.decode(), height=2000))


@pytest.mark.story(
    "F24",
    begins="Staff switch off the question how the visit was",
    ends="The kiosk no longer asks patrons or passers-by after their visit",
)
def test_library_switches_off_a_question(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    for folder in ("before", "after"):
        (tmp_path / folder).mkdir()
    assert asked(world, KioskSession(world, tmp_path / "before")) == {"How was your visit?"}
    grace = Librarian()
    grace.does("change_ask", "face", "off")
    keep(of_page(browser, grace.last))
    world.advance(days=31)
    assert asked(world, KioskSession(world, tmp_path / "after")) == {""}


def page_of_dune(world: World) -> bytes:
    """Return the title page for staff after a new sign-in."""
    answer = Grace().client.get(reverse("search:title", args=(world.dune.title_id,)))
    assert answer.status_code == 200
    return bytes(answer.content)


def asked(world: World, kiosk: KioskSession) -> set[str]:
    """Return the questions at the end of a visit with and without a card."""
    found = set()
    for card in (True, False):
        if card:
            kiosk.tap(ADA_UID)
            kiosk.scan(world.dune.barcode)
        else:
            brings_back(world, kiosk, lent=True)
        kiosk.press("finish")
        found.add("How was your visit?" if "How was your visit?" in kiosk.words else "")
        kiosk.press("receipt_none")
    carry()
    return found


def brings_back(world: World, kiosk: KioskSession, *, lent: bool = False) -> None:
    """Return the item at the kiosk without a card."""
    if not lent:
        world.upload(world.checkout(world.dune))
    kiosk.press("return")
    kiosk.scan(world.dune.barcode)
    assert isinstance(kiosk.view, Returning)


def recommends() -> None:
    """Run the nightly recommendations for all cards."""
    nightly.nightly(hub_clock().now())
    card_data.carry(hub_clock().now())


def shown(kiosk: KioskSession) -> None:
    kiosk.tap(ADA_UID)
    for name in ("account", "for_you"):
        kiosk.press(name)
    kiosk.proves(PIN)
    assert isinstance(kiosk.view, ForYou)
