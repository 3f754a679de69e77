"""Test the figures of the bench commands: verdicts, report, and one short real run."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from kiosk.benchmarks.figures import Figure, as_json, as_table, figure
from kiosk.benchmarks.visit import VisitWorkload, measure
from tests.support.demo_library import templates
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.long

FIELDS = ["name", "unit", "n", "median", "p95", "budget", "ok"]
LEAST = VisitWorkload(starts=1, visits=4, commits=5, touches=1, idle_seconds=1.0, edge=2, calm_seconds=0.5)


def test_figure_is_judged_by_its_95th_percentile() -> None:
    nineteen_good_ones = [10.0] * 19
    assert figure("scan", "ms", [*nineteen_good_ones, 900.0], 100.0) == Figure(
        "scan", "ms", 20, 10.0, 10.0, 100.0, True
    )
    assert not figure("scan", "ms", [*nineteen_good_ones, 900.0, 900.0], 100.0).ok


def test_figure_can_be_judged_by_its_median() -> None:
    values = [0.9, 0.8, 5.0]
    assert figure("start", "s", values, 1.0, by_median=True) == Figure("start", "s", 3, 0.9, 5.0, 1.0, True)
    assert not figure("start", "s", values, 1.0).ok


def test_value_at_the_budget_passes_and_no_budget_always_passes() -> None:
    assert figure("scan", "ms", [100.0], 100.0).ok
    assert not figure("scan", "ms", [100.001], 100.0).ok
    assert figure("scan", "ms", [1e9], None) == Figure("scan", "ms", 1, 1e9, 1e9, None, True)


def test_json_has_the_fields_of_every_bench() -> None:
    (record,) = json.loads(as_json([figure("scan", "ms", [1.0, 2.0, 3.456], 100.0)]))
    assert list(record) == FIELDS
    assert record == {"name": "scan", "unit": "ms", "n": 3, "median": 2.0, "p95": 3.46, "budget": 100.0, "ok": True}


def test_table_marks_figures_over_budget() -> None:
    slow = figure("scan", "ms", [250.0], 100.0)
    head, first, second = as_table([slow, replace(slow, budget=None, ok=True)]).splitlines()
    assert head.split() == ["figure", "unit", "n", "median", "p95", "budget"]
    assert first.split() == ["scan", "ms", "1", "250", "250", "100", "OVER"]
    assert second.split() == ["scan", "ms", "1", "250", "250", "-", "ok"]


def test_short_run_yields_every_figure() -> None:
    """The values are not checked because other tests may run at the same time."""
    found = {each.name: each for each in asyncio.run(measure(LEAST, templates()))}
    drawn = found["a screen redrawn"].n
    assert drawn >= 20
    assert found["three items borrowed: touches"].median == 2
    assert {name: each.n for name, each in found.items()} == {
        "card tapped -> screen drawn": 4,
        "item scanned -> result drawn": 8,
        "growth over 4 visits (own memory)": 1,
        "last visits / first visits, time": 1,
        "a screen redrawn": drawn,
        "longest time without a frame": 1,
        "three items borrowed: touches": 1,
        "three items borrowed: the machine's time": 1,
        "processor while the shelf turns": 1,
        "processor while idle": 1,
        "first touch after idling -> drawn": 1,
        "journal commit": 5,
        "process start -> first frame": 1,
        "memory above an empty window (PSS)": 1,
    }
    for name in ("card tapped -> screen drawn", "item scanned -> result drawn", "first touch after idling -> drawn"):
        assert 0 < found[name].median <= found[name].p95
    assert 0 < found["process start -> first frame"].median < PATIENCE
    assert all(each.budget for each in found.values())
