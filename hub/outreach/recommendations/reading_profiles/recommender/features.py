"""Turn bibliographic data into TF-IDF feature vectors, so that similar titles are close."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy  # scipy loads its subpackages on first use, so a hub starts sooner
from numpy.typing import NDArray

AUTHOR_TIMES = 3
"""Weight of the author in title words: measured on real loans, where readers follow authors."""
YEARS = 5
"""Length of a span of publication years."""
SHORTEST = 3
"""Minimum length of a word that counts as a feature."""
WORD = re.compile(r"[^\W\d_]{1}[\w'-]*|[\u3400-\u9fff]+")
CHINESE = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Text:
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


def features(texts: Sequence[Text]) -> Features:
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


def languages(texts: Sequence[Text]) -> NDArray[np.int16]:
    """Return a number for the language of each title, 0 if unknown."""
    numbers = {"": 0}
    return np.array([numbers.setdefault(each.language, len(numbers)) for each in texts], dtype=np.int16)


def features_of(text: Text) -> list[str]:
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
