"""Score titles by item-to-item co-loan similarity plus `CONTENT` times the similarity of their texts and classes."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

AUTHOR_TIMES = 3
"""Weight of the author in title words: measured on real loans, where readers follow authors."""
YEARS = 5
"""Length of a span of publication years."""
SHORTEST = 3
"""Minimum length of a word that counts as a feature."""
WORD = re.compile(r"[^\W\d_]{1}[\w'-]*|[\u3400-\u9fff]+")
CHINESE = re.compile(r"[\u3400-\u9fff]+")
SHRINK = 10.0
"""Added to the denominator of the co-loan similarity, so that titles with few loans are not overrated."""
CONTENT = 1.5
"""Weight of content similarity relative to co-loan similarity."""
NEIGHBOURS = 100
"""Neighbours kept per title by co-loans; weaker ones are many and hardly change a score."""
FEW = 2000
"""Number of titles up to which all are scored for each patron."""
POOL = 2
"""Candidates per title wanted, from which the diversified list is chosen."""
SPREAD = 0.7
"""Weight of similarity to earlier titles, in shares of the best score.

Measured: no loss of recall@10 up to 0.8.
"""
HALF_LIFE = 90.0
"""Half-life of a loan in days."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Kind = Literal["borrowed", "author", "heading", "subject", "words"]
NAMED: tuple[Kind, ...] = ("author", "heading", "subject")
"""Kinds of features that a reason can name."""
COMMON = 0.02
"""Share of titles above which a feature, such as a year, is too common to preselect by."""


@dataclass(frozen=True, slots=True)
class TitleText:
    """Bibliographic data of a title.

    `subjects` are its class and subject codes. `headings` are its subject headings as displayed, with subdivisions
    after ` -- `. `language` is its MARC code, empty if the record has none.
    """

    title: str
    author: str = ""
    subjects: tuple[str, ...] = ()
    year: int | None = None
    headings: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True)
class Features:
    """Matrix (titles, features), float64, rows of unit length; `names` are the features of the columns."""

    rows: scipy.sparse.csr_array
    names: tuple[str, ...]

    @cached_property
    def place(self) -> dict[str, int]:
        """Column of each feature."""
        return {name: at for at, name in enumerate(self.names)}

    @cached_property
    def columns(self) -> scipy.sparse.csc_array:
        """The same matrix by column."""
        return self.rows.tocsc()

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Share of titles that have each feature."""
        return np.diff(self.columns.indptr) / max(self.rows.shape[0], 1)

    @cached_property
    def highest(self) -> NDArray[np.float64]:
        """Highest value of each feature in any title."""
        return np.asarray(self.columns.max(axis=0).todense(), dtype=np.float64).ravel()


def features(texts: Sequence[TitleText]) -> Features:
    """Compute TF-IDF of words, author, subjects, headings and year spans."""
    columns: dict[str, int] = {}
    row, column, value = array("q"), array("q"), array("d")
    for number, text in enumerate(texts):
        for name, times in Counter(features_of(text)).items():
            row.append(number)
            column.append(columns.setdefault(name, len(columns)))
            value.append(1.0 + np.log(times))
    shape = (len(texts), len(columns))
    counts = scipy.sparse.csr_array((np.array(value), (np.array(row), np.array(column))), shape=shape, dtype=np.float64)
    rarity = np.log((1 + shape[0]) / (1 + np.bincount(counts.indices, minlength=shape[1]))) + 1
    weighed = counts @ scipy.sparse.diags_array(rarity) if shape[1] else counts
    length = np.sqrt(np.asarray(weighed.power(2).sum(axis=1)).ravel())
    unit = scipy.sparse.diags_array(1 / np.where(length > 0, length, 1))
    return Features(scipy.sparse.csr_array(unit @ weighed), tuple(columns))


def languages(texts: Sequence[TitleText]) -> NDArray[np.int16]:
    """Return a number for the language of each title, 0 if unknown."""
    numbers = {"": 0}
    return np.array([numbers.setdefault(each.language, len(numbers)) for each in texts], dtype=np.int16)


def features_of(text: TitleText) -> list[str]:
    """Return a title's features: `author:…`, `subject:…`, `heading:…`, `aspect:…`, `year:…` and words."""
    found = _words(text.title)
    if author := plain(text.author):
        found += [f"author:{author}"] * AUTHOR_TIMES
    found += [f"subject:{each}" for each in text.subjects if each]
    found += dict.fromkeys(_of_headings(text.headings))
    if text.year:
        found += [f"year:{text.year // YEARS}", f"year:{(text.year + YEARS // 2) // YEARS}+"]
    return found


def _of_headings(headings: Sequence[str]) -> Iterator[str]:
    """Yield the topic of each heading, and its subdivisions, such as a century, as aspects."""
    for each in headings:
        topic, *aspects = each.split(" -- ")
        yield f"heading:{plain(topic)}"
        yield from (f"aspect:{plain(aspect)}" for aspect in aspects)


