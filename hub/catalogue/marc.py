"""Read MARC 21, CNMARC and MARCXML records as titles, and continue after a damaged record.

Sources: MARC 21 Format for Bibliographic Data, Library of Congress (fields 001, 008, 020, 050, 082, 084, 100, 245, 300,
520, 650, 651, 852, 856, 880). ISO 2709: five digits state a record's length, and the byte 1D ends it. WH/T 0503-1996
中国机读目录格式, fields 001, 010, 100, 101, 200, 205, 215, 330, 510, 517, 606, 607, 676, 690, 700-712, 856, 905.
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from xml.etree import ElementTree

import defusedxml.ElementTree as safe
import pymarc
from defusedxml import DefusedXmlException
from pymarc import Field, Indicators, Record, Subfield

from hub.catalogue.display import (
    call_number,
    dewey_short,
    display_text,
    isbn13,
    natural_name,
    subject,
    trim_punctuation,
)
from hub.catalogue.online_editions.fields import EditionLink, links, unusable

LONGEST = 500
PAGES = re.compile(r"(?<!\d)(\d{1,5})\]?\s*(?:[页頁面]|(?:p|с|х)\b)")
"""Number of pages in a physical description: English and Chinese records, and Cyrillic ones (с, х)."""


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
    links: tuple[EditionLink, ...] = ()
    headings: str = ""
    """Subject headings, one per line."""
    unusable: tuple[str, ...] = ()
    """Addresses of online editions that are no valid URLs."""


@dataclass(frozen=True, slots=True)
class UnusableRecord:
    """A record that cannot be used; `number` counts from 1, `offset` is its byte offset, if known.

    `raw` distinguishes it from another record with the same fault, wherever it is in the next file.
    """

    number: int
    fault: str
    offset: int | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """The bytes that are no record, the fault, and the offset at which they begin, if known."""

    offset: int | None
    raw: bytes
    fault: str


def open_marc_file(path: Path) -> BinaryIO:
    """Open the file; decompress it if it is gzipped."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb")) if packed else path.open("rb")


def read(file: BinaryIO) -> Iterator[DescribedTitle | UnusableRecord]:
    """Read record by record, as MARCXML if the file starts with `<`, else as MARC.

    A damaged gzip file ends with a Bad.
    """
    number = 0
    try:
        for found in _read(file):
            number = found.number
            yield found
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        yield UnusableRecord(number + 1, f"the file ends early: {error}")


def _read(file: BinaryIO) -> Iterator[DescribedTitle | UnusableRecord]:
    head = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    file.seek(0)
    records: Iterator[tuple[Record, bytes] | str | BrokenRecord]
    records = _from_xml(file) if head.startswith(b"<") else _from_marc(file)
    for number, found in enumerate(records, start=1):
        if isinstance(found, str):
            yield UnusableRecord(number, found)
        elif isinstance(found, BrokenRecord):
            yield UnusableRecord(number, found.fault, found.offset, found.raw)
        else:
            yield _describe_record(number, *found)


def _from_marc(file: BinaryIO) -> Iterator[tuple[Record, bytes] | BrokenRecord]:
    for found in cut_records(file):
        yield found if isinstance(found, BrokenRecord) else _decode_record(found)


def of_bytes(raw: bytes) -> Record:
    """Decode a stored record of either format, in its own encoding.

    Raises:
        ValueError: The record cannot be decoded.
        PymarcException: The record is damaged.
    """
    cut = Record(raw, to_unicode=False)
    return decode_record(raw) if is_cnmarc(cut) else Record(raw, to_unicode=True)


def _decode_record(raw: bytes) -> tuple[Record, bytes] | BrokenRecord:
    try:
        return of_bytes(raw), raw
    except UnicodeError as error:
        fault = f"{type(error).__name__}: {error}"
    except (ValueError, pymarc.PymarcException) as error:
        fault = f"the record directory is damaged; export it again ({type(error).__name__}: {error})"
    return BrokenRecord(None, raw, fault)


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


