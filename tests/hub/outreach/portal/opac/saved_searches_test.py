"""Test the notices of saved searches: nightly, once per title, and only with consent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.outreach import nightly
from hub.outreach.messaging import delivery_worker, unsubscribe
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, erasure
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.portal.opac import saved_searches
from hub.outreach.portal.opac.models import NotifiedTitle, SavedSearch
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.outreach.recommendations.new_titles.added_titles import arrives
from tests.hub.support.world import World


@pytest.fixture
def box(ada: Person) -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


def saves(person: Person, words: str) -> SavedSearch:
    return saved_searches.save(person, words, "phone", hub_clock().now())


def night(world: World) -> int:
    world.ahead(days=1)
    return saved_searches.nightly(hub_clock().now())


def told() -> list[tuple[str, list[str]]]:
    rows = [each.told() for each in Message.objects.filter(kind=MessageKind.ALERT).order_by("pk")]
    return [(each["search"], [item["words"] for item in each["items"]]) for each in rows]


def test_the_patron_is_told_of_what_is_new_once(world: World, ada: Person) -> None:
    arrives(world, "红楼梦旧本", "曹雪芹")
    world.ahead(hours=1)
    saves(ada, "紅樓夢")
    assert night(world) == 0, "what was there before is not new"
    arrives(world, "红楼梦", "曹雪芹")
    arrives(world, "红楼梦研究")
    arrives(world, "边城")
    assert night(world) == 1
    assert told() == [("紅樓夢", ["红楼梦 / 曹雪芹", "红楼梦研究"])]
    assert night(world) == 0 and night(world) == 0
    arrives(world, "新红楼梦")
    assert night(world) == 1
    assert told()[1] == ("紅樓夢", ["新红楼梦"])


def test_a_title_for_two_searches_of_theirs_is_told_once(world: World, ada: Person) -> None:
    saves(ada, "红楼")
    saves(ada, "曹雪芹")
    world.ahead(hours=1)
    arrives(world, "红楼梦", "曹雪芹")
    assert night(world) == 1 and len(told()) == 1


def test_a_title_whose_record_is_mended_is_told_then(world: World, ada: Person) -> None:
    saves(ada, "红楼梦")
    world.ahead(hours=1)
    title = arrives(world, "Hong lou meng")
    assert night(world) == 0
    title.title = "红楼梦"
    title.save()
    assert night(world) == 1


def test_an_isbn_and_initials_are_searches_too(world: World, ada: Person) -> None:
    saves(ada, "7-02-000220-X")
    saves(ada, "bc")
    world.ahead(hours=1)
    arrives(world, "红楼梦").isbns.create(isbn13="9787020002207")
    arrives(world, "边城")
    assert night(world) == 2
    assert [items for _search, items in told()] == [["红楼梦"], ["边城"]]


def test_more_than_one_message_holds_is_told_the_next_night(world: World, ada: Person) -> None:
    saves(ada, "边城")
    world.ahead(hours=1)
    for number in range(saved_searches.LISTED + 2):
        arrives(world, f"边城{number}")
    assert (night(world), night(world), night(world)) == (1, 1, 0)
    assert [len(items) for _search, items in told()] == [saved_searches.LISTED, 2]


def test_without_their_consent_nothing_is_written_down(world: World, ada: Person) -> None:
    saves(ada, "边城")
    consents.withdraw(ada, Purpose.ALERTS, "phone")
    world.ahead(hours=1)
    arrives(world, "边城")
    assert night(world) == 0 and not Message.objects.filter(kind=MessageKind.ALERT).exists()


def test_the_mail_names_the_titles_and_its_stop_link_ends_it(world: World, ada: Person, box: Mailbox) -> None:
    saves(ada, "边城")
    world.ahead(hours=1)
    title = arrives(world, "边城", "沈从文")
    world.ahead(days=1)
    assert ("saved searches", saved_searches.nightly) in nightly.JOBS
    saved_searches.nightly(hub_clock().now())
    delivery_worker.work(hub_clock().now())
    (mail,) = box.mails
    assert mail["To"] == "ada@example.org" and mail["Subject"] == "New titles for your search: 边城"
    assert "边城 / 沈从文" in body(mail) and f"/p/titles/{title.pk}/" in body(mail) and "/p/searches/" in body(mail)
    unsubscribe.stop(ada, MessageKind.ALERT, "mail")
    assert not consents.given(ada, Purpose.ALERTS)
    arrives(world, "边城故事")
    assert night(world) == 0
    saves(ada, "边城")
    assert night(world) == 1, "who saves it again wants it again"


def test_two_nights_at_once_and_one_cut_short_tell_nothing_twice(world: World, ada: Person) -> None:
    saves(ada, "边城")
    world.ahead(hours=1)
    arrives(world, "边城")
    world.ahead(days=1)
    now = hub_clock().now()
    assert saved_searches.nightly(now) == 1 and saved_searches.nightly(now) == 0
    assert Message.objects.filter(kind=MessageKind.ALERT).count() == NotifiedTitle.objects.count() == 1


def test_what_the_patron_saved_goes_with_them_and_with_the_title(world: World, ada: Person) -> None:
    saves(ada, "边城")
    world.ahead(hours=1)
    arrives(world, "边城")
    night(world)
    erasure.erase(ada.ref, hub_clock().now())
    assert not SavedSearch.objects.exists() and not NotifiedTitle.objects.exists()


def test_a_deleted_title_is_told_of_to_nobody(world: World, ada: Person) -> None:
    saves(ada, "边城")
    world.ahead(hours=1)
    title = arrives(world, "边城")
    title.items.all().delete()
    Title.objects.filter(pk=title.pk).delete()
    assert night(world) == 0
