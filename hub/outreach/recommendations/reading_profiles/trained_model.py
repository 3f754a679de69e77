"""Count loans per title and pair of titles, train the recommender on the counts, and store the model in a file.

The counts decay exponentially. Neither they nor the file contain patron data.
"""

from __future__ import annotations

import json
import os
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import scipy
from django.conf import settings
from django.db.models import QuerySet

from hub.catalogue.models import Title
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.recommendations.reading_profiles import subjects
from hub.outreach.recommendations.reading_profiles.models import CoLoanCount, TitleLoanCount
from hub.outreach.recommendations.reading_profiles.recommender import (
    NEIGHBOURS,
    Features,
    Floats,
    Ints,
    Model,
    features,
    languages,
    likeness,
    strongest,
)

HALF_LIFE = 365.0
"""Half-life of a pair in days. Pairings of titles change more slowly than a patron's taste."""
SOME = 500
"""Rows per SQL statement."""
Key = TypeVar("Key")
FILE = "recommender.npz"
BATCH, PAIRS = 2000, 500_000
LEAST = 1e-9


def decay_weight(days: float) -> float:
    """Return the weight of a pair that is this many days old."""
    return float(0.5 ** (days / HALF_LIFE))


class CoLoanChanges:
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
        for some in _batches(sorted(self._titles)):
            titles = TitleLoanCount.objects.in_bulk(some, field_name="title")
            _write_counts(
                TitleLoanCount,
                ("title",),
                [(titles.get(each) or TitleLoanCount(title=each), self._titles[each]) for each in some],
            )
        for both in _batches(sorted(self._pairs)):
            pairs = {(each.low, each.high): each for each in _stored_pairs(both)}
            _write_counts(
                CoLoanCount,
                ("low", "high"),
                [(pairs.get(each) or CoLoanCount(low=each[0], high=each[1]), self._pairs[each]) for each in both],
            )


def _batches(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[at : at + SOME] for at in range(0, len(keys), SOME))


def _stored_pairs(pairs: Sequence[tuple[int, int]]) -> Iterable[CoLoanCount]:
    values = ", ".join(["(%s, %s)"] * len(pairs))
    table = CoLoanCount._meta.db_table
    query = f"SELECT id, low, high, weight, day FROM {table} WHERE (low, high) IN (VALUES {values})"
    return CoLoanCount.objects.raw(query, [each for pair in pairs for each in pair])


def _write_counts(model: Any, unique: Sequence[str], rows: Sequence[tuple[Any, Sequence[tuple[date, int]]]]) -> None:
    for row, noted in rows:
        for day, sign in noted:
            _add_decayed(row, day, sign)
    model.objects.bulk_create(
        [row for row, _noted in rows], update_conflicts=True, unique_fields=unique, update_fields=("weight", "day")
    )


def _add_decayed(row: Any, day: date, sign: int) -> None:
    """Decay the count to the later day, then add or subtract one."""
    if row.day is None:
        row.weight, row.day = 0.0, day
    later = max(day, row.day)
    row.weight = max(row.weight * decay_weight((later - row.day).days) + sign * decay_weight((later - day).days), 0.0)
    row.day = later


@dataclass(frozen=True)
class TrainedModel:
    """Model, and the title ids of its rows in ascending order."""

    model: Model
    titles: Ints

    @cached_property
    def place(self) -> dict[int, int]:
        """Row of each title id."""
        return {int(title): at for at, title in enumerate(self.titles)}


def learn(now: datetime) -> TrainedModel:
    """Train on all counts and titles, and store the model. The result is deterministic."""
    rows = Title.objects.only(*subjects.COLUMNS).order_by("pk").iterator(BATCH)
    numbers, texts = array("q"), []
    for title in rows:
        numbers.append(title.pk)
        texts.append(subjects.text(title))
    titles, today = np.array(numbers, dtype=np.int64), local_day(now, zone())
    about, language = features(texts), languages(texts)
    texts.clear()
    alike = _alike(titles, _totals(titles, today), today)
    learnt = TrainedModel(Model(alike, about, language), titles)
    _keep(learnt)
    return learnt


def _totals(titles: Ints, today: date) -> Floats:
    """Return the decayed number of loans of each title as of today."""
    totals = np.full(len(titles), LEAST)
    for title, weight in _columns(TitleLoanCount.objects.order_by().values_list("title", "weight", "day"), today):
        there = np.isin(title, titles)
        totals[np.searchsorted(titles, title[there])] += weight[there]
    return totals


def _alike(titles: Ints, totals: Floats, today: date) -> scipy.sparse.csr_array:
    """Return the co-loan similarity, computed in chunks of `PAIRS`, as all pairs may exceed the memory."""
    found = likeness(*(np.zeros(0, np.int64),) * 2, np.zeros(0), totals)
    for low, high, weight in _columns(
        CoLoanCount.objects.order_by().values_list("low", "high", "weight", "day"), today
    ):
        there = np.isin(low, titles) & np.isin(high, titles) & (weight > 0)
        one, other = np.searchsorted(titles, low[there]), np.searchsorted(titles, high[there])
        both = (np.concatenate((one, other)), np.concatenate((other, one)), np.tile(weight[there], 2))
        found = strongest(scipy.sparse.csr_array(found + likeness(*both, totals)), NEIGHBOURS)
    return found


def _columns(rows: QuerySet[Any], today: date) -> Iterator[tuple[Any, ...]]:
    """Yield rows that end in weight and day as columns, in chunks, with the weight decayed to today."""
    read = rows.iterator(BATCH)
    while some := list(islice(read, PAIRS)):
        *keys, weights, days = zip(*some, strict=True)
        del some
        age = today.toordinal() - np.fromiter((each.toordinal() for each in days), np.int64, len(days))
        faded = np.fromiter(weights, np.float64, len(days)) * 0.5 ** (age / HALF_LIFE)
        yield (*(np.fromiter(each, np.int64, len(days)) for each in keys), faded)


def _file() -> Path:
    return Path(settings.STATE) / FILE


def _keep(learnt: TrainedModel) -> None:
    """Write a new file and rename it over the old one, so that readers see one or the other whole."""
    together, words = learnt.model.together, learnt.model.words
    temporary = _file().with_suffix(".new.npz")
    np.savez(
        temporary,
        titles=learnt.titles,
        together=together.data,
        together_at=together.indices,
        together_rows=together.indptr,
        words=words.rows.data,
        words_at=words.rows.indices,
        words_rows=words.rows.indptr,
        language=learnt.model.language,
        names=np.frombuffer(json.dumps(words.names).encode(), dtype=np.uint8),
    )
    os.replace(temporary, _file())


def forget() -> None:
    """Delete the stored model: it belongs to another database."""
    _file().unlink(missing_ok=True)


def last() -> TrainedModel | None:
    """Return the stored model; None before the first night."""
    try:
        with np.load(_file()) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except FileNotFoundError:
        return None
    if "language" not in found:  # written before titles had a language: the nightly job trains a new model
        return None
    size, names = len(found["titles"]), tuple(json.loads(found["names"].tobytes()))
    together = scipy.sparse.csr_array(
        (found["together"], found["together_at"], found["together_rows"]), shape=(size, size)
    )
    words = scipy.sparse.csr_array((found["words"], found["words_at"], found["words_rows"]), shape=(size, len(names)))
    return TrainedModel(Model(together, Features(words, names), found["language"]), found["titles"])
