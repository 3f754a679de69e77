"""Test the figures of the parts bench: a short run finds a kiosk that leaks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from kiosk.benchmarks.parts import PARTS, PartsWorkload, bench_parts, measure
from kiosk.visit_player.part_operator import SimulatedBench
from kiosk.visit_player.processes import ProgramFailed
from tests.support.demo_library import templates
from tests.support.patience import PATIENCE

LEAST = PartsWorkload(visits=2, pulls=1, edge=1, looks=2)
GROWTH = f"growth over 2 visits, {len(PARTS)} pulled plugs (own memory)"
HELD = ["more threads than before", "more open files than before"]


class Leaking(SimulatedBench):
    """A kiosk that loses files, threads and memory all the time."""

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(Path(__file__).parents[2] / "proofs" / "leaking")}


@pytest.mark.long
def test_short_run_yields_every_figure_and_finds_a_leak() -> None:
    """The parts are simulated; times are not checked because other tests may run at the same time."""
    found = {each.name: each for each in asyncio.run(measure(LEAST, Leaking, templates()))}
    assert {name: each.n for name, each in found.items()} == {
        GROWTH: 1,
        **dict.fromkeys(HELD, 1),
        "threads of the pool": 1,
        "lines to the hub": 1,
        "more processes than before": 1,
        **{f"{part} pulled -> told": 1 for part in PARTS},
        **{f"{part} plugged -> ready": 1 for part in PARTS},
    }
    assert 1 <= found["lines to the hub"].median <= 6
    assert all(found[f"{part} pulled -> told"].median > 0 for part in PARTS)
    for name in HELD:
        assert found[name].median > 0 and not found[name].ok
    assert found[GROWTH].median > 1


def test_unknown_bench_module_is_reported() -> None:
    with pytest.raises(ProgramFailed, match="--bench nowhere:Bench"):
        bench_parts(as_json_text=False, quick=True, bench="nowhere:Bench")


@pytest.mark.parametrize(
    ("bench", "options"), [("visit", ("--json", "--quick")), ("parts", ("--json", "--quick", "--bench MODULE:NAME"))]
)
def test_help_lists_the_options(bench: str, options: tuple[str, ...]) -> None:
    line = [sys.executable, "-m", "kiosk.cli", "bench", bench, "--help"]
    output = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    assert all(option in output for option in options)
