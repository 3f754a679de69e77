"""Define the commands by which a hub follows a third-party ILS; each loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hub.core.django_setup import CannotDo, check_tables, set_up
from hub.core.state_directory import following

Commands = argparse._SubParsersAction


def add_following(commands: Commands[argparse.ArgumentParser]) -> None:
    loans = commands.add_parser("follow-loans", help="update the loans from a file of the ILS")
    loans.add_argument("file", type=Path, metavar="FILE.csv")
    loans.add_argument(
        "--full", action="store_true", help="the file contains all open loans; loans not in it have ended"
    )
    loans.add_argument(
        "--taken-at", type=_moment, metavar="TIME", help="time when the ILS wrote it (default: the file's time)"
    )
    loans.add_argument(
        "--most-may-end",
        action="store_true",
        help="import even if a full file would end more than a fifth of the loans",
    )
    loans.add_argument("--yes", action="store_true", help="write the changes; without this, only report them")
    loans.set_defaults(run=_follow_loans)
    oai = commands.add_parser("harvest", help="import changed records from a catalogue by OAI-PMH (MARCXML)")
    oai.add_argument("url", metavar="URL")
    oai.add_argument("--prefix", default="marc21", help="metadata prefix of MARCXML (default: marc21)")
    oai.add_argument("--set", default="", dest="within", help="set to harvest (default: all)")
    oai.add_argument(
        "--full", action="store_true", help="import all records, not only those changed since the last run"
    )
    oai.set_defaults(run=_harvest)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("add the UTC offset: 2026-12-01T03:00+08:00")
    return moment


def _follow_loans(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from django.conf import settings

    from hub.circulation.domain_mapping import NoLibrary
    from hub.circulation.loans_sync import follow_loans
    from hub.csv_sheets.csv_reader import BadSheet

    try:
        taken = options.taken_at or datetime.fromtimestamp(options.file.stat().st_mtime, UTC)
        with following(settings.STATE):
            plan = follow_loans(options.file, options.yes, taken, options.full, options.most_may_end)
    except (BadSheet, NoLibrary, OSError) as error:
        raise CannotDo(str(error)) from None
    for number, fault in plan.bad:
        print(f"{options.file}, line {number}: {fault}", file=sys.stderr)
    print("\n".join(plan.totals))
    done = "" if options.yes else "; nothing was written, add --yes to write"
    print(
        f"{plan.added} added, {plan.updated} updated, {plan.same} unchanged,"
        f" {plan.over} ended, {len(plan.bad)} left for the next file{done}"
    )
    if options.full and plan.bad:
        print("no loan was ended, because the file has unreadable rows", file=sys.stderr)
    if plan.rejected:
        print(f"{plan.rejected} contains the rejected rows, for staff to check", file=sys.stderr)
    return 1 if plan.bad else 0


def _harvest(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    import requests
    from django.conf import settings

    from hub.catalogue.harvest_state import since, take
    from hub.catalogue.oai import HarvestFailed, Source

    source = Source(options.url, options.prefix, options.within)
    begins = "" if options.full else since(source)
    try:
        with following(settings.STATE), tempfile.TemporaryFile() as file, requests.Session() as session:
            found = take(source, begins, session, file)
    except HarvestFailed as error:
        raise CannotDo(str(error)) from None
    for bad in found.report.bad:
        print(f"record {bad.number}: {bad.fault}", file=sys.stderr)
    for gone in found.harvest.deleted:
        print(f"{gone} is deleted in the source; its title stays until staff remove it", file=sys.stderr)
    print(
        f"{found.report.added} titles added, {found.report.updated} updated,"
        f" {len(found.report.bad)} skipped, {len(found.harvest.deleted)} deleted in the source"
    )
    return 1 if found.report.bad else 0
