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
from hub.catalogue.models import DEAD_AFTER, Edition, ReadOn, Title
from hub.catalogue.online_editions import link_checker
from hub.catalogue.online_editions.fields import EditionLink, links, usable
from hub.cli import main
from hub.core.clock import hub_clock
from tests.hub.catalogue.marc_test import cnmarc, record
from tests.hub.catalogue.online_editions.sites import HERE, Site, a_site
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

BOOK = "https://books.example/dune.epub"


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as found, override_settings(LINK_NETWORKS=(HERE,)):
        yield found


def with_links(*fields: tuple[str, dict[str, str]]) -> Record:
    """Return a record with 856 fields, given their second indicators and subfields."""
    marc_record = record()
    for second, parts in fields:
        subfields = [Subfield(code, text) for code, text in parts.items()]
        marc_record.add_field(Field(tag="856", indicators=Indicators("4", second), subfields=subfields))
    return marc_record


def imported(*records: Record) -> ImportReport:
    return import_marc(io.BytesIO(b"".join(each.as_marc() for each in records)), lambda: None)


def run_nightly_check(world: World) -> None:
    world.advance(days=1)
    link_checker.nightly(hub_clock().now())


def test_only_links_to_the_full_text_are_editions() -> None:
    marc_record = with_links(
        ("0", {"u": BOOK, "y": "EPUB"}),
        ("1", {"u": "https://books.example/dune.pdf", "3": "PDF version:"}),
        ("1", {"u": "https://books.example/toc.html", "3": "Table of contents only"}),
        ("2", {"u": "https://books.example/about", "3": "Publisher description"}),
        ("2", {"u": "https://publisher.example"}),
        (" ", {"u": BOOK, "3": "again"}),
        ("0", {"u": "https://books.example/目录", "y": "目录"}),
    )
    assert list(links(marc_record)) == [
        EditionLink(BOOK, "EPUB"),
        EditionLink("https://books.example/dune.pdf", "PDF version"),
    ]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x/y", "http://", "//x/y", "http://a b", "http://x/\r\nSet-Cookie: a",
            "x" * 2000, "http://[", "http://x:99999/", "https://x/<script>"]
)  # fmt: skip
def test_invalid_url_is_named_and_the_title_imported(url: str, db: None) -> None:
    assert not usable(url)
    report = imported(with_links(("0", {"u": url})))
    assert (report.added, Edition.objects.count()) == (1, 0)
    assert [each.number for each in report.odd] == [1] and "is no web address" in report.odd[0].fault


def test_cnmarc_record_brings_its_edition(db: None) -> None:
    import_marc(io.BytesIO(cnmarc()), lambda: None)
    edition = Edition.objects.get()
    assert (edition.title.title, edition.url, edition.words) == (
        "呼兰河传", "http://127.0.0.1:1/hulanhe.epub", "电子书",
    )  # fmt: skip


def test_repeated_import_keeps_staff_changes(world: World) -> None:
    old, other = "https://books.example/old", "https://books.example/other"
    marc_record = with_links(("0", {"u": old}), ("0", {"u": other}))
    imported(marc_record)
    grace, title = Grace(role="librarian"), Title.objects.get(title="Dune", control_number="42")
    first, second = title.editions.all()
    grace.client.post(reverse("online_editions:remove", args=(second.pk,)))
    Edition.objects.filter(pk=first.pk).update(url=BOOK)
    grace.client.post(
        reverse("online_editions:add", args=(title.pk,)), {"url": "https://own.example/", "words": "ours"}
    )
    imported(marc_record)
    assert [(each.url, each.offered) for each in title.editions.all()] == [
        (BOOK, True), (other, False), ("https://own.example/", True),
    ]  # fmt: skip
    imported(with_links(("0", {"u": "https://own.example/"})))
    assert [each.url for each in title.editions.all()] == ["https://own.example/"], (
        "editions no longer in the record are deleted"
    )


def test_redirect_is_counted_per_title_and_day_without_a_name(world: World) -> None:
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
    world.advance(hours=10)
    phone.get(where)
    assert [each.day for each in ReadOn.objects.all()] == [date(2026, 11, 26), date(2026, 11, 25)], (
        "the day in the library's time zone"
    )


