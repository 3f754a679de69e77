"""Test the notices of saved searches: nightly, once per title, and only with consent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.outreach.jobs import NIGHTLY
from hub.outreach.messaging import delivery_worker, unsubscribe
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, erasure
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.portal.models import NotifiedTitle, SavedSearch
from hub.outreach.portal.opac import saved_searches
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.support.world import World


@pytest.fixture
def box(ada: Person) -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


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
