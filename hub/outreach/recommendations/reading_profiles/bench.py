"""Compare the recommender with popularity and the `implicit` library on the same held-out loans.

The loan data is supplied by the caller; none is included.
"""

from __future__ import annotations

import csv
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

from hub.catalogue.models import Title
from hub.outreach.recommendations.reading_profiles import subjects
from hub.outreach.recommendations.reading_profiles.recommendation_picker import MOST
from hub.outreach.recommendations.reading_profiles.recommender import (
    AUTHOR_TIMES,
    CONTENT,
    HALF_LIFE,
    SHRINK,
    SPREAD,
    YEARS,
    Floats,
    Ints,
    Pick,
    ReadingProfile,
    TitleText,
    count_co_loans,
    decay_weights,
    features,
    train,
)

PATRONS, LOANS, SUBJECTS, TITLES_OF_EACH, DAYS = 7_500, 90_000, 120, 125, 700
MOVES_ON = 0.15
"""Probability that a patron changes the subject from one loan to the next."""
STRAYS = 0.2
"""Probability that a loan is from another subject."""
AUTHORS_OF_EACH = 20
SEEDS, AT_LEAST, TOP = 12, 5, 10
COLUMNS = ("title", "subtitle", "author", "dewey", "clc", "call_number", "subject", "language")
"""Columns of a title file, in addition to year and subjects; headings are separated by semicolons."""
RECALL, TIMES_POPULAR = 0.090, 3.0
TRAIN_S, PATRON_MS = 2.0, 1.0
OWN, POPULAR, CLUSTERED = "hybrid", "popularity", "hybrid, not spread"
AS_GOOD = 0.98
"""Minimum share of the recall that must remain when the list is diversified."""
Split = tuple[sparse.csr_array, Ints, Ints]
"""Training matrix (patrons, titles), the test patrons, and the title held out of each."""
Lists = Callable[["BenchLoans", sparse.csr_array, Ints], Ints]


@dataclass(frozen=True, slots=True)
class DatedLoans:
    """Loans sorted by patron and day. Each patron's last loan is held out in `last`.

    `age` is in days before that last loan.
    """

    patron: Ints
    title: Ints
    age: Floats
    last: Ints
    texts: tuple[TitleText, ...]

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


def _texts(rng: np.random.Generator) -> tuple[TitleText, ...]:
    """Return title texts: authors keep to their subject, title words are random."""
    found = []
    for number in range(SUBJECTS * TITLES_OF_EACH):
        subject, words = number // TITLES_OF_EACH, f"work{number} matter{rng.integers(3000)}"
        found.append(TitleText(words, f"author{subject}-{rng.integers(AUTHORS_OF_EACH)}", (f"s{subject}",)))
    return tuple(found)


class BadFile(Exception):
    """Invalid file: what is wrong, where, and what is expected."""


@dataclass(frozen=True, slots=True)
class BenchLoans:
    """Distinct pairs of patron and title as indices, and a text for each title."""

    patron: Ints
    title: Ints
    texts: tuple[TitleText, ...]

    @property
    def patrons(self) -> int:
        """Number of patrons."""
        return int(np.max(self.patron)) + 1


@dataclass(frozen=True, slots=True)
class MeanFigure:
    """Means over the seeds, with their standard errors.

    `diversity` is the mean dissimilarity of two titles of a list by content: 1 if they share no feature.
    """

    recall: float
    recall_error: float
    ndcg: float
    ndcg_error: float
    diversity: float


def read(loans: Path, titles: Path | None) -> BenchLoans:
    """Read `patron,title_id` and, if given, `title_id,title` with any of `COLUMNS`.

    Raises:
        BadFile: A file cannot be read or has the wrong columns.
    """
    pairs = sorted({(row["patron"], row["title_id"]) for row in _rows(loans, ("patron", "title_id"))})
    if not pairs:
        raise BadFile(f"{loans}: the file contains no loans")
    about = {row["title_id"]: _text(row) for row in _rows(titles, ("title_id", "title"))} if titles else {}
    patrons = {name: at for at, name in enumerate(sorted({patron for patron, _title in pairs}))}
    names = {name: at for at, name in enumerate(sorted({title for _patron, title in pairs} | set(about)))}
    return BenchLoans(
        np.array([patrons[patron] for patron, _title in pairs]),
        np.array([names[title] for _patron, title in pairs]),
        tuple(about.get(name, TitleText("")) for name in names),
    )


def _rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = csv.DictReader(file)
            missing = [each for each in needed if each not in (found.fieldnames or ())]
            if missing:
                raise BadFile(f"{path}, line 1: no column {missing[0]!r}; it needs {', '.join(needed)}")
            return [{name: value or "" for name, value in row.items() if name} for row in found]
    except UnicodeDecodeError:
        raise BadFile(f"{path}: not UTF-8: save the file in UTF-8") from None
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}") from None


