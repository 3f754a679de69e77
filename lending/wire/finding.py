"""Search results of the hub's catalogue, as listed at a kiosk."""

from __future__ import annotations

from pydantic import Field

from lending.wire.base import Lenient


class WireTitle(Lenient):
    """`here`: copies on a shelf anywhere. `copies`: all copies. `branches`: branches with a copy on the shelf."""

    title: int
    words: str
    author: str = ""
    call_number: str = ""
    subject: str = ""
    here: int
    copies: int
    branches: list[str] = Field(default_factory=list)


class SearchAnswer(Lenient):
    """GET search: titles, best first. `close`: none matches the whole query, these match most of it."""

    titles: list[WireTitle]
    close: bool = False
    more: bool = False
