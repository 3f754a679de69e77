"""Record and number the changes of snapshot data, so that kiosks can fetch those since their last snapshot.

Database triggers record them, whichever program writes.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import the_policy
from hub.circulation.models import Card, ChangeMark, SnapshotChange, UnnumberedChange
from hub.core.database_triggers import Event, Trigger, TriggerSet
from hub.core.prepared_queries import prepared_query

KEPT = timedelta(days=8)
"""Longer than a snapshot is valid: a kiosk that was away for longer fetches the whole library again."""
MOST = 100_000
"""Changes per mark above which kiosks fetch the whole library, which is paged while one mark's changes are not."""
CHUNK = 500
Key = tuple[str, str]
Row = TypeVar("Row")


def number_changes(now: datetime) -> ChangeMark:
    """Number all pending changes, including rules that have taken effect since; return the newest mark.

    Numbers are assigned when a kiosk asks, not when a change is written, so that no checkout waits for the number of
    another.
    """
    while True:
        newest = newest_mark()
        if newest is not None and not touched() and not _begun_since(newest, now):
            return newest
        try:
            return _assign_number(newest.number + 1 if newest else 1, now)
        except IntegrityError:
            continue  # another process has just assigned that number


def newest_mark() -> ChangeMark | None:
    """Return the mark that was assigned last, or None before the first."""
    return next(iter(_newest_mark()), None)


def touched() -> bool:
    """Return whether there are changes without a number."""
    return bool(_any_pending())


@prepared_query
def _newest_mark() -> QuerySet:
    return ChangeMark.objects.order_by("-number")[:1]


@prepared_query
def _any_pending() -> QuerySet:
    return UnnumberedChange.objects.values_list("pk").order_by()[:1]


def _begun_since(newest: ChangeMark | None, now: datetime) -> bool:
    """Return whether a rule version has taken effect since the mark.

    Kiosks that cannot store it in advance need it now.
    """
    law = the_policy()
    return newest is not None and any(
        law.local_day(newest.at) < each.since <= law.local_day(now) for each in law.editions
    )


@transaction.atomic
def _assign_number(number: int, now: datetime) -> ChangeMark:
    """Assign the next number to the pending changes.

    The mark is inserted first: its primary key prevents another process from numbering at the same time.
    """
    begun = _begun_since(newest_mark(), now)
    mark: ChangeMark = ChangeMark.objects.create(number=number, token=secrets.token_hex(8), at=now)
    rows = list(UnnumberedChange.objects.values_list("pk", "kind", "what")[: MOST + 1])
    if len(rows) > MOST or any(kind == "all" for _pk, kind, _what in rows):
        _forget_everything(mark)
        return mark
    keys = [*((kind, what) for _pk, kind, what in rows), *([("policy", "")] if begun else [])]
    changes = [SnapshotChange(kind=kind, what=what, number=number) for kind, what in _keys(keys)]
    for some in _chunks(changes):
        SnapshotChange.objects.bulk_create(
            some, update_conflicts=True, unique_fields=["kind", "what"], update_fields=["number"]
        )
    # only those that were read: others may have been added meanwhile
    for taken in _chunks([pk for pk, _kind, _what in rows]):
        UnnumberedChange.objects.filter(pk__in=taken).delete()
    _prune(now)
    return mark


def _forget_everything(mark: ChangeMark) -> None:
    """Delete every earlier mark, so that each kiosk fetches the whole library again."""
    UnnumberedChange.objects.all().delete()
    SnapshotChange.objects.all().delete()
    ChangeMark.objects.exclude(pk=mark.pk).delete()


def _prune(now: datetime) -> None:
    """Delete old marks.

    A mark is kept until its successor is old: a library without changes keeps a single mark indefinitely.
    """
    old = ChangeMark.objects.filter(at__lt=now - KEPT).last()
    if old is not None:
        ChangeMark.objects.filter(number__lt=old.number).delete()


