"""Search titles in the snapshot's file while the patron types, in a thread of its own.

The on-screen keyboard has no Chinese characters, so the input is folded without OpenCC: the hub's tokens are
simplified.
"""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import apsw

from kiosk.snapshot.file import WHOLE_ITEM, SnapshotDamaged, item_of, open_snapshot
from lending import title_search
from lending.model import Item, ItemId
from lending.number_patterns import beginning, isbn
from lending.title_result import SearchResults, TitleResult
from lending.title_search import Fts5, Matches, Phrase

MOST = 60
"""Titles of one answer; for a longer list the patron types more."""
CACHE_KIB = 16 * 1024
LONGEST = 100


class Overtaken(Exception):
    """The patron has typed on, so this answer is no longer needed."""


class Index(Fts5):
    """FTS5 index for `title_search`."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def titles(self, query: str, most: int | None, since: int = 0) -> list[int]:
        sql = "SELECT rowid FROM sought WHERE sought MATCH ? AND rowid >= ? ORDER BY rowid DESC LIMIT ?"
        return [row[0] for row in self._db.execute(sql, (query, since, -1 if most is None else most))]

    def nearest(self, phrases: Sequence[Phrase], most: int) -> list[int]:
        sql = "SELECT rowid FROM sought WHERE sought MATCH ? ORDER BY rank LIMIT ?"
        return [row[0] for row in self._db.execute(sql, (self.any_of(phrases), most))]


class Finder:
    """Run one search at a time; the newest one cancels those before it.

    As a context manager it blocks searches and closes the file, so that another file may replace it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._db: apsw.Connection | None = None
        self._newest = 0

    def find(self, typed: str) -> tuple[list[TitleResult], Matches]:
        """Return the titles in order, and the search result. Raises Overtaken, SnapshotDamaged, FileNotFoundError."""
        self._newest += 1
        turn = self._newest
        with self._lock:
            if turn != self._newest:
                raise Overtaken
            db = self._open()
            db.set_progress_handler(lambda: turn != self._newest, 2000)
            try:
                found = self._find(db, typed)
                return list(self._works(db, found.titles[:MOST])), found
            except apsw.InterruptError:
                raise Overtaken from None
            except apsw.Error as error:
                raise SnapshotDamaged(str(error)) from error
            finally:
                db.set_progress_handler(None)

    def one(self, title: int, item: ItemId) -> list[TitleResult]:
        """Return the title with this id, or that of a copy if it is 0; none if there is no such title.

        Raises SnapshotDamaged, FileNotFoundError.
        """
        with self._lock:
            try:
                db = self._open()
                key = title or db.execute("SELECT title_id FROM items WHERE id = ?", (item,)).get
                return list(self._works(db, [key])) if key else []
            except apsw.Error as error:
                raise SnapshotDamaged(str(error)) from error

    def covers(self, most: int) -> list[str]:
        """Return the covers of the newest titles, each once. Raises SnapshotDamaged, FileNotFoundError."""
        with self._lock:
            rows = "SELECT cover FROM titles WHERE cover IS NOT NULL ORDER BY id DESC LIMIT ?"
            try:
                return list(dict.fromkeys(row[0] for row in self._open().execute(rows, (most,))))
            except apsw.Error as error:
                raise SnapshotDamaged(str(error)) from error

    async def look(self, typed: str, as_of: datetime, stale: bool) -> SearchResults | None:
        """Search off the event loop's thread; None if overtaken. Raises SnapshotDamaged.

        While the copy is `stale`, the status of items is left out.
        """
        try:
            works, found = await asyncio.to_thread(self.find, typed)
        except Overtaken:
            return None
        except FileNotFoundError:
            return SearchResults()
        return SearchResults(_as_known(works, stale), found.close, len(found.titles) > MOST, as_of, stale)

    async def open(self, title: int, item: ItemId, as_of: datetime, stale: bool) -> SearchResults:
        """Return the result of `one` off the event loop's thread, like `look`. Raises SnapshotDamaged."""
        try:
            works = await asyncio.to_thread(self.one, title, item)
        except FileNotFoundError:
            return SearchResults()
        return SearchResults(_as_known(works, stale), as_of=as_of, outdated=stale)

    def __enter__(self) -> None:
        self._newest += 1
        self._lock.acquire()
        if self._db is not None:
            self._db.close()
            self._db = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lock.release()

    def _open(self) -> apsw.Connection:
        if self._db is None:
            if not self._path.exists():
                raise FileNotFoundError(self._path)
            self._db = open_snapshot(self._path)
            self._db.pragma("cache_size", -CACHE_KIB)
        return self._db

    def _find(self, db: apsw.Connection, typed: str) -> Matches:
        typed = unicodedata.normalize("NFKC", typed[:LONGEST])
        wanted = title_search.query(title_search.fold(typed), isbn(typed) or beginning(typed))
        return title_search.find(Index(db), wanted, MOST + 1)

    def _works(self, db: apsw.Connection, keys: Sequence[int]) -> list[TitleResult]:
        """Return the titles with their items, in this order."""
        marks = ",".join("?" * len(keys))
        rows = {row[0]: row for row in db.execute(f"SELECT * FROM titles WHERE id IN ({marks})", keys)}
        copies: dict[int, list[Item]] = defaultdict(list)
        whole = WHOLE_ITEM.replace("SELECT ", "SELECT title_id, ", 1)
        for row in db.execute(f"{whole} WHERE title_id IN ({marks}) ORDER BY items.id", keys):
            copies[row[0]].append(item_of(*row[1:]))
        return [_work(*rows[key], copies[key]) for key in keys if key in rows]


def _as_known(works: Sequence[TitleResult], stale: bool) -> tuple[TitleResult, ...]:
    """Return the titles, without the status of their items if that is `stale`."""
    if not stale:
        return tuple(works)
    return tuple(replace(each, copies=tuple(map(without_status, each.copies))) for each in works)


def without_status(item: Item) -> Item:
    """Return the item without its status."""
    shown = item.title, item.author, item.call_number, item.subject, item.type, item.branch
    return Item(item.id, *shown, cover=item.cover)


def _work(
    key: int, title: str, author: str, call_number: str, subject: str, year: int | None, *more: Any
) -> TitleResult:
    link, cover, copies = more
    return TitleResult(key, title, author, call_number, subject, year, link or "", tuple(copies), cover or "")
