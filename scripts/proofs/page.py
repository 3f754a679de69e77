"""Write the figures of docs/reliability.md from the records of the proofs' runs.

The runs are kept in docs/reliability.json. They replace the text between `<!-- figures: NAME -->` and `<!-- end -->`.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from math import fsum
from pathlib import Path
from typing import Any

from stamp import beside
from table import verdict

ROOT = Path(__file__).resolve().parents[2]
Record = dict[str, Any]
Run = dict[str, Any]

PLACE = re.compile(r"(?<=<!-- figures: )([a-z]+)( -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
ALL, JOURNAL, LEFT = "all", "journal", "left"
BY_HAND = ("blocks", "outbox")
"""Proofs that CI does not run at all."""
HARMS = ("lost", "doubled", "corrupt")
RULE = "|---"
PROOFS = {
    "power": ("disk images", "disk, library system, clock"),
    "crashes": ("injected system-call faults", "library system, clock; disk after a failed sync"),
    "blocks": ("disk images", "block device below a real ext4; library system, clock"),
    "snapshot": ("disk images", "disk"),
    "world": ("simulated libraries", "clocks, networks, disks, patrons"),
    "lines": ("simulated libraries or socket transactions", "ILS; clocks and connections; patrons"),
    "faults": ("network faults", "faults, on loopback; patrons"),
    "hub": ("transactions", "only the kiosks' session controllers"),
    "privacy": ("searches for personal data; *lost*: found", "patrons, parts"),
    "fuzz": ("inputs; *corrupt*: parsers with a defect", "nothing"),
    "monkey": ("random actions; *lost*: no way home, *doubled*: unrequested loan", "parts, cards, books, disk, time"),
    "outbox": ("messages", "mail server, on loopback; patrons"),
}
"""The unit of n and the simulated parts, in the order of the first table."""
WHOLE = {
    "python": "all tests on Python 3.13; CI runs a smoke test",
    "postgresql": "all hub tests on PostgreSQL; CI runs those of circulation, feeds and search",
    "judges": "faults planted in the proofs and the visit player; CI runs the controls of the proofs",
    "hardware": "all visits on emulated hardware; CI plays 8",
    "sip2": "all visits with each SIP2 dialect; CI runs none",
    "gallery": "all screens in all sizes, languages and looks; CI draws a part",
    "boot": "systemd units in a container; CI runs none",
}
"""Proofs without records that CI runs in part or not at all."""


def page(text: str, runs: Mapping[str, Run]) -> str:
    """Return the page with the figures of the runs."""
    return PLACE.sub(lambda found: found[1] + found[2] + figures(found[1], runs), text)


def figures(name: str, runs: Mapping[str, Run]) -> str:
    if name == ALL:
        return summary(runs)
    if name == LEFT:
        return left(runs)
    if name not in runs:
        return "No run recorded yet.\n"
    run = runs[name]
    told = measured(run["records"]) if name == JOURNAL else counted(run["records"])
    return f"{told}\n{ran(run, postgresql=name == 'hub')}\n"


def summary(runs: Mapping[str, Run]) -> str:
    lines = [
        row("experiment", "n", "lost", "doubled", "corrupt", "bound (95 %)", "controls", "size", "simulated"),
        RULE * 9 + "|",
    ]
    for name, (what, simulated) in PROOFS.items():
        records = runs[name]["records"] if name in runs else []
        controls = [each for each in records if each["control"]]
        failed = f"{sum(each['failed_as_it_must'] for each in controls)} of {len(controls)} failed as expected"
        for each in records:
            if not each["control"]:
                n, counts = f"{each['n']:,} {what}", (f"{each[key]:,}" for key in HARMS)
                given = dose(name, runs[name])
                lines.append(row(f"`{name}`: {each['name']}", n, *counts, bound(each), failed, given, simulated))
        if not records:
            lines.append(row(f"`{name}`", "no run recorded", *[""] * 6, simulated))
    return "".join(f"{line}\n" for line in lines)


def left(runs: Mapping[str, Run]) -> str:
    """Return the table of what CI runs in part, each with its last whole run."""
    lines = [row("command", "what", "last whole run", "commit", "outcome", "minutes", "load"), RULE * 7 + "|"]
    smaller = dict.fromkeys(PROOFS, "the usual size; CI runs a smaller one") | dict.fromkeys(BY_HAND, "CI runs none")
    for name, what in (smaller | WHOLE).items():
        command, cells = f"scripts/prove --only {name}", ["not recorded", *[""] * 4]
        if run := runs.get(name):
            command = run["command"]
            cells = [run["at"], run["commit"], run.get("outcome", "passed"), str(run.get("minutes", "")), run["load"]]
        lines.append(row(f"`{command}`", what, *cells))
    return "".join(f"{line}\n" for line in lines)


def counted(records: list[Record]) -> str:
    lines = [row("proof", "n", "from seed", "lost", "doubled", "corrupt", "bound (95 %)", ""), RULE * 8 + "|"]
    for each in records:
        counts = (share(each, key) for key in HARMS)
        lines.append(row(each["name"], f"{each['n']:,}", str(each["seed"]), *counts, bound(each), verdict(each)))
    return "".join(f"{line}\n" for line in lines)


def measured(records: list[Record]) -> str:
    lines = [row("figure", "unit", "n", "median", "p95", "budget", ""), RULE * 7 + "|"]
    for each in records:
        budget = ("", "") if each["budget"] is None else (f"{each['budget']:g}", "ok" if each["ok"] else "**over**")
        values = (f"{each['n']:,}", f"{each['median']:g}", f"{each['p95']:g}")
        lines.append(row(each["name"], each["unit"], *values, *budget))
    return "".join(f"{line}\n" for line in lines)


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def bound(record: Record) -> str:
    if record["bound"] is not None:
        return f"< {record['bound']:.1e}"
    return "" if record["control"] or any(record[key] for key in HARMS) else "every case"


def share(record: Record, key: str) -> str:
    """Return the count, with its share of n if images were cut. A hub's control may do more harm than it has rows."""
    count, n = record[key], record["n"]
    return f"{count:,} ({100 * count / n:.0f} %)" if 0 < count <= n else f"{count:,}"


