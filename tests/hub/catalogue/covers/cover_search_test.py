"""Test the search for covers: what providers send, how often they are asked, and what is stored."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from hub.catalogue.covers import cover_search
from hub.catalogue.covers.cover_search import Searcher
from hub.catalogue.covers.drawn import hub_store
from hub.catalogue.covers.picture import MOST_BYTES, encode_cover
from hub.catalogue.covers.providers import (
    BadCovers,
    CoverProvider,
    GoogleBooks,
    OpenLibrary,
    UrlTemplate,
    load_providers,
)
from hub.catalogue.models import CoverResult, CoverSearch, Isbn, Title
from hub.catalogue.online_editions.url_probe import Probe
from hub.cli import main
from hub.core.clock import hub_clock
from lending.cover_store import BUDGET, LARGEST
from tests.hub.catalogue.covers.pictures import picture
from tests.hub.catalogue.covers.provider_site import (
    ProviderSite,
    provider_site,
    redirect_to,
    send_bytes,
    send_json,
    send_slowly,
)

ISBN = "9787020002207"
OTHER = "9780141439587"


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Iterator[ProviderSite]:
    settings.LINK_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.STATE = tmp_path
    with provider_site() as found:
        yield found


@pytest.fixture
def title(db: None) -> Title:
    return a_title(ISBN)


def a_title(isbn: str) -> Title:
    title = Title.objects.create(title=f"Title {isbn}")
    Isbn.objects.create(title=title, isbn13=isbn)
    return title


def write_configuration(tmp_path: Path, *providers: str) -> None:
    text = "\n".join(f"[[provider]]\n{each}" for each in providers)
    (tmp_path / "covers.toml").write_text(text, encoding="utf-8")


def own_server(site: ProviderSite, name: str = "own", path: str = "/{isbn}.jpg") -> str:
    return f'kind = "url"\nname = "{name}"\npause = 0\nurl = "{site.url}{path}"'


def search(
    *providers: CoverProvider, patience: float = 5.0, seconds: float = 60.0
) -> cover_search.CoverSearchResult | None:
    probe = Probe(patience=patience, inside=(ip_network("127.0.0.0/8"),), agent="test")
    return Searcher(providers, time.monotonic() + seconds, probe).search([ISBN])


def own(site: ProviderSite, **facts: Any) -> UrlTemplate:
    return UrlTemplate(**{"kind": "url", "name": "own", "pause": 0, "url": site.url + "/{isbn}.jpg", **facts})


def test_found_cover_is_stored_small_and_linked_to_the_title(site: ProviderSite, title: Title, tmp_path: Path) -> None:
    write_configuration(tmp_path, own_server(site))
    site.answers[f"/{ISBN}.jpg"] = send_bytes(picture())
    assert cover_search.every_minute(hub_clock().now()) == 1
    title.refresh_from_db()
    data = hub_store().read(title.cover)
    assert data is not None and data[8:12] == b"WEBP" and len(data) <= LARGEST
    assert CoverSearch.objects.get().result == CoverResult.FOUND
    assert cover_search.every_minute(hub_clock().now()) == 0, "a found cover is not searched again"
    assert site.agents == {"library-kiosk-covers/1"}


def test_without_configuration_no_provider_is_asked(site: ProviderSite, title: Title) -> None:
    assert cover_search.every_minute(hub_clock().now()) == 0
    assert site.asked == []


def test_second_provider_is_asked_if_the_first_has_no_cover(site: ProviderSite, title: Title, tmp_path: Path) -> None:
    write_configuration(tmp_path, own_server(site, "first", "/1/{isbn}"), own_server(site, "second", "/2/{isbn10}"))
    site.answers["/2/702000220X"] = send_bytes(picture("PNG"))
    cover_search.every_minute(hub_clock().now())
    assert (CoverSearch.objects.get().provider, site.asked) == ("second", [f"/1/{ISBN}", "/2/702000220X"])


def test_folder_provider_finds_covers_by_either_isbn(site: ProviderSite, title: Title, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "702000220X.png").write_bytes(picture("PNG"))
    write_configuration(tmp_path, f'kind = "folder"\nfolder = "{folder}"')
    cover_search.every_minute(hub_clock().now())
    assert Title.objects.get().cover


@pytest.mark.parametrize(
    ("body", "length", "result"),
    [
        (b"<html>not a picture</html>", None, CoverResult.UNUSABLE),
        (picture(size=(30, 30)), None, CoverResult.UNUSABLE),
        (picture()[:900], None, CoverResult.UNUSABLE),
        (picture("GIF"), None, CoverResult.UNUSABLE),
        (b"\xff" * (MOST_BYTES + 100), 10**12, CoverResult.NONE),
        (picture(), 900_000, CoverResult.UNAVAILABLE),
    ],
    ids=["html", "tiny", "truncated", "unsupported format", "oversized", "shorter than its length"],
)
def test_unusable_picture_is_not_stored(
    site: ProviderSite, body: bytes, length: int | None, result: CoverResult
) -> None:
    site.answers[f"/{ISBN}.jpg"] = send_bytes(body, length=length)
    assert search(own(site), patience=2) == cover_search.CoverSearchResult(result)


def test_picture_with_a_wrong_content_type_is_accepted(site: ProviderSite) -> None:
    site.answers[f"/{ISBN}.jpg"] = send_bytes(picture(), "text/html")
    found = search(own(site))
    assert found is not None and found.result is CoverResult.FOUND


def test_slow_site_is_given_up(site: ProviderSite) -> None:
    site.answers[f"/{ISBN}.jpg"] = send_slowly(site)
    assert search(own(site), patience=0.5) in (
        cover_search.CoverSearchResult(CoverResult.UNAVAILABLE),
        cover_search.CoverSearchResult(CoverResult.UNUSABLE),
    )


def test_redirect_into_a_private_network_is_not_followed(site: ProviderSite) -> None:
    site.answers[f"/{ISBN}.jpg"] = redirect_to("http://10.0.0.1/secret")
    assert search(own(site)) == cover_search.CoverSearchResult(CoverResult.UNAVAILABLE)


def test_unavailable_provider_is_skipped_and_asked_again_after_seven_hours(
    site: ProviderSite, title: Title, tmp_path: Path
) -> None:
    for number in (OTHER, "9780451524935", "9780061120084"):
        a_title(number)
    write_configuration(tmp_path, 'kind = "url"\nname = "gone"\npause = 0\nurl = "http://127.0.0.1:9/{isbn}"')
    now = hub_clock().now()
    assert cover_search.every_minute(now) == 4
    assert {each.result for each in CoverSearch.objects.all()} == {CoverResult.UNAVAILABLE}
    assert cover_search.due(now) == []
    assert len(cover_search.due(now + timedelta(hours=7))) == 4


def test_pause_between_requests_and_end_of_the_run_are_kept(site: ProviderSite) -> None:
    pauses: list[float] = []
    probe = Probe(inside=(ip_network("127.0.0.0/8"),))
    searcher = Searcher([own(site, pause=4)], time.monotonic() + 30, probe, pauses.append)
    assert searcher.search([ISBN]) == searcher.search([OTHER]) == cover_search.CoverSearchResult(CoverResult.NONE)
    assert len(pauses) == 1 and 3 < pauses[0] <= 4
    searcher.deadline = time.monotonic() + 1
    assert searcher.search([ISBN]) is None
    assert len(site.asked) == 2


def test_open_library_is_asked_without_a_placeholder(site: ProviderSite) -> None:
    path = f"/b/isbn/{ISBN}-L.jpg?default=false"
    site.answers[path] = send_bytes(picture())
    found = search(OpenLibrary(kind="open-library", base_url=site.url))
    assert found is not None and (found.result, site.asked) == (CoverResult.FOUND, [path])


def test_google_books_cover_is_fetched_from_the_volumes_link(site: ProviderSite) -> None:
    asked = f"/books/v1/volumes?q=isbn:{ISBN}&fields=items(volumeInfo)&key=k"
    link = f"{site.url}/content?id=x&zoom=1&edge=curl"
    site.answers[asked] = send_json({"items": [{}, {"volumeInfo": {"imageLinks": {"thumbnail": link}}}]})
    site.answers["/content?id=x&zoom=1"] = send_bytes(picture())
    found = search(GoogleBooks(kind="google-books", key="k", pause=0, base_url=site.url))
    assert found is not None and found.result is CoverResult.FOUND


@pytest.mark.parametrize(
    ("body", "result"),
    [
        (b"{}", CoverResult.NONE),
        (b'{"items": [{"volumeInfo": {}}]}', CoverResult.NONE),
        (b"[1]", CoverResult.UNAVAILABLE),
    ],
    ids=["no volume", "no picture", "malformed"],
)
def test_google_books_answer_without_a_picture_gives_no_cover(
    site: ProviderSite, body: bytes, result: CoverResult
) -> None:
    site.answers[f"/books/v1/volumes?q=isbn:{ISBN}&fields=items(volumeInfo)"] = send_bytes(body, "application/json")
    assert search(GoogleBooks(kind="google-books", base_url=site.url)) == cover_search.CoverSearchResult(result)


def test_nightly_job_drops_the_least_used_covers_over_budget(site: ProviderSite, title: Title, tmp_path: Path) -> None:
    other, now = a_title(OTHER), hub_clock().now()
    for seed, each in enumerate((title, other)):
        cover_search.store(
            each, cover_search.CoverSearchResult(CoverResult.FOUND, "own", encode_cover(picture(seed=seed))), now
        )
    title.refresh_from_db()
    other.refresh_from_db()
    long_ago = time.time() - 90 * 24 * 3600
    path = hub_store().path(title.cover)
    os.utime(path, (long_ago, long_ago))
    assert cover_search.nightly(now, budget=LARGEST) == 1
    assert (Title.objects.get(pk=title.pk).cover, Title.objects.get(pk=other.pk).cover) == ("", other.cover)
    assert CoverSearch.objects.get(title=title).result == CoverResult.DROPPED
    assert not path.exists()


def test_nightly_job_searches_again_for_pictures_that_a_restore_left_out(site: ProviderSite, title: Title) -> None:
    """Backups have no pictures, but the titles name them; a disk fault may have taken one too."""
    other, now = a_title(OTHER), hub_clock().now()
    for seed, each in enumerate((title, other)):
        cover_search.store(
            each, cover_search.CoverSearchResult(CoverResult.FOUND, "own", encode_cover(picture(seed=seed))), now
        )
    title.refresh_from_db()
    hub_store().drop(title.cover)
    assert cover_search.due(now) == []
    cover_search.nightly(now)
    assert Title.objects.get(pk=title.pk).cover == "", "no page and no kiosk asks for it in vain"
    assert cover_search.due(now) == [title]
    assert Title.objects.get(pk=other.pk).cover


def test_nightly_job_deletes_unlinked_pictures_after_a_day(site: ProviderSite, db: None) -> None:
    mark = hub_store().put(encode_cover(picture()))
    assert cover_search.nightly(hub_clock().now()) == 0, "a title may be linked to it soon"
    os.utime(hub_store().path(mark), (1, 1))
    assert cover_search.nightly(hub_clock().now()) == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("provider = 3", "in double brackets"),
        ('[[provider]]\nkind = "amazon"', "provider 1"),
        ('[[provider]]\nkind = "folder"\nfolder = "here"', "must be an absolute path"),
        ('[[provider]]\nkind = "url"\nname = "a"\nurl = "http://x.example/"', "needs {isbn}"),
        ('[[provider]]\nkind = "url"\nname = "a"\nurl = "ftp://x.example/{isbn}"', "must be a web address"),
        ('[[provider]]\nkind = "open-library"\n[[provider]]\nkind = "open-library"', "two providers are named"),
        ("[providers]", "only [[provider]] is allowed"),
        ("[[provider", "covers.toml"),
    ],
)
def test_invalid_configuration_is_named(site: ProviderSite, tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "covers.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadCovers) as found:
        load_providers()
    assert fault in str(found.value) and "covers.toml" in str(found.value)


def test_covers_command_tries_every_provider_and_shows_counts(
    site: ProviderSite, title: Title, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_configuration(tmp_path, own_server(site, "empty", "/no/{isbn}"), own_server(site))
    site.answers[f"/{ISBN}.jpg"] = send_bytes(picture())
    assert main(["covers", "--try", "978-7-02-000220-7"]) == 0
    assert "empty: no cover\nown: a cover, stored in " in capsys.readouterr().out
    cover_search.every_minute(hub_clock().now())
    assert main(["covers"]) == 0
    assert "titles with an ISBN: 1; searched: 1\n  found: 1\npictures: 1, 0.0 of 400 MB" in capsys.readouterr().out
    assert main(["covers", "--try", "123"]) == 1
    assert "123 is not an ISBN" in capsys.readouterr().err


def test_fifty_thousand_covers_fit_the_budget() -> None:
    """Extrapolated from JPEGs as large as a provider's, with the noise of a photograph."""
    sizes = [len(encode_cover(picture(size=(600, 870), seed=seed))) for seed in range(5)]
    assert max(sizes) <= LARGEST and 50_000 * LARGEST <= BUDGET
