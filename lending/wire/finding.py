"""Titles that answer a query, as a kiosk lists them; knows no index."""

from __future__ import annotations

from pydantic import Field

from lending.wire.base import Lenient


class WireTitle(Lenient):
    """`here` counts the copies on a shelf now, `copies` all that there are; `branches` has those with one here."""

    title: int
    words: str
    author: str = ""
    call_number: str = ""
    subject: str = ""
    here: int
    copies: int
    branches: list[str] = Field(default_factory=list)


class SearchAnswer(Lenient):
    """GET search: the best titles first. `close`: none has all that was asked, these have most of it."""

    titles: list[WireTitle]
    close: bool = False
    more: bool = False
