"""Test the recommender on real loans, on generated ones with dates, and on small cases by hand."""

from __future__ import annotations

import gzip
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sparse

from hub.cli import main
from hub.outreach.recommendations.reading_profiles import bench
from hub.outreach.recommendations.reading_profiles.bench import (
    AT_LEAST,
    OWN,
    POPULAR,
    RECALL,
    TIMES_POPULAR,
    BadFile,
    BenchLoans,
    generate_loans,
)
from hub.outreach.recommendations.reading_profiles.recommender import (
    HALF_LIFE,
    Model,
    ReadingProfile,
    TitleText,
    count_co_loans,
    decay_weights,
    features,
    features_of,
    near,
    strongest,
    train,
)

DATA = Path(__file__).parent / "data"
A_FEW = 2
DUNE, EMMA, PERSUASION, UTOPIA, HULAN, HULAN_NOTES = range(6)
TEXTS = (
    TitleText("Dune", "Herbert, Frank", ("8",)),
    TitleText("Emma", "Austen, Jane", ("8",)),
    TitleText("Persuasion", "Austen, Jane.", ("8",)),
    TitleText("Utopia", "More, Thomas", ("3",), 1516),
    TitleText("呼兰河传", "萧红", ("I247",), 1941),
    TitleText("走近呼兰河", "佚名", ("K928",), 2001),
)


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> BenchLoans:
    folder = tmp_path_factory.mktemp("loans")
    for name in ("loans.csv", "titles.csv"):
        (folder / name).write_bytes(gzip.decompress((DATA / f"{name}.gz").read_bytes()))
    return bench.read(folder / "loans.csv", folder / "titles.csv")


@pytest.fixture(scope="module")
def small() -> Model:
    """Three patrons: two with Dune and Utopia, one with Emma."""
    return train(*count_co_loans(np.array([0, 0, 1, 1, 2]), np.array([DUNE, UTOPIA, DUNE, UTOPIA, EMMA]), 6), TEXTS)


