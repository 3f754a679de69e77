"""Define the commands backup, backup-key, restore and rehearse; each loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from hub.core.django_setup import CannotDo, set_up, set_up_with_tables

Commands = argparse._SubParsersAction
INSIDE = "It contains patrons' names, cards and loans, the hub's keys and channels.toml. Protect it accordingly."
SINCE = (
    "Later data is lost. Kiosks send their later transactions again automatically within minutes after the hub\n"
    "starts. Repeat by hand what staff did since then: cards blocked or lost, PINs, kiosks added or revoked,\n"
    "loans and returns at the desk."
)


def add_keeping(commands: Commands[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser(
        "backup", help="write the whole hub to one file, while it is running", description=f"Write one file. {INSIDE}"
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="with --keep a folder")
    backup.add_argument("--overwrite", action="store_true", help="overwrite an existing file")
    backup.add_argument("--keep", type=int, metavar="N", help="name the file by its time, and keep the newest N")
    backup.add_argument("--clear", action="store_true", help="do not encrypt; the file alone reveals all data and keys")
    backup.set_defaults(run=_backup)
    key = commands.add_parser(
        "backup-key",
        help="create the key that decrypts future backups",
        description="Write the private key to FILE. Store it away from the hub; without it, no "
        "backup can be decrypted.",
    )
    key.add_argument("file", type=Path, metavar="FILE")
    key.set_defaults(run=_backup_key)
    restore = commands.add_parser("restore", help="restore a backup into an empty database (SQLite or PostgreSQL)")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--key", type=Path, metavar="KEY", help="private key file written by `kiosk-hub backup-key`")
    restore.add_argument("--replace", action="store_true", help="replace the existing library; its data is kept")
    restore.add_argument("--other-hub", action="store_true", help="even if this state directory belongs to another hub")
    restore.set_defaults(run=_restore)
    rehearse = commands.add_parser(
        "rehearse",
        help="export this library, import it into a temporary empty hub, and report differences",
        description="Change nothing here. Exports contain no PINs, card UIDs or closed records.",
    )
    rehearse.set_defaults(run=_rehearse)


def _backup(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from django.conf import settings

    from hub.backups.backup import DamagedDatabase, backup, in_turn
    from hub.core import backup_files
    from hub.core.clock import hub_clock

    public = "" if options.clear else backup_files.public_key(Path(settings.STATE))
    if not public and not options.clear:
        raise CannotDo(
            "no encryption key: run `kiosk-hub backup-key KEY` once and move the file KEY to another "
            "machine, or use --clear"
        )
    if options.keep is not None and (options.keep < 1 or not options.file.is_dir()):
        raise CannotDo(f"--keep N requires a folder and a number of at least 1: {options.file}, {options.keep}")
    path, began = options.file, hub_clock().now()
    try:
        if options.keep is None:
            library, rows = backup(path, overwrite=options.overwrite, public=public)
        else:
            path, library, rows = in_turn(path, options.keep, public)
    except FileExistsError:
        raise CannotDo(f"{options.file} exists; choose another file, or add --overwrite") from None
    except DamagedDatabase as error:
        raise CannotDo(f"the database is damaged, no backup was made: {error}") from None
    backup_files.record(began, Path(settings.STATE))
    print(f"{path}: {library}, {rows} rows. {f'Encrypted to {public}.' if public else INSIDE}")
    return 0


def _backup_key(options: argparse.Namespace) -> int:
    set_up()
    from django.conf import settings

    from hub.backups import backup_format

    try:
        public = backup_format.new_key(options.file, Path(settings.STATE))
    except FileExistsError:
        raise CannotDo(f"{options.file} exists; choose a new file") from None
    print(f"Future backups are encrypted to {public}. Only {options.file} can decrypt them.")
    print("Copy it to two places away from this machine, then delete it here. Older backups need the previous key.")
    return 0


def _restore(options: argparse.Namespace) -> int:
    set_up()
    from django.conf import settings

    from hub.backups import backup_format
    from hub.backups.backup_format import BadArchive
    from hub.backups.restore import restore
    from hub.core import backup_files
    from hub.core.clock import hub_clock
    from hub.core.state_directory import HubServes, serving

    try:
        with (
            serving(settings.STATE, alone=True),
            backup_format.decrypted_backup(options.file, options.key, Path(settings.STATE)) as clear,
        ):
            head, files = restore(clear, hub_clock().now(), replace=options.replace, other=options.other_hub)
    except (BadArchive, HubServes, backup_format.NoKey) as error:
        raise CannotDo(str(error)) from None
    if backup_files.read(Path(settings.STATE)) is None:
        backup_files.record(datetime.fromisoformat(head.made_at), Path(settings.STATE))
    print(f"{head.library} is restored as of {head.made_at}. {SINCE}")
    if files:
        print(f"Previous data: {files}")
    return 0


def _rehearse(_options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.backups.rehearsal import ExportUnusable, rehearse

    try:
        found = rehearse()
    except ExportUnusable as error:
        raise CannotDo(f"the export could not be imported: {error}") from None
    wrong = {each.table for each in found.differences}
    for name, (rows, digest) in found.tables.items():
        print(f"{name}: {rows}, {digest}, {'not the same' if name in wrong else 'the same'}")
    for line in (*found.refused, *found.differences):
        print(line, file=sys.stderr)
    return int(bool(wrong or found.refused))
