"""Lays out what kiosks need to lend while the hub is away, in pages; never a patron's name or number."""

import hashlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from pydantic import BaseModel

from kiosk.hub.atomic import one_moment
from kiosk.hub.catalogue import edition
from kiosk.hub.catalogue.models import Branch, Item, ItemType, Title
from kiosk.hub.circulation import answers
from kiosk.hub.circulation.facts import items_facts, patrons_facts, the_policy
from kiosk.hub.circulation.models import Card, ClosedDay, FeedEnd, Library, Patron, PatronCategory, Rule
from kiosk.sync import wire

ROOM = 64 * 1024
"""Bytes of a page kept free for its head."""
CHUNK = 500
LONGEST = timedelta(hours=1)
"""A snapshot is made anew after this time in any case: somebody may have written past Django."""
TOLD = (Library, Rule, ClosedDay, Branch, ItemType, Title, Item, PatronCategory, Patron, Card)
"""Tables whose rows are in a snapshot and are changed by others than circulation."""
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One whole snapshot: `pages` are JSON texts, all of one etag."""

    etag: str
    pages: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A snapshot with what it was made of: the feed's last number and the edition."""

    key: tuple[int, int]
    at: datetime
    snapshot: Snapshot

    def stands(self, key: tuple[int, int], now: datetime) -> bool:
        return self.key == key and abs(now - self.at) < LONGEST


def _key() -> tuple[int, int]:
    """Grows with everything that a snapshot tells."""
    last: int | None = FeedEnd.objects.filter(pk=1).values_list("last", flat=True).first()
    return last or 0, edition.current()


def _of_one_moment(now: datetime) -> tuple[tuple[int, int], Snapshot]:
    """Makes the snapshot with its key; when something changed meanwhile once more, holding on to one moment.

    Not at once, for SQLite lets loans wait as long as somebody reads in one transaction.
    """
    key, fresh = _key(), make(now)
    if _key() == key:
        return key, fresh
    with one_moment():
        return _key(), make(now)


class Shelf:
    """Keeps for each kiosk the snapshot whose first page it was given, so that its later pages belong to it."""

    def __init__(self) -> None:
        self._building = threading.Lock()
        self._latest: Made | None = None
        self._given: dict[int, Snapshot] = {}

    def first(self, kiosk: int, now: datetime) -> Snapshot:
        """The snapshot of this moment, made anew when something has changed; the same content is the same snapshot."""
        made = self._latest
        if made is None or not made.stands(_key(), now):
            with self._building:
                made = self._made(now)
        self._given[kiosk] = made.snapshot
        return made.snapshot

    def _made(self, now: datetime) -> "Made":
        """Makes it, unless whoever was here before has."""
        last = self._latest
        if last is not None and last.stands(_key(), now):
            return last
        key, fresh = _of_one_moment(now)
        same = last is not None and last.snapshot.etag == fresh.etag
        self._latest = Made(key, now, last.snapshot if last is not None and same else fresh)
        return self._latest

    def given(self, kiosk: int, now: datetime) -> Snapshot:
        """The snapshot that the kiosk is reading; a fresh one when the hub has started anew meanwhile."""
        return self._given.get(kiosk) or self.first(kiosk, now)


def make(now: datetime) -> Snapshot:
    """Reads the whole library and lays it out. The etag is a hash of the content without the time."""
    law = wire.policy_to(the_policy())
    parts: list[tuple[str, bytes]] = [("cards", _json(card)) for card in _cards()]
    parts += [("items", _json(item)) for item in _items()]
    digest = hashlib.sha256(_json(law))
    for _kind, text in parts:
        digest.update(text)
    etag = digest.hexdigest()[:32]
    leaves = list(_leaves(parts, wire.MOST_SNAPSHOT_BYTES - ROOM - len(_json(law))))
    pages = tuple(
        _page(etag, now, number, len(leaves), law if number == 1 else None, leaf)
        for number, leaf in enumerate(leaves, start=1)
    )
    return Snapshot(etag, pages)


def _json(part: BaseModel) -> bytes:
    return part.model_dump_json(exclude_defaults=True).encode()


def _cards() -> Iterator[wire.SnapshotCard]:
    rows = Card.objects.select_related("patron__category").order_by("hash")
    for chunk in _chunks(rows.iterator(chunk_size=CHUNK)):
        for card, facts in zip(chunk, patrons_facts([(card.patron, card) for card in chunk]), strict=True):
            yield wire.SnapshotCard(card=card.hash, patron=answers.nameless(facts))


def _items() -> Iterator[wire.WireItem]:
    rows = Item.objects.exclude(condition=Item.Condition.WITHDRAWN)
    rows = rows.select_related("title", "type", "branch").defer("title__record").order_by("barcode")
    for chunk in _chunks(rows.iterator(chunk_size=CHUNK)):
        yield from map(answers.item, items_facts(chunk))


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _leaves(parts: Iterable[tuple[str, bytes]], room: int) -> Iterator[list[tuple[str, bytes]]]:
    leaf: list[tuple[str, bytes]] = []
    used = 0
    for kind, text in parts:
        if leaf and used + len(text) + 1 > room:
            yield leaf
            leaf, used = [], 0
        leaf.append((kind, text))
        used += len(text) + 1
    yield leaf


def _page(
    etag: str, now: datetime, number: int, pages: int, law: wire.WirePolicy | None, leaf: list[tuple[str, bytes]]
) -> bytes:
    head = wire.SnapshotPage(wire=wire.VERSION, etag=etag, made_at=now, page=number, pages=pages, policy=law)
    opening = head.model_dump_json(exclude={"cards", "items"}).encode().removesuffix(b"}")
    lists = [
        b'"%s":[%s]' % (name.encode(), b",".join(text for kind, text in leaf if kind == name))
        for name in ("cards", "items")
    ]
    return opening + b"," + b",".join(lists) + b"}"
