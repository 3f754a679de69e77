"""Compare a sheet of patrons with the patrons in few queries."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from hub.circulation.cards import hashed
from hub.circulation.models import Card, Patron
from hub.csv_sheets.csv_reader import CsvRow, Known
from hub.csv_sheets.truncation_guard import chunks

Facts = tuple[str, int, str, str, date | None, str, str]
COLUMNS = ("identifier", "pk", "name", "category__code", "expires", "language", "status")


def known(told: Sequence[CsvRow]) -> Mapping[int, Known]:
    """Return the patron that each row is about, by row number. A row with a PIN counts as different."""
    often = Counter(number for row in told for number in _numbers(row))
    here: dict[str, Facts] = {}
    for some in chunks(sorted({row["identifier"] for row in told})):
        found = Patron.objects.filter(identifier__in=some).order_by().values_list(*COLUMNS)
        here.update((each[0], each) for each in found)
    hashes = {number: hashed(number) for number in often}
    owners: dict[str, int] = {}
    for some in chunks(sorted(hashes.values())):
        owners.update(Card.objects.filter(hash__in=some).order_by().values_list("hash", "patron_id"))
    found_for = {}
    for row in told:
        numbers, facts = _numbers(row), here.get(row["identifier"])
        has_cards = facts is not None and all(owners.get(hashes[number]) == facts[1] for number in numbers)
        found_for[row.number] = Known(
            facts[1] if facts else None,
            row["status"],
            twice=any(often[number] > 1 for number in numbers),
            same=facts is not None and has_cards and _is_as(row, facts),
        )
    return found_for


def _numbers(row: CsvRow) -> set[str]:
    return {row["identifier"], row["card"].upper()} - {""}


def _is_as(row: CsvRow, facts: Facts) -> bool:
    _identifier, _pk, name, category, expires, language, status = facts
    values = row["name"], row["category"], row["expires"], row["language"][:10]
    same = values == (name, category, expires.isoformat() if expires else "", language)
    return same and row["status"] in ("", status) and not row["pin"] and not row.faults
