"""Train the recommender on the counts, and store the model in a file without patron data."""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from django.conf import settings
from django.db.models import QuerySet

from hub.catalogue.models import Title
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.recommendations.reading_profiles import subjects
from hub.outreach.recommendations.reading_profiles.co_loans import HALF_LIFE
from hub.outreach.recommendations.reading_profiles.models import CoLoanCount, TitleLoanCount
from hub.outreach.recommendations.reading_profiles.recommender.features import Features, features, languages
from hub.outreach.recommendations.reading_profiles.recommender.model import (
    NEIGHBOURS,
    Floats,
    Ints,
    Model,
    likeness,
    strongest,
)

FILE = "recommender.npz"
BATCH, PAIRS = 2000, 500_000
LEAST = 1e-9


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
        with np.load(_file()) as kept:
            found = {name: kept[name] for name in kept.files}
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
