"""Implement `kiosk journal`: create, show, resend or export the journal."""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.central import Seal
from kiosk.config.models import Paths
from kiosk.journal.journal import Journal
from kiosk.sync.hub_seal import HubSeal
from kiosk.sync.identity import IdentityFile, NotEnrolled
from kiosk.sync.journal_export import export
from kiosk.system.control_socket import KioskSilent, ask


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
    print(_counted(paths.journal, counts["queued"], counts["acknowledged"], counts["exceptions"]))
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
    print(_counted(path, counts.queued, counts.acknowledged, counts.exceptions))
    for row in journal.oldest(counts.queued):
        print(f"  {row.seq}  {row.at:%Y-%m-%d %H:%M:%S}  {row.kind}  no block: {'yes' if row.no_block else 'no'}")
    journal.close_file()
    return 0


def _counted(path: Path, queued: int, acknowledged: int, exceptions: int) -> str:
    return f"{path}: {queued} queued, {acknowledged} acknowledged, {exceptions} set aside"
