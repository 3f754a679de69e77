"""Test saved searches, of phones and kiosks: announced nightly, once per title, and only with consent."""

from __future__ import annotations

from django.urls import reverse

from hub.catalogue.models import Title
from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.jobs import NIGHTLY
from hub.outreach.messaging import delivery_worker, unsubscribe
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, erasure, records
from hub.outreach.patrons.models import ConsentText, Person, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal.models import NotifiedTitle, SavedSearch
from hub.outreach.portal.opac import saved_searches
from lending.kiosk_consents import TELL_ME
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.outreach.portal.opac.visits import next_visit_message
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World


def save(person: Person, words: str) -> SavedSearch:
    return saved_searches.save_search(person, words, "phone", hub_clock().now())


def run_nightly(world: World) -> int:
    world.advance(days=1)
    return saved_searches.nightly(hub_clock().now())


def queued_alerts() -> list[tuple[str, list[str]]]:
    rows = [each.decrypted_facts() for each in Message.objects.filter(kind=MessageKind.ALERT).order_by("pk")]
    return [(each["search"], [item["words"] for item in each["items"]]) for each in rows]


def test_new_titles_are_announced_once(world: World, ada: Person) -> None:
    add_title(world, "红楼梦旧本", "曹雪芹")
    world.advance(hours=1)
    save(ada, "紅樓夢")
    assert run_nightly(world) == 0, "an earlier title is not new"
    add_title(world, "红楼梦", "曹雪芹")
    add_title(world, "红楼梦研究")
    add_title(world, "边城")
    assert run_nightly(world) == 1
    assert queued_alerts() == [("紅樓夢", ["红楼梦 / 曹雪芹", "红楼梦研究"])]
    assert run_nightly(world) == 0 and run_nightly(world) == 0
    add_title(world, "新红楼梦")
    assert run_nightly(world) == 1
    assert queued_alerts()[1] == ("紅樓夢", ["新红楼梦"])


def test_title_matching_two_searches_is_announced_once(world: World, ada: Person) -> None:
    save(ada, "红楼")
    save(ada, "曹雪芹")
    world.advance(hours=1)
    add_title(world, "红楼梦", "曹雪芹")
    assert run_nightly(world) == 1 and len(queued_alerts()) == 1


def test_title_matching_after_correction_is_announced(world: World, ada: Person) -> None:
    save(ada, "红楼梦")
    world.advance(hours=1)
    title = add_title(world, "Hong lou meng")
    assert run_nightly(world) == 0
    title.title = "红楼梦"
    title.save()
    assert run_nightly(world) == 1


def test_isbn_and_initials_are_searchable(world: World, ada: Person) -> None:
    save(ada, "7-02-000220-X")
    save(ada, "bc")
    world.advance(hours=1)
    add_title(world, "红楼梦").isbns.create(isbn13="9787020002207")
    add_title(world, "边城")
    assert run_nightly(world) == 2
    assert [items for _search, items in queued_alerts()] == [["红楼梦"], ["边城"]]


def test_excess_titles_are_announced_the_next_night(world: World, ada: Person) -> None:
    save(ada, "边城")
    world.advance(hours=1)
    for number in range(saved_searches.LISTED + 2):
        add_title(world, f"边城{number}")
    assert (run_nightly(world), run_nightly(world), run_nightly(world)) == (1, 1, 0)
    assert [len(items) for _search, items in queued_alerts()] == [saved_searches.LISTED, 2]


def test_withdrawn_consent_stops_messages(world: World, ada: Person) -> None:
    save(ada, "边城")
    consents.withdraw(ada, Purpose.ALERTS, "phone")
    world.advance(hours=1)
    add_title(world, "边城")
    assert run_nightly(world) == 0 and not Message.objects.filter(kind=MessageKind.ALERT).exists()


def test_mail_lists_titles_and_stop_link_withdraws_consent(world: World, ada: Person, box: Mailbox) -> None:
    save(ada, "边城")
    world.advance(hours=1)
    title = add_title(world, "边城", "沈从文")
    world.advance(days=1)
    assert ("saved searches", saved_searches.nightly) in NIGHTLY
    saved_searches.nightly(hub_clock().now())
    delivery_worker.work(hub_clock().now())
    (mail,) = box.mails
    assert mail["To"] == "ada@example.org" and mail["Subject"] == "New titles for your search: 边城"
    assert "边城 / 沈从文" in body(mail) and f"/p/titles/{title.pk}/" in body(mail) and "/p/searches/" in body(mail)
    unsubscribe.stop(ada, MessageKind.ALERT, "mail")
    assert not consents.has_consented(ada, Purpose.ALERTS)
    add_title(world, "边城故事")
    assert run_nightly(world) == 0
    save(ada, "边城")
    assert run_nightly(world) == 1, "saving a search resubscribes"


def test_repeated_nightly_run_announces_nothing_twice(world: World, ada: Person) -> None:
    save(ada, "边城")
    world.advance(hours=1)
    add_title(world, "边城")
    world.advance(days=1)
    now = hub_clock().now()
    assert saved_searches.nightly(now) == 1 and saved_searches.nightly(now) == 0
    assert Message.objects.filter(kind=MessageKind.ALERT).count() == NotifiedTitle.objects.count() == 1


def test_erasure_deletes_searches_and_notified_titles(world: World, ada: Person) -> None:
    save(ada, "边城")
    world.advance(hours=1)
    add_title(world, "边城")
    run_nightly(world)
    erasure.erase(ada.ref, hub_clock().now())
    assert not SavedSearch.objects.exists() and not NotifiedTitle.objects.exists()


def test_deleted_title_is_not_announced(world: World, ada: Person) -> None:
    save(ada, "边城")
    world.advance(hours=1)
    title = add_title(world, "边城")
    title.items.all().delete()
    Title.objects.filter(pk=title.pk).delete()
    assert run_nightly(world) == 0


def save_at_kiosk(world: World, words: str, about: str = TELL_ME.version) -> None:
    row = world.row("said", ask="search", answer=words, about=about, card=cards.hash_number(ADA_UID), no_block=True)
    assert world.upload(row)["outcome"] == "accepted"
    carry()


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
    assert "See my saved searches" in body(box.mails[0], "html")
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
