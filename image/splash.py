"""Draw the pictures of the start screen: `python -m image.splash`.

They are stored, since a building machine lacks Pillow. The start screen has no text renderer, so "out of order" is a
picture too.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

THEME = Path(__file__).parent / "root/usr/share/plymouth/themes/kiosk"
FONT = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"
INK, INK_2, STOP = "#1A1611", "#544C42", "#8E1538"
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
SENTENCES = (
    ("自助机暂停服务，正在重新启动。请到服务台办理。", STOP, 44),
    ("This kiosk is out of order and restarts. Please go to the service desk.", INK, 34),
)


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


def sentences() -> Image.Image:
    """Return the text for a machine that cannot start."""
    fonts = [ImageFont.truetype(FONT, size) for _, _, size in SENTENCES]
    width = max(int(font.getlength(text)) for font, (text, _, _) in zip(fonts, SENTENCES, strict=True)) + 8
    picture = Image.new("RGBA", (width, sum(2 * size for _, _, size in SENTENCES)))
    draw, top = ImageDraw.Draw(picture), 0
    for font, (text, colour, size) in zip(fonts, SENTENCES, strict=True):
        draw.text((width / 2, top), text, font=font, fill=colour, anchor="ma")
        top += 2 * size
    return picture


if __name__ == "__main__":
    books().save(THEME / "books.png", optimize=True)
    sentences().save(THEME / "out-of-order.png", optimize=True)
    Image.new("RGB", (1, 1), INK).save(THEME / "line.png")
