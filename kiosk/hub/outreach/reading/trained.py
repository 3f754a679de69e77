"""Trains the recommender on the counts, and keeps what it learnt in a file that names no patron."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from django.conf import settings

from kiosk.hub.catalogue.models import Title
from kiosk.hub.outreach.habit.times import local_day, zone
from kiosk.hub.outreach.reading import subjects
from kiosk.hub.outreach.reading.models import Lent, Together
from kiosk.hub.outreach.reading.recommender.model import Ints, Model, train
from kiosk.hub.outreach.reading.recommender.words import Features
from kiosk.hub.outreach.reading.together import faded

FILE = "recommender.npz"
BATCH = 2000
LEAST = 1e-9


@dataclass(frozen=True)
class Trained:
    """The model, and the catalogue's number of each of its titles, in growing order."""

    model: Model
    titles: Ints

    @cached_property
    def place(self) -> dict[int, int]:
        return {int(title): at for at, title in enumerate(self.titles)}


def learn(now: datetime) -> Trained:
    """Learns from all counts and titles, and keeps it; the same counts give the same."""
    rows = Title.objects.only(*subjects.COLUMNS).order_by("pk").iterator(BATCH)
    numbers, texts = [], []
    for title in rows:
        numbers.append(title.pk)
        texts.append(subjects.text(title))
    place, today = {number: at for at, number in enumerate(numbers)}, local_day(now, zone())
    totals = np.full(len(numbers), LEAST)
    for number, weight, day in Lent.objects.order_by().values_list("title", "weight", "day").iterator(BATCH):
        if number in place:
            totals[place[number]] += weight * faded((today - day).days)
    together = _together(place, today.toordinal())
    learnt = Trained(train(together, totals, texts), np.array(numbers, dtype=np.int64))
    _keep(learnt)
    return learnt


def _together(place: dict[int, int], today: int) -> sparse.csr_array:
    low, high, value = [], [], []
    rows = Together.objects.order_by().values_list("low", "high", "weight", "day")
    for one, other, weight, day in rows.iterator(BATCH):
        if one in place and other in place and weight > 0:
            low.append(place[one])
            high.append(place[other])
            value.append(weight * faded(today - day.toordinal()))
    pairs = sparse.csr_array((value, (low, high)), shape=(len(place), len(place)), dtype=np.float64)
    return sparse.csr_array(pairs + pairs.T)


def _file() -> Path:
    return Path(settings.STATE) / FILE


def _keep(learnt: Trained) -> None:
    """Writes it beside and puts it in the old one's place, so that whoever reads has one or the other."""
    together, words = learnt.model.together, learnt.model.words
    beside = _file().with_suffix(".new.npz")
    np.savez(
        beside,
        titles=learnt.titles,
        together=together.data,
        together_at=together.indices,
        together_rows=together.indptr,
        words=words.rows.data,
        words_at=words.rows.indices,
        words_rows=words.rows.indptr,
        names=np.frombuffer(json.dumps(words.names).encode(), dtype=np.uint8),
    )
    os.replace(beside, _file())


def forget() -> None:
    """Takes away what was learnt: it was of another database."""
    _file().unlink(missing_ok=True)


def last() -> Trained | None:
    """What was learnt last; None before the first night."""
    try:
        with np.load(_file()) as kept:
            found = {name: kept[name] for name in kept.files}
    except FileNotFoundError:
        return None
    size, names = len(found["titles"]), tuple(json.loads(found["names"].tobytes()))
    together = sparse.csr_array((found["together"], found["together_at"], found["together_rows"]), shape=(size, size))
    words = sparse.csr_array((found["words"], found["words_at"], found["words_rows"]), shape=(size, len(names)))
    return Trained(Model(together, Features(words, names)), found["titles"])
