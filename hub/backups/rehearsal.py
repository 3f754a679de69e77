"""Rehearse a migration: export this library, import it into an empty hub, and compare all facts.

The empty hub is this module run as a program, in a temporary directory. The hub itself is not changed.
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
    from hub.circulation.sheets.export import Facts, SheetDifference

LONGEST = 4 * 60 * 60
ORDER = ("items", "patrons", "loans", "holds", "fees")
"""Order of the imports after rules and titles: each depends on those before it."""


class ExportUnusable(Exception):
    """The export could not be imported at all. `args[0]` is the error."""


@dataclass(frozen=True, slots=True)
class RehearsalResult:
    """The tables with their row counts and digests, the rows that were refused, and the differences."""

    tables: dict[str, tuple[int, str]]
    refused: list[str]
    differences: list[SheetDifference]


def rehearse() -> RehearsalResult:
    """Run the rehearsal.

    Raises:
        Failed: The export could not be imported.
        OSError: A file cannot be read or written.
    """
    from hub.circulation.sheets import export

    with tempfile.TemporaryDirectory(prefix="kiosk-hub-rehearsal-") as folder:
        sheets, state, out = Path(folder) / "sheets", Path(folder) / "state", Path(folder) / "facts.json"
        state.mkdir(mode=0o700)
        export.export(sheets)
        here = export.library_facts()
        environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
        done = subprocess.run(
            (sys.executable, "-m", "hub.backups.rehearsal", str(sheets), str(out)),
            env=environment,
            stdout=subprocess.DEVNULL,
            timeout=LONGEST,
            check=False,
        )
        if not out.exists():
            raise ExportUnusable(f"the empty hub ended with code {done.returncode}")
        result = json.loads(out.read_text(encoding="utf-8"))
    if "failed" in result:
        raise ExportUnusable(result["failed"])
    there: Facts = result["facts"]
    tables = {name: (len(rows), export.digest(rows)) for name, rows in here.items()}
    return RehearsalResult(tables, result["refused"], export.differences(here, there))


def take_in(folder: Path) -> list[str]:
    """Import a whole export into this hub; return each row that was refused."""
    from hub.catalogue.marc import open_marc_file
    from hub.catalogue.marc_import import import_marc
    from hub.circulation.loan_rules import rules_file
    from hub.ils.imports.sources import SHEETS

    rules_file.read(folder / "rules.json", really=True)
    with open_marc_file(folder / "titles.mrc") as file, progress("titles.mrc", "records") as bar:
        refused = [f"titles.mrc, record {bad.number}: {bad.fault}" for bad in import_marc(file, bar.update).bad]
    for what in ORDER:
        plan = SHEETS[what]().run(folder / f"{what}.csv", True)
        refused += [f"{what}.csv, line {number}: {fault}" for number, fault in plan.bad]
    return refused


def _main(sheets: Path, out: Path) -> None:
    """Write the result into `out`. Standard error is the caller's, so that progress is visible there."""
    try:
        result = _import_and_collect(sheets)
    except Exception as error:  # noqa: BLE001 - the caller reports it
        result = {"failed": f"{type(error).__name__}: {error}"}
    out.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")


def _import_and_collect(sheets: Path) -> dict[str, object]:
    set_up()
    bring_up_to_date()
    from hub.circulation.sheets import export

    refused = take_in(sheets)
    return {"facts": export.library_facts(), "refused": refused}


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
