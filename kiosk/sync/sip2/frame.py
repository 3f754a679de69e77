"""Encode and decode SIP2 frames: charset, sequence number, checksum and terminator.

Source: 3M SIP 2.00, "Error detection"; 3M SIP Developer's Guide 6.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kiosk.sync.sip2.message import Unreadable, Unsendable

CHARSETS: Final = ("cp850", "latin-1", "utf-8", "gbk", "gb18030", "big5", "cp932")
"""Charsets to choose from; the library names the one in use, as the protocol does not."""
MOST: Final = 4 * 1024 * 1024
"""Bytes of one frame: 10,000 loans in one answer are a twentieth of it."""
TAIL = re.compile(rb"(?:AY([0-9]))?AZ([0-9A-Fa-f]{1,4})$")
"""Some systems omit leading zeros of the checksum."""


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
        self._rest += data
        *whole, rest = re.split(rb"[\r\n]+", self._rest) if self._rest else [b""]
        if len(rest) > MOST:
            raise Unreadable(f"a message of more than {MOST} bytes")
        self._rest = bytearray(rest)
        return [bytes(each) for each in whole if each]

    def take_unterminated(self) -> bytes:
        """Remove and return an unterminated rest: some systems send no terminator after the answer to 97."""
        rest, self._rest = bytes(self._rest), bytearray()
        return rest