def _keys(touched: Iterable[Key]) -> Iterator[Key]:
    """Yield the cards, items and titles affected by the pending changes, each once."""
    by_kind: defaultdict[str, set[str]] = defaultdict(set)
    for kind, what in touched:
        by_kind[kind].add(what)
    cards, items = by_kind["card"], by_kind["barcode"]
    for some in _chunks(sorted(by_kind["patron"])):
        cards.update(Card.objects.filter(patron__in=some).values_list("hash", flat=True))
    for some in _chunks(sorted(by_kind["item"])):
        items.update(Item.objects.filter(pk__in=some).values_list("barcode", flat=True))
    for some in _chunks(sorted(by_kind["title"])):
        items.update(Item.objects.filter(title__in=some).values_list("barcode", flat=True))
    yield from ((str(SnapshotChange.Kind.CARD), each) for each in sorted(cards))
    yield from ((str(SnapshotChange.Kind.ITEM), each) for each in sorted(items))
    yield from ((str(SnapshotChange.Kind.TITLE), each) for each in sorted(by_kind["work"]))
    if by_kind["floors"]:
        yield str(SnapshotChange.Kind.FLOORS), ""
    if by_kind["policy"]:
        yield str(SnapshotChange.Kind.POLICY), ""


def _chunks(rows: list[Row]) -> Iterator[list[Row]]:
    for first in range(0, len(rows), CHUNK):
        yield rows[first : first + CHUNK]


TABLE, LAW = "circulation_unnumberedchange", "circulation_policymark"
EVENTS: tuple[Event, ...] = ("insert", "update", "delete")
CHANGED: tuple[Event, ...] = ("update",)


@dataclass(frozen=True, slots=True)
class Watch:
    """A watched table, its columns that snapshots contain, and the changes to record.

    `touches` holds the kind of each change with the column that identifies the row.
    """

    table: str
    columns: tuple[str, ...]
    touches: tuple[tuple[str, str], ...]
    events: tuple[Event, ...] = EVENTS
    states: tuple[str, ...] = ()
    """If set, rows in none of these states before and after a change are not in snapshots."""

    def names(self) -> Iterator[tuple[Event, str]]:
        kinds = "_".join(kind for kind, _column in self.touches)
        for event in self.events:
            yield event, f"told_{self.table}_{event}_{kinds}"


