"""Define the commands that import a library's data from CSV sheets; each loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from hub.core.django_setup import CannotDo, check_tables, set_up
from hub.core.state_directory import following

if TYPE_CHECKING:
    from hub.csv_sheets.csv_reader import Plan

Commands = argparse._SubParsersAction
SHEETS: Mapping[str, tuple[str, str]] = {
    "patrons": ("circulation.patrons_csv", "identifier, name, category; status, expires, language, card, pin"),
    "items": (
        "catalogue.items_csv",
        "barcode, type, branch; control_number or isbn or title, author; call_number, condition",
    ),
    "loans": (
        "circulation.loans_csv",
        "patron_identifier, item_barcode, checked_out_at, due; renewals, branch, state, handed_in_at",
    ),
    "holds": (
        "circulation.holds_csv",
        "patron_identifier, pickup, placed_at, and control_number or isbn or title or item_barcode; state, until",
    ),
    "fees": (
        "circulation.fees_csv",
        "patron_identifier, kind, amount, charged_at; paid, currency, item_barcode, note",
    ),
    "contacts": (
        "outreach.profiles.contacts_csv",
        "identifier; mail, sms, wechat, wecom, apprise, language, verified",
    ),
}
"""For each sheet the module whose function `import_<name>` reads it, and its columns."""


def add_sheets(commands: Commands[argparse.ArgumentParser]) -> None:
    for what, (_part, columns) in SHEETS.items():
        sheet = commands.add_parser(
            f"import-{what}", help=f"read {what} from a CSV sheet: {columns}", description=f"Columns: {columns}."
        )
        sheet.add_argument("file", type=Path, metavar="FILE.csv")
        _add_yes(sheet)
        sheet.set_defaults(run=_import_sheet, what=what)
    rules = commands.add_parser(
        "import-rules", help="read branches, types, groups, lending rules and closed days from an export's rules.json"
    )
    rules.add_argument("file", type=Path, metavar="FILE.json")
    _add_yes(rules)
    rules.set_defaults(run=_import_rules)


def _add_yes(command: argparse.ArgumentParser) -> None:
    way = command.add_mutually_exclusive_group()
    way.add_argument("--yes", action="store_true", help="do it; without this it only says what it would do")
    way.add_argument("--dry-run", action="store_true", help="only say what it would do, as it does without --yes")


def importer(what: str) -> Callable[[Path, bool], Plan]:
    """Return the function that imports such a sheet."""
    found: Callable[[Path, bool], Plan] = getattr(import_module(f"hub.{SHEETS[what][0]}"), f"import_{what}")
    return found


def _import_sheet(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from django.conf import settings

    from hub.circulation.domain_mapping import NoLibrary
    from hub.csv_sheets.csv_reader import BadSheet

    try:
        with following(settings.STATE):
            plan = importer(options.what)(options.file, options.yes)
    except (BadSheet, NoLibrary) as error:
        raise CannotDo(str(error)) from None
    for number, fault in plan.bad:
        print(f"{options.file}, line {number}: {fault}", file=sys.stderr)
    print("\n".join(plan.totals))
    print(_summary(plan, options.what, done=options.yes))
    if plan.rejected:
        print(f"{plan.rejected} holds what was refused: mend it and read it in again", file=sys.stderr)
    return 1 if plan.bad else 0


def _summary(plan: Plan, what: str, *, done: bool) -> str:
    would = "" if done else "would be "
    parts = [
        f"{counted(plan.added, what.removesuffix('s'))} {would}added",
        f"{plan.updated} {would}brought up to date",
        f"{plan.same} the same as here",
        *([f"{plan.over} over and left out"] if plan.over else []),
        counted(len(plan.bad), "bad row"),
    ]
    return ", ".join(parts) + ("" if done else "; nothing was written, --yes does it")


def counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _import_rules(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from hub.circulation.rules_file import BadRules, read

    try:
        found = read(options.file, options.yes)
    except BadRules as error:
        raise CannotDo(str(error)) from None
    print(", ".join(f"{name}: {count}" for name, count in found) + ("" if options.yes else "; nothing was written"))
    return 0
