"""The hub's benches, `kiosk-hub bench NAME`: figures against their bars; each is loaded only when it runs."""

from __future__ import annotations

import argparse

Commands = argparse._SubParsersAction


def add_benches(commands: Commands[argparse.ArgumentParser]) -> None:
    bench = commands.add_parser("bench", help="measure a part of the hub against its bars")
    parts = bench.add_subparsers(required=True, metavar="PART")
    habit = parts.add_parser("habit", help="the forecast of loan lengths, on simulated loans")
    habit.add_argument("--seed", type=int, default=1, help="default: 1")
    habit.set_defaults(run=_habit)


def _habit(options: argparse.Namespace) -> int:
    from kiosk.hub.outreach.habit.bench import run

    return run(options.seed)
