"""Takes what the hub has not got out of the journal into a file, for a kiosk that will not reach that hub again."""

from __future__ import annotations

from pathlib import Path

from kiosk.journal import Journal
from kiosk.sync import durable
from kiosk.sync.rest import packed


def export(journal: Journal, file: Path) -> int:
    """Writes the unsent rows, oldest first; answers how many. The journal keeps them: their ids make repeats harmless.

    Each line is one POST of docs/wire.md; `kiosk-hub take-journal` reads them. Raises JournalFailed, OSError, and
    ValidationError where a row fits no wire.
    """
    rows, lines, taken = journal.pending(), [], 0
    while taken < len(rows):
        body, count = packed(rows[taken:])
        lines.append(body + b"\n")
        taken += count
    durable.write(file, b"".join(lines))
    return taken
