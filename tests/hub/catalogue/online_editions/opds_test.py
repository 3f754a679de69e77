"""Test the OPDS 2 feed: its schema, its pages, its links through the hub, without failed editions."""

from __future__ import annotations

import struct
import zlib
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from django.test import Client

from hub.catalogue.models import DEAD_AFTER, Edition, Isbn, ReadOn, Title
from hub.catalogue.online_editions.opds import FEED, PUBLICATION, ROWS
from tests.hub.support.world import World

ACQUISITION = "http://opds-spec.org/acquisition"
RELS = ["preview", ACQUISITION, *(f"{ACQUISITION}/{each}" for each in ("open-access", "borrow", "buy", "sample"))]


def contains_values(**values: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a list in which at least one entry has these values."""
    return {"contains": {"required": list(values), "properties": values}}


LINK = {
    "type": "object",
    "required": ["href", "type"],
    "properties": {
        "href": {"type": "string", "format": "uri"},
        "type": {"type": "string", "pattern": r"^[\w.+-]+/[\w.+-]+$"},
        "rel": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "title": {"type": "string"},
        "width": {"type": "integer", "exclusiveMinimum": 0},
        "height": {"type": "integer", "exclusiveMinimum": 0},
    },
}
PUBLICATION_SHAPE = {
    "type": "object",
    "required": ["metadata", "links", "images"],
    "properties": {
        "metadata": {
            "type": "object",
            "required": ["title"],
            "properties": {
                "@type": {"type": "string", "format": "uri"},
                "title": {"type": "string", "minLength": 1},
                "author": {"type": "string", "minLength": 1},
                "identifier": {"type": "string", "format": "uri"},
                "language": {"type": "string", "pattern": "^[a-z]{2,3}$"},
                "published": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
            },
        },
        "links": {
            "type": "array",
            "items": LINK,
            "allOf": [contains_values(rel={"const": "self"}), contains_values(rel={"enum": RELS})],
        },
        "images": {
            "type": "array",
            "minItems": 1,
            "items": LINK,
            **contains_values(type={"enum": ["image/jpeg", "image/png", "image/gif"]}),
        },
    },
}
FEED_SHAPE = {
    "type": "object",
    "required": ["metadata", "links", "publications"],
    "properties": {
        "metadata": {
            "type": "object",
            "required": ["title"],
            "properties": {
                "title": {"type": "string", "minLength": 1},
                "numberOfItems": {"type": "integer", "minimum": 0},
                "itemsPerPage": {"type": "integer", "exclusiveMinimum": 0},
                "currentPage": {"type": "integer", "exclusiveMinimum": 0},
            },
        },
        "links": {"type": "array", "items": LINK, **contains_values(rel={"const": "self"})},
        "publications": {"type": "array", "items": PUBLICATION_SHAPE},
    },
}
"""Schema of a feed as on drafts.opds.io, limited to what this hub uses."""


def read(url: str = "/opds/", kind: str = FEED, shape: dict[str, Any] = FEED_SHAPE) -> dict[str, Any]:
    parts = urlsplit(url)
    answer = Client().get(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    found: dict[str, Any] = answer.json()
    jsonschema.validate(found, shape, format_checker=jsonschema.FormatChecker())
    return found


def linked(found: dict[str, Any]) -> dict[str, str]:
    return {each["rel"]: each["href"] for each in found["links"]}


def readable(title: str, **values: object) -> Edition:
    described = Title.objects.create(title=title, **values)
    edition: Edition = Edition.objects.create(title=described, url=f"https://books.example/{described.pk}.epub")
    return edition


def test_publication_has_all_known_metadata(world: World) -> None:
    edition = readable("呼兰河传", author="萧红", language="chi", year=2016, subject="I")
    Isbn.objects.create(title=edition.title, isbn13="9787530216781")
    Edition.objects.update(media_type="application/epub+zip", words="EPUB")
    (book,) = read()["publications"]
    assert {name: book["metadata"][name] for name in ("title", "author", "language", "published", "identifier")} == {
        "title": "呼兰河传", "author": "萧红", "language": "zh", "published": "2016-01-01",
        "identifier": "urn:isbn:9787530216781",
    }  # fmt: skip
    acquisition = book["links"][1]
    assert (acquisition["type"], acquisition["title"]) == ("application/epub+zip", "EPUB")
    answer = Client().get(urlsplit(acquisition["href"]).path)
    assert (answer["Location"], ReadOn.objects.get().count) == (edition.url, 1), (
        "downloads by reading apps are counted too"
    )
    assert read(linked(book)["self"], PUBLICATION, PUBLICATION_SHAPE) == book


def test_publication_with_little_metadata_is_valid(world: World) -> None:
    readable("X")
    (book,) = read()["publications"]
    assert set(book["metadata"]) == {"@type", "identifier", "title"}


def test_cover_is_a_png_of_the_stated_size(world: World) -> None:
    readable("Dune", subject="8")
    (image,) = read()["publications"][0]["images"]
    raw = Client().get(urlsplit(image["href"]).path).content
    assert raw.startswith(b"\x89PNG") and struct.unpack(">II", raw[16:24]) == (image["width"], image["height"])
    data = zlib.decompress(raw[raw.index(b"IDAT") + 4 : raw.index(b"IEND") - 8])
    assert len(data) == image["height"] * (1 + 3 * image["width"])


def test_pages_are_linked_and_list_each_title_once(world: World) -> None:
    for number in range(ROWS + 3):
        readable(f"Book {number}")
    first = read()
    assert first["metadata"]["numberOfItems"] == ROWS + 3 and "previous" not in linked(first)
    second = read(linked(first)["next"])
    assert "next" not in linked(second) and linked(second)["first"] == linked(first)["self"]
    titles = [each["metadata"]["title"] for page in (first, second) for each in page["publications"]]
    assert len(titles) == len(set(titles)) == ROWS + 3
    for wrong in ("0", "3", "x", "-1", "9" * 40):
        assert Client().get("/opds/", {"page": wrong}).status_code == 404


def test_dead_and_removed_editions_are_not_listed(world: World) -> None:
    for title in ("dead", "removed", "available"):
        readable(title)
    Edition.objects.filter(title__title="dead").update(failures=DEAD_AFTER)
    Edition.objects.filter(title__title="removed").update(removed=True)
    assert [each["metadata"]["title"] for each in read()["publications"]] == ["available"]
    assert read("/opds/")["metadata"]["numberOfItems"] == 1


def test_empty_feed_is_valid(world: World) -> None:
    assert read()["publications"] == []


@pytest.mark.parametrize("spoilt", ["self", "images", "acquisition"])
def test_schema_detects_missing_parts(world: World, spoilt: str) -> None:
    readable("Dune")
    found = read()
    book = found["publications"][0]
    match spoilt:
        case "self":
            found["links"] = [each for each in found["links"] if each["rel"] != "self"]
        case "images":
            del book["images"]
        case _:
            book["links"] = book["links"][:1]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, FEED_SHAPE)
