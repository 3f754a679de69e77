"""Draw the pictures of the start screen: `python -m image.splash`.

They are stored, since a building machine lacks Pillow. The program that shows them has neither a text renderer nor a
decoder of its own, so what a machine that cannot start says is a picture too, and no row of a picture is filtered.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

PICTURES = Path(__file__).parent / "root/usr/share/kiosk/pictures"
FONT = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"
PAPER, INK, STOP = "#F4EFE5", "#1A1611", "#8E1538"
SPINES = (
    (34, 210, "#2F4A78"),
    (26, 176, "#E8B93E"),
    (40, 232, "#FA8040"),
    (30, 190, "#93B79B"),
    (24, 160, "#7A4E3D"),
    (38, 218, "#1B5A3C"),
    (28, 184, "#CFC4B0"),
)
"""Width, height and colour of each book."""
PATRON = (
    ("自助机暂停服务，请到服务台办理。", STOP, 34),
    ("This kiosk is out of order. Please go to the service desk.", STOP, 26),
)
ZH, EN = 22, 20
SENTENCES = {
    "out-of-order": (
        ("自助机暂停服务，正在重新启动。", STOP, 42),
        ("请到服务台办理。", INK, 36),
        ("This kiosk is out of order and restarts.", STOP, 34),
        ("Please go to the service desk.", INK, 30),
    ),
    "other-board": (
        *PATRON,
        ("技术人员：数据分区是用另一块主板的密钥加密的，请把卡放回原机。", INK, ZH),
        ("Technician: the data has another board's key. Put the card back there.", INK, EN),
    ),
    "no-board-key": (
        *PATRON,
        ("技术人员：此系统要加密数据，但这块主板没有密钥。", INK, ZH),
        ("Technician: this system encrypts its data, but this board has no key.", INK, EN),
    ),
}
"""Text of each picture for a machine that cannot start, with colours and sizes."""


def books() -> Image.Image:
    """Return books that stand on the line."""
    scale, gap = 4, 4
    width = sum(each[0] for each in SPINES) + gap * (len(SPINES) - 1)
    height = max(each[1] for each in SPINES)
    picture = Image.new("RGBA", (width * scale, height * scale))
    draw, left = ImageDraw.Draw(picture), 0
    for across, up, colour in SPINES:
        box = (left * scale, (height - up) * scale, (left + across) * scale - 1, height * scale)
        draw.rounded_rectangle(
            box, 4 * scale, fill=colour, outline=INK, width=2 * scale, corners=(True, True, False, False)
        )
        left += across + gap
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def sentences(lines: Sequence[tuple[str, str, int]]) -> Image.Image:
    """Return lines of text, each with its colour and size."""
    fonts = [ImageFont.truetype(FONT, size) for _, _, size in lines]
    width = max(int(font.getlength(text)) for font, (text, _, _) in zip(fonts, lines, strict=True)) + 8
    picture = Image.new("RGBA", (width, sum(int(1.35 * size) for _, _, size in lines)))
    draw, top = ImageDraw.Draw(picture), 0
    for font, (text, colour, size) in zip(fonts, lines, strict=True):
        draw.text((width / 2, top), text, font=font, fill=colour, anchor="ma")
        top += int(1.35 * size)
    return picture


def png(picture: Image.Image) -> bytes:
    """Return the picture on paper as an RGB file without filtered rows."""
    ground = Image.new("RGB", picture.size, PAPER)
    ground.paste(picture, mask=picture)
    width, height = picture.size
    pixels = ground.tobytes()
    rows = b"".join(b"\0" + pixels[n : n + 3 * width] for n in range(0, len(pixels), 3 * width))
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows, 9)))
    found = b"\x89PNG\r\n\x1a\n"
    for kind, data in (*parts, (b"IEND", b"")):
        found += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return found


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for name, drawn in {"books": books(), **{each: sentences(lines) for each, lines in SENTENCES.items()}}.items():
        (PICTURES / f"{name}.png").write_bytes(png(drawn))
