"""The hub's commands; each loads Django only when it runs, so that a wrong call is answered at once."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.hub.sheets import Plan

Commands = argparse._SubParsersAction


class CannotDo(Exception):
    """The command cannot be done; the text says what failed and what to do next."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Exit codes: 0 done, 1 it failed or some rows were bad, 2 it was called wrongly."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except FileNotFoundError as error:
        print(f"{error.filename} is not there", file=sys.stderr)
        return 1
    except (CannotDo, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiosk-hub",
        description="The library's hub for its kiosks.",
        epilog="The state directory is $KIOSK_HUB_STATE, else kiosk-hub in $XDG_STATE_HOME or ~/.local/state. "
        "The database is SQLite in there, or the one that $DATABASE_URL names. "
        "$KIOSK_HUB_HOSTS lists the names by which the hub may be called (default: 127.0.0.1,localhost).",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve staff pages and kiosks")
    serve.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    serve.add_argument("--port", type=int, default=8000, help="default: 8000; 0 takes a free one")
    serve.add_argument("--demo", action="store_true", help="let the visit player move the clock and ask for refusals")
    serve.set_defaults(run=_serve)
    commands.add_parser("migrate", help="make the tables, or bring them up to date").set_defaults(run=_migrate)
    demo = commands.add_parser("demo", help="make the demo library; what has changed in it since stays")
    demo.add_argument("--reset", action="store_true", help="delete the demo library with all its loans first")
    demo.add_argument("--json", action="store_true", help="print its patrons and items as JSON")
    demo.add_argument("--now", type=_moment, metavar="TIME", help="lay it out around this time (ISO 8601 with offset)")
    demo.set_defaults(run=_demo)
    _add_imports(commands)
    export = commands.add_parser("export", help="write patrons, items, loans, holds, fees and MARC records into files")
    export.add_argument("folder", type=Path, metavar="DIR")
    export.set_defaults(run=_export)
    _add_registrations(commands)
    journal = commands.add_parser("take-journal", help="take what `kiosk journal export` wrote; twice is harmless")
    journal.add_argument("file", type=Path, metavar="FILE")
    journal.add_argument("--kiosk", required=True, metavar="NAME", help="whose journal it is")
    journal.set_defaults(run=_take_journal)
    return parser


def _add_imports(commands: Commands[argparse.ArgumentParser]) -> None:
    marc = commands.add_parser("import-marc", help="read MARC 21 or MARCXML, gzipped or not, into the catalogue")
    marc.add_argument("file", type=Path, metavar="FILE")
    marc.set_defaults(run=_import_marc)
    for what, columns in (
        ("patrons", "identifier, name, category; status, expires, language, card, pin"),
        ("items", "barcode, type, branch; control_number or isbn or title, author; call_number, condition"),
    ):
        sheet = commands.add_parser(f"import-{what}", help=f"read {what} from a CSV sheet: {columns}")
        sheet.add_argument("file", type=Path, metavar="FILE.csv")
        sheet.add_argument("--yes", action="store_true", help="do it; without this it only says what it would do")
        sheet.set_defaults(run=_import_sheet, what=what)


def _add_registrations(commands: Commands[argparse.ArgumentParser]) -> None:
    kiosk = commands.add_parser("add-kiosk", help="add a kiosk, or enrol a known one anew; prints a one-time code")
    kiosk.add_argument("name", help="letters, digits, - and _")
    kiosk.add_argument("--branch", required=True, help="code of its branch")
    kiosk.set_defaults(run=_add_kiosk)
    staff = commands.add_parser("add-staff", help="let somebody into staff pages and admin, or give a new password")
    staff.add_argument("name")
    staff.set_defaults(run=_add_staff)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} lacks the offset: write 2026-11-25T09:00:00+08:00")
    return moment


