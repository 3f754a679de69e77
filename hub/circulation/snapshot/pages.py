"""Serve kiosks the data for offline circulation, page by page, without names or numbers of patrons."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import BigIntegerField, Prefetch, Q, QuerySet
from pydantic import BaseModel

from hub.catalogue.models import Branch, Item, Title
from hub.catalogue.online_editions import repository
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.shelves.api import serialise_floor
from hub.circulation import domain_mapping
from hub.circulation.domain_mapping import is_gone, items_facts, patrons_facts, the_policy
from hub.circulation.models import Card, ChangeMark, SnapshotChange, UnnumberedChange
from hub.circulation.snapshot.changes import newest_mark, number_changes, touched
from hub.core.clock import hub_clock
from hub.core.encrypted_fields import KeyIsAnother
from hub.core.prepared_queries import Param, prepared_many, prepared_query
from hub.core.retrying_transaction import read_snapshot
from hub.core.signed_links import public_url
from lending import sealing, wire

ENOUGH = 256 * 1024
"""Bytes from which a page is full: small enough to delay neither other requests of the hub nor the kiosk's screen."""
CHUNK = MOST = 500
KEY_SIZE = 70
CARDS, ITEMS, TITLES, CHANGES = "c", "i", "w", "t"
TOLD = ("cards", "items", "titles")
"""Parts of a page that are kept as JSON texts."""
LAST = 2**62
"""Row number that is greater than any in the database."""
PLACE = re.compile(r"(\d{1,18})\.([0-9a-f]{16})(?:\.([ciwt])(\d{1,18})\.(\d{1,18}))?")


@dataclass(frozen=True, slots=True)
class PagePosition:
    """A kiosk's position: the mark at which it began, and the last row it received.

    While the whole library is read, the row is that of a card, then of an item, then of a title. Afterwards it is the
    number and the row of a change.
    """

    number: int
    token: str
    stage: str = CHANGES
    change_number: int = 0
    row: int = LAST

    @classmethod
    def after_mark(cls, mark: ChangeMark) -> "PagePosition":
        """Return the position after everything up to the mark."""
        return cls(mark.number, mark.token, change_number=mark.number)

    @classmethod
    def read(cls, text: str) -> "PagePosition | None":
        """Parse a position; return None if this hub did not issue it, or has deleted its mark since."""
        found = PLACE.fullmatch(text)
        if found is None or not ChangeMark.objects.filter(number=int(found[1]), token=found[2]).exists():
            return None
        if found[3] is None:
            return cls(int(found[1]), found[2], change_number=int(found[1]))
        return cls(int(found[1]), found[2], found[3], int(found[4]), int(found[5]))

    def at_row(self, stage: str, row: int, change_number: int = 0) -> "PagePosition":
        return PagePosition(self.number, self.token, stage, change_number, row)

    def __str__(self) -> str:
        mark = f"{self.number}.{self.token}"
        return mark if self.row == LAST else f"{mark}.{self.stage}{self.change_number}.{self.row}"


@dataclass(slots=True)
class Page:
    """A page under construction: JSON texts of cards, items and titles, and the keys of deleted ones."""

    cards: list[bytes] = field(default_factory=list)
    items: list[bytes] = field(default_factory=list)
    titles: list[bytes] = field(default_factory=list)
    gone_cards: list[str] = field(default_factory=list)
    gone_items: list[str] = field(default_factory=list)
    gone_titles: list[str] = field(default_factory=list)
    rules: bool = False
    floors: list[wire.WireFloor] | None = None
    size: int = 0

    def put_cards(self, cards: Sequence[Card]) -> None:
        for card, facts in zip(cards, patrons_facts([(card.patron, card) for card in cards]), strict=True):
            entry = wire.SnapshotCard(
                card=card.hash, patron=domain_mapping.wire_nameless(facts), picks=_picks(card), look=_look(card)
            )
            self._put(self.cards, entry)

    def put_items(self, items: Sequence[Item]) -> set[str]:
        """Append the items, except withdrawn ones; return the barcodes of those appended."""
        rows = [
            (item, facts) for item, facts in zip(items, items_facts(items), strict=True) if not is_gone(item, facts)
        ]
        for item, facts in rows:
            entry = domain_mapping.wire_item(facts).model_copy(update={"title_id": item.title_id, "cover": ""})
            self._put(self.items, entry)
        return {item.barcode for item, _facts in rows}

    def put_titles(self, titles: Sequence[Title]) -> None:
        for title in titles:
            self._put(self.titles, snapshot_title(title))

    def _put(self, texts: list[bytes], entry: BaseModel) -> None:
        text = entry.model_dump_json(exclude_defaults=True).encode()
        texts.append(text)
        self.size += len(text) + 1

    def add_removed(self, keys: list[str], lost: Iterable[str]) -> None:
        before = len(keys)
        keys.extend(sorted(lost))
        self.size += KEY_SIZE * (len(keys) - before)

    def text(self, mark: PagePosition, *, whole: bool, more: bool) -> bytes:
        head = wire.SnapshotPage(
            wire=wire.VERSION,
            mark=str(mark),
            whole=whole,
            more=more,
            policy=_policy() if self.rules else None,
            gone_cards=self.gone_cards,
            gone_items=self.gone_items,
            gone_titles=[int(each) for each in self.gone_titles],
            floors=self.floors,
        )
        opening = head.model_dump_json(exclude={*TOLD}).encode().removesuffix(b"}")
        texts_by_name = zip(TOLD, (self.cards, self.items, self.titles), strict=True)
        return (
            opening
            + b"".join(b',"%b":[%b]' % (each.encode(), b",".join(texts)) for each, texts in texts_by_name)
            + b"}"
        )


