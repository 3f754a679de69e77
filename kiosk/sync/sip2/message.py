"""Write and read SIP2 messages, by tables of their fields, and the frames that carry them.

Strict when writing, tolerant when reading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final

ANSWER_TO: Mapping[str, str] = MappingProxyType(
    {
        "93": "94", "99": "98", "23": "24", "63": "64", "17": "18", "11": "12", "09": "10",
        "29": "30", "65": "66", "35": "36", "15": "16", "37": "38",
    }
)  # fmt: skip
LONGEST = 255
"""Longest value that is sent, in characters; the guide's limit."""
DELIMITER = "|"
NOTHING: Mapping[str, str] = MappingProxyType({})
CHARSETS: Final = ("cp850", "latin-1", "utf-8", "gbk", "gb18030", "big5", "cp932")
"""Charsets to choose from; the library names the one in use, as the protocol does not."""
MOST: Final = 4 * 1024 * 1024
"""Bytes of one frame: 10,000 loans in one answer are a twentieth of it."""
TAIL = re.compile(rb"(?:AY([0-9]))?AZ([0-9A-Fa-f]{1,4})$")
"""Some systems omit leading zeros of the checksum."""


@dataclass(frozen=True)
class Layout:
    """One message. A required field without a value is sent empty; an optional one is left out."""

    code: str
    name: str
    fixed_fields: str = ""
    """`name` for one character, `name:4` for four; separated by blanks."""
    required_ids: str = ""
    optional_ids: str = ""

    @cached_property
    def fixed(self) -> tuple[tuple[str, int], ...]:
        """Names and lengths."""
        sizes = (each.partition(":") for each in self.fixed_fields.split())
        return tuple((each, int(size or 1)) for each, _colon, size in sizes)

    @cached_property
    def length(self) -> int:
        """Length of all fixed fields together, without the code."""
        return sum(size for _name, size in self.fixed)

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(self.required_ids.split())

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return (*self.required, *self.optional_ids.split())


REQUESTS = (
    Layout("93", "login", "uid_algorithm pwd_algorithm", "CN CO", "CP"),
    Layout("99", "sc status", "status max_print_width:3 protocol_version:4"),
    Layout("23", "patron status request", "language:3 date:18", "AO AA AC AD"),
    Layout("63", "patron information", "language:3 date:18 summary:10", "AO AA", "AC AD BP BQ"),
    Layout("17", "item information", "date:18", "AO AB", "AC"),
    Layout("11", "checkout", "renewal_policy no_block date:18 nb_due_date:18", "AO AA AB AC", "CH AD BO BI"),
    Layout("09", "checkin", "no_block date:18 return_date:18", "AP AO AB AC", "CH BI"),
    Layout("29", "renew", "third_party no_block date:18 nb_due_date:18", "AO AA", "AD AB AJ AC CH BO"),
    Layout("65", "renew all", "date:18", "AO AA", "AD AC BO"),
    Layout("35", "end patron session", "date:18", "AO AA", "AC AD"),
    Layout("15", "hold", "mode date:18", "AO AA", "BW BS BY AD AB AJ AC BO"),
    Layout("37", "fee paid", "date:18 fee_type:2 payment_type:2 currency:3", "BV AO AA", "AC AD CG BK"),
    Layout("97", "request resend"),
)
ANSWERS = (
    Layout("94", "login response", "ok"),
    Layout(
        "98",
        "acs status",
        "online checkin checkout renewal status_update offline timeout:3 retries:3 date:18 version:4",
        "AO BX",
        "AM AN AF AG",
    ),
    Layout("24", "patron status response", "flags:14 language:3 date:18", "AO AA AE", "BL CQ BH BV AF AG"),
    Layout(
        "64",
        "patron information response",
        "flags:14 language:3 date:18 holds:4 overdue:4 charged:4 fines:4 recalls:4 unavailable_holds:4",
        "AO AA AE",
        "BZ CA CB BL CQ BH BV CC AS AT AU AV BU CD BD BE BF PB PC PI PA AF AG",
    ),
    Layout(
        "18",
        "item information response",
        "circulation_status:2 security_marker:2 fee_type:2 date:18",
        "AB AJ",
        "CF AH CJ CM BG BH BV CK AQ AP CH CR CS CT CV CY DA AF AG",
    ),
    Layout(
        "12",
        "checkout response",
        "ok renewal_ok magnetic desensitize date:18",
        "AO AA AB AJ AH",
        "BT CI BH BV CK CH BK AF AG",
    ),
    Layout(
        "10",
        "checkin response",
        "ok resensitize magnetic alert date:18",
        "AO AB AQ",
        "AJ CL AA CK CH CR CS CT CV CY DA BH BV AF AG",
    ),
    Layout(
        "30",
        "renew response",
        "ok renewal_ok magnetic desensitize date:18",
        "AO AA AB AJ AH",
        "BT CI BH BV CK CH BK AF AG",
    ),
    Layout("66", "renew all response", "ok renewed:4 unrenewed:4 date:18", "AO", "BM BN AF AG"),
    Layout("36", "end session response", "end_session date:18", "AO AA", "AF AG"),
    Layout("16", "hold response", "ok available date:18", "AO AA", "BW BR BS AB AJ AF AG"),
    Layout("38", "fee paid response", "payment_accepted date:18", "AO AA", "BK AF AG"),
    Layout("96", "request SC resend"),
)
LAYOUTS: Mapping[str, Layout] = MappingProxyType({each.code: each for each in (*REQUESTS, *ANSWERS)})


class Unsendable(ValueError):
    """A value that must not be in a message; names message and field, never the value."""


