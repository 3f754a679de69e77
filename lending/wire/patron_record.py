"""Messages by which a patron proves ownership of a card and reads the record; addresses are masked."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from lending import patron_record
from lending.wire.base import Lenient, Strict


class ProofAnswer(Lenient):
    """GET cards/{hash}/proof: whether the patron has a PIN, and the channel for a one-time code."""

    pin: bool
    by: str = ""


class CodeAnswer(Lenient):
    """POST cards/{hash}/code: whether a code was sent; `why` if not: `not_proved`, `too_many`."""

    sent: bool
    why: str = ""


class CodeRequest(Strict):
    """A one-time code to check."""

    code: Annotated[str, Field(min_length=1, max_length=32)]


class MineRequest(Strict):
    """`token` is the pass issued for the correct PIN or code."""

    token: Annotated[str, Field(max_length=200)] = ""


class WireContact(Lenient):
    """A masked address or other detail; see `lending.patron_record.Contact`."""

    number: str
    channel: str
    shown: str
    sure: bool = True
    bounced: bool = False
    serves: list[str] = Field(default_factory=list)
    kept: bool = False
    address: bool = True


class WireWay(Lenient):
    """A message channel of the patron, with its masked address."""

    channel: str
    shown: str = ""


class WireConsent(Lenient):
    """A consent purpose and whether it is given; texts by language code."""

    purpose: str
    name: dict[str, str]
    words: dict[str, str]
    version: str
    given: bool
    news: bool = False


class WireInterest(Lenient):
    """A class or subject of interest; name by language code."""

    code: str
    name: dict[str, str]
    source: str = patron_record.STATED


class WireLetter(Lenient):
    """A message from staff."""

    key: str
    about: str = ""
    words: str = ""
    state: str = ""


class WireHad(Lenient):
    """A title of the loan history."""

    key: str
    title: str
    author: str = ""
    day: date | None = None
    link: str = ""


class MineAnswer(Lenient):
    """POST cards/{hash}/mine: the patron's record; requires the pass issued for PIN or code."""

    contacts: list[WireContact] = Field(default_factory=list)
    ways: list[WireWay] = Field(default_factory=list)
    quiet: str = patron_record.NEVER_QUIET
    consents: list[WireConsent] = Field(default_factory=list)
    interests: list[WireInterest] = Field(default_factory=list)
    classes: list[WireInterest] = Field(default_factory=list)
    infers: bool = False
    reads: bool = False
    language: str = ""
    languages: list[str] = Field(default_factory=list)
    letters: list[WireLetter] = Field(default_factory=list)
    stays: list[str] = Field(default_factory=list)
    child: bool = False
    page: bool = False
    look: bool = False
    had: list[WireHad] = Field(default_factory=list)


class PageAnswer(Lenient):
    """POST cards/{hash}/page: one-time URL, valid for some minutes, that continues on the patron's phone."""

    url: str


def mine_from(wire: MineAnswer) -> patron_record.PatronRecord:
    """Convert a patron's record from the wire."""
    return patron_record.PatronRecord(
        contacts=tuple(
            patron_record.Contact(**(each.model_dump() | {"serves": tuple(each.serves)})) for each in wire.contacts
        ),
        ways=tuple(patron_record.ContactChannel(**each.model_dump()) for each in wire.ways),
        quiet=wire.quiet,
        consents=tuple(patron_record.Consent(**each.model_dump()) for each in wire.consents),
        interests=tuple(patron_record.Interest(**each.model_dump()) for each in wire.interests),
        classes=tuple(patron_record.Interest(**each.model_dump()) for each in wire.classes),
        infers=wire.infers,
        reads=wire.reads,
        language=wire.language,
        languages=tuple(wire.languages),
        letters=tuple(patron_record.StaffMessage(**each.model_dump()) for each in wire.letters),
        stays=tuple(wire.stays),
        child=wire.child,
        page=wire.page,
        look=wire.look,
        had=tuple(patron_record.HistoryEntry(**each.model_dump()) for each in wire.had),
    )
