"""Rehearses a move: this library exported, read into an empty hub in a throw-away directory, and compared fact by fact.

Run as a module it is that empty hub. Nothing of the hub's own is changed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.core.django_setup import bring_up_to_date, set_up
from hub.core.progress import progress

if TYPE_CHECKING:
    from hub.circulation.hub_comparison import Difference, Facts

LONGEST = 4 * 60 * 60
ORDER = ("items", "patrons", "loans", "holds", "fees")
"""After rules and titles: each needs those before it."""


class Failed(Exception):
    """The export could not be read in at all. `args[0]` says what was said."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The tables with their rows and digests here, the rows that were refused, and what came out otherwise."""

    tables: dict[str, tuple[int, str]]
    refused: list[str]
    differences: list[Difference]


def rehearse() -> Rehearsed:
    """Does it. Raises Failed, OSError."""
    from hub.circulation import hub_comparison
    from hub.circulation.export import export

    with tempfile.TemporaryDirectory(prefix="kiosk-hub-rehearsal-") as folder:
        sheets, state, out = Path(folder) / "sheets", Path(folder) / "state", Path(folder) / "facts.json"
        state.mkdir(mode=0o700)
        export(sheets)
        here = hub_comparison.facts()
        environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
        done = subprocess.run(
            (sys.executable, "-m", "hub.backups.rehearsal", str(sheets), str(out)),
            env=environment,
            stdout=subprocess.DEVNULL,
            timeout=LONGEST,
            check=False,
        )
        if not out.exists():
            raise Failed(f"the empty hub ended with code {done.returncode}")
        told = json.loads(out.read_text(encoding="utf-8"))
    if "failed" in told:
        raise Failed(told["failed"])
    there: Facts = told["facts"]
    tables = {name: (len(rows), hub_comparison.digest(rows)) for name, rows in here.items()}
    return Rehearsed(tables, told["refused"], hub_comparison.differences(here, there))


def take_in(folder: Path) -> list[str]:
    """Reads a whole export into this hub; tells each row that was refused."""
    from hub.catalogue.marc import opened
    from hub.catalogue.marc_import import import_marc
    from hub.circulation import rules_file
    from hub.commands.csv_sheets import importer

    rules_file.read(folder / "rules.json", really=True)
    with opened(folder / "titles.mrc") as file, progress("titles.mrc", "records") as bar:
        refused = [f"titles.mrc, record {bad.number}: {bad.fault}" for bad in import_marc(file, bar.update).bad]
    for what in ORDER:
        plan = importer(what)(folder / f"{what}.csv", True)
        refused += [f"{what}.csv, line {number}: {fault}" for number, fault in plan.bad]
    return refused


def _main(sheets: Path, out: Path) -> None:
    """Write what became of the export into `out`. Standard error is the caller's, so that progress is seen there."""
    try:
        told = _rehearsed(sheets)
    except Exception as error:  # noqa: BLE001 - the caller says it
        told = {"failed": f"{type(error).__name__}: {error}"}
    out.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _rehearsed(sheets: Path) -> dict[str, object]:
    set_up()
    bring_up_to_date()
    from hub.circulation import hub_comparison

    refused = take_in(sheets)
    return {"facts": hub_comparison.facts(), "refused": refused}


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