def test_only_the_catalogued_url_is_redirected_to(world: World) -> None:
    edition = Edition.objects.create(title=world.dune.title, url=BOOK)
    where = reverse("portal:read_edition", args=(edition.pk,))
    assert Client().get(f"{where}?url=https://evil.example&next=//evil.example")["Location"] == BOOK
    assert Client().get(reverse("portal:read_edition", args=(edition.pk + 1,))).status_code == 404
    Edition.objects.update(url="javascript:alert(1)")
    assert Client().get(where).status_code == 410, "should it bypass the forms"
    assert ReadOn.objects.get().count == 1


def test_dead_link_is_hidden_until_it_is_reachable_again(world: World, site: Site) -> None:
    edition = Edition.objects.create(title=world.dune.title, url=site.url())
    where, page = (
        reverse("portal:read_edition", args=(edition.pk,)),
        reverse("opac:title", args=(world.dune.title.pk,)),
    )
    site.answers["/book.pdf"] = 404
    for night in range(1, DEAD_AFTER + 1):
        assert "Read now" in words(Client(headers={"Accept-Language": "en"}).get(page).content), night
        run_nightly_check(world)
    page_text = words(Client(headers={"Accept-Language": "en"}).get(page).content)
    assert "Read now" not in page_text and "Dune" in page_text
    assert Client().get(where).status_code == 410 and not ReadOn.objects.exists()
    desk = words(Grace().client.get(reverse("staff:today")).content)
    assert "Unreachable e-editions" in desk
    site.answers.clear()
    run_nightly_check(world)
    assert Client().get(where).status_code == 302
    assert Edition.objects.get().media_type == "application/pdf"


def test_manual_check_counts_once_toward_a_dead_link(world: World, site: Site) -> None:
    edition = Edition.objects.create(title=world.dune.title, url=site.url())
    site.answers["/book.pdf"] = 500
    grace = Grace(role="librarian")
    for _time in range(DEAD_AFTER + 1):
        page_text = grace.client.post(reverse("online_editions:check", args=(edition.pk,)), follow=True).content
    assert "The site returns an error (500)" in words(page_text)
    assert Edition.objects.get().failures == 1


def test_reachable_link_is_checked_weekly_and_unreachable_one_nightly(world: World, site: Site) -> None:
    for path in ("/a", "/b"):
        Edition.objects.create(title=world.dune.title, url=site.url(path))
    site.answers["/b"] = 404
    for _night in range(7):
        run_nightly_check(world)
    assert (site.requested.count("HEAD /a"), site.requested.count("GET /b")) == (1, 7)
    run_nightly_check(world)
    assert site.requested.count("HEAD /a") == 2


def test_staff_correct_a_dead_link(world: World, site: Site) -> None:
    edition = Edition.objects.create(
        title=world.dune.title, url=site.url("/old"), in_record=site.url("/old"), words="EPUB", failures=DEAD_AFTER
    )
    grace = Grace(role="librarian")
    page = words(grace.client.get(reverse("online_editions:editions")).content)
    assert "Dune EPUB" in page
    change = reverse("online_editions:change", args=(edition.pk,))
    assert "starts with http:// or https://" in words(grace.client.post(change, {"url": "dune"}, follow=True).content)
    page_text = words(grace.client.post(change, {"url": site.url("/new")}, follow=True).content)
    assert "Reachable. Patrons can open it." in page_text and "corrected by staff" in page_text
    found = Edition.objects.get()
    assert (found.url, found.words, found.offered) == (site.url("/new"), "EPUB", True)
    assert "All e-editions are reachable" in words(
        grace.client.get(reverse("online_editions:editions") + "?show=dead").content
    )


def test_staff_add_open_remove_and_restore_an_edition(world: World) -> None:
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
    assert "Restored." in grace.undo()
    listed = words(grace.client.get(reverse("online_editions:editions") + "?show=all&q=dun").content)
    assert "Dune Herbert, Frank 1 1" in listed, "one edition, opened once"
    assert Grace(role="clerk", name="carl").client.get(reverse("online_editions:editions")).status_code == 403


def test_nightly_command_checks_links(world: World, site: Site) -> None:
    Edition.objects.create(title=world.dune.title, url=site.url())
    assert main(["nightly"]) == 0
    assert site.requested == ["HEAD /book.pdf"]
