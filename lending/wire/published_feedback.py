"""Published answers to patron feedback ("You said, we did"), as shown at kiosks; anonymous."""

from __future__ import annotations

from pydantic import Field

from lending import published_feedback
from lending.wire.base import Lenient


class WirePublished(Lenient):
    """A "You said, we did" pair, each by language code."""

    said: dict[str, str]
    did: dict[str, str]


class PublishedAnswer(Lenient):
    """GET published: the latest few, newest first."""

    published: list[WirePublished] = Field(default_factory=list)


def published_from(wire: PublishedAnswer) -> tuple[published_feedback.Published, ...]:
    """Convert published feedback from the wire."""
    return tuple(published_feedback.Published(each.said, each.did) for each in wire.published)
