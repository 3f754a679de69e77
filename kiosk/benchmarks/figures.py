"""Define figures with their budgets, and print them as a table or as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `budget` is in `unit`; None if there is no limit."""

    name: str
    unit: str
    n: int
    median: float
    p95: float
    budget: float | None
    ok: bool


def figure(name: str, unit: str, values: Sequence[float], budget: float | None, *, by_median: bool = False) -> Figure:
    """Return a figure judged by its 95th percentile (nearest rank), or by its median."""
    ordered = sorted(values)
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    middle = median(ordered)
    judged = middle if by_median else p95
    return Figure(name, unit, len(ordered), round(middle, 2), round(p95, 2), budget, budget is None or judged <= budget)


def at_least(name: str, unit: str, n: int, value: float, least: float | None) -> Figure:
    """Return a number over `n` cases, where more is better; None for no minimum."""
    return Figure(name, unit, n, round(value, 2), round(value, 2), least, least is None or value >= least)


def at_most(name: str, unit: str, n: int, value: float, most: float | None) -> Figure:
    """Return a number over `n` cases, where less is better; None for no maximum."""
    return Figure(name, unit, n, round(value, 2), round(value, 2), most, most is None or value <= most)


def report(figures: Sequence[Figure], as_json_text: bool) -> int:
    """Print the figures; return the exit code: 0 if all are within their budgets, else 1."""
    print(as_json(figures) if as_json_text else as_table(figures))
    return 0 if all(each.ok for each in figures) else 1


def as_json(figures: Sequence[Figure]) -> str:
    """Return the figures as a JSON list."""
    return json.dumps([asdict(each) for each in figures], indent=1)


def as_table(figures: Sequence[Figure]) -> str:
    """Return the figures as an aligned text table."""
    heads = ("figure", "unit", "n", "median", "p95", "budget", "")
    rows = [
        (
            each.name,
            each.unit,
            str(each.n),
            f"{each.median:g}",
            f"{each.p95:g}",
            "-" if each.budget is None else f"{each.budget:g}",
            "ok" if each.ok else "OVER",
        )
        for each in figures
    ]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    return "\n".join(line.rstrip() for line in lines)
