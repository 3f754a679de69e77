"""Test that the forecast meets its targets, agrees with another library, and ignores the order of loans."""

from __future__ import annotations

import numpy as np
import pytest

from hub.outreach.recommendations.reminders import bench
from hub.outreach.recommendations.reminders.loan_length_model import Lengths, fit, later, quantile
from hub.outreach.recommendations.reminders.simulated_loans import STEADY, WORLDS, first, simulate_loans

NONE = np.zeros(1)


def known(days: list[float], *, patron: int = 1, out: bool = False) -> Lengths:
    count = len(days)
    return Lengths(
        np.full(count, patron), np.full(count, "book"), np.array(days, float), np.full(count, out), np.zeros(count)
    )


def both(one: Lengths, other: Lengths) -> Lengths:
    return Lengths(
        np.concatenate([one.patron, other.patron]),
        np.concatenate([one.type, other.type]),
        np.concatenate([one.days, other.days]),
        np.concatenate([one.out, other.out]),
        np.concatenate([one.age, other.age]),
    )


def test_simulated_loans_meet_targets() -> None:
    rng = np.random.default_rng(3)
    figure = bench.measure_variance(simulate_loans(1000, bench.BARRED, rng), bench.BARRED, 50_000, rng)
    assert bench.faults(figure) == []
    assert figure.found == pytest.approx(bench.BARRED, abs=0.06)


def test_every_missed_target_is_reported() -> None:
    figure = bench.VarianceFigure("steady", bench.BARRED, 0.2, 10, 10, 1.0, 0.5, 0.95, 0.9, 3.0, False)
    assert len(bench.faults(figure)) == 5


@pytest.mark.parametrize(
    "world", [STEADY, *(pytest.param(each, marks=pytest.mark.long) for each in WORLDS if each != STEADY)]
)
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_likely_day_covers_four_fifths_of_returns_in_every_world(world: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    figure = bench.measure_variance(
        simulate_loans(2_600, bench.BARRED, rng, world), bench.BARRED, bench.LOANS, rng, world
    )
    low, high = bench.COVERED
    assert low <= figure.covered <= high
    assert figure.by_habit <= (1 + bench.AS_GOOD) * figure.by_median


def test_fit_needs_at_least_one_return() -> None:
    assert fit(known([])) is None
    assert fit(known([3, 9], out=True)) is None


def test_open_loans_count_as_censored_lengths() -> None:
    returned = known([10, 12, 14] * 20)
    without = fit(returned)
    with_open = fit(both(returned, known([60] * 20, patron=2, out=True)))
    assert without and with_open
    assert with_open.habit("book").middle > without.habit("book").middle
    assert list(with_open.estimates.returns) == [60, 0]


def test_few_loans_are_shrunk_towards_the_group() -> None:
    rng = np.random.default_rng(1)
    crowd = [known(list(rng.lognormal(3, 0.5, 8) * rng.lognormal(0, 0.5)), patron=each) for each in range(40)]
    quick, many = known([2.0], patron=100), known([2.0] * 20, patron=101)
    loans = crowd[0]
    for each in (*crowd[1:], quick, many):
        loans = both(loans, each)
    learnt = fit(loans)
    assert learnt is not None
    shift = dict(zip(learnt.patron.tolist(), learnt.estimates.shift.tolist(), strict=True))
    assert shift[101] < shift[100] < 0


def test_type_without_returns_uses_overall_median() -> None:
    learnt = fit(known([10, 20, 30]))
    assert learnt is not None
    assert learnt.habit("map") == learnt.every


def test_quantile_and_survival_are_inverse() -> None:
    middle, spread = np.array([3.0]), np.array([0.8])
    for share in (0.1, 0.5, 0.8):
        for out in (0.0, 5.0, 60.0):
            days = quantile(middle, spread, share, np.array([out]))
            assert days[0] >= out
            assert later(middle, spread, days, np.array([out]))[0] == pytest.approx(1 - share, abs=1e-6)
    assert quantile(middle, spread, 0.5, NONE)[0] == pytest.approx(np.exp(3.0))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_lengths_agree_with_lifelines() -> None:
    """Compare with lifelines' censored log-normal regression on type and patron; each patron has enough loans."""
    import pandas
    from lifelines import LogNormalAFTFitter

    rng = np.random.default_rng(5)
    patrons, each = 12, 200
    patron = np.repeat(np.arange(patrons), each)
    kind = np.where(rng.random(len(patron)) < 0.5, "book", "film")
    y = 3 + np.linspace(-0.8, 0.8, patrons)[patron] + 0.4 * (kind == "film") + rng.normal(0, 0.7, len(patron))
    age = np.where(rng.random(len(patron)) < 0.3, rng.uniform(1, 40, len(patron)), np.inf)
    loans = Lengths(patron, kind, np.minimum(np.exp(y), age), np.exp(y) > age, np.zeros(len(patron)))
    learnt = fit(loans)
    assert learnt is not None
    table = pandas.get_dummies(pandas.Series(patron), prefix="p", drop_first=True, dtype=float)
    table["film"], table["days"], table["back"] = (kind == "film").astype(float), loans.days, ~loans.out
    oracle = LogNormalAFTFitter().fit(table, "days", "back")
    probe = table.drop_duplicates(subset=[name for name in table if name not in ("days", "back")])
    theirs = np.log(oracle.predict_median(probe).to_numpy())
    ours = learnt.estimates.shift[patron[probe.index]] + np.array(
        [learnt.habit(str(each)).middle for each in kind[probe.index]]
    )
    assert np.abs(theirs - ours).max() < 0.1
    assert learnt.every.spread == pytest.approx(np.exp(oracle.params_["sigma_"]["Intercept"]), rel=0.03)


def test_first_keeps_head_of_every_column() -> None:
    assert list(first(known([1, 2, 3]), 2).days) == [1, 2]
