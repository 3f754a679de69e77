"""Split a file into MARC records, and continue after a damaged one.

Source: ISO 2709 and the structure of MARC 21 records: five digits state a record's length, and the byte 1D ends it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

END = b"\x1d"
BETWEEN = b"\r\n\t \0\x1a"
"""Bytes that some programs put between records; no record begins with any of them."""
LENGTH = re.compile(rb"\A(?=\d{5})|(?=\d{5}\D)")
"""Where a record may begin.

Digits at the end of a damaged record may run into it; digits of a directory continue after it.
"""
BLOCK = 1 << 16
MOST = 1_000_000
"""Bytes without a record terminator after which the file is rejected; ten times the longest possible record."""


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """The bytes that are no record, the fault, and the offset at which they begin, if known."""

    at: int | None
    raw: bytes
    fault: str


def cut(file: BinaryIO) -> Iterator[bytes | BrokenRecord]:
    """Yield each record byte for byte. Damaged bytes are yielded in their place, and cost no other record."""
    at = 0
    for piece in _pieces(file):
        record = piece.lstrip(BETWEEN)
        if record.strip(END):
            yield from _records(record, at + len(piece) - len(record))
        at += len(piece)


def join_records(records: Iterable[bytes]) -> bytes:
    """Join records into a file. A terminator is added where it is missing, so that each stays one record."""
    return b"".join(each if each.endswith(END) else each + END for each in records if each)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes up to and including each terminator, then the rest."""
    left = b""
    while len(left) < MOST and (block := file.read(BLOCK)):
        *whole, left = (left + block).split(END)
        yield from (each + END for each in whole)
    yield left


def _records(piece: bytes, at: int) -> Iterator[bytes | BrokenRecord]:
    """Split off a record that follows a damaged one without a terminator.

    The record states its own length.
    """
    places = (each.start() for each in LENGTH.finditer(piece))
    whole = (each for each in places if int(piece[each : each + 5]) == len(piece) - each)
    begins = next(whole, len(piece)) if piece.endswith(END) else len(piece)
    if begins:
        yield BrokenRecord(at, piece[:begins], _fault(piece[:begins]))
    if begins < len(piece):
        yield piece[begins:]


def _fault(broken: bytes) -> str:
    if not LENGTH.match(broken):
        return "no record starts here; check that the file is MARC 21, CNMARC or MARCXML"
    if not broken.endswith(END):
        return f"the record ends after {len(broken):,} of {int(broken[:5]):,} bytes; fetch the file again"
    return (
        f"the record states {int(broken[:5]):,} bytes but has {len(broken):,}; a program without MARC support "
        "changed it, export it again"
    )
