"""Invent the demo library's floors and bays, and e-editions of its classics with reading counts."""

from datetime import datetime, timedelta

from django.utils import timezone

from hub.catalogue.models import Branch, Title
from hub.catalogue.online_editions.models import DEAD_AFTER, Edition, ReadOn
from hub.catalogue.online_editions.url_probe import LinkFault
from hub.catalogue.shelves.models import Bay, Floor

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


def make(now: datetime) -> None:
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


def clear() -> None:
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
