"""Test searches without results that a patron saves at a kiosk to be notified of new titles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse

from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach import post_visit
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.messaging import delivery_worker, unsubscribe
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import ConsentText, Person, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal.models import SavedSearch
from hub.outreach.portal.opac import saved_searches
from lending.kiosk_consents import TELL_ME
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World


@pytest.fixture
def box(ada: Person) -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


def save_at_kiosk(world: World, words: str, about: str = TELL_ME.version) -> None:
    row = world.row("said", ask="search", answer=words, about=about, card=cards.hash_number(ADA_UID), no_block=True)
    assert world.upload(row)["outcome"] == "accepted"
    carry()


def next_visit_message(world: World) -> str:
    """Return the first message at the patron's next visit."""
    found = post_visit.ask(world.ada.ref, hub_clock().now())
    return f"{found.facts['about']} {found.facts['words']}" if found and found.kind == "message" else ""


def mailed(box: Mailbox) -> str:
    delivery_worker.work(hub_clock().now())
    (mail,) = box.mails
    return body(mail)


def test_saved_search_announces_new_title_by_mail(world: World, ada: Person, box: Mailbox) -> None:
    save_at_kiosk(world, "dinosaur atlas")
    save_at_kiosk(world, "dinosaur  atlas ")
    assert [str(each) for each in SavedSearch.objects.filter(person=ada)] == ["dinosaur atlas"]
    assert consents.has_consented(ada, Purpose.ALERTS)
    add_title(world, "An atlas of dinosaurs", "Owen")
    add_title(world, "Dinosaur atlas", "Owen")
    world.advance(days=1)
    assert saved_searches.nightly(hub_clock().now()) == 1
    delivery_worker.work(hub_clock().now())
    (mail,) = box.mails
    assert "Dinosaur atlas" in body(mail)


def test_consent_stores_text_shown_by_kiosk(world: World, ada: Person) -> None:
    save_at_kiosk(world, "dinosaur atlas")
    noted = ada.consents.get(purpose=Purpose.ALERTS)
    assert (noted.given, noted.text_version, noted.by) == (True, TELL_ME.version, "kiosk front")
    text = ConsentText.objects.get(purpose=Purpose.ALERTS, version=noted.text_version)
    assert (text.chinese, text.english) == (TELL_ME.chinese, TELL_ME.english)
    assert consents.text(Purpose.ALERTS).version != noted.text_version, "pages use the text of the library"
    assert next_visit_message(world) == "", "no explanation is needed"


def test_kiosk_without_consent_text_saves_search_without_consent(world: World, ada: Person) -> None:
    save_at_kiosk(world, "dinosaur atlas", about="")
    assert SavedSearch.objects.get().words == "dinosaur atlas" and not consents.has_consented(ada, Purpose.ALERTS)
    assert "“dinosaur atlas”" in next_visit_message(world) and "To get messages, agree" in next_visit_message(world)


def test_invalid_search_is_explained_to_patron_and_left_to_staff(world: World, ada: Person) -> None:
    save_at_kiosk(world, "--")
    assert not SavedSearch.objects.exists() and not consents.has_consented(ada, Purpose.ALERTS)
    assert "Enter at least 2 characters." in next_visit_message(world)
    assert "“--”" in words(Grace().client.get(reverse("feedback:questions")).content)


def test_eleventh_search_is_explained_to_patron_and_left_to_staff(world: World, ada: Person, box: Mailbox) -> None:
    for number in range(saved_searches.MOST):
        saved_searches.save_search(ada, f"steppe {number}", "phone", hub_clock().now())
    save_at_kiosk(world, "dinosaur atlas")
    assert ada.searches.count() == saved_searches.MOST
    message = next_visit_message(world)
    assert "“dinosaur atlas”" in message and "You have 10 saved searches. Remove one" in message
    assert "“dinosaur atlas”" in words(Grace().client.get(reverse("feedback:questions")).content)
    assert "You have 10 saved searches" in mailed(box)


def test_unsubscribed_patron_stays_unsubscribed(world: World, ada: Person, box: Mailbox) -> None:
    saved_searches.save_search(ada, "steppe", "phone", hub_clock().now())
    unsubscribe.stop(ada, MessageKind.ALERT, "link")
    save_at_kiosk(world, "dinosaur atlas")
    assert not consents.has_consented(ada, Purpose.ALERTS)
    assert sorted(str(each) for each in ada.searches.all()) == ["dinosaur atlas", "steppe"], "both searches are kept"
    assert "you stopped messages about saved searches" in next_visit_message(world)
    assert "/p/searches/" in mailed(box)
    add_title(world, "Dinosaur atlas", "Owen")
    world.advance(days=1)
    assert saved_searches.nightly(hub_clock().now()) == 0
    assert Ticket.objects.get().state == Ticket.State.ANSWERED, "staff need not act"


def test_child_search_waits_for_guardian_consent(world: World, ada: Person) -> None:
    guardian = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), language="en")
    records.store_contact(guardian, "mail", "lin@example.org", RecordSource(Source.STAFF, "grace"))
    ada.child, ada.guardian = True, guardian
    ada.save()
    with mailbox() as box:
        save_at_kiosk(world, "dinosaur atlas")
        delivery_worker.work(hub_clock().now())
        (mail,) = box.mails
        assert mail["To"] == "lin@example.org" and "agree for your child at the desk" in body(mail)
        assert not consents.has_consented(ada, Purpose.ALERTS)
        consents.give(ada, Purpose.ALERTS, "phone", consents.text(Purpose.ALERTS).version)
        add_title(world, "Dinosaur atlas", "Owen")
        world.advance(days=1)
        assert saved_searches.nightly(hub_clock().now()) == 1
        delivery_worker.work(hub_clock().now())
        assert "Dinosaur atlas" in body(box.mails[1]) and box.mails[1]["To"] == "lin@example.org"


def test_child_without_guardian_is_sent_to_desk(world: World, ada: Person) -> None:
    ada.child = True
    ada.save()
    save_at_kiosk(world, "dinosaur atlas")
    assert SavedSearch.objects.get().words == "dinosaur atlas" and not consents.has_consented(ada, Purpose.ALERTS)
    assert "A parent or guardian must agree for you" in next_visit_message(world)
    assert "“dinosaur atlas”" in words(Grace().client.get(reverse("feedback:questions")).content)
