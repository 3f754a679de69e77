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

from kiosk.hub.loading import bring_up_to_date, set_up

if TYPE_CHECKING:
    from kiosk.hub.circulation.same import Difference, Facts

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
    from kiosk.hub.circulation import same
    from kiosk.hub.circulation.export import export

    with tempfile.TemporaryDirectory(prefix="kiosk-hub-rehearsal-") as folder:
        sheets, state, out = Path(folder) / "sheets", Path(folder) / "state", Path(folder) / "facts.json"
        state.mkdir(mode=0o700)
        export(sheets)
        here = same.facts()
        environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
        done = subprocess.run(
            (sys.executable, "-m", "kiosk.hub.rehearsal", str(sheets), str(out)), env=environment, capture_output=True,
            text=True, timeout=LONGEST, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Failed(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "?")
        told = json.loads(out.read_text(encoding="utf-8"))
    there: Facts = told["facts"]
    tables = {name: (len(rows), same.digest(rows)) for name, rows in here.items()}
    return Rehearsed(tables, told["refused"], same.differences(here, there))


def take_in(folder: Path) -> list[str]:
    """Reads a whole export into this hub; tells each row that was refused."""
    from kiosk.hub.catalogue.marc import opened
    from kiosk.hub.catalogue.shelve import import_marc
    from kiosk.hub.circulation import rules_file
    from kiosk.hub.sheet_commands import importer

    rules_file.read(folder / "rules.json", really=True)
    with opened(folder / "titles.mrc") as file:
        refused = [f"titles.mrc, record {bad.number}: {bad.fault}" for bad in import_marc(file, lambda: None).bad]
    for what in ORDER:
        plan = importer(what)(folder / f"{what}.csv", True)
        refused += [f"{what}.csv, line {number}: {fault}" for number, fault in plan.bad]
    return refused


def _main(sheets: Path, out: Path) -> None:
    set_up()
    bring_up_to_date()
    from kiosk.hub.circulation import same

    refused = take_in(sheets)
    out.write_text(json.dumps({"facts": same.facts(), "refused": refused}, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
