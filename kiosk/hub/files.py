"""The hub's commands that carry files in and out; each loads Django only when it runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.hub.loading import CannotDo, check_tables, set_up

if TYPE_CHECKING:
    from kiosk.hub.sheets import Plan

Commands = argparse._SubParsersAction


def add_files(commands: Commands[argparse.ArgumentParser]) -> None:
    marc = commands.add_parser("import-marc", help="read MARC 21 or MARCXML, gzipped or not, into the catalogue")
    marc.add_argument("file", type=Path, metavar="FILE")
    marc.set_defaults(run=_import_marc)
    again = commands.add_parser("index-titles", help="make the index of the catalogue's search anew")
    again.set_defaults(run=_index_titles)
    for what, columns in (
        ("patrons", "identifier, name, category; status, expires, language, card, pin"),
        ("items", "barcode, type, branch; control_number or isbn or title, author; call_number, condition"),
        ("contacts", "identifier; mail, sms, wechat, wecom, apprise, language, verified"),
    ):
        sheet = commands.add_parser(f"import-{what}", help=f"read {what} from a CSV sheet: {columns}")
        sheet.add_argument("file", type=Path, metavar="FILE.csv")
        sheet.add_argument("--yes", action="store_true", help="do it; without this it only says what it would do")
        sheet.set_defaults(run=_import_sheet, what=what)
    export = commands.add_parser("export", help="write patrons, items, loans, holds, fees and MARC records into files")
    export.add_argument("folder", type=Path, metavar="DIR")
    export.set_defaults(run=_export)
    journal = commands.add_parser("take-journal", help="take what `kiosk journal export` wrote; twice is harmless")
    journal.add_argument("file", type=Path, metavar="FILE")
    journal.add_argument("--kiosk", required=True, metavar="NAME", help="whose journal it is")
    journal.set_defaults(run=_take_journal)


def _import_marc(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from tqdm import tqdm

    from kiosk.hub.catalogue.marc import opened
    from kiosk.hub.catalogue.shelve import import_marc

    with opened(options.file) as file, tqdm(unit=" records", disable=None) as bar:
        report = import_marc(file, bar.update)
    for bad in report.bad:
        print(f"record {bad.number}: {bad.fault}", file=sys.stderr)
    for odd in report.odd:
        print(f"record {odd.number}: {odd.fault}: the title is taken without it; correct it there", file=sys.stderr)
    skipped = _counted(len(report.bad), "record")
    print(f"{_counted(report.added, 'title')} added, {report.updated} brought up to date, {skipped} skipped")
    return 1 if report.bad else 0


def _index_titles(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from tqdm import tqdm

    from kiosk.hub.catalogue.search.index import rebuild

    with tqdm(unit=" titles", disable=None) as bar:
        count = rebuild(bar.update)
    print(f"{_counted(count, 'title')} can be found")
    return 0


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _import_sheet(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from kiosk.hub.catalogue.items_csv import import_items
    from kiosk.hub.circulation.patrons_csv import import_patrons
    from kiosk.hub.outreach.people.contacts_csv import import_contacts
    from kiosk.hub.sheets import BadSheet

    importers: dict[str, Callable[[Path, bool], Plan]] = {
        "items": import_items,
        "patrons": import_patrons,
        "contacts": import_contacts,
    }
    try:
        plan = importers[options.what](options.file, options.yes)
    except BadSheet as error:
        raise CannotDo(str(error)) from None
    for number, fault in plan.bad:
        print(f"row {number}: {fault}", file=sys.stderr)
    would = "" if options.yes else "would be "
    print(
        f"{_counted(plan.added, options.what[:-1])} {would}added, {plan.updated} {would}brought up to date, "
        + _counted(len(plan.bad), "bad row")
        + ("" if options.yes else "; nothing was written, --yes does it")
    )
    return 1 if plan.bad else 0


def _export(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from kiosk.hub.circulation.changes import settled
    from kiosk.hub.circulation.export import export
    from kiosk.hub.clock import hub_clock

    for name, count in export(options.folder):
        print(f"{options.folder / name}: {count}")
    settled(hub_clock().now())  # runs each night: what changes does not pile up where no kiosk asks for it
    return 0


def _take_journal(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from kiosk.hub.circulation.by_file import JournalUnusable, take

    try:
        counts = take(options.file, options.kiosk)
    except JournalUnusable as error:
        raise CannotDo(str(error)) from None
    print(f"{options.file}: {', '.join(f'{count} {outcome}' for outcome, count in sorted(counts.items())) or 'empty'}")
    if counts["set_aside"]:
        print("what was set aside is in the exception desk")
    if counts["again"]:
        print("some could not be taken just now: run this once more", file=sys.stderr)
    return int(bool(counts["again"]))
