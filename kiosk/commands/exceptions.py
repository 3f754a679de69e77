"""Implement `kiosk exceptions`: list and resolve the exceptions of a kiosk without a hub."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.config import Config, load
from kiosk.config.central import Sip2Central
from kiosk.sync.sip2.exception_store import ExceptionKind, ExceptionStore, Receipts, StoredException
from kiosk.wiring.sip2_connections import keys_of
from kiosk.words import Words
from kiosk.words.terminal import language
from lending import atomic_file
from lending.cells import quote_cell
from lending.transactions import TransactionId, as_receipt_code, receipt_code

COLUMNS = ("case", "kind", "when", "act", "item", "card", "promised", "given", "reason", "told")


def run(what: str, file: Path, names: Sequence[str], out: Path | None) -> int:
    """Run a subcommand: `show` masks card numbers, `export` writes them for staff. Raises ConfigError."""
    config, words = load(file), Words(language())
    if not isinstance(config.central, Sip2Central):
        print(words.say("The hub keeps the exceptions. Staff settle them on its own page."), file=sys.stderr)
        return 2
    cases = ExceptionStore(config.paths.state, keys_of(config.paths.state))
    if what == "export" and out is None:
        print(words.say("export: name a file with --out"), file=sys.stderr)
        return 2
    if what in ("settle", "confirm") and not names:
        print(words.say("settle needs exception names, confirm needs item numbers"), file=sys.stderr)
        return 2
    unknown = _unknown_names(what, names, cases)
    try:
        match what:
            case "export" if out is not None:
                atomic_file.write(out, _table(cases.stored_exceptions, config, masked=False).encode("utf-8-sig"))
                print(words.say("{file}: it contains card numbers; give it to staff only", file=out))
            case "settle":
                cases.settle([each.id for each in cases.urgent if each.id in names])
            case "confirm":
                cases.confirm(names)
            case _ if names:
                return _of_receipts(names, cases, config, words)
            case _:
                print(_table(cases.stored_exceptions, config, masked=True), end="")
    except OSError as error:
        print(words.say("Cannot write {file}: {why}", file=error.filename, why=error.strerror), file=sys.stderr)
        return 1
    if unknown and what == "confirm":
        print(words.say("not returned here: {items}", items=unknown), file=sys.stderr)
    elif unknown:
        print(words.say("no open exception: {cases}", cases=unknown), file=sys.stderr)
    return 1 if unknown else 0


def _of_receipts(names: Sequence[str], cases: ExceptionStore, config: Config, words: Words) -> int:
    """Show the exceptions of the visits with these receipt codes; 1 if a code is on no receipt of this kiosk."""
    whole = "".join(names)  # printed in two groups
    codes = [whole] if as_receipt_code(whole) else names
    receipts = Receipts(config.paths.state)
    meant = {each: _transactions(each, receipts, cases) for each in codes}
    ids = {of for found in meant.values() for of in found}
    unknown = ", ".join(each for each, found in meant.items() if not found)
    if shown := [case for case in cases.stored_exceptions if case.id in ids]:
        print(_table(shown, config, masked=True), end="")
    elif ids:
        print(words.say("Nothing from this visit waits for staff. The library system has it, or receives it later."))
    if unknown:
        print(words.say("not on any receipt of this kiosk: {codes}", codes=unknown), file=sys.stderr)
    return 1 if unknown else 0


def _transactions(typed: str, receipts: Receipts, cases: ExceptionStore) -> set[TransactionId]:
    code = as_receipt_code(typed)
    if code is None:
        return set()
    return {*receipts.find(code), *(each.id for each in cases.stored_exceptions if receipt_code(each.id) == code)}


def _unknown_names(what: str, names: Sequence[str], cases: ExceptionStore) -> str:
    """Return the unknown names: returns can be confirmed, all other exceptions settled."""
    match what:
        case "settle":
            known = {str(each.id) for each in cases.urgent}
        case "confirm":
            known = {each.item for each in cases.stored_exceptions if each.kind is ExceptionKind.RETURN}
        case _:
            return ""
    return ", ".join(sorted({*names} - known))


def _table(cases: Sequence[StoredException], config: Config, *, masked: bool) -> str:
    text, zone = io.StringIO(), ZoneInfo(config.library.timezone)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in cases:
        number = f"…{each.number[-4:]}" if masked and each.number else each.number
        kind = "return, seen" if each.kind is ExceptionKind.RETURN and each.confirmed else each.kind.value
        days = (_local(moment, zone) for moment in (each.promised, each.given))
        reported = "the hub" if each.is_reported else ""
        cells = (each.id, kind, _local(each.at, zone), each.act, each.item, number, *days, each.reason, reported)
        writer.writerow([quote_cell(str(cell)) for cell in cells])
    return text.getvalue()


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""
