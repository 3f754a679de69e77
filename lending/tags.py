"""Read and write what an RFID item tag (ISO 15693) says about its item.

`decode` reads three layouts, and the deviations that libraries have on their books; `encode` writes ISO 28560-3.

A tag of ISO 28560-3 is believed only if its checksum fits. A single wrong bit therefore never turns it into another
item. ISO 28560-2 has no checksum: the radio's CRC protects the reading, and the library's number format what it names.

Source: ISO 28560-1 (data elements), ISO 28560-3 and its Danish copy DS/INF 163, ISO 28560-2, ISO/IEC 15962
(compaction).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache

BLOCK = 4
"""Bytes of a block of a tag's memory."""
SHORT, BASIC = 32, 34
"""Bytes of the truncated basic block of ISO 28560-3, on the smallest tags, and of the whole one."""
ID_BYTES = 16
"""Longest primary item identifier in the basic block; a longer one is not read and not written."""
DSFID_OBJECTS, DSFID_FIXED = 0x06, 0x3E
"""Data storage format identifiers of ISO 28560-2 and -3. Much stock of either has 00."""


class TagFormat(StrEnum):
    """How the data are laid out in the tag's memory."""

    FIXED = "28560-3"
    """Fixed length, ISO 28560-3."""
    OBJECTS = "28560-2"
    """Data sets of ISO/IEC 15962, ISO 28560-2."""
    RFID_501 = "rfid501"
    """3M's layout from before the standard."""


class Usage(IntEnum):
    """Type of usage: the class of ISO 28560-1, data element 5."""

    ACQUISITION = 0
    CIRCULATING = 1
    NOT_FOR_CIRCULATION = 2
    LOCAL_3 = 3
    LOCAL_4 = 4
    UNSPECIFIED = 6
    """The tag says nothing, or a class that has no meaning yet."""
    DISCARDED = 7
    PATRON_CARD = 8
    EQUIPMENT = 9


class Deviation(StrEnum):
    """How a readable tag of ISO 28560-3 differs from the standard."""

    REVERSED = "reversed"
    """Each block is written from its last byte to its first."""
    NIBBLES = "nibbles"
    """Version and type of usage are swapped in the first byte."""
    PARTS = "parts"
    """Number of parts and ordinal are swapped."""
    DSFID = "dsfid"
    """The data storage format identifier is not that of ISO 28560-3."""


class TagTrouble(StrEnum):
    """Why a tag names no item."""

    SILENT = "silent"
    """It was counted, but does not answer a read: too weak, or covered."""
    BLANK = "blank"
    """Its memory has never been written."""
    DAMAGED = "damaged"
    """A library tag whose checksum or structure is wrong."""
    FOREIGN = "foreign"
    """No known library format, such as the NDEF of another use."""


@dataclass(frozen=True, slots=True)
class TagData:
    """What a tag says. Only `item` is sure to be there."""

    item: str
    """Primary item identifier, the number on the label."""
    parts: int = 1
    """Number of parts of the item, such as discs."""
    part: int = 1
    """Ordinal of this part, from 1."""
    owner: str = ""
    """Owner institution as ISIL, such as DE-705; empty if the tag does not say."""
    usage: Usage = Usage.CIRCULATING
    media: str = ""
    """Media format in ONIX code list 150, such as BA; only in ISO 28560-2."""
    format: TagFormat = TagFormat.FIXED
    deviations: tuple[Deviation, ...] = ()


def decode(memory: bytes, dsfid: int = DSFID_FIXED) -> TagData | TagTrouble:
    """Read the memory of a tag.

    The content decides on the format, because much stock has a wrong DSFID; this only breaks ties.

    Args:
        memory: The tag's bytes from block 0 on, in the order of the standard: the whole memory, or its beginning. If
            the result is DAMAGED, more of it may help.
        dsfid: Data storage format identifier, from the tag's answer to an inventory.
    """
    if not memory.strip(b"\0") or not memory.strip(b"\xff") or not memory.strip(b"\x55"):
        return TagTrouble.BLANK
    for turned in (False, True):
        basic = _reverse_blocks(memory) if turned else memory
        if not _syndrome(basic):
            return _read_fixed(basic, dsfid, turned=turned)
        if _has_one_wrong_bit(basic):
            return TagTrouble.DAMAGED
    if memory[0] in NDEF and memory[1:2] and memory[1] >> 4 == NDEF_VERSION:
        return TagTrouble.FOREIGN
    if dsfid == DSFID_FIXED:
        return TagTrouble.DAMAGED
    if (found := _read_rfid_501(memory)) is not None:
        return found
    if memory[0] & 0x0F == PRIMARY or dsfid == DSFID_OBJECTS:
        try:
            return _read_objects(memory)
        except _Broken:
            return TagTrouble.DAMAGED
    return TagTrouble.DAMAGED if _looks_fixed(memory) else TagTrouble.FOREIGN


