"""Serve the online editions as an OPDS 2.0 feed, with links through the hub so that uses are counted.

Source: OPDS Catalog 2.0, https://drafts.opds.io/opds-2.0
"""

import struct
import zlib
from collections.abc import Iterator

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from hub.catalogue.models import Title
from hub.catalogue.online_editions import repository
from hub.core.language import text_languages
from hub.core.pages import formatting
from hub.core.signed_links import public_url
from hub.outreach.library_system.central import the_central

FEED = "application/opds+json"
PUBLICATION = "application/opds-publication+json"
OPEN_ACCESS = "http://opds-spec.org/acquisition/open-access"
HERE_UNKNOWN = "text/html"
"""Media type of an address that was not checked yet: most lead to a page with the book in it."""
ROWS = 50
HOUR = 3600
TAGS = {"chi": "zh", "eng": "en", "rus": "ru", "mon": "mn", "jpn": "ja", "tib": "bo", "fre": "fr", "ger": "de"}
"""BCP 47 requires the two-letter code of a language that has one; other languages keep MARC's three letters."""
Json = dict[str, object]


@require_safe
@cache_control(public=True, max_age=HOUR)
def feed(request: HttpRequest) -> HttpResponse:
    """Return a page of the titles with an online edition, the newest first."""
    pages = Paginator(_readable(), ROWS)
    asked = request.GET.get("page", "1")
    if not asked.isdecimal() or not 1 <= int(asked[:9]) <= pages.num_pages:
        raise Http404
    found = pages.page(int(asked))
    ways = {"self": found.number, "first": 1, "last": pages.num_pages}
    if found.has_previous():
        ways["previous"] = found.number - 1
    if found.has_next():
        ways["next"] = found.number + 1
    return _json(FEED, {
        "metadata": {
            "title": the_central().library(text_languages()[0]),
            "numberOfItems": pages.count,
            "itemsPerPage": ROWS,
            "currentPage": found.number,
        },
        "links": [
            {"rel": rel, "href": f"{public_url('online_editions:feed')}?page={number}", "type": FEED}
            for rel, number in ways.items()
        ],
        "publications": [_publication(each) for each in found],
    })  # fmt: skip


@require_safe
@cache_control(public=True, max_age=HOUR)
def publication(_request: HttpRequest, pk: int) -> HttpResponse:
    """Return one title."""
    found = get_object_or_404(_readable(), pk=pk)
    return _json(PUBLICATION, _publication(found))


@require_safe
@cache_control(public=True, max_age=24 * HOUR)
def cover(_request: HttpRequest, row: str) -> HttpResponse:
    return HttpResponse(plain_cover(int(row)), content_type="image/png")


def _readable() -> QuerySet[Title]:
    offered = repository.offered_editions().filter(title=OuterRef("pk"))
    titles: QuerySet[Title] = Title.objects.filter(Exists(offered)).prefetch_related("editions", "isbns")
    return titles.order_by("-pk")


def _publication(title: Title) -> Json:
    return {"metadata": dict(_metadata(title)), "links": list(_links(title)), "images": [_image(title)]}


def _metadata(title: Title) -> Iterator[tuple[str, object]]:
    isbn = next((each.isbn13 for each in title.isbns.all()), "")
    yield "@type", "http://schema.org/Book"
    yield "identifier", f"urn:isbn:{isbn}" if isbn else public_url("online_editions:publication", title.pk)
    yield "title", title.title
    for name, value in (("subtitle", title.subtitle), ("author", title.author)):
        if value:
            yield name, value
    if title.language:
        yield "language", TAGS.get(title.language, title.language)
    if title.year:
        yield "published", f"{title.year}-01-01"


def _links(title: Title) -> Iterator[Json]:
    yield {"rel": "self", "href": public_url("online_editions:publication", title.pk), "type": PUBLICATION}
    for edition in title.editions.all():
        if edition.offered:
            way: Json = {"rel": OPEN_ACCESS, "href": public_url("portal:read_edition", edition.pk)}
            way["type"] = edition.media_type or HERE_UNKNOWN
            yield way | ({"title": edition.words} if edition.words else {})


def _image(title: Title) -> Json:
    row = formatting.cover(title.subject, title.title).row
    href = public_url("online_editions:cover", row)
    return {"href": href, "type": "image/png", "width": WIDTH, "height": HEIGHT}


def _json(kind: str, body: Json) -> HttpResponse:
    return JsonResponse(body, content_type=kind, json_dumps_params={"ensure_ascii": False})


COLOURS = (
    "56606B", "2F4673", "5E3350", "D8B285", "93B7CB", "9DC0A2", "2D5B4A", "DD9A92", "E2B544", "75503A",
)  # fmt: skip
"""Colour by row of the cover table, RGB in hex."""
WIDTH, HEIGHT, EDGE = 144, 198, 10
DARKER = 0.8


def plain_cover(row: int) -> bytes:
    """Return the cover of this row, an RGB PNG of 144 by 198 pixels."""
    field = bytes.fromhex(COLOURS[row % len(COLOURS)])
    edge = bytes(int(part * DARKER) for part in field)
    line = b"\0" + edge * EDGE + field * (WIDTH - EDGE)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(*each) for each in ((b"IHDR", head), (b"IDAT", zlib.compress(line * HEIGHT, 9)), (b"IEND", b""))
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
