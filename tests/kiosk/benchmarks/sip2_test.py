"""Test the SIP2 bench in a short run: every figure is present, and no transaction is lost."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.benchmarks.sip2 import bench
from kiosk.benchmarks.sip2.bench import FULL, Sip2Workload, measure, measure_parsing

FEW = Sip2Workload(messages=2000, visits=0, kiosks=3, loans=2, queued=20)
"""The visits are those of `kiosk bench visit`."""


def test_concurrent_kiosks_lose_no_loan_and_the_queue_drains() -> None:
    figures = {each.name: each for each in asyncio.run(measure(FEW))}
    assert [each for each in figures if "kiosks at once" in each] == ["3 kiosks at once: loans"]
    assert figures["... loans lost"].median == figures["... loans doubled"].median == 0
    assert figures["... answer to one message"].n == 3 * 2 * 3
    assert figures["20 queued rows drained"].ok


def test_full_workload_and_budgets_match_the_documented_figures() -> None:
    assert Sip2Workload(messages=200_000, visits=100, kiosks=200, loans=5, queued=1000) == FULL
    assert (bench.PARSER_BUDGET, bench.SCAN_BUDGET, bench.DRAIN_BUDGET) == (20_000, 150, 60)


def test_slow_parser_fails_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measure_parsing(400).budget == 20_000
    monkeypatch.setattr(bench, "PARSER_BUDGET", 1e12)
    assert not measure_parsing(400).ok