@pytest.mark.long
def test_real_loans_meet_targets(loans: BenchLoans, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the benchmark on its first split without `implicit`; `kiosk-hub bench recommender` runs all."""
    ours = {POPULAR: bench.popular, OWN: bench.hybrid, bench.CLUSTERED: partial(bench.hybrid, spread=0.0)}
    monkeypatch.setattr(bench, "methods", lambda: ours)
    found = bench.figures(loans, A_FEW)
    assert found[OWN].recall >= RECALL
    assert found[OWN].recall >= TIMES_POPULAR * found[POPULAR].recall
    assert found[OWN].ndcg > found[POPULAR].ndcg
    assert 0 < found[OWN].recall_error < 0.01
    assert found[OWN].recall >= bench.AS_GOOD * found[bench.CLUSTERED].recall
    assert found[OWN].diversity > 0.85 > found[bench.CLUSTERED].diversity


@pytest.mark.long
def test_recommender_beats_other_methods_on_a_split(loans: BenchLoans) -> None:
    pytest.importorskip("implicit")
    rows, asked, out = bench.split(loans, 3)
    methods = bench.methods()
    assert len(methods) == 8
    del methods["implicit ALS 256"]  # its training takes longer than all others together
    found = {name: bench.recall_and_ndcg(lists(loans, rows, asked), out)[0] for name, lists in methods.items()}
    del found[bench.CLUSTERED]  # it is a variant of the hub's own recommender
    assert max(found, key=lambda name: found[name]) == OWN


def test_held_out_loans_are_excluded_from_training(loans: BenchLoans) -> None:
    rows, asked, out = bench.split(loans, 0)
    assert len(asked) == (np.bincount(loans.patron) >= AT_LEAST).sum() == 402
    assert np.asarray(rows[asked, out]).sum() == 0
    assert rows.nnz + len(asked) == len(loans.patron)


@pytest.mark.long
def test_decay_improves_recall_when_interests_change() -> None:
    """Uses generated loans, because the real ones have no dates."""
    world = generate_loans(np.random.default_rng(5), patrons=1200, loans=14_400)
    model = train(*count_co_loans(world.patron, world.title, len(world.texts)), world.texts)

    def recall(half_life: float | None) -> float:
        lists = ((model.best(known, 10), out) for known, out in world.held_out_cases(half_life))
        return float(np.mean([out in [pick.title for pick in picks] for picks, out in lists]))

    assert recall(HALF_LIFE) > 1.2 * recall(None)
    assert decay_weights(HALF_LIFE) == 0.5


def test_reason_is_co_loan_then_author_then_subject_then_words(small: Model) -> None:
    """Emma has no co-loans: author and class give the reason."""
    (first, *_) = small.best(ReadingProfile({DUNE: 1.0}), 3)
    assert (first.title, first.kind, first.source) == (UTOPIA, "borrowed", DUNE)
    first, second = small.best(ReadingProfile({EMMA: 1.0}), 3)
    assert (first.title, first.kind, first.source) == (PERSUASION, "author", "austen, jane")
    assert (second.title, second.kind, second.source) == (DUNE, "subject", "8")
    (alike,) = small.best(ReadingProfile({HULAN_NOTES: 1.0}), 1)
    assert (alike.title, alike.kind, alike.source) == (HULAN, "words", HULAN_NOTES)


def test_reason_names_shared_heading() -> None:
    texts = (
        TitleText("Emma", "Austen", ("8",), headings=("Courtship -- England",)),
        TitleText("Evelina", "Burney", ("8",), headings=("Courtship -- England -- Fiction",)),
    )
    (only,) = train(*count_co_loans(np.array([0]), np.array([0]), 2), texts).best(ReadingProfile({0: 1.0}), 3)
    assert (only.kind, only.source) == ("heading", "courtship")


def test_titles_in_unread_language_are_left_out() -> None:
    """Co-loans do not override the language; titles of unknown language stay."""
    texts = tuple(
        TitleText(f"title{at}", "", ("8",), language=each) for at, each in enumerate(("eng", "rus", "eng", ""))
    )
    model = train(*count_co_loans(np.array([0, 0]), np.array([0, 1]), 4), texts)
    assert {each.title for each in model.best(ReadingProfile({0: 1.0}), 9)} == {2, 3}
    assert {each.title for each in model.best(ReadingProfile({0: 1.0}), 9, among=np.array([1, 2]))} == {2}
    assert {each.title for each in model.best(ReadingProfile({0: 1.0, 1: 0.5}), 9)} == {2, 3}
    assert {each.title for each in model.best(ReadingProfile({1: 1.0}), 9)} == {3}
    assert {each.title for each in model.best(ReadingProfile({}, {"subject:8": 1.0}), 9)} == {0, 1, 2, 3}


def test_recommendations_are_diversified() -> None:
    """Among nine volumes of a series, the only other title ranks second."""
    texts = (*(TitleText("Dune", "Herbert", ("8",)) for _at in range(9)), TitleText("Mars", "Robinson", ("8", "813")))
    model = train(*count_co_loans(np.array([0]), np.array([0]), 10), texts)
    found = [each.title for each in model.best(ReadingProfile({0: 1.0}, {"subject:813": 1.0}), 5)]
    assert found.index(9) == 1
    assert len(set(found)) == 5


def test_known_and_rejected_titles_are_not_recommended(small: Model) -> None:
    assert {each.title for each in small.best(ReadingProfile({DUNE: 1.0, UTOPIA: 0.2}), 9)} == {EMMA, PERSUASION}
    assert [
        each.title for each in small.best(ReadingProfile({EMMA: 1.0}, excluded_titles=frozenset({PERSUASION})), 9)
    ] == [DUNE]


def test_title_without_loans_is_recommended_by_content(small: Model) -> None:
    (only,) = small.best(ReadingProfile({EMMA: 1.0}), 5, among=np.array([PERSUASION, HULAN]))
    assert only.title == PERSUASION
    assert small.best(ReadingProfile({DUNE: 1.0}), 5, among=np.array([HULAN])) == []


def test_dislike_lowers_similar_titles(small: Model) -> None:
    assert [each.title for each in small.best(ReadingProfile({EMMA: 1.0}), 5)] == [PERSUASION, DUNE]
    (left,) = small.best(ReadingProfile({EMMA: 1.0, DUNE: -1.0}), 5)
    assert left.title == PERSUASION
    assert left.score < small.best(ReadingProfile({EMMA: 1.0}), 1)[0].score


def test_stated_interest_suffices_for_recommendation(small: Model) -> None:
    (first,) = small.best(ReadingProfile(features={"subject:I247": 1.0}), 2)
    assert (first.title, first.kind, first.source) == (HULAN, "subject", "I247")
    assert small.best(ReadingProfile(), 5) == []


def test_chinese_titles_are_split_into_character_pairs() -> None:
    assert features_of(TitleText("呼兰河传")) == ["呼兰", "兰河", "河传"]
    assert features_of(TitleText("A Dune of 沙")) == ["dune", "沙"]
    assert features([]).rows.shape == (0, 0)


def test_command_reports_invalid_file(tmp_path: Path, loans: BenchLoans, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "loans.csv"
    wrong.write_text("patron,book\nP1,emma\n", encoding="utf-8")
    with pytest.raises(BadFile, match="no column 'title_id'"):
        bench.read(wrong, None)
    assert main(["bench", "recommender", str(wrong)]) == 2
    assert "it needs patron, title_id" in capsys.readouterr().out
    wrong.write_bytes("patron,title_id\nP1,呼兰河传\n".encode("gb18030"))
    with pytest.raises(BadFile, match="UTF-8"):
        bench.read(wrong, None)


def test_candidate_search_finds_same_best_titles_as_full_scoring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a small part of the catalogue is scored, but it contains the best titles."""
    world = generate_loans(np.random.default_rng(6), patrons=300, loans=3600)
    texts = [replace(each, year=1990 + number % 23) for number, each in enumerate(world.texts)]
    model = train(*count_co_loans(world.patron, world.title, len(texts)), texts)
    asked = [known for known, _out in world.held_out_cases(HALF_LIFE)][:15]
    looked = [len(near(model.words, model._profile(each), model.together[list(each.titles)]).titles) for each in asked]
    assert np.mean(looked) < len(texts) / 4
    for many in (5, 300):
        monkeypatch.setattr("hub.outreach.recommendations.reading_profiles.recommender.FEW", 0)
        few = [model.best(each, many) for each in asked]
        monkeypatch.setattr("hub.outreach.recommendations.reading_profiles.recommender.FEW", 10**9)
        assert few == [model.best(each, many) for each in asked]


def test_strongest_co_loans_are_the_same_in_parts_as_at_once() -> None:
    rng = np.random.default_rng(7)
    rows = sparse.csr_array(np.round(rng.random((40, 40)), 1))
    whole = strongest(rows, 5)
    assert (np.diff(whole.indptr) == 5).all()
    assert whole.min(axis=1).toarray().min() >= 0 and whole.sum() > 0.8 * 40 * 5
    halves = sparse.csr_array(rows.multiply(rng.random((40, 40)) < 0.5))
    others = sparse.csr_array(rows - halves)
    for each in (halves, others):
        each.eliminate_zeros()
    in_parts = strongest(sparse.csr_array(strongest(halves, 5) + others), 5)
    assert (in_parts.toarray() == whole.toarray()).all()
