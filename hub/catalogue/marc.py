"""Read MARC 21, CNMARC and MARCXML records as titles.

Source: MARC 21 Format for Bibliographic Data, Library of Congress (fields 001, 008, 020, 050, 082, 084, 100, 245, 650,
651, 852, 856, 880).
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from xml.etree import ElementTree

import defusedxml.ElementTree as safe
import pymarc
from defusedxml import DefusedXmlException
from pymarc import Field, Record

from hub.catalogue import cnmarc, iso2709
from hub.catalogue.display import display_text, isbn13, trim_punctuation
from hub.catalogue.online_editions.fields import Link, links, unusable
from hub.catalogue.subjects import call_number, dewey_short, subject

LONGEST = 500


@dataclass(frozen=True, slots=True)
class DescribedTitle:
    """A title as its record describes it. `record` is the record in ISO 2709, byte for byte as received."""

    number: int
    control_number: str
    title: str
    subtitle: str
    author: str
    dewey: str
    clc: str
    subject: str
    call_number: str
    language: str
    year: int | None
    isbns: tuple[str, ...]
    record: bytes
    links: tuple[Link, ...] = ()
    headings: str = ""
    """Subject headings, one per line."""
    unusable: tuple[str, ...] = ()
    """Addresses of online editions that are no valid URLs."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that cannot be used; `number` counts from 1, `at` is its byte offset, if known.

    `raw` distinguishes it from another record with the same fault, wherever it is in the next file.
    """

    number: int
    fault: str
    at: int | None = None
    raw: bytes = b""


def open_marc_file(path: Path) -> BinaryIO:
    """Open the file; decompress it if it is gzipped."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb")) if packed else path.open("rb")


def read(file: BinaryIO) -> Iterator[DescribedTitle | Bad]:
    """Read record by record, as MARCXML if the file starts with `<`, else as MARC.

    A damaged gzip file ends with a Bad.
    """
    number = 0
    try:
        for found in _read(file):
            number = found.number
            yield found
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        yield Bad(number + 1, f"the file ends early: {error}")


def _read(file: BinaryIO) -> Iterator[DescribedTitle | Bad]:
    head = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    file.seek(0)
    records: Iterator[tuple[Record, bytes] | str | iso2709.BrokenRecord]
    records = _from_xml(file) if head.startswith(b"<") else _from_marc(file)
    for number, found in enumerate(records, start=1):
        if isinstance(found, str):
            yield Bad(number, found)
        elif isinstance(found, iso2709.BrokenRecord):
            yield Bad(number, found.fault, found.at, found.raw)
        else:
            yield _describe_record(number, *found)


def _from_marc(file: BinaryIO) -> Iterator[tuple[Record, bytes] | iso2709.BrokenRecord]:
    for found in iso2709.cut(file):
        yield found if isinstance(found, iso2709.BrokenRecord) else _decode_record(found)


def of_bytes(raw: bytes) -> Record:
    """Decode a stored record of either format, in its own encoding.

    Raises:
        ValueError: The record cannot be decoded.
        PymarcException: The record is damaged.
    """
    cut = Record(raw, to_unicode=False)
    return cnmarc.decode_record(raw) if cnmarc.is_cnmarc(cut) else Record(raw, to_unicode=True)


def _decode_record(raw: bytes) -> tuple[Record, bytes] | iso2709.BrokenRecord:
    try:
        return of_bytes(raw), raw
    except UnicodeError as error:
        fault = f"{type(error).__name__}: {error}"
    except (ValueError, pymarc.PymarcException) as error:
        fault = f"the record directory is damaged; export it again ({type(error).__name__}: {error})"
    return iso2709.BrokenRecord(None, raw, fault)


def _from_xml(file: BinaryIO) -> Iterator[tuple[Record, bytes] | str]:
    name, records = "", False
    try:
        for _event, element in safe.iterparse(file, events=("end",), forbid_dtd=True):
            name = element.tag.rpartition("}")[2]
            if name == "record":
                records = True
                yield _one_from_xml(element)
                element.clear()
    except DefusedXmlException:
        yield "the file has a document type, which no MARCXML has"
        return
    except ElementTree.ParseError as error:
        yield f"the file ends early: {error}"
        return
    if not records and name != "collection":
        yield f"no record in the file: MARCXML starts with <collection>, this file with <{name}>"


def _one_from_xml(element: ElementTree.Element) -> tuple[Record, bytes] | str:
    record = Record(force_utf8=True)
    for part in element:
        tag, name = part.get("tag", ""), part.tag.rpartition("}")[2]
        if name == "leader":
            record.leader = pymarc.Leader((part.text or "").ljust(24)[:24])
        elif name == "controlfield":
            record.add_field(Field(tag=tag, data=part.text or ""))
        elif name == "datafield":
            codes = [pymarc.Subfield(each.get("code", ""), each.text or "") for each in part]
            record.add_field(Field(tag=tag, indicators=pymarc.Indicators(*_indicators(part)), subfields=codes))
    try:
        return record, record.as_marc()
    except (ValueError, pymarc.PymarcException) as error:
        return f"{type(error).__name__}: {error}"


