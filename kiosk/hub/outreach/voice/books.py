"""Counts how books were to those who brought them back, and tells it where it leads to nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q, QuerySet, Sum

from kiosk.domain.how_it_was import FACES
from kiosk.hub.atomic import atomic
from kiosk.hub.catalogue.models import Item, Title
from kiosk.hub.outreach import few
from kiosk.hub.outreach.voice.intake import NotTaken, day_of, first_time
from kiosk.hub.outreach.voice.models import HowItWas

OF_FIVE = (1, 3, 5)
"""As which of the five faces the three are drawn."""


@dataclass(frozen=True, slots=True)
class Told:
    """A title, and each face as it is drawn with how often it was touched, in words."""

    title: Title
    faces: tuple[tuple[int, str], ...]


@atomic
def take(transaction: str, at: datetime, barcode: str, face: str) -> bool:
    """Counts a face for the title of the book with this barcode; False when it was before. Raises NotTaken."""
    title = Item.objects.filter(barcode=barcode).values_list("title", flat=True).first()
    if face not in FACES or title is None:
        raise NotTaken("no face, or no book")
    if not first_time(transaction):
        return False
    row, _made = HowItWas.objects.get_or_create(title_id=title, month=day_of(at).replace(day=1), face=int(face))
    HowItWas.objects.filter(pk=row.pk).update(count=F("count") + 1)
    return True


def counted(today: date) -> "QuerySet[HowItWas, dict[str, int]]":
    """The titles that have five faces in the last twelve months, with the count of each; the most faces first.

    Of fewer it could be known who has brought the book back.
    """
    rows = HowItWas.objects.filter(month__gt=today.replace(year=today.year - 1, day=1)).values("title")
    each = {f"face_{face}": Sum("count", filter=Q(face=int(face)), default=0) for face in FACES}
    many = rows.annotate(many=Sum("count"), **each).filter(many__gte=few.FEWEST)
    return many.order_by(-(F("many") / few.FEWEST), "title__title", "title")


def told(rows: Iterable[Mapping[str, int]]) -> list[Told]:
    """In fives, and none is fewer than five too: what comes while somebody looks tells of nobody either."""
    found = list(rows)
    titles = Title.objects.in_bulk([row["title"] for row in found])
    return [
        Told(
            titles[row["title"]],
            tuple((drawn, few.words(row[f"face_{face}"] or 1)) for drawn, face in zip(OF_FIVE, FACES, strict=True)),
        )
        for row in found
    ]


def of(title: Title, today: date) -> Told | None:
    """None while there are too few of them."""
    return next(iter(told(counted(today).filter(title=title))), None)
