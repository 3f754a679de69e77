"""Find the online editions in a record's fields 856.

Source: MARC 21 Format for Bibliographic Data, field 856: second indicator 2 is a related resource, $u its address, $y
the link text, $3 the materials specified, $z a public note.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pymarc import Field, Record

LONGEST = 1000
WORDS = 120
RELATED = "2"
ONLY_A_PART = re.compile(
    r"contents|description|biograph|review|sample|excerpt|cover|guide|目[录次]|目錄|书评|書評|简介|簡介|封面|摘要|提要|试读|樣章|样章",
    re.IGNORECASE,
)
"""Cataloguers' words for a link to something about the book, or to a part of it."""


@dataclass(frozen=True, slots=True)
class EditionLink:
    """An address at which the title can be read; `words` is the cataloguer's link text, or empty."""

    url: str
    words: str = ""


def links(record: Record) -> Iterator[EditionLink]:
    """Yield the online editions of the record, each address once."""
    seen = set[str]()
    for field in record.get_fields("856"):
        for url in _addresses(field):
            if usable(url) and url not in seen:
                seen.add(url)
                yield EditionLink(url, _words(field))


def unusable(record: Record) -> list[str]:
    """Return the addresses of online editions that are no valid URLs."""
    return [url for field in record.get_fields("856") for url in _addresses(field) if not usable(url)]


def usable(url: str) -> bool:
    """Return whether a phone can open it: http or https, a host, and no characters that a URL cannot have."""
    if len(url.encode("utf-8", "replace")) > LONGEST or re.search(r"[\s\x00-\x1f<>\"\\^`{|}]", url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _addresses(field: Field) -> list[str]:
    about = " ".join(each.value for each in field.subfields if each.code in "3y")
    if (field.indicators and field.indicators.second == RELATED) or ONLY_A_PART.search(about):
        return []
    return [text for each in field.get_subfields("u") if (text := each.strip())]


def _words(field: Field) -> str:
    text = next((each for code in "y3z" if (each := (field.get(code) or "").strip(" :;"))), "")
    return " ".join(text.split())[:WORDS]
