"""Invent the demo library's covers, floors with shelves, online editions and new arrivals.

The hub finds the covers in a folder, as it would find a library's own.
"""

from __future__ import annotations

import os
import re
from colorsys import hsv_to_rgb
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from random import Random

from django.conf import settings
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from hub.catalogue.covers import cover_search, providers
from hub.catalogue.models import DEAD_AFTER, Bay, Branch, Edition, Floor, Isbn, ReadOn, Title
from hub.catalogue.online_editions.url_probe import LinkFault
from hub.outreach.recommendations.new_titles.models import DigestSettings, Remark

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
DEWEY = """000-099 100-299 300-399 400-519 520-549 550-579 580-599 600-699 700-742 743-799 800-812 813-829 830-890
    891-899 900-949 950-999"""
LCC = """A-B C-CZ D-DR DS1-DS796 DS797-DZ E-GF GN-GV H-L M-MZ N-NA NB-NX P-PG PL1-PL2300 PL2301-PL2830 PL2831-PL9999
    PM-Z"""
"""First and last class of each bay."""
FLOORS = (
    ("main", "一楼", "Floor 1", 1, "dewey", DEWEY),
    ("main", "二楼", "Floor 2", 2, "lcc", LCC),
    ("east", "一楼", "Floor 1", 1, "dewey", "000-599 600-999"),
    ("east", "二楼", "Floor 2", 2, "lcc", "A-M N-Z"),
)
ACROSS, DOWN, FIRST = 6, 2, 3
"""Cells between rows of shelves, depth of a bay, and position of the first row."""
READABLE = (
    ("Faust. Part I", "https://www.gutenberg.org/ebooks/2229", "Deutsch"),
    ("Преступление и наказание", "https://www.gutenberg.org/ebooks/2554", "English"),
    ("Евгений Онегин", "https://www.gutenberg.org/ebooks/23997", "English"),
)
DEAD = ("Мастер и Маргарита", "http://10.20.30.40/master")
NEW = 12
REMARKS = (
    ("馆员推荐：值得慢慢读。", "Our pick: worth taking your time."),
    ("第一次读这位作者，从这本开始。", "New to this author? Begin here."),
)


def make_covers(now: datetime) -> None:
    """Write pictures for titles with an ISBN, once, and take them into the catalogue."""
    configuration = Path(settings.STATE) / providers.FILE
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


def clear_covers() -> None:
    """Delete the pictures and their configuration."""
    state = Path(settings.STATE)
    for path in (*(state / FOLDER).glob("*.jpg"), state / providers.FILE):
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


def make_shelves(now: datetime) -> None:
    """Create the floors and the e-editions if there are none."""
    if Floor.objects.exists() or Edition.objects.exists():
        return
    for code, name, english, position, scheme, ranges in FLOORS:
        floor = Floor.objects.create(
            branch=Branch.objects.get(code=code), name=name, name_en=english, position=position, scheme=scheme,
            width=25, height=11, you_x=12, you_y=10,
        )  # fmt: skip
        Bay.objects.bulk_create(_bay(floor, number, each) for number, each in enumerate(ranges.split()))
    for place, (title, url, words) in enumerate(READABLE):
        found = Title.objects.filter(title=title).first()
        if found:
            Edition.objects.create(
                title=found, url=url, words=words, checked_at=now, status=200, media_type="text/html"
            )
            _read(found, place, now)
    lost = Title.objects.filter(title=DEAD[0]).first()
    if lost:
        since = now - timedelta(days=DEAD_AFTER)
        state = {
            "fault": LinkFault.INSIDE.value,
            "failures": DEAD_AFTER + 1,
            "failing_since": since,
            "failed_on": now.date(),
        }
        Edition.objects.create(title=lost, url=DEAD[1], checked_at=now, **state)


def clear_shelves() -> None:
    """Delete floors, e-editions and reading counts."""
    for table in (Edition, ReadOn, Floor):
        table.objects.all().delete()


def _bay(floor: Floor, number: int, ends: str) -> Bay:
    """Place four bays in a row of shelves, seen from above."""
    first, last = ends.split("-")
    x, y = FIRST + number // 4 * ACROSS, 1 + number % 4 * DOWN
    return Bay(floor=floor, code=str(number + 1), x=x, y=y, width=1, height=DOWN, first=first, last=last)


def _read(title: Title, place: int, now: datetime) -> None:
    """Count readings on some days of the last weeks, most for the first title."""
    today = timezone.localtime(now).date()
    days = [(today - timedelta(days=ago), (ago * 7 + place * 3) % 5 - place) for ago in range(1, 25, place + 1)]
    ReadOn.objects.bulk_create(ReadOn(title=title, day=day, count=count) for day, count in days if count > 0)


def make_new_titles(now: datetime) -> None:
    """Date the last titles of the catalogue one after another, and all others long ago. Once."""
    if Remark.objects.exists():
        return
    Title.objects.update(added_at=None)
    new = list(Title.objects.order_by("-pk")[:NEW])
    for ago, title in enumerate(new):
        title.added_at = now - timedelta(hours=14 * ago + 1)
    Title.objects.bulk_update(new, ("added_at",))
    Remark.objects.bulk_create(Remark(title=title, zh=zh, en=en) for title, (zh, en) in zip(new, REMARKS, strict=False))


def clear_new_titles() -> None:
    """Delete staff remarks and the digest's settings."""
    for table in (Remark, DigestSettings):
        table.objects.all().delete()
