"""Draw the plain PNG cover of a title without a picture: its class's colour and a binding edge."""

import struct
import zlib

COLOURS = (
    "56606B", "2F4673", "5E3350", "D8B285", "93B7CB", "9DC0A2", "2D5B4A", "DD9A92", "E2B544", "75503A",
)  # fmt: skip
"""Colour by row of the cover table, RGB in hex."""
WIDTH, HEIGHT, EDGE = 144, 198, 10
DARKER = 0.8


def plain(row: int) -> bytes:
    """Return the cover of this row, an RGB PNG of 144 by 198 pixels."""
    field = bytes.fromhex(COLOURS[row % len(COLOURS)])
    edge = bytes(int(part * DARKER) for part in field)
    line = b"\0" + edge * EDGE + field * (WIDTH - EDGE)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(*each) for each in ((b"IHDR", head), (b"IDAT", zlib.compress(line * HEIGHT, 9)), (b"IEND", b""))
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