POLICY, ALL, FLOORS = ("policy", ""), ("all", ""), ("floors", "")
WATCHED = (
    Watch("circulation_card", ("hash", "patron_id", "status"), (("card", "hash"),)),
    Watch(
        "circulation_patron",
        ("ref", "category_id", "status", "expires", "language", "services"),
        (("patron", "id"),),
        CHANGED,
    ),
    Watch(
        "circulation_loan",
        ("patron_id", "item_id", "state", "due", "renewals", "reckoned"),
        (("item", "item_id"), ("patron", "patron_id")),
        states=("on_loan", "handed_in"),
    ),
    Watch("circulation_cardrecommendations", ("patron_id", "picks"), (("patron", "patron_id"),)),
    Watch("circulation_carddisplaypreferences", ("patron_id", "text"), (("patron", "patron_id"),)),
    Watch("circulation_fee", ("patron_id", "amount", "paid", "waived"), (("patron", "patron_id"),)),
    Watch(
        "circulation_hold",
        ("patron_id", "title_id", "item_id", "copy_id", "state", "suspended_until"),
        (("title", "title_id"), ("item", "item_id")),
        states=("waiting", "ready"),
    ),
    Watch(
        "catalogue_item",
        ("barcode", "title_id", "type_id", "branch_id", "call_number", "condition"),
        (("barcode", "barcode"),),
    ),
    Watch("catalogue_title", ("title", "author", "call_number", "subject"), (("title", "id"),), CHANGED),
    Watch(
        "catalogue_title",
        ("title", "subtitle", "author", "call_number", "subject", "year", "cover"),
        (("work", "id"),),
        CHANGED,
    ),
    Watch("catalogue_searchentry", ("words",), (("work", "title_id"),)),
    Watch("catalogue_edition", ("title_id", "failures", "removed"), (("work", "title_id"),)),
    Watch(
        "catalogue_floor", ("branch_id", "name", "position", "width", "height", "you_x", "you_y", "scheme"), (FLOORS,)
    ),
    Watch("catalogue_bay", ("floor_id", "code", "x", "y", "width", "height", "first", "last"), (FLOORS,)),
    Watch("circulation_kiosk", ("branch_id",), (FLOORS,), CHANGED),
    Watch("circulation_library", ("timezone", "currency", "offline_cap", "languages"), (POLICY,)),
    Watch(
        "circulation_rule",
        (
            "category_id",
            "item_type_id",
            "branch_id",
            "days",
            "hours",
            "limit",
            "type_limit",
            "renewals",
            "fee_threshold",
            "reading_room_only",
            "renews_awaited",
            "earliest_renewal",
            "edition_id",
        ),
        (POLICY,),
    ),
    Watch("circulation_ruleversion", ("since",), (POLICY,)),
    Watch("circulation_grantedservice", ("days", "loans", "renewals", "until", "words"), (POLICY,)),
    Watch("circulation_closedday", ("branch_id", "day"), (POLICY,)),
    Watch("catalogue_branch", ("code", "name", "name_en", "closed_weekdays"), (POLICY,)),
    Watch("catalogue_branch", ("code",), (ALL,), CHANGED),
    Watch("catalogue_itemtype", ("code",), (ALL,), CHANGED),
    Watch("circulation_patroncategory", ("code",), (ALL,), CHANGED),
)


def _triggers() -> Iterator[Trigger]:
    for watch in WATCHED:
        for event, name in watch.names():
            statements = [statement for touch in watch.touches for statement in _record_change_sql(*touch, event)]
            if {POLICY, ALL} & set(watch.touches):
                statements.append(_touch_policy_sql())
            yield Trigger(name, event, watch.table, _condition_sql(watch, event), body=" ".join(statements))


def _fetch_all_again() -> None:
    """Let all kiosks fetch the whole library, because the changes that a migration makes are not recorded."""
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (kind, what) VALUES ('all', '')")
        cursor.execute(_touch_policy_sql())


TRIGGERS = TriggerSet(_triggers, [TABLE, LAW], _fetch_all_again)


def _condition_sql(watch: Watch, event: Event) -> str:
    if event != "update":
        return ""
    changed = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in watch.columns)
    if not watch.states:
        return changed
    known = ", ".join(f"'{state}'" for state in watch.states)
    return f"({changed}) AND (OLD.state IN ({known}) OR NEW.state IN ({known}))"


def _touch_policy_sql() -> str:
    """Change the mark of the policy, so that every process reads it again."""
    chance = "CAST(gen_random_uuid() AS varchar)" if connection.vendor == "postgresql" else "hex(randomblob(16))"
    return f"INSERT INTO {LAW} (id, token) VALUES (1, {chance}) ON CONFLICT (id) DO UPDATE SET token = excluded.token;"


def _record_change_sql(kind: str, column: str, event: Event) -> Iterator[str]:
    """Record the row's key as it is now and, if it has changed, as it was before."""
    into = f"INSERT INTO {TABLE} (kind, what) SELECT '{kind}',"
    if not column:
        yield f"{into} '';"
        return
    sides = {"insert": ("NEW",), "update": ("NEW", "OLD")}.get(event, ("OLD",))
    for side in sides:
        another = f' AND OLD."{column}" IS DISTINCT FROM NEW."{column}"' if (event, side) == ("update", "OLD") else ""
        yield f'{into} CAST({side}."{column}" AS varchar) WHERE {side}."{column}" IS NOT NULL{another};'