def _text(row: Mapping[str, str]) -> TitleText:
    """Return the features of a title, extracted by the same code as in the hub."""
    year = row.get("year", "").partition(".")[0]
    headings = (each.strip() for each in row.get("subjects", "").split(";"))
    return subjects.text(
        Title(
            **{name: row.get(name, "") for name in COLUMNS},
            headings="\n".join(filter(None, headings)),
            year=int(year) if year.isdecimal() else None,
        )
    )


def split(loans: BenchLoans, seed: int) -> Split:
    """Hold one loan out of each patron with at least `AT_LEAST`."""
    rng = np.random.default_rng(seed)
    is_training = np.ones(len(loans.patron), dtype=bool)
    asked, out = [], []
    for patron, count in enumerate(np.bincount(loans.patron)):
        if count >= AT_LEAST:
            chosen = int(rng.choice(np.flatnonzero(loans.patron == patron)))
            is_training[chosen] = False
            asked.append(patron)
            out.append(int(loans.title[chosen]))
    shape = (loans.patrons, len(loans.texts))
    rows = sparse.csr_array(
        (np.ones(is_training.sum()), (loans.patron[is_training], loans.title[is_training])), shape=shape
    )
    return rows, np.array(asked), np.array(out)


def hybrid(loans: BenchLoans, rows: sparse.csr_array, asked: Ints, spread: float = SPREAD) -> Ints:
    """Recommend with the hub's own model; shape (patrons, TOP), -1 where a list is short."""
    known = rows.tocoo()
    model = train(*count_co_loans(known.row.astype(np.int64), known.col.astype(np.int64), rows.shape[1]), loans.texts)
    return np.array(
        [
            ([each.title for each in model.best(_profile_of(rows, patron), MOST, spread=spread)] + [-1] * TOP)[:TOP]
            for patron in asked
        ]
    )


def _profile_of(rows: sparse.csr_array, patron: int) -> ReadingProfile:
    return ReadingProfile(dict.fromkeys(rows.indices[rows.indptr[patron] : rows.indptr[patron + 1]].tolist(), 1.0))


def popular(loans: BenchLoans, rows: sparse.csr_array, asked: Ints) -> Ints:
    """Recommend the most borrowed titles that the patron has not had."""
    order = np.argsort(-np.asarray(rows.sum(axis=0)).ravel(), kind="stable")
    had = [set(_profile_of(rows, patron).titles) for patron in asked]
    return np.array([[each for each in order[: TOP + len(titles)] if each not in titles][:TOP] for titles in had])


def _implicit(make: Callable[[], object]) -> Lists:
    """Wrap a recommender of the `implicit` library, with its default parameters except the size."""

    def lists(loans: BenchLoans, rows: sparse.csr_array, asked: Ints) -> Ints:
        known = sparse.csr_matrix(rows, dtype=np.float32)
        model = make()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(known, show_progress=False)  # type: ignore[attr-defined]
        found, _scores = model.recommend(asked, known[asked], N=TOP, filter_already_liked_items=True)  # type: ignore[attr-defined]
        return np.asarray(found, dtype=np.int64)

    return lists


def methods() -> dict[str, Lists]:
    """Return this recommender, popularity, and those of `implicit` if it is installed."""
    found: dict[str, Lists] = {POPULAR: popular, OWN: hybrid, CLUSTERED: partial(hybrid, spread=0.0)}
    if find_spec("implicit") is None:
        return found
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender

    found["implicit cosine"] = _implicit(lambda: CosineRecommender(K=100, num_threads=1))
    found["implicit TF-IDF"] = _implicit(lambda: TFIDFRecommender(K=100, num_threads=1))
    found["implicit BM25"] = _implicit(lambda: BM25Recommender(K=100, num_threads=1))
    for factors in (64, 256):
        found[f"implicit ALS {factors}"] = _implicit(
            partial(AlternatingLeastSquares, factors=factors, random_state=1, num_threads=1, use_gpu=False)
        )
    return found


