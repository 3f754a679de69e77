"""Implement `kiosk journal`: create, show, resend or export the journal."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.central import JournalRow, Seal
from kiosk.config.models import Paths
from kiosk.journal.journal import Journal
from kiosk.sync.hub_client import HubSeal, pack_rows
from kiosk.sync.identity import IdentityFile, NotEnrolled
from kiosk.system.control_socket import KioskSilent, ask
from lending import atomic_file, sealing


def run(what: str, paths: Paths, since: int | None, out: Path | None) -> int:
    """Run a subcommand: 0 done, 1 failed, 2 wrong usage. Raises JournalFailed, KioskSilent, CommandRefused."""
    if what == "create":
        return _create_journal(paths.journal)
    if what == "resend":
        return _resend_journal(paths.journal, since)
    if what == "export":
        return export_journal(paths.journal, out)
    try:
        counts = ask(paths.socket, "queue")
    except KioskSilent:
        return _show_journal(paths.journal)
    print(_journal_counts(paths.journal, counts["queued"], counts["acknowledged"], counts["exceptions"]))
    return 0


def _create_journal(path: Path) -> int:
    try:
        Journal.create(path)
    except FileExistsError:
        print(f"{path} already exists and may contain loans. It was not changed.", file=sys.stderr)
        return 1
    print(f"journal created: {path}")
    return 0


def _resend_journal(path: Path, since: int | None) -> int:
    """Queue rows again for a hub restored from a backup. The kiosk must be stopped; its next start sends them."""
    if since is None:
        print("resend needs --from SEQ: the exception desk of the hub shows the first missing row", file=sys.stderr)
        return 2
    journal = Journal.open(path)
    print(f"{path}: {journal.resend(since)} rows from {since} on are sent again at the kiosk's next start")
    journal.close_file()
    return 0


def export_journal(path: Path, out: Path | None) -> int:
    """Export the unsent rows. The kiosk must be stopped, as its journal has one owner."""
    if out is None or out.exists():
        why = "" if out is None else f": {out} already exists"
        print(f"export needs --out with a new FILE{why}", file=sys.stderr)
        return 2
    journal = Journal.open(path)
    try:
        taken = export(journal, out, _seal(path.parent))
    except OSError as error:
        print(f"Cannot write {out}: {error.strerror or error}. The journal is unchanged.", file=sys.stderr)
        return 1
    finally:
        journal.close_file()
    print(f"{out}: {taken.rows} transactions. Import them with `kiosk-hub take-journal {out.name} --kiosk NAME`")
    if taken.plain:
        print(f"{taken.plain} of them are not encrypted, because the hub's key is unknown. Keep the file private.")
    return 0


def _seal(state: Path) -> Seal | None:
    """Return the seal of the enrolled hub; None if the kiosk is not enrolled or the hub has no sealing key."""
    try:
        identity = IdentityFile(state).load()
    except NotEnrolled:
        return None
    return HubSeal(lambda: identity) if identity.seal_key else None


def _show_journal(path: Path) -> int:
    """Open the journal and list it, as no kiosk runs that could answer."""
    journal = Journal.open(path)
    counts = journal.counts()
    print(_journal_counts(path, counts.queued, counts.acknowledged, counts.exceptions))
    for row in journal.oldest(counts.queued):
        print(f"  {row.seq}  {row.at:%Y-%m-%d %H:%M:%S}  {row.kind}  no block: {'yes' if row.no_block else 'no'}")
    journal.close_file()
    return 0


def _journal_counts(path: Path, queued: int, acknowledged: int, exceptions: int) -> str:
    return f"{path}: {queued} queued, {acknowledged} acknowledged, {exceptions} set aside"


@dataclass(frozen=True, slots=True)
class ExportCounts:
    """Number of exported rows, and how many of them are not encrypted."""

    rows: int
    plain: int = 0


def export(journal: Journal, file: Path, seal: Seal | None) -> ExportCounts:
    """Write the unsent rows to `file`, oldest first. The journal keeps them: their ids make repeats harmless.

    Each line is one POST of docs/wire.md, which `kiosk-hub take-journal` reads. Rows that an older kiosk left
    unsealed are sealed with `seal`; None leaves them readable.

    Raises:
        JournalFailed: The journal cannot be read.
        OSError: The file cannot be written.
        ValidationError: A row fits no request.
    """
    rows, lines, taken = [_encrypt_body(_alone(row), seal) for row in journal.pending()], [], 0
    while taken < len(rows):
        body, count = pack_rows(rows[taken:])
        lines.append(body + b"\n")
        taken += count
    atomic_file.write(file, b"".join(lines))
    return ExportCounts(taken, sum(sealing.read(row.body) is None for row in rows))


def _alone(row: JournalRow) -> JournalRow:
    """Mark a row that was not promised as untold: its patron has left and will not see the result."""
    return replace(row, untold=not row.no_block)


def _encrypt_body(row: JournalRow, seal: Seal | None) -> JournalRow:
    if seal is None or sealing.read(row.body) is not None:
        return row
    return replace(row, body=seal.close(row.body), marks=replace(row.marks, body=seal.mark_body(row.kind, row.body)))
