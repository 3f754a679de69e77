"""Define the `kiosk bench` commands.

Each imports what it measures when it is called.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run: TypeAlias = Callable[[argparse.Namespace], int]


def add_bench(commands: Commands) -> None:
    """Add the `bench` command and its subcommands."""
    parser = commands.add_parser("bench", help="measure the kiosk against its budgets")
    what = parser.add_subparsers(required=True, metavar="WHAT")
    fewer = "fewer repetitions"
    _add(what, "visit", _bench_visit, "card, book and receipt; start-up, memory and idle time", fewer)
    parts = _add(
        what,
        "parts",
        _bench_parts,
        "a day of visits while parts are disconnected and reconnected: growth and waiting",
        fewer,
    )
    parts.add_argument("--bench", metavar="MODULE:NAME", help="operates the hardware (default: the simulated parts)")
    barcodes = _add(what, "barcodes", _bench_barcodes, "photographs: how many are read, how many incorrectly, how fast")
    barcodes.add_argument(
        "folder", type=Path, metavar="DIR", help="directory with SYMBOLOGY/NAME.png and NAME.txt, and none/"
    )
    barcodes.add_argument("--rules", default="off", choices=["on", "off"], help="accept only a library's barcodes")
    barcodes.add_argument(
        "--mode", default="single", choices=["single", "accept"], help="one frame, or eight shaken frames (accept)"
    )
    faults = _add(what, "faults", _bench_faults, "every network fault: lost and duplicated loans, waiting times")
    faults.add_argument("--central", default="hub", choices=["hub", "sip2"], help="the hub, or a simulated SIP2 system")
    faults.add_argument(
        "--faults", type=int, default=500, metavar="N", help="number of faults with the hub (default: 500)"
    )
    faults.add_argument("--kiosks", type=int, default=80, metavar="N", help="number of kiosks with SIP2 (default: 80)")
    faults.add_argument("--seed", type=int, default=1, metavar="N", help="seed for faults and patrons (default: 1)")
    hub = _add(
        what,
        "hub",
        _bench_hub,
        "200 kiosks at one hub: checkouts per second, then a count of every loan",
        "fewer kiosks and loans",
    )
    hub.add_argument("--database", choices=["sqlite", "postgresql"], help="default: one, then the other")
    snapshot = _add(
        what,
        "snapshot",
        _bench_snapshot,
        "a million patrons and items: size, look-ups and a day's changes; takes minutes",
        "50,000 of each in seconds",
    )
    snapshot.add_argument(
        "--folder", type=Path, metavar="DIR", help="on the disk to measure (default: temporary files)"
    )
    _add(
        what,
        "journal",
        _bench_journal,
        "2,000 loans with their responses: time and bytes written for each",
        "fewer loans",
    )
    _add(
        what,
        "pile",
        _bench_pile,
        "10 tagged items on simulated readers at the speed of the air: reading and switching; faulty piles",
        "fewer piles",
    )
    _add(
        what,
        "find",
        _bench_find,
        "160,000 titles: from a touched key to the drawn titles; takes a minute",
        "20,000 titles",
    )
    _add(
        what,
        "sip2",
        _bench_sip2,
        "a SIP2 library system: look-ups, response to a scan, 200 kiosks, a long queue",
        "smaller workload",
    )


def _add(what: Commands, name: str, run: Run, about: str, quick: str = "") -> argparse.ArgumentParser:
    """Add a benchmark; `quick` describes its smaller workload, if it has one."""
    parser = what.add_parser(name, help=about)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    if quick:
        parser.add_argument("--quick", action="store_true", help=f"{quick}, for a first look")
    parser.set_defaults(run=run)
    return parser


def _bench_visit(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.visit import bench_visit

    return bench_visit(as_json_text=options.json, quick=options.quick)


def _bench_parts(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.parts import bench_parts

    return bench_parts(as_json_text=options.json, quick=options.quick, bench=options.bench)


def _bench_hub(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.hub import bench_hub

    return bench_hub(database=options.database, as_json_text=options.json, quick=options.quick)


def _bench_barcodes(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.barcodes import bench_barcodes

    return bench_barcodes(options.folder, rules=options.rules == "on", mode=options.mode, as_json_text=options.json)


def _bench_faults(options: argparse.Namespace) -> int:
    if options.central == "sip2":
        from kiosk.benchmarks.sip2.faults import bench_sip2_faults

        return bench_sip2_faults(kiosks=max(1, options.kiosks), seed=options.seed, as_json_text=options.json)
    from kiosk.benchmarks.network_faults.bench import bench_faults

    return bench_faults(faults=max(1, options.faults), seed=options.seed, as_json_text=options.json)


def _bench_snapshot(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.snapshot import bench_snapshot

    return bench_snapshot(as_json_text=options.json, quick=options.quick, folder=options.folder)


def _bench_journal(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.journal import bench_journal

    return bench_journal(as_json_text=options.json, quick=options.quick)


def _bench_pile(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.pile import bench_pile

    return bench_pile(as_json_text=options.json, quick=options.quick)


def _bench_find(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.title_search import bench_find

    return bench_find(as_json_text=options.json, quick=options.quick)


def _bench_sip2(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.sip2.bench import bench_sip2

    return bench_sip2(as_json_text=options.json, quick=options.quick)