def _picks(card: Card) -> str:
    """Return the recommendations, encrypted for the card; empty for a lost or blocked card."""
    carried = getattr(card.patron, "carried", None)
    return sealing.seal_for_card(card.hash, carried.picks) if carried and card.status == Card.Status.ACTIVE else ""


def _look(card: Card) -> str:
    """Return the display preferences, encrypted for the card.

    They depend on no consent, because the patron has set them.
    """
    carried = getattr(card.patron, "look", None)
    if carried is None or card.status != Card.Status.ACTIVE:
        return ""
    try:
        return sealing.seal_for_card(card.hash, carried.text.decrypt())
    # only the display preferences are lost with the key; the rest of the snapshot must still be served
    except KeyIsAnother:
        return ""


def _policy() -> wire.WirePolicy:
    """Return the policy, with the URL of the receipt page."""
    return wire.policy_to(the_policy(hub_clock().now())).model_copy(update={"receipts": receipt_page()})


def page(since: str, now: datetime, branch: Branch) -> bytes | None:
    """Return the page after that position for a kiosk of the branch; None if there are no changes.

    A position that this hub does not recognise starts with the whole library.

    The pages of the whole library are read at different moments. Changes written meanwhile follow after them, and the
    last page is one after which nothing was written: a complete snapshot is consistent as of one moment.
    """
    newest = number_changes(now)
    place = PagePosition.read(since)
    if place is None:
        return _whole(PagePosition.after_mark(newest).at_row(CARDS, 0), branch)
    if place.stage != CHANGES:
        return _whole(place)
    with read_snapshot():
        return _changes(place, branch)


def _whole(place: PagePosition, branch: Branch | None = None) -> bytes:
    """Return a page of the whole library.

    With a branch it is the first one, which also has rules and floors.
    """
    begins = branch is not None
    leaf = Page(rules=begins, floors=floors_of(branch) if branch else None)
    while leaf.size < ENOUGH and place.stage != CHANGES:
        place = STAGES[place.stage](leaf, place)
    return leaf.text(place, whole=begins, more=True)


def _cards(leaf: Page, place: PagePosition) -> PagePosition:
    cards = list(_with_patrons(Card.objects.filter(pk__gt=place.row)).order_by("pk")[:CHUNK])
    leaf.put_cards(cards)
    return place.at_row(CARDS, cards[-1].pk) if len(cards) == CHUNK else place.at_row(ITEMS, 0)


def _items(leaf: Page, place: PagePosition) -> PagePosition:
    items = list(_with_titles(Item.objects.filter(pk__gt=place.row)).order_by("pk")[:CHUNK])
    leaf.put_items(items)
    return place.at_row(ITEMS, items[-1].pk) if len(items) == CHUNK else place.at_row(TITLES, 0)


def _titles(leaf: Page, place: PagePosition) -> PagePosition:
    titles = titles_after(place.row, CHUNK)
    leaf.put_titles(titles)
    return place.at_row(TITLES, titles[-1].pk) if len(titles) == CHUNK else place.at_row(CHANGES, LAST, place.number)


STAGES = {CARDS: _cards, ITEMS: _items, TITLES: _titles}
"""The readers of the whole library, in this order."""


def _changes(place: PagePosition, branch: Branch) -> bytes | None:
    """Return the changes numbered after that position. Runs in one database snapshot."""
    mark, untold = newest_mark(), touched()
    assert mark is not None, "one was given before it was asked for what follows it"
    newest = PagePosition.after_mark(mark)
    if place == newest and not untold:
        return None
    leaf, full = Page(), False
    while not full:
        changes: list[SnapshotChange] = _changes_after(place.change_number, place.row)[:CHUNK]
        _put_changes(leaf, changes, branch)
        if len(changes) < CHUNK:
            return leaf.text(newest, whole=False, more=untold)
        place = place.at_row(CHANGES, changes[-1].pk, changes[-1].number)
        full = leaf.size >= ENOUGH
    return leaf.text(place, whole=False, more=True)


