"""Install database triggers that record changes of snapshot data, whichever program writes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection, transaction

TABLE, LAW = "circulation_unnumberedchange", "circulation_policymark"
Event = Literal["insert", "update", "delete"]
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
    Watch("circulation_patron", ("ref", "category_id", "status", "expires", "language"), (("patron", "id"),), CHANGED),
    Watch(
        "circulation_loan",
        ("patron_id", "item_id", "state", "due", "renewals", "reckoned"),
        (("item", "item_id"), ("patron", "patron_id")),
        states=("on_loan", "handed_in"),
    ),
    Watch("circulation_cardrecommendations", ("patron_id", "picks"), (("patron", "patron_id"),)),
    Watch("circulation_carddisplaypreferences", ("patron_id", "text"), (("patron", "patron_id"),)),
    Watch("circulation_fee", ("patron_id", "amount", "paid"), (("patron", "patron_id"),)),
    Watch(
        "circulation_hold",
        ("patron_id", "title_id", "item_id", "state"),
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
        "catalogue_title", ("title", "subtitle", "author", "call_number", "subject", "year"), (("work", "id"),), CHANGED
    ),
    Watch("search_entry", ("words",), (("work", "title_id"),)),
    Watch("editions_edition", ("title_id", "failures", "removed"), (("work", "title_id"),)),
    Watch("shelves_floor", ("branch_id", "name", "position", "width", "height", "you_x", "you_y", "scheme"), (FLOORS,)),
    Watch("shelves_bay", ("floor_id", "code", "x", "y", "width", "height", "first", "last"), (FLOORS,)),
    Watch("circulation_kiosk", ("branch_id",), (FLOORS,), CHANGED),
    Watch("circulation_library", ("timezone", "currency", "offline_cap"), (POLICY,)),
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
    Watch("circulation_closedday", ("branch_id", "day"), (POLICY,)),
    Watch("catalogue_branch", ("code", "name", "name_en", "closed_weekdays"), (POLICY,)),
    Watch("catalogue_branch", ("code",), (ALL,), CHANGED),
    Watch("catalogue_itemtype", ("code",), (ALL,), CHANGED),
    Watch("circulation_patroncategory", ("code",), (ALL,), CHANGED),
)


def install() -> None:
    """Create every trigger that is missing."""
    with transaction.atomic(), connection.cursor() as cursor:
        there = _there(cursor)
        for watch in WATCHED:
            for event, name in watch.names():
                if name not in there:
                    for statement in _made(watch, event, name):
                        cursor.execute(statement)


def remove() -> None:
    """Drop every trigger: SQLite cannot rebuild a table that has triggers."""
    with transaction.atomic(), connection.cursor() as cursor:
        there = _there(cursor)
        for watch in WATCHED:
            for _event, name in watch.names():
                if name in there:
                    for statement in _unmade(watch, name):
                        cursor.execute(statement)


def before_migrating(plan: Sequence[object] = (), **_signal: object) -> None:
    """Drop the triggers before tables change."""
    if plan:
        remove()


def after_migrating(plan: Sequence[object] = (), **_signal: object) -> None:
    """Restore the triggers.

    After a migration all kiosks fetch the whole library, because changes made without triggers were not recorded.
    """
    if not {TABLE, LAW} <= set(connection.introspection.table_names()):
        return
    install()
    if plan:
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {TABLE} (kind, what) VALUES ('all', '')")
            cursor.execute(_marked())


def _there(cursor: Any) -> set[str]:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'told_%'")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'told_%'")
    return {name for (name,) in cursor.fetchall()}


def _made(watch: Watch, event: Event, name: str) -> list[str]:
    head = f'CREATE TRIGGER "{name}" AFTER {event.upper()} ON "{watch.table}" FOR EACH ROW {_when(watch, event)}'
    statements = [statement for touch in watch.touches for statement in _noted(*touch, event)]
    if {POLICY, ALL} & set(watch.touches):
        statements.append(_marked())
    body = " ".join(statements)
    if connection.vendor != "postgresql":
        return [f"{head}BEGIN {body} END"]
    return [
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS'
        f" $body$ BEGIN {body} RETURN NULL; END $body$",
        f'{head}EXECUTE FUNCTION "{name}"()',
    ]


def _when(watch: Watch, event: Event) -> str:
    if event != "update":
        return ""
    changed = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in watch.columns)
    if not watch.states:
        return f"WHEN ({changed}) "
    known = ", ".join(f"'{state}'" for state in watch.states)
    return f"WHEN (({changed}) AND (OLD.state IN ({known}) OR NEW.state IN ({known}))) "


def _unmade(watch: Watch, name: str) -> list[str]:
    if connection.vendor != "postgresql":
        return [f'DROP TRIGGER "{name}"']
    return [f'DROP TRIGGER "{name}" ON "{watch.table}"', f'DROP FUNCTION IF EXISTS "{name}"()']


def _marked() -> str:
    """Change the mark of the policy, so that every process reads it again."""
    chance = "CAST(gen_random_uuid() AS varchar)" if connection.vendor == "postgresql" else "hex(randomblob(16))"
    return f"INSERT INTO {LAW} (id, token) VALUES (1, {chance}) ON CONFLICT (id) DO UPDATE SET token = excluded.token;"


def _noted(kind: str, column: str, event: Event) -> Iterator[str]:
    """Record the row's key as it is now and, if it has changed, as it was before."""
    into = f"INSERT INTO {TABLE} (kind, what) SELECT '{kind}',"
    if not column:
        yield f"{into} '';"
        return
    sides = {"insert": ("NEW",), "update": ("NEW", "OLD"), "delete": ("OLD",)}[event]
    for side in sides:
        another = f' AND OLD."{column}" IS DISTINCT FROM NEW."{column}"' if (event, side) == ("update", "OLD") else ""
        yield f'{into} CAST({side}."{column}" AS varchar) WHERE {side}."{column}" IS NOT NULL{another};'
