"""Messages as bytes: charset, sequence number, checksum and end; cuts what comes into frames. Knows no message's sense.

Source: 3M SIP 2.00, "Error detection"; 3M SIP Developer's Guide 6.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kiosk.sync.sip2.message import Unreadable, Unsendable

CHARSETS: Final = ("cp850", "latin-1", "utf-8", "gbk", "gb18030", "big5", "cp932")
"""By convention with the library: the protocol never says which."""
MOST: Final = 4 * 1024 * 1024
"""Bytes of one frame: 10,000 loans in one answer are a twentieth of it."""
TAIL = re.compile(rb"(?:AY([0-9]))?AZ([0-9A-Fa-f]{1,4})$")
"""Some systems leave the zeros away with which a checksum begins."""


def checksum(data: bytes) -> str:
    """Two's complement of the 16-bit sum of all bytes, `AZ` among them, as four upper-case hex digits."""
    return f"{-sum(data) & 0xFFFF:04X}"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as it came."""

    text: str
    """Without sequence number, checksum and end."""
    sequence: int | None
    """None where none was sent."""
    sound: bool
    """The checksum is right, or there is none."""
    whole: bool
    """No byte was strange to the charset."""


def wrap(text: str, sequence: int | None, charset: str = "cp850", end: bytes = b"\r") -> bytes:
    """The bytes to send; without error detection where `sequence` is None. Raises Unsendable."""
    data = text.encode(charset, errors="replace")
    if data.decode(charset, errors="replace") != text:  # cp932 takes a ¢ and gives back its wide twin
        raise Unsendable(f"{text[:2]} holds a sign that {charset} has not")
    if sequence is None:
        return data + end
    data += f"AY{sequence}AZ".encode("ascii")
    return data + checksum(data).encode("ascii") + end


def unwrap(data: bytes, charset: str = "cp850", *, by_code_points: bool = False) -> Frame:
    """Reads one frame as `Frames` cut it. The text is decoded before anybody looks for delimiters.

    `by_code_points` also believes a checksum that was made over characters instead of bytes, as some systems do.
    """
    found = TAIL.search(data)
    body = data[: found.start()] if found else data
    text = body.decode(charset, errors="replace")
    sound = True
    if found:
        upto, told = data[: found.start(2)], int(found[2], 16)
        sound = told == -sum(upto) & 0xFFFF
        if not sound and by_code_points:
            characters = text + upto[found.start() :].decode("ascii")
            sound = told == -sum(map(ord, characters)) & 0xFFFF
    sequence = int(found[1]) if found and found[1] else None
    return Frame(text, sequence, sound, "\ufffd" not in text)


class Frames:
    """Cuts a stream into frames, however it arrives: at CR, CRLF or LF, whatever stands before them."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are whole now, oldest first. Raises Unreadable where one has no end."""
        self._rest += data
        *whole, rest = re.split(rb"[\r\n]+", self._rest) if self._rest else [b""]
        if len(rest) > MOST:
            raise Unreadable(f"a message of more than {MOST} bytes")
        self._rest = bytearray(rest)
        return [bytes(each) for each in whole if each]

    def unended(self) -> bytes:
        """Takes what stands there without an end: some systems send none after the answer to 97."""
        rest, self._rest = bytes(self._rest), bytearray()
        return rest
