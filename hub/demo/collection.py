"""Invent the demo library's covers, floors with shelves, online editions and new arrivals.

The hub finds the covers in a folder, as it would find a library's own.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from math import cos, pi, sin
from pathlib import Path
from random import Random

from django.conf import settings
from django.utils import timezone
from PIL import Image, ImageColor, ImageDraw, ImageFont

from hub.catalogue.covers import cover_search, providers
from hub.catalogue.models import DEAD_AFTER, Bay, Branch, Edition, Floor, Isbn, Item, ReadOn, Title
from hub.catalogue.online_editions.url_probe import LinkFault
from hub.outreach.recommendations.new_titles.models import DigestSettings, Remark

FOLDER = "demo-covers"
CONFIGURATION = '[[provider]]\nkind = "folder"\nname = "invented"\nfolder = "{folder}"\n'
FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""Debian: fonts-wqy-microhei. Without it the pictures have no title."""
SERIF = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
"""Debian: fonts-dejavu-core. Letters the titles that are not Chinese; without it, FONT does."""
SIZE = (340, 482)
FINE = 2
"""Times in which a cover is drawn larger than it is stored, so that its edges are smooth."""
WITHOUT = 4
"""Every so many titles have no picture, so that drawn covers are seen as well."""
INKS = ("#8e2f2a", "#2d5b4a", "#2f4673", "#75503a", "#5e3350", "#56606b", "#8a6a1f", "#3d6a73")
DARK = "#1a1611"
GROUNDS = ("#f5eddc", "#eee6d3", "#e4e8df", "#f1e3d6", "#e3e7ea")
"""Colours of cloth and of paper, as publishers' series have them."""
LINE = 12
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
    """Return a cover as JPEG: one of a few quiet designs in two colours that depend on the title, and the title."""
    random = Random(title)
    design = random.choice((_frame, _bands, _trees, _rosette, _hills))
    ink, ground = random.choice(INKS), random.choice(GROUNDS)
    width, height = SIZE
    picture = Image.new("RGB", (FINE * width, FINE * height), ground)
    letters = design(ImageDraw.Draw(picture), random, ink, ground)
    if FONT.exists():
        _letter(ImageDraw.Draw(picture), title, letters)
    out = BytesIO()
    picture.resize(SIZE, Image.Resampling.LANCZOS).save(out, "JPEG", quality=88)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Lettering:
    """Colours of a cover's title and of the note at its foot, and the top of the title in pixels."""

    title: str
    note: str
    top: int


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """Return a box in the pixels that are drawn, given in those that are stored."""
    return (FINE * left, FINE * top, FINE * right, FINE * bottom)


