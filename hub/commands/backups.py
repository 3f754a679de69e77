"""Define the commands backup, backup-key, restore and rehearse; each loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from hub.core.django_setup import CannotDo, check_tables, set_up

Commands = argparse._SubParsersAction
INSIDE = "It holds patrons' names, cards and loans, the hub's keys and channels.toml: keep it as you keep those."
SINCE = """What the hub was told since then is gone. Kiosks that are ahead send their part again by themselves within
some minutes of the hub's serving. Do again by hand what staff did since: cards blocked or lost, PINs,
kiosks added or revoked, loans and returns at the desk."""


def add_keeping(commands: Commands[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser(
        "backup", help="write the whole hub into one file, while it serves", description=f"Writes one file. {INSIDE}"
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="with --keep a folder")
    backup.add_argument("--overwrite", action="store_true", help="in the place of a file that is there")
    backup.add_argument("--keep", type=int, metavar="N", help="name the file by its moment, and keep the newest N")
    backup.add_argument("--clear", action="store_true", help="not encrypted: the file alone gives all data and keys")
    backup.set_defaults(run=_backup)
    key = commands.add_parser(
        "backup-key",
        help="make the key that opens backups from now on",
        description="Writes the private key into FILE. Keep it away from the hub: without it no backup opens.",
    )
    key.add_argument("file", type=Path, metavar="FILE")
    key.set_defaults(run=_backup_key)
    restore = commands.add_parser("restore", help="put a backup into an empty database, of either kind")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--key", type=Path, metavar="KEY", help="the file that `kiosk-hub backup-key` has written")
    restore.add_argument("--replace", action="store_true", help="in the place of the library that is there; it is kept")
    restore.add_argument("--other-hub", action="store_true", help="though this state directory is another hub's")
    restore.set_defaults(run=_restore)
    rehearse = commands.add_parser(
        "rehearse",
        help="export this library, read it into an empty hub in a throw-away directory, and name what differs",
        description="Changes nothing here. PINs and cards' UIDs are in no export, and nothing that is over.",
    )
    rehearse.set_defaults(run=_rehearse)


def _backup(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from django.conf import settings

    from hub.backups import age_encryption, last_backup
    from hub.backups.backup import Damaged, backup, in_turn
    from hub.core.clock import hub_clock

    public = "" if options.clear else age_encryption.public_key(Path(settings.STATE))
    if not public and not options.clear:
        raise CannotDo(
            "there is no key to encrypt to: run `kiosk-hub backup-key KEY` once and take the file KEY away from here; "
            "or say --clear"
        )
    if options.keep is not None and (options.keep < 1 or not options.file.is_dir()):
        raise CannotDo(f"--keep N wants a folder and a number from 1: {options.file}, {options.keep}")
    path, began = options.file, hub_clock().now()
    try:
        if options.keep is None:
            library, rows = backup(path, overwrite=options.overwrite, public=public)
        else:
            path, library, rows = in_turn(path, options.keep, public)
    except FileExistsError:
        raise CannotDo(f"{options.file} is there already: name another file, or say --overwrite") from None
    except Damaged as error:
        raise CannotDo(f"the database is damaged, and no backup of it was made: {error}") from None
    last_backup.record(began, Path(settings.STATE))
    print(f"{path}: {library}, {rows} rows. {f'Encrypted to {public}.' if public else INSIDE}")
    return 0


def _backup_key(options: argparse.Namespace) -> int:
    set_up()
    from django.conf import settings

    from hub.backups import age_encryption

    try:
        public = age_encryption.new_key(options.file, Path(settings.STATE))
    except FileExistsError:
        raise CannotDo(f"{options.file} is there already: name a fresh file") from None
    print(f"Backups are encrypted to {public} from now on. {options.file} opens them, and nothing else does:")
    print("take it away from this machine, to two places, and delete it here. Older backups open with the key before.")
    return 0


def _restore(options: argparse.Namespace) -> int:
    set_up()
    from django.conf import settings

    from hub.backups import age_encryption, last_backup
    from hub.backups.backup_format import BadArchive
    from hub.backups.restore import restore
    from hub.core.clock import hub_clock
    from hub.core.state_directory import HubServes, serving

    try:
        with (
            serving(settings.STATE, alone=True),
            age_encryption.opened(options.file, options.key, Path(settings.STATE)) as clear,
        ):
            head, kept = restore(clear, hub_clock().now(), replace=options.replace, other=options.other_hub)
    except (BadArchive, HubServes, age_encryption.NoKey) as error:
        raise CannotDo(str(error)) from None
    if last_backup.read(Path(settings.STATE)) is None:
        last_backup.record(datetime.fromisoformat(head.made_at), Path(settings.STATE))
    print(f"{head.library} is as it was at {head.made_at}. {SINCE}")
    if kept:
        print(f"What was here before: {kept}")
    return 0


def _rehearse(_options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from hub.backups.rehearsal import Failed, rehearse

    try:
        found = rehearse()
    except Failed as error:
        raise CannotDo(f"the export could not be read in: {error}") from None
    wrong = {each.table for each in found.differences}
    for name, (rows, digest) in found.tables.items():
        print(f"{name}: {rows}, {digest}, {'not the same' if name in wrong else 'the same'}")
    for line in (*found.refused, *found.differences):
        print(line, file=sys.stderr)
    return int(bool(wrong or found.refused))
