"""Read the snapshot's SQLite file, which changes only as a whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import apsw

from lending import sealing, wire
from lending.model import NO_LOANS, CardRef, CardStatus, Item, ItemId, ItemStatus, Patron, PatronRef, Recommendation
from lending.policy import Policy

VERSION = 10
SCHEMA = """
CREATE TABLE meta (version INTEGER NOT NULL, mark TEXT NOT NULL, fetched_at TEXT NOT NULL, watermark INTEGER NOT NULL,
  dated TEXT, policy TEXT NOT NULL) STRICT;
CREATE TABLE cards (card BLOB PRIMARY KEY, ref BLOB NOT NULL, category TEXT NOT NULL, status TEXT, expires TEXT,
  fees TEXT, loans TEXT, language TEXT, services TEXT, picks TEXT, look TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE items (id TEXT PRIMARY KEY, title TEXT NOT NULL, author TEXT NOT NULL, call_number TEXT NOT NULL,
  subject TEXT NOT NULL, type TEXT NOT NULL, branch TEXT NOT NULL, title_id INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX items_of ON items (title_id) WHERE title_id IS NOT NULL;
CREATE TABLE titles (id INTEGER PRIMARY KEY, title TEXT NOT NULL, author TEXT NOT NULL, call_number TEXT NOT NULL,
  subject TEXT NOT NULL, year INTEGER, link TEXT, cover TEXT) STRICT;
CREATE INDEX titles_covered ON titles (id, cover) WHERE cover IS NOT NULL;
CREATE VIRTUAL TABLE sought USING fts5 (words, content='', contentless_delete=1, prefix='1 2',
  tokenize="unicode61 remove_diacritics 0");
CREATE TABLE floors (json TEXT NOT NULL) STRICT;
CREATE TABLE states (id TEXT PRIMARY KEY, status TEXT NOT NULL, holder TEXT, due TEXT, renewals INTEGER NOT NULL,
  waiting INTEGER NOT NULL, reserved_for TEXT) STRICT, WITHOUT ROWID;
CREATE INDEX states_held ON states (holder) WHERE holder IS NOT NULL;
"""
"""Schema notes.

An item without a row in `states` is on the shelf without holds. NULL in `cards` means the usual value; `card` is the
key that card_seal derives, and `ref`, `picks` and `look` are encrypted for that card. `holder` and `reserved_for` are
card_seal's marks of item and patron. `sought` is the full-text index of titles.
"""
WHOLE_ITEM = (
    "SELECT items.id, items.title, items.author, items.call_number, items.subject, cover, type, branch, status, holder,"
    " due, renewals, waiting, reserved_for"
    " FROM items LEFT JOIN states USING (id) LEFT JOIN titles ON titles.id = title_id"
)


class SnapshotDamaged(Exception):
    """The file is no complete snapshot of this version. It can be deleted and fetched again."""


class SnapshotUnwritable(Exception):
    """New data cannot be written; the previous data are unchanged."""


@dataclass(frozen=True, slots=True)
class Label:
    """Metadata of a snapshot."""

    mark: str
    """Position in the central's feed, from which new data are requested. Empty if all but titles was erased."""
    fetched_at: datetime
    """When the central last confirmed that nothing is missing, by the kiosk's clock."""
    watermark: int
    """Every journal row up to this seq is included."""
    dated: datetime | None = None
    """Date from which the copy ages by a trusted clock, not before `fetched_at`; None until there is one."""


class Copy:
    """The snapshot, read-only. Every method raises SnapshotDamaged if the file turns out to be corrupt.

    A change that is being written becomes visible when it is complete.
    """

    def __init__(self, path: Path) -> None:
        """Open the file. Raises FileNotFoundError if it is missing, SnapshotDamaged."""
        if not path.exists():
            raise FileNotFoundError(path)
        self._db = open_snapshot(path)
        try:
            self.read_anew()
        except SnapshotDamaged:
            self.close()
            raise

    def read_anew(self) -> None:
        """Read label and rules again after a change."""
        try:
            if (version := self._db.execute("SELECT version FROM meta").get) != VERSION:
                raise SnapshotDamaged(f"version {version}, expected {VERSION}")
            _, mark, fetched_at, watermark, dated, policy = self._db.execute("SELECT * FROM meta").get
            day = datetime.fromisoformat(dated) if dated else None
            self.label = Label(mark, datetime.fromisoformat(fetched_at), watermark, day)
            rules = wire.parse(wire.WirePolicy, policy.encode())
            # An older kiosk did not store the rules that it did not know.
            self.whole = rules.model_fields_set >= wire.WirePolicy.model_fields.keys()
            self.policy: Policy = wire.policy_from(rules)
            self.receipts = rules.receipts if wire.ADDRESS.fullmatch(rules.receipts) else ""
            self.policy.check()
            self.finds = bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM titles)").get)
            shelves = self._db.execute("SELECT json FROM floors").get
            self.floors = wire.floors_from(wire.parse(wire.ShelvesAnswer, shelves.encode())) if shelves else ()
        except (apsw.Error, TypeError, ValueError) as error:
            raise SnapshotDamaged(str(error)) from error

    def patron(self, card: CardRef) -> Patron | None:
        for row in self._card(card):
            try:
                return _patron(sealing.decrypt_ref(card, row[1]), *row[2:-2])
            except ValueError as error:
                raise SnapshotDamaged(str(error)) from error
        return None

    def picks(self, card: CardRef) -> tuple[Recommendation, ...]:
        """Return the recommendations for the card's patron, decrypted with the card."""
        for row in self._card(card):
            try:
                return wire.picks_from(sealing.open_with_card(card, row[-2])) if row[-2] else ()
            except ValueError as error:
                raise SnapshotDamaged(str(error)) from error
        return ()

    def look(self, card: CardRef) -> str:
        """Return the display preferences of the card's patron; empty if none are stored. Encrypted like the picks."""
        for row in self._card(card):
            try:
                return sealing.open_with_card(card, row[-1]) if row[-1] else ""
            except ValueError as error:
                raise SnapshotDamaged(str(error)) from error
        return ""

    def _card(self, card: CardRef) -> list[tuple[Any, ...]]:
        try:
            key = sealing.place(card)
        except ValueError:
            return []
        return self._query("SELECT * FROM cards WHERE card = ?", key)

    def item(self, item: ItemId) -> Item | None:
        for row in self._query(f"{WHOLE_ITEM} WHERE items.id = ?", item):
            return item_of(*row)
        return None

    def items_of(self, patron: PatronRef) -> Sequence[Item]:
        """Return the items in the patron's name, returned or not."""
        try:
            held = self._db.execute("SELECT id, holder FROM states WHERE holder IS NOT NULL ORDER BY id").fetchall()
        except apsw.Error as error:
            raise SnapshotDamaged(str(error)) from error
        found = (self.item(ItemId(str(item))) for item, mark in held if mark == sealing.holder(str(item), patron))
        return [replace(each, holder=patron) for each in found if each is not None]

    def close(self) -> None:
        self._db.close()

    def _query(self, question: str, key: str | bytes) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(question, (key,)).fetchall()
        except apsw.Error as error:
            raise SnapshotDamaged(str(error)) from error


def check(path: Path) -> None:
    """Check the whole file, which takes a while. Raises SnapshotDamaged, FileNotFoundError."""
    if not path.exists():
        raise FileNotFoundError(path)
    db = open_snapshot(path)
    try:
        if (verdict := db.pragma("quick_check", 1)) != "ok":
            raise SnapshotDamaged(f"quick_check failed: {verdict}")
    except apsw.Error as error:
        raise SnapshotDamaged(str(error)) from error
    finally:
        db.close()


def open_snapshot(path: Path) -> apsw.Connection:
    """Open a read-only connection. Raises SnapshotDamaged."""
    try:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        db.pragma("query_only", True)
    except apsw.Error as error:
        raise SnapshotDamaged(str(error)) from error
    return db


def _patron(
    ref: str,
    category: str,
    status: str | None,
    expires: str | None,
    fees: str | None,
    loans: str | None,
    language: str | None,
    services: str | None,
) -> Patron:
    return Patron(
        ref=PatronRef(ref),
        category=category,
        card=CardStatus(status or CardStatus.ACTIVE),
        expires=date.fromisoformat(expires) if expires else None,
        fees=Decimal(fees or 0),
        loans=MappingProxyType(json.loads(loans)) if loans else NO_LOANS,
        language=language or "",
        services=tuple((services or "").split()),
    )


def item_of(
    id: str,
    title: str,
    author: str,
    call_number: str,
    subject: str,
    cover: str | None,
    type: str,
    branch: str,
    status: str | None,
    holder: str | None,
    due: str | None,
    renewals: int | None,
    waiting: int | None,
    reserved_for: str | None,
) -> Item:
    """Convert a row of WHOLE_ITEM."""
    return Item(
        id=ItemId(id),
        title=title,
        author=author,
        call_number=call_number,
        subject=subject,
        cover=cover or "",
        type=type,
        branch=branch,
        status=ItemStatus(status or ItemStatus.ON_SHELF),
        holder=PatronRef(holder) if holder else None,
        due=datetime.fromisoformat(due) if due else None,
        renewals=renewals or 0,
        waiting=waiting or 0,
        reserved_for=PatronRef(reserved_for) if reserved_for else None,
    )
