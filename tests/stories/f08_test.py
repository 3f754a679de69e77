"""Test search by two characters or pinyin initials, and the notice of a saved search."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pymarc import Field, Indicators, Record, Subfield
from selenium.webdriver import Chrome

from hub.catalogue.marc_import import import_marc
from hub.catalogue.models import Item, Title
from hub.commands import work
from hub.core.clock import hub_clock
from hub.outreach.jobs import EVERY_MINUTE
from hub.outreach.patrons.models import Person
from hub.outreach.portal.opac import saved_searches, staff_searches
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.outreach.portal.phone import press, sign_in, verified_ada
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World
from tests.stories.pictures import Keep, of_mail, of_page


def record(number: str, title: str, pinyin: str, author: str, subject: str) -> bytes:
    """Return a MARC record of a Chinese book: romanised, with traditional characters in field 880."""
    marc = Record(force_utf8=True)
    marc.add_field(Field(tag="001", data=number))
    for tag, six, text in (
        ("245", "880-01", pinyin), ("880", "245-01/$1", title), ("100", "880-02", "Author"),
        ("880", "100-02/$1", author), ("650", "", subject),
    ):  # fmt: skip
        link = [Subfield("6", six)] if six else []
        marc.add_field(Field(tag=tag, indicators=Indicators(" ", " "), subfields=[*link, Subfield("a", text)]))
    return bytes(marc.as_marc())


def imported(world: World, *records: bytes) -> None:
    """Import the records, each with an available item."""
    import_marc(BytesIO(b"".join(records)), lambda: None)
    for title in Title.objects.filter(items=None):
        Item.objects.create(barcode=f"39{title.pk:012}", title=title, type=world.book, branch=world.main)


@pytest.fixture
def shelves(world: World) -> World:
    imported(
        world,
        record("1", "紅樓夢", "Hong lou meng", "曹雪芹", "Families"),
        record("2", "額爾古納河右岸", "E'erguna he you an", "遲子建", "Evenki"),
    )
    return world


@pytest.fixture
def box(world: World) -> Iterator[tuple[Person, Mailbox]]:
    ada = verified_ada(world)
    with mailbox() as found:
        yield ada, found


@pytest.mark.story(
    "F8",
    begins="At the desk a librarian enters two simplified characters, then the pinyin initials of another title",
    ends="They see the titles in traditional characters with their availability, and one title with its copies",
)
def test_librarian_searches_by_two_characters_or_initials(shelves: World, browser: Chrome, keep: Keep) -> None:
    grace = Grace(language="zh-hans", role="clerk")
    seen = grace.client.get(reverse("search:titles"), {"q": "红楼"}).content
    assert "紅樓夢 曹雪芹" in words(seen) and "在架 1 / 共 1 册" in words(seen) and "額爾古納" not in words(seen)
    keep(of_page(browser, seen.decode()))
    river = Title.objects.get(title="額爾古納河右岸")
    seen = grace.client.get(reverse("search:titles"), {"q": "eegnhya"}).content
    assert "額爾古納河右岸" in words(seen) and "紅樓夢" not in words(seen)
    copy = river.items.get()
    shelves.upload(shelves.checkout(copy))
    seen = grace.client.get(reverse("search:title", args=(river.pk,))).content
    assert "在借" in words(seen) and "12月23日" in words(seen) and "Ada" not in words(seen)
    keep(of_page(browser, seen.decode()))


@pytest.mark.story(
    "F8",
    begins="A patron finds nothing on their phone and saves the search; a matching record is imported",
    ends="In the morning a mail has the title with a link to its place on the shelf; no second mail follows",
)
def test_saved_search_sends_one_mail(world: World, box: tuple[Person, Mailbox], browser: Chrome, keep: Keep) -> None:
    _ada, mails = box
    phone = Client(headers={"Accept-Language": "zh-hans"}, enforce_csrf_checks=True)
    sign_in(phone, ADA_UID, "searches")
    seen = phone.get(reverse("opac:find"), {"q": "红楼梦"}).content
    assert "没有找到相关图书" in words(seen)
    keep(of_page(browser, seen.decode(), width=390, height=844))
    said = press(phone, reverse("opac:save"), reverse("opac:searches"), q="红楼梦", agree="yes")
    assert "已保存：“红楼梦”有新书时会通知您。" in said
    world.advance(hours=2)
    imported(world, record("1", "紅樓夢", "Hong lou meng", "曹雪芹", "Families"))
    world.advance(hours=16)
    saved_searches.nightly(hub_clock().now())
    assert work.run(EVERY_MINUTE) == 0
    mails.mails[:] = [each for each in mails.mails if "红楼梦" in each["Subject"]]
    (mail,) = mails.mails
    found = Title.objects.get(title="紅樓夢")
    assert "紅樓夢 / 曹雪芹" in body(mail)
    path = reverse("opac:title", args=(found.pk,))
    assert path in body(mail)
    keep(of_mail(browser, mail))
    seen = phone.get(path).content
    assert "在架" in words(seen)
    keep(of_page(browser, seen.decode(), width=390, height=844))
    world.advance(days=1)
    saved_searches.nightly(hub_clock().now())
    assert work.run(EVERY_MINUTE) == 0
    assert len([each for each in mails.mails if "红楼梦" in each["Subject"]]) == 1


@pytest.mark.story(
    "F8",
    begins="A librarian saves a search for a patron at the desk who agrees, and saves the same search for themselves",
    ends="In the morning the patron's mailbox has the title, and the librarian's list of the day leads them to it",
)
def test_staff_save_a_search_for_a_patron_and_for_themselves(
    world: World, box: tuple[Person, Mailbox], browser: Chrome, keep: Keep
) -> None:
    ada, mails = box
    lee = Grace(language="zh-hans", role="librarian", name="lee")
    fields = {"q": "红楼梦", "agree": "yes", "back": reverse("staff:patron_reading", args=(world.ada.pk,))}
    said = lee.client.post(reverse("opac:save_for", args=(ada.pk,)), fields, follow=True).content
    assert "“红楼梦”有新书时会通知读者。" in words(said)
    keep(of_page(browser, said.decode(), height=1000))
    said = lee.client.post(reverse("opac:staff_save"), {"q": "红楼梦"}, follow=True).content
    assert "“红楼梦”有新书入藏时，会列入“今天”页面。" in words(said)
    world.advance(hours=2)
    imported(world, record("1", "紅樓夢", "Hong lou meng", "曹雪芹", "Families"))
    world.advance(hours=16)
    for job in (saved_searches.nightly, staff_searches.nightly):
        job(hub_clock().now())
    assert work.run(EVERY_MINUTE) == 0
    (mail,) = [each for each in mails.mails if "红楼梦" in each["Subject"]]
    assert "紅樓夢 / 曹雪芹" in body(mail)
    keep(of_mail(browser, mail))
    lee.sign_in()
    assert "您的检索有新书" in lee.page("today")
    seen = lee.client.get(reverse("opac:staff_searches")).content
    assert "紅樓夢 曹雪芹 红楼梦" in words(seen)
    keep(of_page(browser, seen.decode(), width=1024, height=768))
