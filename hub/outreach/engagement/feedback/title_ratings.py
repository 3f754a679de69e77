"""Count patrons' ratings of returned titles, and report them only in groups of five."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q, QuerySet, Sum

from hub.catalogue.models import Item, Title
from hub.core import small_cell_suppression
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, day_of, first_time
from hub.outreach.engagement.feedback.models import TitleRating
from lending.responses import TITLE_RATINGS

OF_FIVE = (1, 3, 5)
"""The three ratings as smileys of the scale of five."""


@dataclass(frozen=True, slots=True)
class RatedTitle:
    """A title, and for each smiley how often it was touched, as text."""

    title: Title
    faces: tuple[tuple[int, str], ...]


@atomic
def take(transaction: str, at: datetime, barcode: str, face: str) -> bool:
    """Count a rating for the title of the item with this barcode; False if it was counted before.

    Raises:
        SubmissionRejected: If the rating or the barcode is unknown.
    """
    title = Item.objects.filter(barcode=barcode).values_list("title", flat=True).first()
    if face not in TITLE_RATINGS or title is None:
        raise SubmissionRejected("no such rating, or no such item")
    if not first_time(transaction):
        return False
    row, _made = TitleRating.objects.get_or_create(title_id=title, month=day_of(at).replace(day=1), face=int(face))
    TitleRating.objects.filter(pk=row.pk).update(count=F("count") + 1)
    return True


def rating_counts(today: date) -> "QuerySet[TitleRating, dict[str, int]]":
    """Return the titles with at least five ratings in the last twelve months, with the count of each.

    With fewer, the borrower who returned the item could be identified. Titles with the most ratings come first.
    """
    rows = TitleRating.objects.filter(month__gt=today.replace(year=today.year - 1, day=1)).values("title")
    each = {f"face_{face}": Sum("count", filter=Q(face=int(face)), default=0) for face in TITLE_RATINGS}
    many = rows.annotate(many=Sum("count"), **each).filter(many__gte=small_cell_suppression.FEWEST)
    return many.order_by(-(F("many") / small_cell_suppression.FEWEST), "title__title", "title")


def suppressed_ratings(rows: Iterable[Mapping[str, int]]) -> list[RatedTitle]:
    """Return the titles with their counts in steps of five; a zero is "under five" as well.

    Otherwise a change between two views of the page would reveal a single rating.
    """
    found = list(rows)
    titles = Title.objects.in_bulk([row["title"] for row in found])
    return [
        RatedTitle(
            titles[row["title"]],
            tuple(
                (drawn, small_cell_suppression.format_count(row[f"face_{face}"] or 1))
                for drawn, face in zip(OF_FIVE, TITLE_RATINGS, strict=True)
            ),
        )
        for row in found
    ]


def ratings_of(title: Title, today: date) -> RatedTitle | None:
    """Return the ratings of one title; None if there are too few."""
    return next(iter(suppressed_ratings(rating_counts(today).filter(title=title))), None)
