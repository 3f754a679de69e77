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
class Written:
    """Everything lies in one folder, written an hour ago."""

    folder: Path

    def source(self, reads: str, *, full: bool, name: str = "") -> Path:
        """Names it in sources.toml, behind what stands there."""
        path = self.folder / f"{name or reads}.csv"
        with (self.folder / "sources.toml").open("a", encoding="utf-8") as file:
            file.write(SOURCE.format(name=name or reads, reads=reads, file=path, full=str(full).lower()))
        return path

    def patrons(self, *rows: str, name: str = "patrons", without: tuple[str, ...] = ()) -> Path:
        return self.sheet("patrons", rows, name, without)

    def items(self, *rows: str, name: str = "items", without: tuple[str, ...] = ()) -> Path:
        return self.sheet("items", rows, name, without)

    def loans(self, *rows: str, name: str = "loans") -> Path:
        """Each a patron and a copy."""
        return self.sheet("loans", [f"{each},2026-11-01 10:30,2026-12-24 23:59" for each in rows], name)

    def holds(self, *rows: str, name: str = "holds") -> Path:
        """Each a patron and a copy of the title."""
        told = [f"{patron},main,2026-11-02 09:00,{item}" for patron, item in (each.split(",") for each in rows)]
        return self.sheet("holds", told, name)

    def sheet(self, what: str, rows: Sequence[str], name: str, without: tuple[str, ...] = ()) -> Path:
        """The library as it was, but for those whose row begins so, and these rows."""
        kept = [each for each in BASE.get(what, ()) if not each.startswith(without or ("-",))]
        lines = [HEADINGS[what], *kept, *rows]
        (self.folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self.aged(name)

    def aged(self, name: str) -> Path:
        """The hub's own time stands in the past of this machine, so that what lies there was written after it."""
        path = self.folder / f"{name}.csv"
        an_hour_ago = time.time() - 3600
        os.utime(path, (an_hour_ago, an_hour_ago))
        return path
