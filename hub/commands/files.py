"""Define the commands that import and export files; each loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hub.commands.csv_sheets import count_text
from hub.core.django_setup import CannotDo, set_up_with_tables
from hub.core.state_directory import following
from hub.csv_sheets.csv_reader import write_rejected

Commands = argparse._SubParsersAction


def add_files(commands: Commands[argparse.ArgumentParser]) -> None:
    marc = commands.add_parser("import-marc", help="import MARC 21 or MARCXML (also gzipped) into the catalogue")
    marc.add_argument("file", type=Path, metavar="FILE")
    marc.add_argument("--dry-run", action="store_true", help="only report the changes")
    marc.set_defaults(run=_import_marc)
    again = commands.add_parser("index-titles", help="rebuild the catalogue search index")
    again.set_defaults(run=_index_titles)
    export = commands.add_parser(
        "export", help="export patrons, items, loans, holds, fees, MARC records and rules to files"
    )
    export.add_argument("folder", type=Path, metavar="DIR")
    export.set_defaults(run=_export)
    journal = commands.add_parser(
        "take-journal", help="import a file written by `kiosk journal export`; repeating is safe"
    )
    journal.add_argument("file", type=Path, metavar="FILE")
    journal.add_argument("--kiosk", required=True, metavar="NAME", help="kiosk that wrote the journal")
    journal.set_defaults(run=_take_journal)


def _import_marc(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from django.conf import settings

    from hub.catalogue import marc
    from hub.catalogue.marc import open_marc_file
    from hub.catalogue.marc_import import import_marc
    from hub.core.progress import progress

    with following(settings.STATE), open_marc_file(options.file) as file, progress("import-marc", "records") as bar:
        report = import_marc(file, bar.update, really=not options.dry_run)
    if not (report.added or report.updated or report.bad):
        raise CannotDo(f"{options.file} contains no record; check that it is complete")
    for bad in report.bad:
        place = "" if bad.offset is None else f", from byte {bad.offset:,}"
        print(f"record {bad.number}{place}: {bad.fault}", file=sys.stderr)
    for odd in report.odd:
        print(
            f"record {odd.number}: {odd.fault}: the title is imported without it; correct it in the source",
            file=sys.stderr,
        )
    skipped = count_text(len(report.bad), "record")
    would, nothing = ("would be ", "; nothing was written") if options.dry_run else ("", "")
    print(
        f"{count_text(report.added, 'title')} {would}added, {report.updated} {would}updated, {skipped} skipped{nothing}"
    )
    if options.dry_run:
        return 1 if report.bad else 0
    if refused := marc.join_records(bad.raw for bad in report.bad):
        fresh = write_rejected(options.file, ".mrc", refused)
        print(f"{fresh} contains the rejected records; have them corrected and import them", file=sys.stderr)
    return 1 if report.bad else 0


def _index_titles(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.catalogue.search.index import rebuild
    from hub.core.progress import progress

    with progress("index-titles", "titles") as bar:
        count = rebuild(bar.update)
    print(f"{count_text(count, 'title')} indexed")
    return 0


def _export(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.circulation.sheets.export import export
    from hub.circulation.snapshot.changes import number_changes
    from hub.core.clock import hub_clock

    for name, count in export(options.folder):
        print(f"{options.folder / name}: {count}")
    number_changes(hub_clock().now())  # nightly: without it, changes would accumulate on a hub that no kiosk polls
    return 0


def _take_journal(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.circulation.intake.transaction_intake import JournalUnusable, import_journal

    try:
        counts = import_journal(options.file, options.kiosk)
    except JournalUnusable as error:
        raise CannotDo(str(error)) from None
    print(f"{options.file}: {', '.join(f'{count} {outcome}' for outcome, count in sorted(counts.items())) or 'empty'}")
    if counts["set_aside"]:
        print("rows set aside are listed at the exception desk")
    if counts["again"]:
        print("some rows could not be imported now; run this command again", file=sys.stderr)
    return int(bool(counts["again"]))