def _words(text: str) -> list[str]:
    """Return words of letters; Chinese, which has no spaces, as pairs of characters."""
    found = []
    for word in WORD.findall(plain(text)):
        for run in CHINESE.findall(word):
            found += [run[at : at + 2] for at in range(max(len(run) - 1, 1))]
        rest = CHINESE.sub("", word)
        if len(rest) >= SHORTEST:
            found.append(rest)
    return found


def plain(text: str) -> str:
    """Normalise a text for features: NFKC, lower case, single spaces, no punctuation at the end."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split()).rstrip(" .,;")


@dataclass(frozen=True, slots=True)
class ReadingProfile:
    """Profile of a patron: weights by title index, named features, excluded titles and features.

    Shared features in `excluded_features` count nothing. A negative weight lowers similar content, but
    not titles that others borrowed together with it.
    """

    titles: Mapping[int, float] = field(default_factory=dict)
    features: Mapping[str, float] = field(default_factory=dict)
    excluded_titles: frozenset[int] = frozenset()
    excluded_features: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pick:
    """Recommended title with its reason: a co-loan with title `source`, or the shared feature `source`."""

    title: int
    score: float
    kind: Kind
    source: int | str


@dataclass(frozen=True, slots=True)
class Model:
    """Trained model.

    `together` (titles, titles) is the similarity by co-loans, `words` the content features, `language` a number per
    title.
    """

    together: scipy.sparse.csr_array
    words: Features
    language: NDArray[np.int16]

    def best(self, known: ReadingProfile, most: int, among: Ints | None = None, spread: float = SPREAD) -> list[Pick]:
        """Recommend titles: a list diversified over the patron's interests, the best title first.

        Titles that the patron knows are left out, as are those in a language that the patron has not read.

        Args:
            known: Profile of the patron.
            most: Length of the list.
            among: Titles to choose from; None for all.
            spread: Share of the best score that a title loses if it equals one before it.
        """
        titles, weights = _columns(known.titles)
        lent, liked, profile = self.together[titles], np.clip(weights, 0, None), self._profile(known)
        by_loans = np.asarray(lent.T @ liked, dtype=np.float64)
        never = np.fromiter({*known.titles, *known.excluded_titles}, np.int64)
        unread, pool = self._unread(titles[weights > 0]), POOL * most

        def first(some: Ints) -> tuple[Ints, Floats]:
            scores = _round_scores(by_loans[some] + CONTENT * (self.words.rows[some] @ profile))
            at = np.searchsorted(some, never)
            at = at[at < len(some)]
            scores[at[np.isin(some[at], never)]] = 0.0
            scores[unread[some]] = 0.0
            order = _first(scores, pool)
            return some[order], scores[order]

        if among is None and len(by_loans) > FEW:
            some = near(self.words, profile, lent)
            order, scores = first(some.titles)
            least = scores[-1] if len(order) == pool else 0.0
            if some.beyond > 0 and least <= CONTENT * some.beyond:
                order, scores = first(np.arange(len(by_loans)))
        else:
            order, scores = first(np.arange(len(by_loans)) if among is None else np.unique(among))
        chosen = self._spread(order, scores, most, spread)
        order, scores = order[chosen], scores[chosen]
        by_loan = lent[:, order].toarray() * liked[:, None]
        return [
            Pick(int(each), float(score), *self._reason(int(each), titles, by_loan[:, at], profile))
            for at, (each, score) in enumerate(zip(order, scores, strict=True))
        ]

    def _profile(self, known: ReadingProfile) -> Floats:
        """Return the weight of each feature in the patron's profile."""
        titles, weights = _columns(known.titles)
        profile = np.asarray(self.words.rows[titles].T @ weights, dtype=np.float64)
        place = self.words.place if known.features or known.excluded_features else {}
        for name, weight in known.features.items():
            if name in place:
                profile[place[name]] += weight
        for name in known.excluded_features & place.keys():
            profile[place[name]] = 0.0
        return profile

    def _unread(self, titles: Ints) -> NDArray[np.bool_]:
        """Return a mask of titles in other languages than these titles'; all False if no language is known."""
        spoken = set(self.language[titles].tolist()) - {0}
        return ~np.isin(self.language, [*spoken, 0]) if spoken else np.zeros(len(self.language), np.bool_)

    def _spread(self, order: Ints, scores: Floats, most: int, spread: float) -> Ints:
        """Return the positions of the list's titles: each next one scores high and differs from those before."""
        if len(order) < 2:
            return np.arange(len(order))
        rows = self.words.rows[order]
        alike = (rows @ rows.T).toarray()
        left, lost = scores / scores[0], np.zeros(len(order))
        chosen = []
        for _place in range(min(most, len(order))):
            at = int(np.argmax(_round_scores(left - spread * lost)))
            chosen.append(at)
            left[at] = -np.inf
            lost = np.maximum(lost, alike[at])
        return np.array(chosen)

    def _reason(self, title: int, titles: Ints, by_loan: Floats, profile: Floats) -> tuple[Kind, int | str]:
        """Return the strongest reason: a co-loan, else a shared author, heading or class, else similarity.

        A broad class, such as all of literature, is named only if nothing finer is shared.
        """
        if by_loan.size and np.max(by_loan) > 0:
            return "borrowed", int(titles[int(np.argmax(by_loan))])
        begin, end = self.words.rows.indptr[title : title + 2]
        columns, value = self.words.rows.indices[begin:end], self.words.rows.data[begin:end]
        share = value * profile[columns]
        shared = (self.words.names[columns[at]].partition(":") for at in np.argsort(-share) if share[at] > 0)
        named = [(each, name) for kind, _colon, name in shared for each in NAMED if each == kind]
        if named:
            return next(((kind, name) for kind, name in named if kind != "subject" or len(name) > 1), named[0])
        alike = np.asarray(self.words.rows[titles] @ self.words.rows[[title]].toarray().ravel())
        return ("words", int(titles[int(np.argmax(alike))])) if alike.size and np.max(alike) > 0 else ("words", "")


