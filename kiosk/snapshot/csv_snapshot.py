"""Build the snapshot from the loan rules and two CSV files, for an ILS without a hub.

Card data from cards.csv are stored like all cards: under a one-way key.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from kiosk.snapshot.snapshot import EVERY, Pages, Snapshot, SnapshotUnusable, UploadProgress
from kiosk.system.clock import Clock
from kiosk.system.health import Health
from lending.model import CardRef, CardStatus, Item, ItemId, Patron, PatronRef
from lending.wire import VERSION, SnapshotCard, SnapshotPage, WireItem, WirePatron, WirePolicy

T = TypeVar("T")
ROWS = 2000
"""Rows of one page."""
CARDS = frozenset({"number", "uid", "expires", "blocked", "category", "language"})
BLOCKED: Mapping[str, CardStatus] = MappingProxyType(
    dict.fromkeys(("", "no", "n", "false", "0", "否"), CardStatus.ACTIVE)
    | dict.fromkeys(("yes", "y", "true", "1", "x", "是"), CardStatus.BLOCKED)
)
ITEMS = frozenset({"barcode", "title", "author", "call_number", "type"})
HINT = "expected a number of at most 20 letters and digits, a date such as 2027-01-31, and yes or no for blocked"


@dataclass(frozen=True, slots=True)
class CsvFiles:
    """Paths of the two files; None if the library has none."""

    cards: Path | None
    items: Path | None


class CsvPages:
    """Snapshot pages from CSV files, which are read again when they change. `reference` returns a number's CardRef."""

    def __init__(self, policy: WirePolicy, sheets: CsvFiles, reference: Callable[[str], CardRef]) -> None:
        self._policy = policy
        self._sheets = sheets
        self._reference = reference
        self._pages: dict[str, SnapshotPage] = {}

    async def snapshot_page(self, since: str) -> SnapshotPage | None:
        """Return the next page, or None. Raises SnapshotUnusable with the file, the line and what to do."""
        if since not in self._pages:
            if since.rpartition(".")[0] == await asyncio.to_thread(self._signature):
                return None
            self._pages = await asyncio.to_thread(self._read)
            since = ""
        return self._pages.pop(since)

    def _signature(self) -> str:
        """Return a hash of rules and files, by which changes are detected."""
        digest = sha256(self._policy.model_dump_json().encode())
        for file in (self._sheets.cards, self._sheets.items):
            if file is not None:
                digest.update(b"\0" + _bytes(file))
        return digest.hexdigest()

    def _read(self) -> dict[str, SnapshotPage]:
        """Read all pages, keyed by the mark that they follow."""
        name = self._signature()
        cards, items = _sheaves(list(self._cards())), _sheaves(list(self._items()))
        count = max(1, len(cards) + len(items))
        pages: dict[str, SnapshotPage] = {}
        for number in range(count):
            first, more = number == 0, number < count - 1
            pages["" if first else f"{name}.{number}"] = SnapshotPage(
                wire=VERSION,
                mark=f"{name}.{number + 1}",
                whole=first,
                more=more,
                policy=self._policy if first else None,
                cards=cards[number] if number < len(cards) else [],
                items=items[number - len(cards)] if len(cards) <= number < len(cards) + len(items) else [],
            )
        return pages

    def _cards(self) -> Iterator[SnapshotCard]:
        for where, row in _rows(self._sheets.cards, CARDS, "number"):
            try:
                patron = WirePatron(
                    ref=self._reference(row["number"]),
                    category=row.get("category", ""),
                    card=BLOCKED[row.get("blocked", "").lower()],
                    expires=date.fromisoformat(row["expires"]) if row.get("expires") else None,
                    language=row.get("language", ""),
                )
                for number in dict.fromkeys(filter(None, (row["number"], row.get("uid")))):
                    yield SnapshotCard(card=self._reference(number), patron=patron)
            except (ValueError, KeyError):
                raise SnapshotUnusable(f"{where}: {HINT}") from None

    def _items(self) -> Iterator[WireItem]:
        for _, row in _rows(self._sheets.items, ITEMS, "barcode"):
            details = {name: row[name] for name in ("title", "author", "call_number", "type") if row.get(name)}
            yield WireItem(id=row["barcode"], **details)


def _rows(file: Path | None, known: frozenset[str], needed: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each row by column name, with its position for error messages. Raises SnapshotUnusable."""
    if file is None:
        return
    try:
        sheet = csv.DictReader(_bytes(file).decode("utf-8-sig").splitlines(), strict=True)
        if needed not in (names := sheet.fieldnames or ()):
            raise SnapshotUnusable(f"{file}: the header lacks the column {needed}; allowed are {', '.join(known)}")
        if unknown := set(names) - known:
            raise SnapshotUnusable(f"{file}: unknown column {', '.join(unknown)}; allowed are {', '.join(known)}")
        for row in sheet:
            where = f"{file}, line {sheet.line_num}"
            if None in row or None in row.values() or not row[needed].strip():
                raise SnapshotUnusable(f"{where}: {len(names)} values are required, and {needed} must not be empty")
            yield where, {name: value.strip() for name, value in row.items()}
    except (UnicodeDecodeError, csv.Error) as error:
        raise SnapshotUnusable(f"{file} is not a CSV file in UTF-8: {error}") from None


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SnapshotUnusable(f"{file} cannot be read: {error.strerror}") from None


def _sheaves(rows: list[T]) -> list[list[T]]:
    return [rows[first : first + ROWS] for first in range(0, len(rows), ROWS)]


@dataclass(frozen=True, slots=True)
class AcceptedNumbers:
    """Predicates for plausible card and item numbers. A card known only by its UID cannot be judged."""

    card: Callable[[CardRef], bool]
    item: Callable[[ItemId], bool]


class OpenSnapshot(Snapshot):
    """Snapshot that knows every plausible number; an unlisted card has no category, an unlisted item no title."""

    def __init__(self, path: Path, pages: Pages, clock: Clock, health: Health, anybody: AcceptedNumbers) -> None:
        super().__init__(path, pages, clock, health)
        self._anybody = anybody

    def patron(self, card: CardRef) -> Patron | None:
        found = super().patron(card)
        return found or (Patron(PatronRef(card), "") if self._anybody.card(card) else None)

    def item(self, item: ItemId) -> Item | None:
        found = super().item(item)
        return found or (Item(item) if self._anybody.item(item) else None)

    async def run(self, courier: UploadProgress, every: float = EVERY) -> None:
        """Refresh without waiting for the central until there is a first copy: the CSV files are on this machine.

        From then on the copy ages like any other.
        """
        await super().run(OnlineUntilFirstCopy(courier, self), every)


class OnlineUntilFirstCopy:
    """Upload progress that counts as online until there is a copy."""

    def __init__(self, courier: UploadProgress, snapshot: Snapshot) -> None:
        self._courier = courier
        self._snapshot = snapshot

    @property
    def online(self) -> bool:
        return self._courier.online or self._snapshot.day is None

    @property
    def watermark(self) -> int:
        return self._courier.watermark

    def report_unreachable(self, reason: str) -> None:
        """Do nothing: no request was made."""

    def forget(self, seq: int) -> None:
        self._courier.forget(seq)
