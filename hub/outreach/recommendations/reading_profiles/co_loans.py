"""Count loans per title and per pair of titles with exponential decay, without patrons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar

from hub.outreach.recommendations.reading_profiles.models import CoLoanCount, TitleLoanCount

HALF_LIFE = 365.0
"""Half-life of a pair in days. Pairings of titles change more slowly than a patron's taste."""
SOME = 500
"""Rows per SQL statement."""
Key = TypeVar("Key")


def decay_weight(days: float) -> float:
    """Return the weight of a pair that is this many days old."""
    return float(0.5 ** (days / HALF_LIFE))


class Counts:
    """Changes to the counts, buffered in the order of the events until `keep` writes them."""

    def __init__(self) -> None:
        self._titles: defaultdict[int, list[tuple[date, int]]] = defaultdict(list)
        self._pairs: defaultdict[tuple[int, int], list[tuple[date, int]]] = defaultdict(list)

    def note(self, title: int, others: Iterable[int], day: date, sign: int) -> None:
        """Count a loan of the title together with `others`; `sign` is -1 if the checkout was undone."""
        self._titles[title].append((day, sign))
        for other in others:
            self._pairs[min(title, other), max(title, other)].append((day, sign))

    def keep(self) -> None:
        """Write all changes to the tables."""
        for some in _batches(sorted(self._titles), SOME):
            titles = TitleLoanCount.objects.in_bulk(some, field_name="title")
            _keep(
                TitleLoanCount,
                ("title",),
                [(titles.get(each) or TitleLoanCount(title=each), self._titles[each]) for each in some],
            )
        for both in _batches(sorted(self._pairs), SOME):
            pairs = {(each.low, each.high): each for each in _stored_pairs(both)}
            _keep(
                CoLoanCount,
                ("low", "high"),
                [(pairs.get(each) or CoLoanCount(low=each[0], high=each[1]), self._pairs[each]) for each in both],
            )


def _batches(keys: Sequence[Key], most: int) -> Iterator[Sequence[Key]]:
    for at in range(0, len(keys), most):
        yield keys[at : at + most]


def _stored_pairs(pairs: Sequence[tuple[int, int]]) -> Iterable[CoLoanCount]:
    values = ", ".join(["(%s, %s)"] * len(pairs))
    table = CoLoanCount._meta.db_table
    query = f"SELECT id, low, high, weight, day FROM {table} WHERE (low, high) IN (VALUES {values})"
    return CoLoanCount.objects.raw(query, [each for pair in pairs for each in pair])


def _keep(model: Any, unique: Sequence[str], rows: Sequence[tuple[Any, Sequence[tuple[date, int]]]]) -> None:
    for row, noted in rows:
        for day, sign in noted:
            _add(row, day, sign)
    model.objects.bulk_create(
        [row for row, _noted in rows], update_conflicts=True, unique_fields=unique, update_fields=("weight", "day")
    )


def _add(row: Any, day: date, sign: int) -> None:
    """Decay the count to the later day, then add or subtract one."""
    if row.day is None:
        row.weight, row.day = 0.0, day
    later = max(day, row.day)
    row.weight = max(row.weight * decay_weight((later - row.day).days) + sign * decay_weight((later - day).days), 0.0)
    row.day = later
