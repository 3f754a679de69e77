"""Write the sheets of a third-party ILS for the library of tests.hub.support.world, and its sources.toml."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HEADINGS = {
    "patrons": "identifier,name,category,expires,language",
    "items": "barcode,type,branch,title,author",
    "loans": "patron_identifier,item_barcode,checked_out_at,due",
    "holds": "patron_identifier,pickup,placed_at,item_barcode",
}
BASE = {
    "patrons": ("20000000000012,Ada Sample,adult,2027-11-25,en", "20000000000020,林样本,adult,2027-11-25,en"),
    "items": (
        '30000000000011,book,main,Dune,"Herbert, Frank"',
        '30000000000029,book,main,Emma,"Austen, Jane"',
        '30000000000037,book,main,Utopia,"More, Thomas"',
    ),
}
SOURCE = '[[source]]\nname = "{name}"\nreads = "{reads}"\nfile = "{file}"\nfull = {full}\n'


@dataclass(frozen=True)
class IlsSheets:
    """Sheets of the ILS in one folder, each modified an hour ago."""

    folder: Path

    def source(self, reads: str, *, full: bool, name: str = "") -> Path:
        """Append the source to sources.toml and return the path of its sheet."""
        path = self.folder / f"{name or reads}.csv"
        with (self.folder / "sources.toml").open("a", encoding="utf-8") as file:
            file.write(SOURCE.format(name=name or reads, reads=reads, file=path, full=str(full).lower()))
        return path

    def patrons(self, *rows: str, name: str = "patrons", without: tuple[str, ...] = ()) -> Path:
        return self.sheet("patrons", rows, name, without)

    def items(self, *rows: str, name: str = "items", without: tuple[str, ...] = ()) -> Path:
        return self.sheet("items", rows, name, without)

    def loans(self, *rows: str, name: str = "loans") -> Path:
        """Write loans, each given as patron and item."""
        return self.sheet("loans", [f"{each},2026-11-01 10:30,2026-12-24 23:59" for each in rows], name)

    def holds(self, *rows: str, name: str = "holds") -> Path:
        """Write holds, each given as patron and item of the title."""
        lines = [f"{patron},main,2026-11-02 09:00,{item}" for patron, item in (each.split(",") for each in rows)]
        return self.sheet("holds", lines, name)

    def sheet(self, what: str, rows: Sequence[str], name: str, without: tuple[str, ...] = ()) -> Path:
        """Write the base rows, except those that begin with `without`, and these rows."""
        kept = [each for each in BASE.get(what, ()) if not each.startswith(without or ("-",))]
        lines = [HEADINGS[what], *kept, *rows]
        (self.folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self.aged(name)

    def aged(self, name: str) -> Path:
        """Set the file's time to an hour ago, which is later than the hub's test clock."""
        path = self.folder / f"{name}.csv"
        modified_at = time.time() - 3600
        os.utime(path, (modified_at, modified_at))
        return path