def _describe_record(number: int, record: Record, raw: bytes) -> DescribedTitle | UnusableRecord:
    if is_cnmarc(record):
        record = as_marc21(record)
    main = record.get("245")
    title = trim_punctuation(display_text(_join_subfields(_own_script(record, main), "anp"))) if main else ""
    if main is None or not title:
        return UnusableRecord(number, "no title in field 245", raw=raw)
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


@dataclass(frozen=True, slots=True)
class BookDetails:
    """Number of pages (0 if unknown) and summary of a book, as its record states them."""

    pages: int = 0
    summary: str = ""


def book_details(raw: bytes) -> BookDetails:
    """Read the pages and the summary of a stored record; a damaged one has none."""
    try:
        record = of_bytes(raw)
    except (ValueError, pymarc.PymarcException):
        return BookDetails()
    if is_cnmarc(record):
        record = as_marc21(record)
    pages = PAGES.search(_first(record, "300", "a"))
    summary = _join_subfields(_own_script(record, record["520"]), "a") if "520" in record else ""
    return BookDetails(int(pages[1]) if pages else 0, display_text(summary))


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
            own = _own_script(record, record[tag])
            heading = trim_punctuation(display_text(_join_subfields(own, "a")))
            # Mongolian names are entered under the given name, with the patronymic behind the comma.
            languages = _languages(record)
            is_inverted = tag == "100" and (own.indicator1 == "1" or "mon" in languages)
            return heading, natural_name(heading, languages) if is_inverted else heading
    statement = display_text(_join_subfields(_own_script(record, main), "c")).lstrip("[")
    return "", trim_punctuation(re.split(r"\s*[;/\[\]]\s*", statement)[0])


def _languages(record: Record) -> set[str]:
    """Return the language codes of the text (008) and of its original (041 $h)."""
    text = (record["008"].data or "")[35:38] if "008" in record else ""
    return {text, *(code for field in record.get_fields("041") for code in field.get_subfields("h"))}


def _first(record: Record, tag: str, codes: str) -> str:
    return _join_subfields(record[tag], codes) if tag in record else ""


def _clc(record: Record) -> str:
    """Return the class of the Chinese Library Classification (中图法), from 084 with $2 clc (MARC 21) or 093."""
    for field in record.get_fields("084", "093"):
        if field.tag == "093" or (field.get("2") or "").lower().startswith("clc"):
            return (field.get("a") or "").strip()
    return ""


END = b"\x1d"
BETWEEN = b"\r\n\t \0\x1a"
"""Bytes that some programs put between records; no record begins with any of them."""
LENGTH = re.compile(rb"\A(?=\d{5})|(?=\d{5}\D)")
"""Where a record may begin.

Digits at the end of a damaged record may run into it; digits of a directory continue after it.
"""
BLOCK = 1 << 16
MOST_BYTES = 1_000_000
"""Bytes without a record terminator after which the file is rejected; ten times the longest possible record."""


def cut_records(file: BinaryIO) -> Iterator[bytes | BrokenRecord]:
    """Yield each record byte for byte. Damaged bytes are yielded in their place, and cost no other record."""
    at = 0
    for piece in _pieces(file):
        record = piece.lstrip(BETWEEN)
        if record.strip(END):
            yield from _cut_records(record, at + len(piece) - len(record))
        at += len(piece)


