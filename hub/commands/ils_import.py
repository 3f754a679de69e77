"""Define the commands by which a hub follows a third-party ILS; each loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hub.core.django_setup import CannotDo, set_up_with_tables
from hub.core.state_directory import following

if TYPE_CHECKING:
    from hub.ils.imports.sources import ImportSource
    from hub.ils.models import ImportRun

Commands = argparse._SubParsersAction


def add_follow(commands: Commands[argparse.ArgumentParser]) -> None:
    follow = commands.add_parser(
        "follow",
        help="import what has changed in the sources of sources.toml (from an ILS)",
    )
    follow.add_argument("--source", metavar="NAME", help="import only this source, even if it has not changed")
    follow.add_argument(
        "--most-may-end",
        action="store_true",
        help="import even if its full sheet would end more than a fifth of the records",
    )
    follow.add_argument("--show", action="store_true", help="only show when and how each source was read last")
    follow.set_defaults(run=_follow)


def _follow(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from django.conf import settings

    from hub.core.clock import hub_clock
    from hub.ils.imports import import_runner

    wanted = _select_sources(options.source)
    if options.most_may_end and options.source is None:
        raise CannotDo("--most-may-end is said of one source: add --source NAME")
    if options.show:
        print("\n".join(map(_describe_source, wanted)) or "no source is named")
        return 0
    with following(settings.STATE):
        runs = import_runner.follow(
            wanted, hub_clock().now(), asked=options.source is not None, most_may_end=options.most_may_end
        )
        faults = [_print_run(run) for run in runs]
    return int(any(faults))


def _select_sources(name: str | None) -> list[ImportSource]:
    from hub.ils.imports.sources import BadSources, load_sources, path

    try:
        sources = load_sources()
    except BadSources as error:
        raise CannotDo(str(error)) from None
    found = [each for each in sources if name in (None, each.name)]
    if name and not found:
        names = ", ".join(each.name for each in sources) or "none yet"
        raise CannotDo(f"{path()} has no source {name}: there are {names}")
    return found


def _print_run(run: ImportRun) -> bool:
    """Print the run; return whether it failed."""
    print(_line(run), file=sys.stderr if run.fault else sys.stdout)
    return bool(run.fault)


def _line(run: ImportRun) -> str:
    if run.fault:
        return f"{run.source}: {run.fault}"
    return (
        f"{run.source}: {run.added} added, {run.updated} updated, {run.same} unchanged,"
        f" {run.over} ended, {run.bad} left for staff"
    )


def _describe_source(source: ImportSource) -> str:
    from django.utils.timezone import localtime

    from hub.ils.imports import import_runner

    run = import_runner.last(source.name)
    return f"{source.name}: never imported" if run is None else f"{localtime(run.ended_at):%Y-%m-%d %H:%M} {_line(run)}"


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
    set_up_with_tables()
    from django.conf import settings

    from hub.circulation.domain_mapping import NoLibrary
    from hub.circulation.sheets.loans_sync import follow_loans
    from hub.csv_sheets.csv_reader import BadSheet

    try:
        taken = options.taken_at or datetime.fromtimestamp(options.file.stat().st_mtime, UTC)
        with following(settings.STATE):
            plan = follow_loans(options.file, options.yes, taken, options.full, options.most_may_end)
    except (BadSheet, NoLibrary) as error:
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
    set_up_with_tables()
    import requests
    from django.conf import settings

    from hub.catalogue.marc_import import import_marc
    from hub.catalogue.oai import HarvestFailed, OaiSource, harvest_into, last_harvest_time, remember_harvest

    source = OaiSource(options.url, options.prefix, options.within)
    begins = "" if options.full else last_harvest_time(source)
    try:
        with following(settings.STATE), tempfile.TemporaryFile() as file, requests.Session() as session:
            harvest = harvest_into(source, begins, session, file)
            report = import_marc(file, lambda: None)
            remember_harvest(source, harvest)
    except HarvestFailed as error:
        raise CannotDo(str(error)) from None
    for bad in report.bad:
        print(f"record {bad.number}: {bad.fault}", file=sys.stderr)
    for number in harvest.deleted:
        print(f"{number} is deleted in the source; its title stays until staff remove it", file=sys.stderr)
    print(
        f"{report.added} titles added, {report.updated} updated,"
        f" {len(report.bad)} skipped, {len(harvest.deleted)} deleted in the source"
    )
    return 1 if report.bad else 0
