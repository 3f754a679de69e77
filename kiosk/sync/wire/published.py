"""What the library has done about what was said, as kiosks show it; knows nobody who said it."""

from __future__ import annotations

from pydantic import Field

from kiosk.domain import published
from kiosk.sync.wire.shapes import Lenient


class WirePublished(Lenient):
    """ "You said, we did", each by language."""

    said: dict[str, str]
    did: dict[str, str]


class PublishedAnswer(Lenient):
    """GET published: the newest first, a handful."""

    published: list[WirePublished] = Field(default_factory=list)


def published_from(wire: PublishedAnswer) -> tuple[published.Published, ...]:
    return tuple(published.Published(each.said, each.did) for each in wire.published)
