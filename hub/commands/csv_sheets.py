"""Define the commands that import a library's data from CSV sheets; each loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hub.core.django_setup import CannotDo, set_up_with_tables
from hub.core.state_directory import following

if TYPE_CHECKING:
    from hub.csv_sheets.sheet_import import ImportPlan

Commands = argparse._SubParsersAction
COLUMNS: Mapping[str, str] = {
    "patrons": "identifier, name, category; status, expires, language, card, pin",
    "items": "barcode, type, branch; control_number or isbn or title, author; call_number, condition",
    "loans": "patron_identifier, item_barcode, checked_out_at, due; renewals, branch, state, handed_in_at",
    "holds": "patron_identifier, pickup, placed_at, and control_number or isbn or title or item_barcode; state, until",
    "fees": "patron_identifier, kind, amount, charged_at; paid, currency, item_barcode, note",
    "contacts": "identifier; mail, sms, wechat, wecom, apprise, language, verified",
}
"""The columns of each sheet."""


def add_sheets(commands: Commands[argparse.ArgumentParser]) -> None:
    for what, columns in COLUMNS.items():
        sheet = commands.add_parser(
            f"import-{what}", help=f"import {what} from a CSV file: {columns}", description=f"Columns: {columns}."
        )
        sheet.add_argument("file", type=Path, metavar="FILE.csv")
        _add_yes(sheet)
        sheet.set_defaults(run=_import_sheet, what=what)
    rules = commands.add_parser(
        "import-rules",
        help="import branches, item types, patron categories, loan rules and closed "
        "days from the rules.json of an export",
    )
    rules.add_argument("file", type=Path, metavar="FILE.json")
    _add_yes(rules)
    rules.set_defaults(run=_import_rules)


def _add_yes(command: argparse.ArgumentParser) -> None:
    way = command.add_mutually_exclusive_group()
    way.add_argument("--yes", action="store_true", help="write the changes; without this, only report them")
    way.add_argument("--dry-run", action="store_true", help="only report the changes (default)")


def _import_sheet(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from django.conf import settings

    from hub.circulation.domain_mapping import NoLibrary
    from hub.csv_sheets.csv_reader import BadSheet
    from hub.ils.imports.sources import SHEETS

    try:
        with following(settings.STATE):
            plan = SHEETS[options.what]().run(options.file, options.yes)
    except (BadSheet, NoLibrary) as error:
        raise CannotDo(str(error)) from None
    for number, fault in plan.bad:
        print(f"{options.file}, line {number}: {fault}", file=sys.stderr)
    print("\n".join(plan.totals))
    print(_summary(plan, options.what, done=options.yes))
    if plan.rejected:
        print(f"{plan.rejected} contains the rejected rows; correct and import them again", file=sys.stderr)
    return 1 if plan.bad else 0


def _summary(plan: ImportPlan, what: str, *, done: bool) -> str:
    would = "" if done else "would be "
    parts = [
        f"{count_text(plan.added, what.removesuffix('s'))} {would}added",
        f"{plan.updated} {would}updated",
        f"{plan.same} unchanged",
        *([f"{plan.over} ended and skipped"] if plan.over else []),
        count_text(len(plan.bad), "bad row"),
    ]
    return ", ".join(parts) + ("" if done else "; nothing was written, add --yes to write")


def count_text(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _import_rules(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.circulation.loan_rules.rules_file import BadRules, read

    try:
        found = read(options.file, options.yes)
    except BadRules as error:
        raise CannotDo(str(error)) from None
    print(", ".join(f"{name}: {count}" for name, count in found) + ("" if options.yes else "; nothing was written"))
    return 0