def join_records(records: Iterable[bytes]) -> bytes:
    """Join records into a file. A terminator is added where it is missing, so that each stays one record."""
    return b"".join(each if each.endswith(END) else each + END for each in records if each)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes up to and including each terminator, then the rest."""
    left = b""
    while len(left) < MOST_BYTES and (block := file.read(BLOCK)):
        *whole, left = (left + block).split(END)
        yield from (each + END for each in whole)
    yield left


def _cut_records(piece: bytes, at: int) -> Iterator[bytes | BrokenRecord]:
    """Split off a record that follows a damaged one without a terminator.

    The record states its own length.
    """
    places = (each.start() for each in LENGTH.finditer(piece))
    whole = (each for each in places if int(piece[each : each + 5]) == len(piece) - each)
    begins = next(whole, len(piece)) if piece.endswith(END) else len(piece)
    if begins:
        yield BrokenRecord(at, piece[:begins], _record_fault(piece[:begins]))
    if begins < len(piece):
        yield piece[begins:]


def _record_fault(broken: bytes) -> str:
    if not LENGTH.match(broken):
        return "no record starts here; check that the file is MARC 21, CNMARC or MARCXML"
    if not broken.endswith(END):
        return f"the record ends after {len(broken):,} of {int(broken[:5]):,} bytes; fetch the file again"
    return (
        f"the record states {int(broken[:5]):,} bytes but has {len(broken):,}; a program without MARC support "
        "changed it, export it again"
    )


NAMES = {"700": "100", "701": "100", "702": "700", "710": "110", "711": "110", "712": "710"}
SAME = {
    "205": "250", "215": "300", "330": "520", "510": "246", "517": "246", "606": "650", "607": "651", "676": "082",
    "680": "050", "686": "084",
}  # fmt: skip
RESPONSIBILITY = "fg"


def is_cnmarc(record: Record) -> bool:
    """Return whether the title is in field 200 and there is no field 245."""
    tags = {each.tag for each in record.fields}
    return "200" in tags and "245" not in tags


def decode_record(raw: bytes) -> Record:
    """Decode a record. The leader does not declare the encoding, so UTF-8 is assumed where it is valid.

    Raises:
        ValueError: The record cannot be decoded.
    """
    try:
        return Record(raw, to_unicode=True, file_encoding="utf-8")
    except UnicodeDecodeError:
        return Record(raw, to_unicode=True, file_encoding="gb18030")


def as_marc21(record: Record) -> Record:
    """Return the fields that describe a title, with the tags and codes of MARC 21."""
    made = Record(force_utf8=True)
    if "001" in record:
        made.add_field(Field(tag="001", data=record["001"].data or ""))
    made.add_field(Field(tag="008", data=_build_008(record)))
    for field in record.get_fields("010"):
        made.add_field(_make_field("020", [Subfield("a", field.get("a") or "")]))
    made.add_field(_make_field("245", list(_title_subfields(record["200"]))))
    for field in record.get_fields("690"):
        made.add_field(_make_field("084", [Subfield("a", field.get("a") or ""), Subfield("2", "clc")]))
    for tag, new in NAMES.items():
        for field in record.get_fields(tag):
            name = ", ".join(filter(None, (field.get("a"), field.get("b"))))
            made.add_field(_make_field(new, [Subfield("a", name)]))
    for tag, new in SAME.items():
        for field in record.get_fields(tag):
            made.add_field(_make_field(new, [each for each in field.subfields if each.code.isalpha()]))
    for field in record.get_fields("856"):
        made.add_field(_make_field("856", list(_link(field)), field.indicators))
    for field in record.get_fields("905"):
        parts = [Subfield(new, field.get(old) or "") for old, new in (("d", "h"), ("e", "i")) if field.get(old)]
        made.add_field(_make_field("852", parts))
    return made


def _make_field(tag: str, subfields: list[Subfield], indicators: Indicators | None = None) -> Field:
    return Field(tag=tag, indicators=indicators or Indicators(" ", " "), subfields=subfields)


def _build_008(record: Record) -> str:
    """Build field 008: the year from 100 $a and the language from 101 $a, at their positions."""
    general = (record["100"].get("a") or "") if "100" in record else ""
    language = (record["101"].get("a") or "") if "101" in record else ""
    return f"{'':7}{general[9:13]:4}{'':24}{language[:3]:3}{'':2}"


def _title_subfields(field: Field) -> Iterator[Subfield]:
    statements = [each.value for each in field.subfields if each.code in RESPONSIBILITY]
    for each in field.subfields:
        match each.code:
            case "a":
                yield Subfield("a", each.value)
            case "h" | "i":
                yield Subfield("n" if each.code == "h" else "p", each.value)
            case "e":
                yield Subfield("b", each.value)
    if statements:
        yield Subfield("c", " ; ".join(statements))


def _link(field: Field) -> Iterator[Subfield]:
    """Convert a link: CNMARC has the link text in $2, MARC 21 in $y."""
    for each in field.subfields:
        if each.code in "u3z2":
            yield Subfield("y" if each.code == "2" else each.code, each.value)