def train(together: scipy.sparse.csr_array, totals: Floats, texts: Sequence[TitleText]) -> Model:
    """Build the model from co-loan counts (titles, titles), loans per title, and the bibliographic data."""
    counts = together.tocoo()
    alike = likeness(counts.row, counts.col, counts.data, totals)
    return Model(strongest(alike, NEIGHBOURS), features(texts), languages(texts))


def likeness(row: Ints, column: Ints, value: Floats, totals: Floats) -> scipy.sparse.csr_array:
    """Return the similarity of titles by co-loans, shape (titles, titles).

    Both halves of the symmetric matrix must be given; they may be given in parts.
    """
    apart = row != column
    row, column = row[apart], column[apart]
    found = value[apart] / (np.sqrt(totals[row] * totals[column]) + SHRINK)
    return scipy.sparse.csr_array((found, (row, column)), shape=(len(totals), len(totals)))


def strongest(alike: scipy.sparse.csr_array, most: int) -> scipy.sparse.csr_array:
    """Keep the `most` highest values of each row, the first ones of equal values.

    Parts that are reduced one by one give the same result as the whole.
    """
    alike.sort_indices()
    kept = np.ones(len(alike.data), dtype=np.bool_)
    for row in np.flatnonzero(np.diff(alike.indptr) > most):
        begin, end = alike.indptr[row], alike.indptr[row + 1]
        values = alike.data[begin:end]
        least = np.partition(values, len(values) - most)[len(values) - most]
        above, equal = values > least, np.flatnonzero(values == least)
        above[equal[: most - int(above.sum())]] = True
        kept[begin:end] = above
    if kept.all():
        return alike
    ends = np.concatenate(([0], np.cumsum(kept)))[alike.indptr]
    return scipy.sparse.csr_array((alike.data[kept], alike.indices[kept], ends), shape=alike.shape)


def count_co_loans(patron: Ints, title: Ints, titles: int) -> tuple[scipy.sparse.csr_array, Floats]:
    """Return co-loan counts (titles, titles) and patrons per title; repeated loans count once."""
    people = int(np.max(patron, initial=-1)) + 1
    loans = scipy.sparse.csr_array((np.ones(len(patron)), (patron, title)), shape=(people, titles))
    loans.data[:] = 1
    return scipy.sparse.csr_array(loans.T @ loans), np.asarray(loans.sum(axis=0), dtype=np.float64).ravel()


def decay_weights(age: Floats | float, half_life: float = HALF_LIFE) -> Floats:
    """Return the weight of something this many days old."""
    return np.asarray(0.5 ** (np.asarray(age, dtype=np.float64) / half_life))


def _round_scores(scores: Floats) -> Floats:
    """Round scores, so that equal ones are ordered by title and not by their last bits, which differ every night."""
    return np.round(scores, 9)


def _first(scores: Floats, most: int) -> Ints:
    """Return the indices of the highest scores above 0, highest first, the first ones of equal scores."""
    some = np.arange(len(scores))
    if most < len(scores):
        some = np.flatnonzero(scores >= np.partition(scores, len(scores) - most)[len(scores) - most])
    some = some[scores[some] > 0]
    return some[np.lexsort((some, -scores[some]))][:most]


def _columns(weights: Mapping[int, float]) -> tuple[Ints, Floats]:
    return np.fromiter(weights, np.int64, len(weights)), np.fromiter(weights.values(), np.float64, len(weights))


@dataclass(frozen=True, slots=True)
class Near:
    """Candidate titles in ascending order.

    No other title scores more than `beyond` by content, and none scores by loans.
    """

    titles: NDArray[np.int64]
    beyond: float


def near(words: Features, profile: NDArray[np.float64], lent: scipy.sparse.csr_array) -> Near:
    """Return titles lent together with the patron's, and those sharing an uncommon feature of the profile."""
    positive = np.flatnonzero(profile > 0)
    common = words.spread[positive] > COMMON
    begin, end = words.columns.indptr[positive[~common]], words.columns.indptr[positive[~common] + 1]
    parts = [words.columns.indices[one:other] for one, other in zip(begin, end, strict=True)]
    found = np.zeros(words.rows.shape[0], dtype=np.bool_)
    found[lent.indices] = True
    for each in parts:
        found[each] = True
    return Near(np.flatnonzero(found), float(words.highest[positive[common]] @ profile[positive[common]]))
