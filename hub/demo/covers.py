"""Invent cover pictures for the demo library, and let its hub find them in a folder as a library's own would be."""

from __future__ import annotations

import os
import re
from colorsys import hsv_to_rgb
from datetime import datetime
from io import BytesIO
from pathlib import Path
from random import Random

from django.conf import settings
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from hub.catalogue.covers import cover_search, cover_settings
from hub.catalogue.models import Isbn

FOLDER = "demo-covers"
CONFIGURATION = '[[provider]]\nkind = "folder"\nname = "invented"\nfolder = "{folder}"\n'
FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""Debian: fonts-wqy-microhei. Without it the pictures have no title."""
SIZE = (340, 482)
WITHOUT = 4
"""Every so many titles have no picture, so that drawn covers are seen as well."""
BANDS = 5
"""Ranges of hills, from the sky to the foreground."""
LINE = 11
"""Letters of a line; a Chinese character counts as two."""
LINES = 4
CHINESE = re.compile("[\u4e00-\u9fff]")


def make(now: datetime) -> None:
    """Write pictures for titles with an ISBN, once, and take them into the catalogue."""
    configuration = Path(settings.STATE) / cover_settings.FILE
    if configuration.exists():
        return
    folder = (Path(settings.STATE) / FOLDER).resolve()
    folder.mkdir(mode=0o700, exist_ok=True)
    for isbn in Isbn.objects.select_related("title").defer("title__record"):
        if isbn.title_id % WITHOUT:
            (folder / f"{isbn.isbn13}.jpg").write_bytes(draw_cover(str(isbn.title)))
    configuration.write_text(CONFIGURATION.format(folder=folder), encoding="utf-8")
    while cover_search.every_minute(now):
        pass


def clear() -> None:
    """Delete the pictures and their configuration."""
    state = Path(settings.STATE)
    for path in (*(state / FOLDER).glob("*.jpg"), state / cover_settings.FILE):
        path.unlink(missing_ok=True)
    if (state / FOLDER).is_dir():
        os.rmdir(state / FOLDER)


def draw_cover(title: str) -> bytes:
    """Return a cover as JPEG: hills under a sky in colours that depend on the title, and the title."""
    random = Random(title)
    hue, (w, h) = random.random(), SIZE
    picture = Image.new("RGB", SIZE, _colour(hue, 0.25, 0.95))
    draw = ImageDraw.Draw(picture)
    x, y, r = random.uniform(0.2, 0.8) * w, random.uniform(0.42, 0.56) * h, random.uniform(0.10, 0.2) * w
    draw.ellipse((x - r, y - r, x + r, y + r), fill=_colour(hue + 0.5, 0.35, 1.0))
    for band in range(BANDS):
        points = [(w * at / 6, h * (0.5 + 0.11 * band) - random.uniform(0, 0.16) * h) for at in range(-1, 8)]
        shade = _colour(hue + 0.04 * band, 0.35 + 0.1 * band, 0.85 - 0.15 * band)
        draw.polygon([(-w / 6, h), *points, (w * 7 / 6, h)], fill=shade)
    picture = picture.filter(ImageFilter.GaussianBlur(1))
    if FONT.exists():
        _letter(ImageDraw.Draw(picture), title, _colour(hue, 0.8, 0.25))
    out = BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def _letter(draw: ImageDraw.ImageDraw, title: str, colour: tuple[int, int, int]) -> None:
    spaced = not CHINESE.search(title)
    lines = [""]
    for word in title.split() if spaced else list(title):
        joined = f"{lines[-1]} {word}".strip() if spaced else lines[-1] + word
        if lines[-1] and sum(2 if CHINESE.match(each) else 1 for each in joined) > LINE:
            lines.append(word)
        else:
            lines[-1] = joined
    face = ImageFont.truetype(str(FONT), 44)
    for number, line in enumerate(lines[:LINES]):
        draw.text((26, 26 + 54 * number), line, fill=colour, font=face)
    draw.text((26, SIZE[1] - 44), "样书 Sample", fill="white", font=ImageFont.truetype(str(FONT), 21))


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = hsv_to_rgb(hue % 1, saturation, max(value, 0.15))
    return round(red * 255), round(green * 255), round(blue * 255)