def names_part_twice(tags: Iterable[TagData | TagTrouble]) -> bool:
    """Return whether two of an item's tags name the same part, so that they may be on two items."""
    parts = [each.part for each in tags if isinstance(each, TagData)]
    return len(set(parts)) < len(parts)


def encode(data: TagData, size: int = 112) -> bytes:
    """Return the basic block of ISO 28560-3 in whole memory blocks, to be written from block 0 on.

    Args:
        data: What to write. Format, media and deviations are not used.
        size: Bytes of the tag's user memory. Below 36 the truncated block is written, whose owner is shorter.

    Raises:
        ValueError: A field does not fit; the text says which.
    """
    item, owner = data.item.encode(), data.owner.replace("-", "", 1).encode() if data.owner[2:3] == "-" else b""
    if data.owner and not owner:
        raise ValueError(f"{data.owner!r} should be an ISIL with a country of two letters, such as DE-705")
    if not 1 <= len(item) <= ID_BYTES or b"\0" in item or item[0] < 0x20:
        raise ValueError(f"{data.item!r} should have 1 to {ID_BYTES} bytes")
    if not 1 <= data.part <= data.parts <= 0xFF:
        raise ValueError(f"part {data.part} of {data.parts} should be within 1 to 255")
    length = BASIC if size >= BASIC else SHORT
    if len(owner) > length - 21:
        raise ValueError(f"{data.owner!r} is too long for a tag of {size} bytes")
    head = bytes((0x10 | data.usage, data.parts, data.part)) + item.ljust(ID_BYTES, b"\0")
    tail = owner.ljust(BASIC - 21, b"\0")
    block = head + _crc(head + tail).to_bytes(2, "little") + tail
    return block[:length].ljust(-(-length // BLOCK) * BLOCK, b"\0")


NDEF, NDEF_VERSION = (0xE1, 0xE2), 4
"""First bytes of a capability container, and the high nibble of its second byte (NFC Forum Type 5 Tag)."""


def _crc(data: bytes) -> int:
    """Return the CRC-16 with polynomial 0x1021 and start 0xFFFF. Source: ISO 28560-3, annex C."""
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021) & 0xFFFF if value & 0x8000 else value << 1
    return value


def _syndrome(memory: bytes) -> int:
    """Return 0 if the checksum of the basic block fits; bytes that the tag does not have count as zero."""
    block = memory[:BASIC].ljust(BASIC, b"\0")
    return _crc(block[:19] + block[21:]) ^ int.from_bytes(block[19:21], "little") if len(memory) >= SHORT else 1 << 16


def _has_one_wrong_bit(memory: bytes) -> bool:
    """Return whether one bit turns the memory into a readable basic block: then it is one, and no other format."""
    bit = _wrong_bits().get(_syndrome(memory))
    if bit is None:
        return False
    right = bytearray(memory[:BASIC].ljust(BASIC, b"\0"))
    right[bit // 8] ^= 1 << bit % 8
    return isinstance(_read_fixed(bytes(right), DSFID_FIXED, turned=False), TagData)


@cache
def _wrong_bits() -> Mapping[int, int]:
    """Return each bit of the basic block by its syndrome: a CRC is linear, so the content does not matter."""
    zero = bytearray(BASIC)
    whole = _syndrome(bytes(zero))
    found = {}
    for bit in range(8 * BASIC):
        zero[bit // 8] ^= 1 << bit % 8
        found[_syndrome(bytes(zero)) ^ whole] = bit
        zero[bit // 8] ^= 1 << bit % 8
    return found


def _reverse_blocks(memory: bytes) -> bytes:
    return b"".join(memory[at : at + BLOCK][::-1] for at in range(0, len(memory), BLOCK))


def _read_fixed(memory: bytes, dsfid: int, *, turned: bool) -> TagData | TagTrouble:
    """Read a basic block whose checksum fits."""
    high, low = memory[0] >> 4, memory[0] & 0x0F
    if 1 not in (high, low):
        return TagTrouble.FOREIGN
    item = memory[3:19].rstrip(b"\0")
    try:
        text, owner = item.decode(), _isil_of(memory[21:BASIC])
    except UnicodeDecodeError:
        return TagTrouble.DAMAGED
    if not text or not text.isprintable():
        return TagTrouble.DAMAGED
    seen = {
        Deviation.REVERSED: turned,
        Deviation.NIBBLES: high != 1,
        Deviation.PARTS: memory[1] < memory[2],
        Deviation.DSFID: dsfid != DSFID_FIXED,
    }
    return TagData(
        text,
        max(memory[1], memory[2], 1),
        max(min(memory[1], memory[2]), 1),
        owner,
        _usage(low if high == 1 else high),
        format=TagFormat.FIXED,
        deviations=tuple(each for each, is_seen in seen.items() if is_seen),
    )


def _looks_fixed(memory: bytes) -> bool:
    return len(memory) >= SHORT and any(
        each[0] >> 4 == 1 and 0 < each[2] <= each[1] for each in (memory, _reverse_blocks(memory))
    )


def _isil_of(field: bytes) -> str:
    """Return the ISIL; the basic block omits the hyphen after the country."""
    text = field.rstrip(b"\0").decode()
    return f"{text[:2]}-{text[2:]}" if text[:2].isalpha() and len(text) > 2 else text


def _usage(number: int) -> Usage:
    try:
        return Usage(number)
    except ValueError:
        return Usage.UNSPECIFIED


def _read_rfid_501(memory: bytes) -> TagData | None:
    """Read 3M's layout: type, part and parts in a nibble each, and 16 bytes for the number.

    Source: the public decoder of Biblio-RFID, RFID501.pm.
    """
    if len(memory) < 20 or memory[0] != 0x04 or memory[2]:
        return None
    part, parts = memory[1] >> 4, memory[1] & 0x0F
    item = memory[4:20].rstrip(b"\0")
    if not 0 < part <= parts or not item.isascii() or not (text := item.decode("ascii")).isprintable() or not text:
        return None
    return TagData(text, parts, part, usage=Usage.UNSPECIFIED, format=TagFormat.RFID_501)


class _Broken(Exception):
    """The structure of ISO 28560-2 is wrong."""


PRIMARY, CONTENT, OWNER, SET, USAGE, MEDIA = 1, 2, 3, 4, 5, 7
"""Relative object identifiers: the data elements of ISO 28560-1."""
LAST_ELEMENT = 26
DEFINED, INTEGER, NUMERIC, BITS_5, BITS_6, BITS_7, LATIN, UTF = range(8)
"""Compaction codes of ISO/IEC 15962."""
INTEGER_DIGITS = range(2, 20)
"""Digits that compaction as an integer may have; a single one is another compaction."""


@dataclass(frozen=True, slots=True)
class _DataSet:
    element: int
    compaction: int
    body: bytes


def _read_objects(memory: bytes) -> TagData:
    """Read data sets until the end. Raises _Broken."""
    sets: dict[int, _DataSet] = {}
    for each in _data_sets(memory):
        if each.element in sets or not 0 < each.element <= LAST_ELEMENT:
            raise _Broken
        sets[each.element] = each
    if next(iter(sets), None) != PRIMARY or sets[PRIMARY].compaction == DEFINED:
        raise _Broken
    item = _text(sets[PRIMARY])
    if not item or not item.isprintable():
        raise _Broken
    if CONTENT in sets and _elements_of(sets[CONTENT].body) != sets.keys() - {PRIMARY, CONTENT}:
        raise _Broken
    parts, part = _set_information(sets[SET]) if SET in sets else (1, 1)
    return TagData(
        item,
        parts,
        part,
        _owner(sets[OWNER]) if OWNER in sets else "",
        _class_of(sets[USAGE]) if USAGE in sets else Usage.UNSPECIFIED,
        _text(sets[MEDIA]) if MEDIA in sets else "",
        TagFormat.OBJECTS,
    )


def _data_sets(memory: bytes) -> Iterator[_DataSet]:
    """Yield the data sets up to a precursor of 0 or the end of the memory. Raises _Broken."""
    at = 0

    def take() -> int:
        nonlocal at
        if at >= len(memory):
            raise _Broken
        at += 1
        return memory[at - 1]

    while at < len(memory) and (precursor := take()):
        element = precursor & 0x0F
        if element == 0x0F:
            element += take()
        padding = take() if precursor & 0x80 else 0
        length = 0
        while (more := take()) & 0x80:
            length = length << 7 | more & 0x7F
        length = length << 7 | more
        body = memory[at : at + length]
        at += length + padding
        if at > len(memory) or not length:
            raise _Broken
        yield _DataSet(element, precursor >> 4 & 0x07, body)


def _elements_of(content: bytes) -> set[int]:
    """Return the elements that the content parameter lists: a bit each from element 3 on, the highest bit first."""
    return {OWNER + bit for bit in range(8 * len(content)) if content[bit // 8] >> (7 - bit % 8) & 1}


def _set_information(of: _DataSet) -> tuple[int, int]:
    """Return number of parts and ordinal: one half of the digits each. Raises _Broken."""
    digits = _text(of) if of.compaction in (INTEGER, NUMERIC) else ""
    half = len(digits) // 2
    if not digits or len(digits) % 2:
        raise _Broken
    parts, part = int(digits[:half]), int(digits[half:])
    if not 0 < part <= parts:
        raise _Broken
    return parts, part


def _class_of(usage: _DataSet) -> Usage:
    return _usage(usage.body[0] >> 4) if usage.compaction == DEFINED else Usage.UNSPECIFIED


def _text(of: _DataSet) -> str:
    """Undo the compaction. Raises _Broken."""
    match of.compaction:
        case 1:
            number = str(int.from_bytes(of.body, "big"))
            if of.body[0] == 0 or len(number) not in INTEGER_DIGITS:
                raise _Broken
            return number
        case 2:
            digits = of.body.hex().removesuffix("f")
            if not digits.isdecimal():
                raise _Broken
            return digits
        case 3:
            return "".join(chr(0x40 | each) for each in _groups(of.body, 5) if each)
        case 4:
            return "".join(chr(each if each & 0x20 else each | 0x40) for each in _groups(of.body, 6)).removesuffix(" ")
        case 5:
            return "".join(chr(each) for each in _groups(of.body, 7) if each != 0x7F)
        case 6:
            return of.body.decode("latin-1")
        case _:
            try:
                return of.body.decode("utf-8" if of.compaction == UTF else "ascii")
            except UnicodeDecodeError:
                raise _Broken from None


def _groups(body: bytes, width: int) -> Iterator[int]:
    """Yield groups of bits; what is left at the end is padding."""
    bits = int.from_bytes(body, "big")
    for at in range(8 * len(body) - width, -1, -width):
        yield bits >> at & (1 << width) - 1


UPPER, LOWER, FIGURES = "-ABCDEFGHIJKLMNOPQRSTUVWXYZ:", "-abcdefghijklmnopqrstuvwxyz/", "0123456789-:"
"""Character sets of a compacted ISIL. The four codes after each are latches and shifts to the other two."""
OTHERS = {UPPER: (LOWER, FIGURES), LOWER: (UPPER, FIGURES), FIGURES: (UPPER, LOWER)}


def _owner(of: _DataSet) -> str:
    """Return the ISIL. Raises _Broken. Source: ISO 28560-2, compaction of the owner institution."""
    if of.compaction != DEFINED:
        return _text(of)
    bits, left = int.from_bytes(of.body, "big"), 8 * len(of.body)
    latched = current = UPPER
    found: list[str] = []
    while left >= (width := 4 if current is FIGURES else 5):
        code = bits >> (left - width) & (1 << width) - 1
        left -= width
        if code < len(current):
            found.append(current[code])
            current = latched
            continue
        if code == (1 << width) - 1 and not bits & (1 << left) - 1 ^ (1 << left) - 1:
            break
        other, is_shift = divmod(code - len(current), 2)
        before, current = current, OTHERS[current][other]
        latched = before if is_shift else current
    return "".join(found)
