"""Add the commands `audit verify`, `dependencies`, `drill` and `pack`; Django is loaded when one runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from hub.core.django_setup import CannotDo, set_up_with_tables

Commands = argparse._SubParsersAction


def add_audit(commands: Commands[argparse.ArgumentParser]) -> None:
    audit = commands.add_parser("audit", help="check the access log, the packages and the backups, for audits")
    which = audit.add_subparsers(required=True, metavar="WHAT")
    which.add_parser("verify", help="check that the access log is unchanged").set_defaults(run=_verify)
    which.add_parser("dependencies", help="compare the packages with the lock file").set_defaults(run=_dependencies)
    which.add_parser(
        "drill", help="back up, restore into a temporary directory, compare", description="Does not change the hub."
    ).set_defaults(run=_drill)
    pack = which.add_parser("pack", help="write a zip for an outside auditor, without secrets or patrons")
    pack.add_argument("file", type=Path, metavar="FILE")
    pack.set_defaults(run=_pack)


def _verify(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.audit import access_log
    from hub.audit.models import AccessLogEntry

    found = access_log.faults()
    for fault in found:
        print(fault)
    if not found:
        print(f"{AccessLogEntry.objects.count()} entries in the access log, all unchanged")
    return 1 if found else 0


def _dependencies(options: argparse.Namespace) -> int:
    from hub.audit import auditor_pack

    lock = auditor_pack.lock_file()
    if lock is None:
        raise CannotDo("this installation contains no requirements.lock: run the command in a checkout of the release")
    found = auditor_pack.compare_with_lock(lock)
    differ = [each for each in found if not each.fits]
    for each in differ:
        print(f"{each.name}: installed {each.installed}, locked {' or '.join(each.locked)}")
    for each in found:
        if each.installed and not each.locked:
            print(f"{each.name}: installed {each.installed}, not in the lock")
    print(f"{sum(1 for each in found if each.installed)} packages, {len(differ)} differ. {auditor_pack.ADVISORIES}")
    return 1 if differ else 0


def _drill(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.backups.backup import DamagedDatabase
    from hub.backups.drill import RestoreFailed, drill
    from hub.core.clock import hub_clock

    try:
        done = drill(hub_clock().now())
    except (RestoreFailed, DamagedDatabase) as error:
        raise CannotDo(str(error)) from None
    for table in done.differs:
        print(f"{table} differs after the restore")
    if not done.differs:
        print(f"{done.rows} rows are the same after the restore, in {done.seconds} s")
    return 1 if done.differs else 0


def _pack(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.audit import auditor_pack
    from hub.core.clock import hub_clock

    if options.file.exists():
        raise CannotDo(f"{options.file} exists already: name another file")
    options.file.write_bytes(auditor_pack.pack(hub_clock().now()))
    print(f"{options.file}: contains no secrets and no patrons, but the names of staff accounts")
    return 0
