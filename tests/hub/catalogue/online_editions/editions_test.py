"""Test online editions: import from records, corrections by staff, redirects and anonymous counts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from pymarc import Field, Indicators, Record, Subfield

from hub.catalogue.marc_import import ImportReport, import_marc
from hub.catalogue.models import Title
from hub.catalogue.online_editions import link_checker
from hub.catalogue.online_editions.fields import Link, links, usable
from hub.catalogue.online_editions.models import DEAD_AFTER, Edition, ReadOn
from hub.cli import main
from hub.core.clock import hub_clock
from tests.hub.catalogue.cnmarc_test import cnmarc
from tests.hub.catalogue.marc_test import record
from tests.hub.catalogue.online_editions.sites import HERE, Site, a_site
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

BOOK = "https://books.example/dune.epub"


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as found, override_settings(LINK_NETWORKS=(HERE,)):
        yield found


def with_links(*fields: tuple[str, dict[str, str]]) -> Record:
    """A record with fields 856: the second indicator and the subfields of each."""
    made = record()
    for second, parts in fields:
        subfields = [Subfield(code, text) for code, text in parts.items()]
        made.add_field(Field(tag="856", indicators=Indicators("4", second), subfields=subfields))
    return made


def taken(*records: Record) -> ImportReport:
    return import_marc(io.BytesIO(b"".join(each.as_marc() for each in records)), lambda: None)


def a_night(world: World) -> None:
    world.ahead(days=1)
    link_checker.nightly(hub_clock().now())


def test_only_what_can_be_read_is_an_edition() -> None:
    made = with_links(
        ("0", {"u": BOOK, "y": "EPUB"}),
        ("1", {"u": "https://books.example/dune.pdf", "3": "PDF version:"}),
        ("1", {"u": "https://books.example/toc.html", "3": "Table of contents only"}),
        ("2", {"u": "https://books.example/about", "3": "Publisher description"}),
        ("2", {"u": "https://publisher.example"}),
        (" ", {"u": BOOK, "3": "again"}),
        ("0", {"u": "https://books.example/目录", "y": "目录"}),
    )
    assert list(links(made)) == [Link(BOOK, "EPUB"), Link("https://books.example/dune.pdf", "PDF version")]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x/y", "http://", "//x/y", "http://a b", "http://x/\r\nSet-Cookie: a",
            "x" * 2000, "http://[", "http://x:99999/", "https://x/<script>"]
)  # fmt: skip
def test_what_is_no_address_is_named_and_the_title_taken(url: str, db: None) -> None:
    assert not usable(url)
    report = taken(with_links(("0", {"u": url})))
    assert (report.added, Edition.objects.count()) == (1, 0)
    assert [each.number for each in report.odd] == [1] and "is no web address" in report.odd[0].fault


def test_a_record_of_a_chinese_library_brings_its_edition(db: None) -> None:
    import_marc(io.BytesIO(cnmarc()), lambda: None)
    edition = Edition.objects.get()
    assert (edition.title.title, edition.url, edition.words) == (
        "呼兰河传", "http://127.0.0.1:1/hulanhe.epub", "电子书",
    )  # fmt: skip


def test_a_record_that_comes_again_undoes_nothing_that_staff_did(world: World) -> None:
    old, other = "https://books.example/old", "https://books.example/other"
    made = with_links(("0", {"u": old}), ("0", {"u": other}))
    taken(made)
    grace, title = Grace(role="librarian"), Title.objects.get(title="Dune", control_number="42")
    first, second = title.editions.all()
    grace.client.post(reverse("online_editions:remove", args=(second.pk,)))
    Edition.objects.filter(pk=first.pk).update(url=BOOK)
    grace.client.post(
        reverse("online_editions:add", args=(title.pk,)), {"url": "https://own.example/", "words": "ours"}
    )
    taken(made)
    assert [(each.url, each.offered) for each in title.editions.all()] == [
        (BOOK, True), (other, False), ("https://own.example/", True),
    ]  # fmt: skip
    taken(with_links(("0", {"u": "https://own.example/"})))
    assert [each.url for each in title.editions.all()] == ["https://own.example/"], "what left the record goes"


def test_a_phone_is_led_there_and_counted_without_a_name(world: World) -> None:
    edition = Edition.objects.create(title=world.dune.title, url=BOOK)
    phone, where = Client(), reverse("portal:read_edition", args=(edition.pk,))
    for _time in range(2):
        answer = phone.get(where)
        assert (answer.status_code, answer["Location"]) == (302, BOOK)
        assert answer["Referrer-Policy"] == "same-origin" and "no-store" in answer["Cache-Control"]
        assert not answer.cookies
    phone.head(where)
    assert phone.post(where).status_code == 405
    assert [(each.title, each.day, each.count) for each in ReadOn.objects.all()] == [
        (world.dune.title, date(2026, 11, 25), 2)
    ]
    world.ahead(hours=10)
    phone.get(where)
    assert [each.day for each in ReadOn.objects.all()] == [date(2026, 11, 26), date(2026, 11, 25)], "the library's day"


def test_no_address_but_the_catalogues_is_led_to(world: World) -> None:
    edition = Edition.objects.create(title=world.dune.title, url=BOOK)
    where = reverse("portal:read_edition", args=(edition.pk,))
    assert Client().get(f"{where}?url=https://evil.example&next=//evil.example")["Location"] == BOOK
    assert Client().get(reverse("portal:read_edition", args=(edition.pk + 1,))).status_code == 404
    Edition.objects.update(url="javascript:alert(1)")
    assert Client().get(where).status_code == 410, "were it ever written past the forms"
    assert ReadOn.objects.get().count == 1


def test_a_dead_link_is_offered_to_nobody_and_heals_by_itself(world: World, site: Site) -> None:
    edition = Edition.objects.create(title=world.dune.title, url=site.url())
    where, page = (
        reverse("portal:read_edition", args=(edition.pk,)),
        reverse("opac:title", args=(world.dune.title.pk,)),
    )
    site.answers["/book.pdf"] = 404
    for night in range(1, DEAD_AFTER + 1):
        assert "Read now" in words(Client(headers={"Accept-Language": "en"}).get(page).content), night
        a_night(world)
    told = words(Client(headers={"Accept-Language": "en"}).get(page).content)
    assert "Read now" not in told and "Dune" in told
    assert Client().get(where).status_code == 410 and not ReadOn.objects.exists()
    desk = words(Grace().client.get(reverse("staff:today")).content)
    assert "Unreachable e-editions" in desk
    site.answers.clear()
    a_night(world)
    assert Client().get(where).status_code == 302
    assert Edition.objects.get().media_type == "application/pdf"


def test_pressing_the_button_is_no_night(world: World, site: Site) -> None:
    edition = Edition.objects.create(title=world.dune.title, url=site.url())
    site.answers["/book.pdf"] = 500
    grace = Grace(role="librarian")
    for _time in range(DEAD_AFTER + 1):
        told = grace.client.post(reverse("online_editions:check", args=(edition.pk,)), follow=True).content
    assert "The site returns an error (500)" in words(told)
    assert Edition.objects.get().failures == 1


def test_what_was_reached_is_asked_once_a_week_what_was_not_every_night(world: World, site: Site) -> None:
    for path in ("/a", "/b"):
        Edition.objects.create(title=world.dune.title, url=site.url(path))
    site.answers["/b"] = 404
    for _night in range(7):
        a_night(world)
    assert (site.heard.count("HEAD /a"), site.heard.count("GET /b")) == (1, 7)
    a_night(world)
    assert site.heard.count("HEAD /a") == 2


def test_staff_correct_a_dead_link_with_one_field(world: World, site: Site) -> None:
    edition = Edition.objects.create(
        title=world.dune.title, url=site.url("/old"), in_record=site.url("/old"), words="EPUB", failures=DEAD_AFTER
    )
    grace = Grace(role="librarian")
    page = words(grace.client.get(reverse("online_editions:editions")).content)
    assert "Dune EPUB" in page
    change = reverse("online_editions:change", args=(edition.pk,))
    assert "starts with http:// or https://" in words(grace.client.post(change, {"url": "dune"}, follow=True).content)
    told = words(grace.client.post(change, {"url": site.url("/new")}, follow=True).content)
    assert "Reachable. Patrons can open it." in told and "corrected by staff" in told
    found = Edition.objects.get()
    assert (found.url, found.words, found.offered) == (site.url("/new"), "EPUB", True)
    assert "All e-editions are reachable" in words(
        grace.client.get(reverse("online_editions:editions") + "?show=dead").content
    )


def test_the_page_of_a_title(world: World) -> None:
    grace, title = Grace(role="librarian"), world.dune.title
    add = reverse("online_editions:add", args=(title.pk,))
    assert "starts with http" in words(grace.client.post(add, {"url": "x"}).content)
    grace.client.post(add, {"url": BOOK, "words": "EPUB"})
    assert "already has this address" in words(grace.client.post(add, {"url": BOOK}).content)
    edition = Edition.objects.get()
    Client().get(reverse("portal:read_edition", args=(edition.pk,)))
    page = grace.client.get(reverse("online_editions:of_title", args=(title.pk,))).content
    assert "1 opened (who opened it is not stored)" in words(page) and b"<svg" in page
    grace.last = grace.client.post(reverse("online_editions:remove", args=(edition.pk,)), follow=True).content.decode()
    assert Client().get(reverse("portal:read_edition", args=(edition.pk,))).status_code == 410
    assert "Restored." in grace.undoes()
    listed = words(grace.client.get(reverse("online_editions:editions") + "?show=all&q=dun").content)
    assert "Dune" in listed
    assert Grace(role="clerk", name="carl").client.get(reverse("online_editions:editions")).status_code == 403


def test_the_command_of_the_night_asks(world: World, site: Site) -> None:
    Edition.objects.create(title=world.dune.title, url=site.url())
    assert main(["nightly"]) == 0
    assert site.heard == ["HEAD /book.pdf"]
