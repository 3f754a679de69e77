"""Takes what the hub has not got out of the journal into a file, for a kiosk that will not reach that hub again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.central import JournalRow, Seal
from kiosk.journal.journal import Journal
from kiosk.sync.hub_client import packed
from kiosk.system import atomic_file
from lending import sealing


@dataclass(frozen=True, slots=True)
class Taken:
    """How many rows are in the file, and how many of them anybody can read."""

    rows: int
    plain: int = 0


def export(journal: Journal, file: Path, seal: Seal | None) -> Taken:
    """Writes the unsent rows, oldest first. The journal keeps them: their ids make repeats harmless.

    What an older kiosk left unsealed is sealed for the file, where it is known to whom. Each line is one POST of
    docs/wire.md; `kiosk-hub take-journal` reads them. Raises JournalFailed, OSError, and ValidationError where a row
    fits no wire.
    """
    rows, lines, taken = [_closed(_alone(row), seal) for row in journal.pending()], [], 0
    while taken < len(rows):
        body, count = packed(rows[taken:])
        lines.append(body + b"\n")
        taken += count
    atomic_file.write(file, b"".join(lines))
    return Taken(taken, sum(sealing.read(row.body) is None for row in rows))


def _alone(row: JournalRow) -> JournalRow:
    """Nobody waits at a kiosk that stands still: what was not promised nobody will hear of."""
    return replace(row, untold=not row.no_block)


def _closed(row: JournalRow, seal: Seal | None) -> JournalRow:
    if seal is None or sealing.read(row.body) is not None:
        return row
    return replace(row, body=seal.close(row.body), marks=replace(row.marks, body=seal.mark_body(row.kind, row.body)))