def _blend(first: str, second: str, share: float) -> str:
    """Return the first colour with a share of the second."""
    pairs = zip(ImageColor.getrgb(first)[:3], ImageColor.getrgb(second)[:3], strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _frame(draw: ImageDraw.ImageDraw, random: Random, ink: str, ground: str) -> Lettering:
    """Draw bound cloth with a fine double frame and a lozenge."""
    w, h = SIZE
    draw.rectangle(_box(0, 0, w, h), fill=ink)
    draw.rectangle(_box(18, 18, w - 18, h - 18), outline=ground, width=FINE * 3)
    draw.rectangle(_box(27, 27, w - 27, h - 27), outline=ground, width=FINE)
    x, y, r = w / 2, h * 0.74, 26 + random.randrange(8)
    for size in (r, r * 0.55):
        points = ((x, y - size), (x + size, y), (x, y + size), (x - size, y))
        draw.polygon([(FINE * a, FINE * b) for a, b in points], fill=ground if size == r else ink)
    return Lettering(ground, ground, 62)


def _bands(draw: ImageDraw.ImageDraw, random: Random, ink: str, ground: str) -> Lettering:
    """Draw a paperback of a series: a band above and below, and a small disc."""
    w, h = SIZE
    band = 104 + random.randrange(40)
    draw.rectangle(_box(0, 0, w, 58), fill=ink)
    draw.rectangle(_box(0, h - band, w, h), fill=ink)
    draw.ellipse(_box(w / 2 - 26, h - band / 2 - 50, w / 2 + 26, h - band / 2 + 2), fill=ground)
    return Lettering(ink, ground, 92)


def _trees(draw: ImageDraw.ImageDraw, random: Random, ink: str, ground: str) -> Lettering:
    """Draw a row of round trees on a dark ground."""
    w, h = SIZE
    tones = (ink, _blend(ink, ground, 0.25), _blend(ink, ground, 0.45))
    for number in range(4):
        x, r, y = 52 + 79 * number, 32 + random.randrange(10), h * 0.66 + random.randrange(-24, 12)
        draw.rectangle(_box(x - 3, y, x + 3, h - 70), fill=_blend(ink, DARK, 0.4))
        draw.ellipse(_box(x - r, y - 1.3 * r, x + r, y + 1.1 * r), fill=tones[number % 3])
    draw.rectangle(_box(0, h - 74, w, h), fill=_blend(ink, DARK, 0.25))
    return Lettering(_blend(ink, DARK, 0.45), ground, 42)


def _rosette(draw: ImageDraw.ImageDraw, random: Random, ink: str, ground: str) -> Lettering:
    """Draw a round papercut: petals in a disc."""
    w, h = SIZE
    x, y, r, petals = w / 2, h * 0.66, 92, random.choice((10, 12))
    draw.ellipse(_box(x - r, y - r, x + r, y + r), fill=ink)
    for number in range(petals):
        turn = 2 * pi * number / petals
        a, b = x + 0.6 * r * cos(turn), y + 0.6 * r * sin(turn)
        draw.ellipse(_box(a - 13, b - 13, a + 13, b + 13), fill=ground)
    draw.ellipse(_box(x - 21, y - 21, x + 21, y + 21), fill=ground)
    draw.ellipse(_box(x - 11, y - 11, x + 11, y + 11), fill=ink)
    return Lettering(ink, ink, 42)


def _hills(draw: ImageDraw.ImageDraw, random: Random, ink: str, ground: str) -> Lettering:
    """Draw two long hills under a pale sun."""
    w, h = SIZE
    x, y = random.uniform(0.3, 0.7) * w, 0.56 * h
    draw.ellipse(_box(x - 40, y - 40, x + 40, y + 40), fill=_blend(ground, ink, 0.22))
    for share, top, side in ((0.55, 0.62, -1), (0.0, 0.74, 1)):
        middle = w / 2 + side * random.uniform(0.25, 0.5) * w
        draw.ellipse(
            _box(middle - 1.1 * w, top * h, middle + 1.1 * w, top * h + 1.6 * w), fill=_blend(ink, ground, share)
        )
    return Lettering(_blend(ink, DARK, 0.35), ground, 42)


def _letter(draw: ImageDraw.ImageDraw, title: str, letters: Lettering) -> None:
    spaced = not CHINESE.search(title)
    lines = [""]
    for word in title.split() if spaced else list(title):
        joined = f"{lines[-1]} {word}".strip() if spaced else lines[-1] + word
        if lines[-1] and sum(2 if CHINESE.match(each) else 1 for each in joined) > LINE:
            lines.append(word)
        else:
            lines[-1] = joined
    path = str(SERIF if spaced and SERIF.exists() else FONT)
    longest = max(ImageFont.truetype(path, 100).getlength(each) for each in lines[:LINES])
    size = min(42, int(100 * (SIZE[0] - 84) / longest))
    face = ImageFont.truetype(path, FINE * size)
    middle = FINE * SIZE[0] / 2
    for number, line in enumerate(lines[:LINES]):
        draw.text(
            (middle, FINE * (letters.top + 1.25 * size * number)), line, fill=letters.title, font=face, anchor="ma"
        )
    note = ImageFont.truetype(str(FONT), FINE * 15)
    draw.text((middle, FINE * (SIZE[1] - 50)), "样书 Sample", fill=letters.note, font=note, anchor="ma")


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
    Item.objects.update(added_at=now - timedelta(days=800))
    new = list(Title.objects.order_by("-pk")[:NEW])
    for ago, title in enumerate(new):
        title.added_at = now - timedelta(hours=14 * ago + 1)
    Title.objects.bulk_update(new, ("added_at",))
    Item.objects.filter(title__in=new).update(added_at=now - timedelta(days=10))
    Remark.objects.bulk_create(
        Remark(title=title, words={"zh": zh, "en": en}) for title, (zh, en) in zip(new, REMARKS, strict=False)
    )


def clear_new_titles() -> None:
    """Delete staff remarks and the digest's settings."""
    for table in (Remark, DigestSettings):
        table.objects.all().delete()