@prepared_query
def _changes_after() -> QuerySet:
    number = Param(0, BigIntegerField())
    later = Q(number__gt=number) | Q(number=number, pk__gt=Param(1, BigIntegerField()))
    return SnapshotChange.objects.filter(later).order_by("number", "pk")[:MOST]


def _put_changes(leaf: Page, changes: Sequence[SnapshotChange], branch: Branch) -> None:
    hashes = {each.what for each in changes if each.kind == SnapshotChange.Kind.CARD}
    barcodes = {each.what for each in changes if each.kind == SnapshotChange.Kind.ITEM}
    leaf.rules |= any(each.kind == SnapshotChange.Kind.POLICY for each in changes)
    if any(each.kind == SnapshotChange.Kind.FLOORS for each in changes):
        leaf.floors = floors_of(branch)
    keys = {each.what for each in changes if each.kind == SnapshotChange.Kind.TITLE}
    cards, items, titles = (
        _cards_with(hashes),
        _items_with(barcodes),
        titles_by_key(sorted(keys)) if keys else [],
    )
    leaf.put_cards(cards)
    leaf.add_removed(leaf.gone_items, barcodes - leaf.put_items(items))
    leaf.add_removed(leaf.gone_cards, hashes - {card.hash for card in cards})
    leaf.put_titles(titles)
    leaf.add_removed(leaf.gone_titles, keys - {str(title.pk) for title in titles})


@prepared_many
def _cards_with(hashes: list[Param]) -> QuerySet:
    return _with_patrons(Card.objects.filter(hash__in=hashes)).order_by()


@prepared_many
def _items_with(barcodes: list[Param]) -> QuerySet:
    return _with_titles(Item.objects.filter(barcode__in=barcodes)).order_by("barcode")


def _with_patrons(cards: "QuerySet[Card]") -> "QuerySet[Card]":
    return cards.select_related("patron__category", "patron__carried", "patron__look")


def _with_titles(items: "QuerySet[Item]") -> "QuerySet[Item]":
    return items.select_related("title", "type", "branch").defer("title__record")


def titles_after(row: int, count: int) -> list[Title]:
    """Return at most `count` titles after that row."""
    return list(_with_search_words(Title.objects.filter(pk__gt=row)).order_by("pk")[:count])


def titles_by_key(keys: Sequence[str]) -> list[Title]:
    """Return those of these titles that exist."""
    return list(_with_search_words(Title.objects.filter(pk__in=[int(each) for each in keys])).order_by("pk"))


def snapshot_title(title: Title) -> wire.SnapshotTitle:
    """Return what a kiosk displays of the title, and the words by which it is found."""
    entry = getattr(title, "search_entry", None)
    return wire.SnapshotTitle(
        id=title.pk,
        title=f"{title.title}: {title.subtitle}" if title.subtitle else title.title,
        author=title.author,
        call_number=title.call_number,
        subject=title.subject,
        year=title.year or 0,
        link=_link(title),
        cover=title.cover,
        words=entry.words if entry else "",
    )


def floors_of(branch: Branch) -> list[wire.WireFloor]:
    """Return all floors of the branch, from the lowest."""
    return [serialise_floor(each) for each in bay_lookup.floors_with_bays(branch)]


def _link(title: Title) -> str:
    """Return the URL of the title's online edition; empty if there is none, or no public address."""
    first = next(iter(title.editions.all()), None)
    if first is None or not settings.PUBLIC:
        return ""
    return public_url("portal:read_edition", first.pk)


def _with_search_words(titles: "QuerySet[Title]") -> "QuerySet[Title]":
    """Add the search words and the online editions that are offered to patrons."""
    offered = Prefetch("editions", queryset=repository.offered_editions())
    return titles.select_related("search_entry").prefetch_related(offered).defer("record")


RECEIPTS_TOLD = "receipts_told"


def receipt_page() -> str:
    """Return the URL to which a slash and the receipt code are appended.

    It is empty if the hub has no URL that fits onto a receipt.
    """
    if not settings.PUBLIC:
        return ""
    found = public_url("portal:receipt")
    return found if wire.ADDRESS.fullmatch(found) else ""


def notice_receipt_page() -> None:
    """Have kiosks notified if the URL is not the one sent last: no table changes when the address does."""
    path, now = Path(settings.STATE) / RECEIPTS_TOLD, receipt_page()
    if (path.read_text(encoding="utf-8") if path.exists() else "") != now:
        UnnumberedChange.objects.create(kind="policy", what="")
        path.write_text(now, encoding="utf-8")
