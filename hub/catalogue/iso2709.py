"""Cuts a file into its records, and goes on behind one that is broken; reads nothing that is in them.

Source: ISO 2709 and the structure of MARC 21 records: five digits tell a record's length, and the byte 1D ends it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

END = b"\x1d"
BETWEEN = b"\r\n\t \0\x1a"
"""What some programs put between records; no record begins with any of it."""
LENGTH = re.compile(rb"\A(?=\d{5})|(?=\d{5}\D)")
"""Where one may stand. The digits with which a broken record ends may run into it; a directory's run on behind it."""
BLOCK = 1 << 16
MOST = 1_000_000
"""Bytes without an end, ten times as many as the longest record has: then it is no such file."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What stands there, what is wrong with it, and the byte at which it begins where that is known."""

    at: int | None
    raw: bytes
    fault: str


def cut(file: BinaryIO) -> Iterator[bytes | Broken]:
    """Each record byte for byte. What is none stands in its place, and costs no other."""
    at = 0
    for piece in _pieces(file):
        record = piece.lstrip(BETWEEN)
        if record.strip(END):
            yield from _records(record, at + len(piece) - len(record))
        at += len(piece)


def joined(records: Iterable[bytes]) -> bytes:
    """A file of them, byte for byte; what lacks its end is given one, so that it stays one and no other is in it."""
    return b"".join(each if each.endswith(END) else each + END for each in records if each)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Up to each end and with it, and what is behind the last one."""
    left = b""
    while len(left) < MOST and (block := file.read(BLOCK)):
        *whole, left = (left + block).split(END)
        yield from (each + END for each in whole)
    yield left


def _records(piece: bytes, at: int) -> Iterator[bytes | Broken]:
    """What lacks its end has the next record behind it, which tells how long it is itself."""
    places = (each.start() for each in LENGTH.finditer(piece))
    whole = (each for each in places if int(piece[each : each + 5]) == len(piece) - each)
    begins = next(whole, len(piece)) if piece.endswith(END) else len(piece)
    if begins:
        yield Broken(at, piece[:begins], _fault(piece[:begins]))
    if begins < len(piece):
        yield piece[begins:]


def _fault(broken: bytes) -> str:
    if not LENGTH.match(broken):
        return "no record begins here: is it MARC 21, CNMARC or MARCXML?"
    if not broken.endswith(END):
        return f"it breaks off after {len(broken):,} of {int(broken[:5]):,} bytes: fetch the file anew"
    return (
        f"it says that it has {int(broken[:5]):,} bytes and has {len(broken):,}: a program that knows no MARC has "
        "changed it; export it anew"
    )
