"""Database triggers that record changes of snapshot data, whichever program writes them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from hub.core.database_triggers import Event, Trigger, TriggerSet

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
