"""Define the `kiosk bench` commands.

Each imports what it measures when it is called.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_bench(commands: Commands) -> None:
    """Add the `bench` command and its subcommands."""
    parser = commands.add_parser("bench", help="measure the kiosk against its budgets")
    what = parser.add_subparsers(required=True, metavar="WHAT")
    _add_bench_visit(what)
    _add_bench_parts(what)
    _add_bench_barcodes(what)
    _add_bench_faults(what)
    _add_bench_hub(what)
    _add_bench_snapshot(what)
    _add_bench_journal(what)
    _add_bench_find(what)
    _add_bench_sip2(what)


def _add_bench_visit(what: Commands) -> None:
    parser = what.add_parser("visit", help="card, book and receipt; start-up, memory and idle time")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, for a first look")
    parser.set_defaults(run=_bench_visit)


def _add_bench_parts(what: Commands) -> None:
    parser = what.add_parser(
        "parts", help="a day of visits while parts are disconnected and reconnected: growth and waiting"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, for a first look")
    parser.add_argument("--bench", metavar="MODULE:NAME", help="operates the hardware (default: the simulated parts)")
    parser.set_defaults(run=_bench_parts)


def _add_bench_barcodes(what: Commands) -> None:
    parser = what.add_parser("barcodes", help="photographs: how many are read, how many incorrectly, how fast")
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="directory with SYMBOLOGY/NAME.png and NAME.txt, and none/"
    )
    parser.add_argument("--rules", default="off", choices=["on", "off"], help="accept only a library's barcodes")
    parser.add_argument(
        "--mode", default="single", choices=["single", "accept"], help="one frame, or eight shaken frames (accept)"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.set_defaults(run=_bench_barcodes)


def _add_bench_hub(what: Commands) -> None:
    parser = what.add_parser("hub", help="200 kiosks at one hub: checkouts per second, then a count of every loan")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="default: one, then the other")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="fewer kiosks and loans, for a first look")
    parser.set_defaults(run=_bench_hub)


def _add_bench_faults(what: Commands) -> None:
    parser = what.add_parser("faults", help="every network fault: lost and duplicated loans, waiting times")
    parser.add_argument("--central", default="hub", choices=["hub", "sip2"], help="the hub, or a simulated SIP2 system")
    parser.add_argument(
        "--faults", type=int, default=500, metavar="N", help="number of faults with the hub (default: 500)"
    )
    parser.add_argument("--kiosks", type=int, default=80, metavar="N", help="number of kiosks with SIP2 (default: 80)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed for faults and patrons (default: 1)")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=_bench_faults)


def _add_bench_snapshot(what: Commands) -> None:
    parser = what.add_parser(
        "snapshot", help="a million patrons and items: size, look-ups and a day's changes; takes minutes"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="50,000 of each, for a first look; takes seconds")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="on the disk to measure (default: temporary files)")
    parser.set_defaults(run=_bench_snapshot)


def _add_bench_journal(what: Commands) -> None:
    parser = what.add_parser("journal", help="2,000 loans with their responses: time and bytes written for each")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="fewer loans, for a first look")
    parser.set_defaults(run=_bench_journal)


def _add_bench_find(what: Commands) -> None:
    parser = what.add_parser("find", help="160,000 titles: from a touched key to the drawn titles; takes a minute")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="20,000 titles, for a first look")
    parser.set_defaults(run=_bench_find)


def _add_bench_sip2(what: Commands) -> None:
    parser = what.add_parser(
        "sip2", help="an SIP2 library system: look-ups, response to a scan, 200 kiosks, a long queue"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="smaller workload, for a first look")
    parser.set_defaults(run=_bench_sip2)


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
    from kiosk.benchmarks.network_faults.report import bench_faults

    return bench_faults(faults=max(1, options.faults), seed=options.seed, as_json_text=options.json)


def _bench_snapshot(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.snapshot import bench_snapshot

    return bench_snapshot(as_json_text=options.json, quick=options.quick, folder=options.folder)


def _bench_journal(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.journal import bench_journal

    return bench_journal(as_json_text=options.json, quick=options.quick)


def _bench_find(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.title_search import bench_find

    return bench_find(as_json_text=options.json, quick=options.quick)


def _bench_sip2(options: argparse.Namespace) -> int:
    from kiosk.benchmarks.sip2.bench import bench_sip2

    return bench_sip2(as_json_text=options.json, quick=options.quick)