def _indicators(part: ElementTree.Element) -> tuple[str, str]:
    return (part.get("ind1") or " ")[:1], (part.get("ind2") or " ")[:1]


def _describe_record(number: int, record: Record, raw: bytes) -> DescribedTitle | Bad:
    if cnmarc.is_cnmarc(record):
        record = cnmarc.as_marc21(record)
    main = record.get("245")
    title = trim_punctuation(display_text(_join_subfields(_own_script(record, main), "anp"))) if main else ""
    if main is None or not title:
        return Bad(number, "no title in field 245", raw=raw)
    fixed = record["008"].data or "" if "008" in record else ""
    entry, author = _author(record, main)
    dewey, clc, lcc = _first(record, "082", "a"), _clc(record), _first(record, "050", "ab")
    return DescribedTitle(
        number=number,
        control_number=_control_number(record, raw),
        title=title[:LONGEST],
        subtitle=trim_punctuation(display_text(_join_subfields(_own_script(record, main), "b")))[:LONGEST],
        author=author[:300],
        dewey=dewey_short(dewey),
        clc=clc[:40],
        subject=subject(dewey, clc, lcc),
        call_number=(_on_label(record) or call_number(dewey, clc, lcc, entry or title))[:80],
        language=fixed[35:38].strip() if re.fullmatch(r"[a-z]{3}", fixed[35:38]) else "",
        year=int(fixed[7:11]) if re.fullmatch(r"[12]\d{3}", fixed[7:11]) else None,
        isbns=tuple(dict.fromkeys(filter(None, (isbn13(f.get("a") or "") for f in record.get_fields("020"))))),
        record=raw,
        links=tuple(links(record)),
        headings="\n".join(headings(record)),
        unusable=tuple(unusable(record)),
    )


def headings(record: Record) -> list[str]:
    """Return the subject headings of fields 650 and 651, each in the title's own script."""
    found = []
    for field in record.get_fields("650", "651"):
        own = _own_script(record, field)
        parts = (trim_punctuation(display_text(each.value)) for each in own.subfields if each.code in "axyz")
        found.append(" -- ".join(filter(None, parts))[:LONGEST])
    return list(dict.fromkeys(filter(None, found)))


def _on_label(record: Record) -> str:
    """Return the library's own call number: class and mark of field 852.

    The Chinese Library Classification (中图法) joins them by a slash.
    """
    for field in record.get_fields("852"):
        number, mark = ((field.get(code) or "").strip() for code in "hi")
        if number:
            joint = "/" if re.fullmatch(r"[A-Z]{1,2}[\d.\-=:()]*[A-Z]{0,2}", number) and mark else " "
            return f"{number}{joint}{mark}".strip()
    return ""


def _control_number(record: Record, raw: bytes) -> str:
    own = "".join((record[tag].data or "").strip() for tag in ("003", "001") if tag in record)
    return own[:64] if "001" in record and own else f"sha256 {hashlib.sha256(raw).hexdigest()[:48]}"


def _own_script(record: Record, field: Field | None) -> Field:
    """Return the field in the title's own script: the 880 that is linked to it by $6, if there is one."""
    assert field is not None
    link = re.match(r"880-(\d\d)", field.get("6") or "")
    for other in record.get_fields("880") if link and link[1] != "00" else ():
        if (other.get("6") or "").startswith(f"{field.tag}-{link[1] if link else ''}"):
            return other
    return field


def _join_subfields(field: Field, codes: str) -> str:
    return " ".join(part.value.strip() for part in field.subfields if part.code in codes)


def _author(record: Record, main: Field) -> tuple[str, str]:
    """Return the heading by which the title is shelved, and the name to display.

    Without a heading, the name is the first one in the statement of responsibility.
    """
    for tag in ("100", "110", "111"):
        if tag in record:
            heading = trim_punctuation(display_text(_join_subfields(_own_script(record, record[tag]), "a")))
            return heading, heading
    said = display_text(_join_subfields(_own_script(record, main), "c")).lstrip("[")
    return "", trim_punctuation(re.split(r"\s*[;/\[\]]\s*", said)[0])


def _first(record: Record, tag: str, codes: str) -> str:
    return _join_subfields(record[tag], codes) if tag in record else ""


def _clc(record: Record) -> str:
    """Return the class of the Chinese Library Classification (中图法), from 084 with $2 clc (MARC 21) or 093."""
    for field in record.get_fields("084", "093"):
        if field.tag == "093" or (field.get("2") or "").lower().startswith("clc"):
            return (field.get("a") or "").strip()
    return ""