def figures(loans: BenchLoans, seeds: int = SEEDS) -> dict[str, MeanFigure]:
    """Evaluate every method on the same splits."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    about = features(loans.texts).rows
    for seed in range(seeds):
        rows, asked, out = split(loans, seed)
        for name, lists in methods().items():
            some = lists(loans, rows, asked)
            found.setdefault(name, []).append((*recall_and_ndcg(some, out), diversity(some, about)))
    return {name: _figure(np.array(each)) for name, each in found.items()}


def recall_and_ndcg(lists: Ints, out: Ints) -> tuple[float, float]:
    """Return recall and NDCG of lists of `TOP` titles with one relevant title each."""
    hit = lists == out[:, None]
    gain = (hit / np.log2(np.arange(TOP) + 2)).sum(axis=1)
    return float(hit.any(axis=1).mean()), float(gain.mean())


def diversity(lists: Ints, about: sparse.csr_array) -> float:
    """Return the mean pairwise dissimilarity of the titles within a list."""
    found = []
    for row in lists:
        vectors = about[row[row >= 0]]
        count = vectors.shape[0]
        if count > 1:
            found.append(1 - ((vectors @ vectors.T).sum() - count) / (count * (count - 1)))
    return float(np.mean(found))


def _figure(each: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> MeanFigure:
    mean, error = each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(len(each))
    return MeanFigure(float(mean[0]), float(error[0]), float(mean[1]), float(error[1]), float(mean[2]))


@dataclass(frozen=True, slots=True)
class Pace:
    """Speed on generated loans, and recall there with and without decay."""

    loans: int
    train_s: float
    patron_ms: float
    with_decay: float
    without: float


def measure_pace() -> Pace:
    """Train on generated loans with dates, and predict every patron's last one, with and without decay."""
    world = generate_loans(np.random.default_rng(1))
    begin = time.perf_counter()
    model = train(*count_co_loans(world.patron, world.title, len(world.texts)), world.texts)
    trained = time.perf_counter() - begin
    begin = time.perf_counter()
    hits = [_hits(model.best(known, MOST)[:TOP], out) for known, out in world.held_out_cases(HALF_LIFE)]
    spent = (time.perf_counter() - begin) / len(hits)
    plain = [_hits(model.best(known, MOST)[:TOP], out) for known, out in world.held_out_cases(None)]
    return Pace(len(world.patron), trained, 1000 * spent, float(np.mean(hits)), float(np.mean(plain)))


def _hits(picks: list[Pick], out: int) -> bool:
    return any(each.title == out for each in picks)


def faults(found: Mapping[str, MeanFigure], pace: Pace) -> list[str]:
    """Return which limits were missed, in words."""
    own, popularity, clustered = (found[each].recall for each in (OWN, POPULAR, CLUSTERED))
    strongest = max((each.recall, name) for name, each in found.items() if name not in (OWN, CLUSTERED))
    missed = []
    if own <= strongest[0]:
        missed.append(f"recall@10 is {own:.4f}, that of {strongest[1]} {strongest[0]:.4f}")
    if own < AS_GOOD * clustered:
        missed.append(f"recall@10 is {own:.4f} spread and {clustered:.4f} not spread")
    if own < RECALL:
        missed.append(f"recall@10 is {own:.4f}, not {RECALL:.3f}")
    if own < TIMES_POPULAR * popularity:
        missed.append(f"{own / popularity:.1f} times popularity, not {TIMES_POPULAR:.0f}")
    if pace.train_s > TRAIN_S:
        missed.append(f"trained in {pace.train_s:.1f} s, not {TRAIN_S:.0f} s")
    if pace.patron_ms > PATRON_MS:
        missed.append(f"{pace.patron_ms:.2f} ms a patron, not {PATRON_MS:.0f} ms")
    if pace.with_decay <= pace.without:
        missed.append("decay does not raise recall on generated loans whose patrons change subjects")
    return missed


def run(loans: Path, titles: Path | None) -> int:
    """Print the figures; return 1 if a limit was missed, 2 if a file cannot be read."""
    try:
        given = read(loans, titles)
    except BadFile as fault:
        print(fault)
        return 2
    asked = int((np.bincount(given.patron) >= AT_LEAST).sum())
    print(f"recommender: {len(given.patron)} loans, {given.patrons} patrons, {len(given.texts)} titles, no dates")
    print(
        f"one loan held out of each of {asked} patrons with {AT_LEAST} or more, mean of {SEEDS} seeds; "
        f"item-kNN with shrink {SHRINK:.0f} + {CONTENT} x TF-IDF (author x {AUTHOR_TIMES}, {YEARS}-year spans), "
        "the same for every split"
    )
    print(f"{'':18s} recall@10   error  NDCG@10   error  diversity")
    found = figures(given)
    for name, each in found.items():
        print(
            f"{name:18s} {each.recall:9.4f} {each.recall_error:7.4f} {each.ndcg:8.4f} {each.ndcg_error:7.4f} "
            f"{each.diversity:10.2f}"
        )
    pace = measure_pace()
    print(
        f"GENERATED loans with dates, {pace.loans}: trained in {pace.train_s:.2f} s, {pace.patron_ms:.2f} ms a patron; "
        f"recall@10 {pace.with_decay:.4f} with half-life {HALF_LIFE:.0f} days, {pace.without:.4f} without"
    )
    missed = faults(found, pace)
    for limit in missed:
        print(f"MISSED {limit}")
    return int(bool(missed))
