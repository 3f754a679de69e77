"""Harvest records by OAI-PMH 2.0 as MARCXML, and store the time from which the next harvest starts.

Source: The Open Archives Initiative Protocol for Metadata Harvesting, version 2.0 (2002).
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import sleep
from typing import BinaryIO
from urllib.parse import urlencode
from xml.etree import ElementTree

import defusedxml.ElementTree as safe
import requests
from defusedxml import DefusedXmlException
from django.conf import settings

OAI = "{http://www.openarchives.org/OAI/2.0/}"
MARC = "{http://www.loc.gov/MARC21/slim}"
OPENS = b'<?xml version="1.0" encoding="UTF-8"?><collection xmlns="http://www.loc.gov/MARC21/slim">'
CLOSES = b"</collection>"
SECONDS = 60.0
MOST_BYTES = 64 * 1024 * 1024
"""Maximum size of one response; a page of records has a few megabytes."""
MOST_WAITS = 5
LONGEST_WAIT = 120.0
DAY = len("YYYY-MM-DD")
NOTHING_NEW = "noRecordsMatch"


Wait = Callable[[float], None]


class HarvestFailed(Exception):
    """Nothing that was received may be used. `args[0]` says what the source answered and what to do."""


@dataclass(slots=True)
class Harvest:
    """The result of a harvest: the number of records, the deletions, and the start of the next one."""

    records: int = 0
    deleted: list[str] = field(default_factory=list)
    """Identifiers of the records that were deleted at the source."""
    answered: str = ""
    """The source's own time at the first response, so that changes during the harvest are included next time."""


@dataclass(frozen=True, slots=True)
class OaiSource:
    """A repository. With `since`, a time in the source's format, only later changes are harvested."""

    url: str
    prefix: str = "marc21"
    within: str = ""
    """Name of a set; empty for all records."""
    since: str = ""

    def first(self) -> str:
        asked = {"verb": "ListRecords", "metadataPrefix": self.prefix, "set": self.within, "from": self.since}
        return self._asking({name: value for name, value in asked.items() if value})

    def next(self, token: str) -> str:
        return self._asking({"verb": "ListRecords", "resumptionToken": token})

    def identify(self) -> str:
        return self._asking({"verb": "Identify"})

    def _asking(self, asked: dict[str, str]) -> str:
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(asked)}"


def harvest(source: OaiSource, session: requests.Session, into: BinaryIO, wait: Wait = sleep) -> Harvest:
    """Write the records into a file as one collection, page by page.

    Raises:
        HarvestFailed: The harvest is incomplete.
    """
    if source.since and _has_day_granularity(source, session, wait):
        source = replace(source, since=source.since[:DAY])
    got, url, asked = Harvest(), source.first(), set[str]()
    into.write(OPENS)
    while url:
        if url in asked:
            raise HarvestFailed("the source repeats the same list; contact its administrator")
        asked.add(url)
        page = _page(url, session, wait)
        got.answered = got.answered or (page.findtext(f"{OAI}responseDate") or "")
        if not _takes(page, got, into):
            break
        token = (page.findtext(f"{OAI}ListRecords/{OAI}resumptionToken") or "").strip()
        url = source.next(token) if token else ""
    into.write(CLOSES)
    return got


def _has_day_granularity(source: OaiSource, session: requests.Session, wait: Wait) -> bool:
    granularity = _page(source.identify(), session, wait).findtext(f"{OAI}Identify/{OAI}granularity") or ""
    return len(granularity.strip()) == DAY


def _takes(page: ElementTree.Element, got: Harvest, into: BinaryIO) -> bool:
    """Write the records of a page; return False if the source reports that nothing has changed."""
    fault = page.find(f"{OAI}error")
    if fault is not None and fault.get("code") == NOTHING_NEW:
        return False
    if fault is not None:
        raise HarvestFailed(f"the source reports {fault.get('code')}: {(fault.text or '').strip()[:200]}")
    for record in page.iterfind(f"{OAI}ListRecords/{OAI}record"):
        header = record.find(f"{OAI}header")
        if header is not None and header.get("status") == "deleted":
            got.deleted.append((header.findtext(f"{OAI}identifier") or "").strip())
            continue
        for described in _marc(record):
            into.write(ElementTree.tostring(described, encoding="utf-8", xml_declaration=False))
            got.records += 1
    return True


def _marc(record: ElementTree.Element) -> Iterator[ElementTree.Element]:
    yield from record.iterfind(f"{OAI}metadata/{MARC}record")
    yield from record.iterfind(f"{OAI}metadata/{MARC}collection/{MARC}record")


def _page(url: str, session: requests.Session, wait: Wait) -> ElementTree.Element:
    for _try in range(MOST_WAITS):
        try:
            reply = session.get(url, timeout=SECONDS, stream=True)
        except requests.RequestException as error:
            raise HarvestFailed(f"{url} does not respond: {type(error).__name__}") from None
        try:
            if reply.status_code == 503:
                wait(min(_seconds(reply.headers.get("Retry-After", "") or ""), LONGEST_WAIT))
                continue
            if reply.status_code != 200:
                raise HarvestFailed(f"{url} responds with status {reply.status_code}; check the OAI-PMH address")
            raw = reply.raw.read(MOST_BYTES + 1, decode_content=True)
        finally:
            reply.close()
        if len(raw) > MOST_BYTES:
            raise HarvestFailed(f"{url} responds with more than {MOST_BYTES} bytes; configure shorter lists")
        return _read(url, raw)
    raise HarvestFailed(f"{url} is busy and asked to wait {MOST_WAITS} times; try again later")


def _read(url: str, raw: bytes) -> ElementTree.Element:
    """Parse a response. Document types are refused in every encoding, so that no entity is ever expanded."""
    try:
        found: ElementTree.Element = safe.fromstring(raw, forbid_dtd=True)
    except DefusedXmlException:
        raise HarvestFailed(f"{url} responds with a document type declaration; this is not OAI-PMH") from None
    except ElementTree.ParseError as error:
        raise HarvestFailed(f"{url} does not respond with XML: {error}") from None
    return found


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else 10.0


def last_harvest_time(source: OaiSource) -> str:
    """Return the source's own time at the last complete harvest; empty if there was none."""
    try:
        state = json.loads(_note(source).read_text(encoding="utf-8"))
        return str(state["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def harvest_into(source: OaiSource, begins: str, session: requests.Session, file: BinaryIO) -> Harvest:
    """Harvest into the file, which is rewound to its beginning.

    Raises:
        HarvestFailed: The harvest is incomplete.
    """
    got = harvest(replace(source, since=begins), session, file)
    file.seek(0)
    return got


def remember_harvest(source: OaiSource, got: Harvest) -> None:
    """Store the harvest's time, after all of it was imported.

    If this file is lost, the next harvest only reads more than necessary.
    """
    if not got.answered:
        return
    fresh = _note(source).with_suffix(".new")
    fresh.write_text(json.dumps({"since": got.answered, "url": source.url}), encoding="utf-8")
    fresh.replace(_note(source))


def _note(source: OaiSource) -> Path:
    name = hashlib.sha256(f"{source.url}\n{source.prefix}\n{source.within}".encode()).hexdigest()[:16]
    return Path(settings.STATE) / f"harvest-{name}.json"