class Unreadable(ValueError):
    """The received text is no SIP2 message; gives the reason, and none of its content."""


@dataclass(frozen=True, slots=True)
class Sip2Message:
    """Fixed fields by name, the others by id, in order; an id may occur several times."""

    code: str
    fixed: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    fields: Sequence[tuple[str, str]] = ()

    def first(self, name: str) -> str | None:
        """Return the first value of that id; None if it is missing."""
        return next((value for each, value in self.fields if each == name), None)

    def values(self, name: str) -> tuple[str, ...]:
        """Return all non-blank values of that id: Koha pads lists with blank ones."""
        return tuple(value for each, value in self.fields if each == name and value.strip())


def write(message: Sip2Message) -> str:
    """Return the message without sequence number, checksum and terminator. Raises Unsendable.

    The fields are in the layout's order; a required field without a value is empty.
    """
    layout = LAYOUTS[message.code]
    values: dict[str, list[str]] = {}
    for name, value in message.fields:
        if name not in layout.ids:
            raise Unsendable(f"{message.code} has no field {name}")
        values.setdefault(name, []).append(_check_value(layout, name, value))
    text = message.code + "".join(_fixed_field(layout, message.fixed, name, size) for name, size in layout.fixed)
    for name in layout.ids:
        given = values.get(name, [""] if name in layout.required else [])
        text += "".join(f"{name}{value}{DELIMITER}" for value in given)
    return text


def read(text: str) -> Sip2Message:
    """Parse a message: any order, unknown ids, a last field without a delimiter. Raises Unreadable.

    A message that is shorter than its fixed fields is rejected.
    """
    layout = LAYOUTS.get(text[:2])
    if layout is None:
        raise Unreadable("unknown message code")
    head, tail = text[2 : 2 + layout.length], text[2 + layout.length :]
    if len(head) < layout.length:
        raise Unreadable(f"{layout.code} ends within its fixed fields")
    fixed: dict[str, str] = {}
    for name, size in layout.fixed:
        fixed[name], head = head[:size], head[size:]
    parts = (part for part in tail.split(DELIMITER) if len(part) >= 2)
    return Sip2Message(layout.code, MappingProxyType(fixed), tuple((part[:2], part[2:]) for part in parts))


def _fixed_field(layout: Layout, given: Mapping[str, str], name: str, size: int) -> str:
    value = _check_value(layout, name, given[name])
    if len(value) != size:
        raise Unsendable(f"{layout.code} {name} has {len(value)} characters instead of {size}")
    return value


def _check_value(layout: Layout, name: str, value: str) -> str:
    if len(value) > LONGEST:
        raise Unsendable(f"{layout.code} {name} is longer than {LONGEST} characters")
    if any(sign < " " or sign == DELIMITER or "\x7f" <= sign <= "\x9f" for sign in value):
        raise Unsendable(f"{layout.code} {name} contains a delimiter or control character")
    return value


def checksum(data: bytes) -> str:
    """Return the two's complement of the 16-bit sum of all bytes, including `AZ`, as four upper-case hex digits."""
    return f"{-sum(data) & 0xFFFF:04X}"


@dataclass(frozen=True, slots=True)
class Sip2Frame:
    """One received message."""

    text: str
    """Without sequence number, checksum and terminator."""
    sequence: int | None
    """None if none was sent."""
    sound: bool
    """The checksum is right, or there is none."""
    whole: bool
    """Every byte was valid in the charset."""


def wrap(text: str, sequence: int | None, charset: str = "cp850", end: bytes = b"\r") -> bytes:
    """Encode a message; without error detection if `sequence` is None. Raises Unsendable."""
    data = text.encode(charset, errors="replace")
    if data.decode(charset, errors="replace") != text:  # cp932 encodes ¢ and decodes it to its full-width form
        raise Unsendable(f"{text[:2]} contains a character that {charset} lacks")
    if sequence is None:
        return data + end
    data += f"AY{sequence}AZ".encode("ascii")
    return data + checksum(data).encode("ascii") + end


def unwrap(data: bytes, charset: str = "cp850", *, by_code_points: bool = False) -> Sip2Frame:
    """Decode one frame of `Frames`. The text is decoded before delimiters are searched: in GBK a trail byte may be `|`.

    `by_code_points` also accepts a checksum that was made over characters instead of bytes, as some systems do.
    """
    found = TAIL.search(data)
    body = data[: found.start()] if found else data
    text = body.decode(charset, errors="replace")
    sound = True
    if found:
        upto, received = data[: found.start(2)], int(found[2], 16)
        sound = received == -sum(upto) & 0xFFFF
        if not sound and by_code_points:
            characters = text + upto[found.start() :].decode("ascii")
            sound = received == -sum(map(ord, characters)) & 0xFFFF
    sequence = int(found[1]) if found and found[1] else None
    return Sip2Frame(text, sequence, sound, "\ufffd" not in text)


class Frames:
    """Split a byte stream into frames at CR, CRLF or LF."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the complete frames, oldest first. Raises Unreadable if one exceeds MOST bytes."""
        whole = []
        end, *more = re.split(rb"[\r\n]+", data)  # of the new bytes alone: a long frame arrives in many parts
        self._rest += end
        for begin in more:
            whole.append(bytes(self._rest))
            self._rest = bytearray(begin)
        if len(self._rest) > MOST:
            raise Unreadable(f"a message of more than {MOST} bytes")
        return [each for each in whole if each]

    def take_unterminated(self) -> bytes:
        """Remove and return an unterminated rest: some systems send no terminator after the answer to 97."""
        rest, self._rest = bytes(self._rest), bytearray()
        return rest