def dose(name: str, run: Run) -> str:
    """Return the size that the command of a run names: usual, release, or a number."""
    asked = run["command"].split()
    if "--images" in asked:
        return f"other, N={int(asked[asked.index('--images') + 1]):,}"
    if "--release" in asked:
        return "release"
    return "other, by hand" if name in BY_HAND else "usual"


def ran(run: Run, *, postgresql: bool) -> str:
    versions = f"Python {run['python']}, SQLite {run['sqlite']}, apsw {run['apsw']}"
    if postgresql:
        versions += f", PostgreSQL {run['postgresql']}"
    seconds = fsum(each.get("seconds", 0) for each in run["records"])
    took = f", {seconds:,.0f} s of processor time" if seconds else ""
    where = f"{run['machine']}, load {run['load']}"
    return f"`{run['command']}`, {run['at']}, kiosk {run['commit']}, {versions}{took};\n{where}."


def kept(folder: Path, runs: Mapping[str, Run]) -> dict[str, Run]:
    """Return the kept runs, each replaced by a newer one of that folder if its stamp names the commit."""
    found = dict(runs)
    for name in WHOLE:
        run = folder / f"{name}.run.json"
        if run.exists():
            found[name] = json.loads(run.read_text("utf-8"))
    for name in (*PROOFS, JOURNAL):
        records = folder / f"{name}.json"
        if records.exists() and beside(records).exists():
            found[name] = {
                **json.loads(beside(records).read_text("utf-8")),
                "records": json.loads(records.read_text("utf-8")),
            }
    return dict(sorted(found.items()))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, nargs="?", help="of the records to publish; without it: as they are kept")
    options.add_argument("--check", action="store_true", help="write nothing; 1 where the page says something else")
    options.add_argument("--docs", type=Path, default=ROOT / "docs", help="where page and records are")
    chosen = options.parse_args()
    text, store = chosen.docs / "reliability.md", chosen.docs / "reliability.json"
    runs = json.loads(store.read_text("utf-8")) if store.exists() else {}
    if chosen.folder:
        runs = kept(chosen.folder, runs)
    old = text.read_text("utf-8")
    missing = {ALL, JOURNAL, LEFT, *PROOFS} - {found[1] for found in PLACE.finditer(old)}
    new = page(old, runs)
    if missing or (chosen.check and new != old):
        why = f"has no place for {', '.join(sorted(missing))}" if missing else "is not what the records say"
        print(f"{text.name} {why}: scripts/prove --page", file=sys.stderr)
        return 1
    if not chosen.check:
        store.write_text(json.dumps(runs, indent=1) + "\n", "utf-8")
        text.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
