"""Generate loans with dates, to measure what real loans without dates cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hub.outreach.recommendations.reading_profiles.recommender.features import Text
from hub.outreach.recommendations.reading_profiles.recommender.model import Floats, Ints, ReadingProfile, decay_weights

PATRONS, LOANS, SUBJECTS, TITLES_OF_EACH, DAYS = 7_500, 90_000, 120, 125, 700
MOVES_ON = 0.15
"""Probability that a patron changes the subject from one loan to the next."""
STRAYS = 0.2
"""Probability that a loan is from another subject."""
AUTHORS_OF_EACH = 20


@dataclass(frozen=True, slots=True)
class DatedLoans:
    """Loans sorted by patron and day. Each patron's last loan is held out in `last`.

    `age` is in days before that last loan.
    """

    patron: Ints
    title: Ints
    age: Floats
    last: Ints
    texts: tuple[Text, ...]

    def held_out_cases(self, half_life: float | None) -> Iterator[tuple[ReadingProfile, int]]:
        """Yield each patron's profile, with or without decay, and the held-out title."""
        weights = np.ones(len(self.age)) if half_life is None else decay_weights(self.age, half_life)
        begin = np.searchsorted(self.patron, np.arange(len(self.last) + 1))
        for patron, out in enumerate(self.last):
            rows = slice(begin[patron], begin[patron + 1])
            yield ReadingProfile(dict(zip(self.title[rows].tolist(), weights[rows].tolist(), strict=True))), int(out)


def generate_loans(rng: np.random.Generator, patrons: int = PATRONS, loans: int = LOANS) -> DatedLoans:
    """Generate patrons who read in one subject for a while and then change to another."""
    sizes = np.maximum(3, rng.lognormal(0, 0.8, patrons))
    sizes = np.maximum(3, np.round(sizes * (loans + patrons) / sizes.sum())).astype(int)
    patron, title, age, last = [], [], [], []
    for number, size in enumerate(sizes):
        taken = _sample_titles(rng, int(size))
        days = np.sort(rng.uniform(0, DAYS, len(taken)))
        patron += [number] * (len(taken) - 1)
        title += taken[:-1]
        age += (days[-1] - days[:-1]).tolist()
        last.append(taken[-1])
    return DatedLoans(np.array(patron), np.array(title), np.array(age), np.array(last), _texts(rng))


def _sample_titles(rng: np.random.Generator, size: int) -> list[int]:
    """Return distinct titles, mostly of the current subject and of its more popular half."""
    subject, taken = int(rng.integers(SUBJECTS)), dict[int, None]()
    while len(taken) < size:
        if rng.random() < MOVES_ON:
            subject = int(rng.integers(SUBJECTS))
        chosen = int(rng.integers(SUBJECTS)) if rng.random() < STRAYS else subject
        taken[chosen * TITLES_OF_EACH + int(TITLES_OF_EACH * rng.random() ** 2)] = None
    return list(taken)


def _texts(rng: np.random.Generator) -> tuple[Text, ...]:
    """Return title texts: authors keep to their subject, title words are random."""
    found = []
    for number in range(SUBJECTS * TITLES_OF_EACH):
        subject, words = number // TITLES_OF_EACH, f"work{number} matter{rng.integers(3000)}"
        found.append(Text(words, f"author{subject}-{rng.integers(AUTHORS_OF_EACH)}", (f"s{subject}",)))
    return tuple(found)