def _set_up() -> None:
    """Loads Django and the hub's apps. Raises CannotDo when the hub's packages are not installed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kiosk.hub.settings")
    try:
        import django
    except ModuleNotFoundError as error:
        raise CannotDo(f"{error.name} is missing: install library-kiosk[hub]") from None
    django.setup()


def _migrate(options: argparse.Namespace) -> int:
    _set_up()
    _bring_up_to_date()
    return 0


def _bring_up_to_date() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _check_tables() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CannotDo("the database lacks tables or is of an older version: run `kiosk-hub migrate` first")


def _serve(options: argparse.Namespace) -> int:
    if options.demo:
        os.environ["KIOSK_HUB_DEMO"] = "1"
    _set_up()
    _check_tables()
    from kiosk.hub.serve import serve

    serve(options.host, options.port)
    return 0


def _demo(options: argparse.Namespace) -> int:
    _set_up()
    _bring_up_to_date()
    import json

    from kiosk.hub.circulation.cards import WrongCardKey
    from kiosk.hub.clock import hub_clock
    from kiosk.hub.demo import keys, library
    from kiosk.hub.demo.cases import Cases

    cases = Cases()
    try:
        if options.reset:
            library.clear()
        library.make(cases, options.now or hub_clock().now())
    except (library.NotTheDemo, WrongCardKey) as error:
        raise CannotDo(str(error)) from None
    keys.give_out()
    listed = cases.listed()
    if options.json:
        print(json.dumps(listed, ensure_ascii=False))
    else:
        print(f"The demo library is ready: {len(cases.patrons)} patrons, {len(cases.items)} items.")
        print(f"Its librarian's name and password: {keys.staff_file()}")
        print("Serve it: kiosk-hub serve")
        print("Then enrol a kiosk: kiosk-hub add-kiosk front --branch main")
    return 0


def _import_marc(options: argparse.Namespace) -> int:
    _set_up()
    _check_tables()
    from tqdm import tqdm

    from kiosk.hub.catalogue.marc import opened
    from kiosk.hub.catalogue.shelve import import_marc

    with opened(options.file) as file, tqdm(unit=" records", disable=None) as bar:
        report = import_marc(file, bar.update)
    for bad in report.bad:
        print(f"record {bad.number}: {bad.fault}", file=sys.stderr)
    skipped = _counted(len(report.bad), "record")
    print(f"{_counted(report.added, 'title')} added, {report.updated} brought up to date, {skipped} skipped")
    return 1 if report.bad else 0


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _import_sheet(options: argparse.Namespace) -> int:
    _set_up()
    _check_tables()
    from kiosk.hub.catalogue.items_csv import import_items
    from kiosk.hub.circulation.patrons_csv import import_patrons
    from kiosk.hub.sheets import BadSheet

    importer: Callable[[Path, bool], Plan] = import_items if options.what == "items" else import_patrons
    try:
        plan = importer(options.file, options.yes)
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
    _set_up()
    _check_tables()
    from kiosk.hub.circulation.export import export

    for name, count in export(options.folder):
        print(f"{options.folder / name}: {count}")
    return 0


def _take_journal(options: argparse.Namespace) -> int:
    _set_up()
    _check_tables()
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


def _add_kiosk(options: argparse.Namespace) -> int:
    _set_up()
    _check_tables()
    from django.conf import settings
    from django.utils.timezone import localtime

    from kiosk.hub.catalogue.models import Branch
    from kiosk.hub.clock import hub_clock
    from kiosk.hub.fleet import enrolment
    from kiosk.sync.signing import shown_code

    if not enrolment.NAME.fullmatch(options.name):
        raise CannotDo(f"{options.name!r} is no name for a kiosk: it has letters, digits, - and _ only, 64 at most")
    branch = Branch.objects.filter(code=options.branch).first()
    if branch is None:
        codes = ", ".join(Branch.objects.values_list("code", flat=True)) or "none yet: add one in the admin"
        raise CannotDo(f"there is no branch {options.branch!r}; there are {codes}")
    code, until = enrolment.new_code(enrolment.add(options.name, branch), hub_clock().now())
    end = f"{localtime(until):%H:%M} ({settings.TIME_ZONE})"
    print(f"code: {shown_code(code)}\nIt enrols one device, once, until {end}. At the kiosk, which asks for it:")
    print("sudo kiosk enrol")
    return 0


def _add_staff(options: argparse.Namespace) -> int:
    _set_up()
    _check_tables()
    from getpass import getpass

    from django.contrib.auth.models import User

    password = getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < 8:
        raise CannotDo("a password needs 8 characters at least")
    user, _ = User.objects.update_or_create(username=options.name, defaults={"is_staff": True, "is_superuser": True})
    user.set_password(password)
    user.save()
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    sys.exit(main())
