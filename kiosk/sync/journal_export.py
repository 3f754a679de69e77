"""Export the rows that the hub lacks from the journal to a file.

Used for a kiosk that will not reach that hub again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.central import JournalRow, Seal
from kiosk.journal.journal import Journal
from kiosk.sync.hub_client import packed
from lending import atomic_file, sealing


@dataclass(frozen=True, slots=True)
class Taken:
    """Number of exported rows, and how many of them are not encrypted."""

    rows: int
    plain: int = 0


def export(journal: Journal, file: Path, seal: Seal | None) -> Taken:
    """Write the unsent rows to `file`, oldest first. The journal keeps them: their ids make repeats harmless.

    Each line is one POST of docs/wire.md, which `kiosk-hub take-journal` reads. Rows that an older kiosk left
    unsealed are sealed with `seal`; None leaves them readable.

    Raises:
        JournalFailed: The journal cannot be read.
        OSError: The file cannot be written.
        ValidationError: A row fits no request.
    """
    rows, lines, taken = [_closed(_alone(row), seal) for row in journal.pending()], [], 0
    while taken < len(rows):
        body, count = packed(rows[taken:])
        lines.append(body + b"\n")
        taken += count
    atomic_file.write(file, b"".join(lines))
    return Taken(taken, sum(sealing.read(row.body) is None for row in rows))


def _alone(row: JournalRow) -> JournalRow:
    """Mark a row that was not promised as untold: its patron has left and will not see the result."""
    return replace(row, untold=not row.no_block)


def _closed(row: JournalRow, seal: Seal | None) -> JournalRow:
    if seal is None or sealing.read(row.body) is not None:
        return row
    return replace(row, body=seal.close(row.body), marks=replace(row.marks, body=seal.mark_body(row.kind, row.body)))
