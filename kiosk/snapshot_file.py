"""Builds and reads the snapshot's file, one whole copy at a time; knows neither network nor clock."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import apsw

from kiosk.domain.model import CardRef, Item, ItemId, Patron, PatronRef
from kiosk.domain.policy import Policy
from kiosk.sync import wire

VERSION = 1
SCHEMA = """
CREATE TABLE meta (version INTEGER NOT NULL, etag TEXT NOT NULL, fetched_at TEXT NOT NULL, watermark INTEGER NOT NULL,
  policy TEXT NOT NULL) STRICT;
CREATE TABLE cards (card TEXT PRIMARY KEY, patron TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE items (id TEXT PRIMARY KEY, holder TEXT, item TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX items_held ON items (holder) WHERE holder IS NOT NULL;
"""


class SnapshotDamaged(Exception):
    """The file is no whole snapshot of this version: it can be dropped and fetched anew."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a snapshot says of itself."""

    etag: str
    fetched_at: datetime
    """By the kiosk's clock, when its first page was asked for."""
    watermark: int
    """Every journal row up to this seq is part of it."""


class SnapshotUnwritable(Exception):
    """A new file cannot be written; the old one stays as it is."""


class Builder:
    """Writes a new file beside the old one; `finish` puts it in the old one's place. Raises SnapshotUnwritable."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fresh = path.with_name(f"{path.name}.new")
        with _writing(path):
            self._fresh.unlink(missing_ok=True)
            self._db = apsw.Connection(str(self._fresh))
            self._db.pragma("journal_mode", "off")
            self._db.pragma("synchronous", 0)
            self._db.execute(SCHEMA)

    def add(self, page: wire.SnapshotPage) -> None:
        cards = ((each.card, each.patron.model_dump_json(exclude_defaults=True)) for each in page.cards)
        items = ((each.id, each.holder, each.model_dump_json(exclude_defaults=True)) for each in page.items)
        with _writing(self._path), self._db:
            self._db.executemany("INSERT OR REPLACE INTO cards VALUES (?, ?)", cards)
            self._db.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", items)

    def finish(self, label: Label, policy: wire.WirePolicy) -> None:
        values = (VERSION, label.etag, label.fetched_at.isoformat(), label.watermark, policy.model_dump_json())
        with _writing(self._path):
            self._db.execute("INSERT INTO meta VALUES (?, ?, ?, ?, ?)", values)
            self._db.close()
            _sync(self._fresh)
            os.replace(self._fresh, self._path)
            _sync(self._path.parent)

    def drop(self) -> None:
        """Takes away what was not finished."""
        self._db.close()
        self._fresh.unlink(missing_ok=True)


class Copy:
    """One snapshot, read-only. Every method raises SnapshotDamaged when the file turns out to be broken."""

    def __init__(self, path: Path) -> None:
        """Opens and checks. Raises FileNotFoundError when there is none."""
        if not path.exists():
            raise FileNotFoundError(path)
        try:
            self._db = apsw.Connection(
                f"file:{_quoted(path)}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            )
            if self._db.pragma("quick_check") != "ok":
                raise SnapshotDamaged("quick_check found it broken")
            version, etag, fetched_at, watermark, policy = self._db.execute("SELECT * FROM meta").get
            if version != VERSION:
                raise SnapshotDamaged(f"version {version}, expected {VERSION}")
            self.label = Label(etag, datetime.fromisoformat(fetched_at), watermark)
            self.policy: Policy = wire.policy_from(wire.parse(wire.WirePolicy, policy.encode()))
            self.policy.check()
        except (apsw.Error, TypeError, ValueError) as error:
            raise SnapshotDamaged(str(error)) from error

    def patron(self, card: CardRef) -> Patron | None:
        for text in self._texts("SELECT patron FROM cards WHERE card = ?", card):
            return wire.patron_from(wire.WirePatron.model_validate_json(text))
        return None

    def item(self, item: ItemId) -> Item | None:
        for text in self._texts("SELECT item FROM items WHERE id = ?", item):
            return _item(text)
        return None

    def held_by(self, patron: PatronRef) -> Sequence[Item]:
        """What stands in the patron's name, handed in or not."""
        return [_item(text) for text in self._texts("SELECT item FROM items WHERE holder = ? ORDER BY id", patron)]

    def close(self) -> None:
        self._db.close()

    def _texts(self, question: str, key: str) -> Iterator[str]:
        try:
            found = self._db.execute(question, (key,)).fetchall()
        except apsw.Error as error:
            raise SnapshotDamaged(str(error)) from error
        return (str(text) for (text,) in found)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except (apsw.Error, OSError) as error:
        raise SnapshotUnwritable(f"{path}: {error}") from error


def _item(text: str) -> Item:
    return wire.item_from(wire.WireItem.model_validate_json(text))


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
