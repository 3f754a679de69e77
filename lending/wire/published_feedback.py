"""What the library has done about what was said, as kiosks show it; knows nobody who said it."""

from __future__ import annotations

from pydantic import Field

from lending import published_feedback
from lending.wire.base import Lenient


class WirePublished(Lenient):
    """ "You said, we did", each by language."""

    said: dict[str, str]
    did: dict[str, str]


class PublishedAnswer(Lenient):
    """GET published: the newest first, a handful."""

    published: list[WirePublished] = Field(default_factory=list)


def published_from(wire: PublishedAnswer) -> tuple[published_feedback.Published, ...]:
    return tuple(published_feedback.Published(each.said, each.did) for each in wire.published)
