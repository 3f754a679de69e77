"""Provide a small library with two patrons, three items and one kiosk, and uploads as in docs/wire.md."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import uuid6
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from hub.audit.models import SecuritySettings
from hub.catalogue.models import Branch, Item, ItemType, Title
from hub.circulation import cards
from hub.circulation.models import (
    CirculationEvent,
    ExceptionCase,
    Hold,
    Kiosk,
    Library,
    Loan,
    Patron,
    PatronCategory,
    Rule,
)
from hub.circulation.operations.context import Actor
from hub.core import backup_files
from hub.core.clock import hub_clock
from hub.fleet import enrolment
from hub.outreach.recommendations.reminders.models import OverdueNoticeStep
from tests.hub.support.device import Device, enrolled_device

NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
"""A Wednesday, 14:30 in Shanghai."""
ADA_UID, LIN_UID = "04A1B2C3", "04D4E5F6"
DUE = datetime(2026, 12, 23, 15, 59, tzinfo=UTC)
"""28 days later, in the last minute of that day in Shanghai."""


@dataclass
class World:
    """The small library of the hub's tests."""

    main: Branch
    adult: PatronCategory
    book: ItemType
    ada: Patron
    lin: Patron
    dune: Item
    emma: Item
    utopia: Item
    kiosk: Kiosk
    device: Device

    def __post_init__(self) -> None:
        self._seqs = count(1)

    @property
    def by(self) -> Actor:
        """Staff at the desk at the hub's current time."""
        return Actor(branch=self.main, now=hub_clock().now(), staff="grace")

    def advance(self, **span: float) -> None:
        """Advance the hub's clock."""
        hub_clock().set(hub_clock().now() + timedelta(**span))

    def make_due_soon(self) -> None:
        """Let every loan be due in three days, so that a renewal moves its date."""
        Loan.objects.filter(state=Loan.State.ON_LOAN).update(due=DUE - timedelta(days=25))

    def client(self) -> Client:
        """Return the kiosk's client, which signs requests."""
        return self.device.client

    def add_kiosk(self, name: str) -> Device:
        """Add another kiosk and return its device."""
        return enrolled_device(enrolment.add(name, self.main, "trusted"))

    def row(self, kind: str, *, no_block: bool = False, **body: Any) -> dict[str, Any]:
        """Return the kiosk's next journal row."""
        return {
            "id": str(uuid6.uuid7()),
            "seq": next(self._seqs),
            "boot": "b3f1",
            "mono_ns": (hub_clock().now() - NOW + timedelta(hours=1)) // timedelta(microseconds=1) * 1000,
            "at": hub_clock().now().isoformat(),
            "trust": "synced",
            "kind": kind,
            "no_block": no_block,
            "body": json.dumps(body, sort_keys=True, separators=(",", ":")),
        }

    def checkout(
        self, item: Item, uid: str = ADA_UID, *, no_block: bool = False, due: datetime = DUE
    ) -> dict[str, Any]:
        return self.row(
            "checkout",
            no_block=no_block,
            card=cards.hash_number(uid),
            item=item.barcode,
            due=due.isoformat(),
            verified="card",
        )

    def renewal(self, item: Item, uid: str = ADA_UID, *, no_block: bool = False, due: datetime = DUE) -> dict[str, Any]:
        return self.row("renew", no_block=no_block, card=cards.hash_number(uid), item=item.barcode, due=due.isoformat())

    def checkin(self, item: Item, mode: str = "provisional", *, no_block: bool = False) -> dict[str, Any]:
        return self.row("checkin", no_block=no_block, item=item.barcode, mode=mode)

    def undo(self, row: dict[str, Any], *, no_block: bool = False) -> dict[str, Any]:
        return self.row("undo", no_block=no_block, of=row["id"])

    def post(self, *rows: dict[str, Any], by: Device | None = None) -> Any:
        """Upload rows in one request and return the response."""
        return (by or self.device).post("/api/v1/transactions", {"wire": 1, "rows": list(rows)})

    def upload_all(self, *rows: dict[str, Any]) -> list[dict[str, Any]]:
        """Upload rows in one request and return their answers."""
        response = self.post(*rows)
        assert response.status_code == 200, response.content
        answers: list[dict[str, Any]] = response.json()["answers"]
        return answers

    def upload(self, row: dict[str, Any]) -> dict[str, Any]:
        """Upload one row and return its answer."""
        return self.upload_all(row)[0]

    def loans(self, item: Item) -> list[Loan]:
        """Return every loan of the item, oldest first."""
        return list(Loan.objects.filter(item=item).order_by("pk"))

    def open_cases(self) -> list[ExceptionCase]:
        return list(ExceptionCase.objects.filter(resolved_at=None))

    def event_kinds(self) -> list[str]:
        """Return the kinds of all feed events in order."""
        return list(CirculationEvent.objects.values_list("kind", flat=True))

    def place_hold(self, patron: Patron, item: Item) -> Hold:
        """Place a hold of the patron on the item's title."""
        hold: Hold = Hold.objects.create(patron=patron, title=item.title, pickup=self.main, placed_at=hub_clock().now())
        return hold


def _add_notice_steps() -> None:
    """Restore the overdue notice steps of a migration, which a committing test flushes."""
    if not OverdueNoticeStep.objects.exists():
        OverdueNoticeStep.objects.bulk_create(OverdueNoticeStep(days=each) for each in (1, 7, 21))


@dataclass(frozen=True, slots=True)
class Recording:
    """The statements that created the small library in an empty SQLite database.

    Repeating them takes a fifth of the time.
    """

    card_key: str
    """Key of the card hashes; some tests have their own."""
    statements: tuple[tuple[str, Any], ...]
    sequences: dict[str, int]
    """Last primary key of each table before the first insert."""
    rows: bytes
    """Pickled result of `_rows`."""
    end: datetime
    """Hub time after the last statement; no row may be later than a test's time."""

    def fits(self) -> bool:
        """Return whether the tables are empty and the card key is the same."""
        filled = " OR ".join(f'EXISTS (SELECT 1 FROM "{table}")' for table in self.sequences)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {filled}")
            return self.card_key == cards.card_key() and not cursor.fetchone()[0]

    def replay(self) -> dict[str, Any]:
        """Repeat the statements and return the rows."""
        with connection.cursor() as cursor:
            sequences = [(last, table) for table, last in self.sequences.items()]
            cursor.executemany("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", sequences)
            for sql, parameters in self.statements:
                cursor.execute(sql, parameters)
        hub_clock().set(self.end)
        rows: dict[str, Any] = pickle.loads(self.rows)
        return rows


_recorded: Recording | None = None


def make_world() -> World:
    """Create the small library in an empty database and set the hub's clock to NOW."""
    hub_clock().set(NOW)
    if backup_files.read(settings.STATE) != NOW:
        backup_files.record(NOW, settings.STATE)
    _add_notice_steps()
    SecuritySettings.objects.update_or_create(pk=1, defaults={"second_step": False})  # its own tests enable it
    with transaction.atomic():
        if connection.vendor != "sqlite":
            rows = _rows()
        else:
            rows = _recorded.replay() if _recorded and _recorded.fits() else _record()
    return World(**rows, device=enrolled_device(rows["kiosk"]))


def _record() -> dict[str, Any]:
    """Create the rows, and record their statements if the tables were empty."""
    global _recorded
    statements: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE")):
            statements.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence")
        last = dict(cursor.fetchall())
        with connection.execute_wrapper(listen):
            rows = _rows()
        inserts = Counter(sql.split('"')[1] for sql, _ in statements if sql.startswith("INSERT"))
        for table, count in inserts.items():
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            if cursor.fetchone()[0] != count:
                return rows
    sequences = {table: last.get(table, 0) for table in inserts}
    _recorded = Recording(cards.card_key(), tuple(statements), sequences, pickle.dumps(rows), hub_clock().now())
    return rows


def _rows() -> dict[str, Any]:
    """Create the rows of the small library and return the fields of `World` except the device."""
    library = Library.objects.create(name="Test Library")
    cards.hold_fast(library)
    main = Branch.objects.create(code="main", name="Main", return_place="A", hold_place="B")
    adult = PatronCategory.objects.create(code="adult", name="Adult")
    book = ItemType.objects.create(code="book", name="Book")
    Rule.objects.create(category=adult, days=28, limit=3, renewals=1)
    kiosk = enrolment.add("front", main, "trusted")

    def patron(name: str, identifier: str, uid: str) -> Patron:
        made: Patron = Patron.objects.create(
            identifier=identifier, name=name, category=adult, expires=date(2027, 11, 25), language="en"
        )
        cards.enrol(made, uid)
        cards.enrol(made, identifier)
        return made

    def item(barcode: str, title: str, author: str) -> Item:
        described = Title.objects.create(title=title, author=author, subject="8", call_number="813 XYZ")
        made: Item = Item.objects.create(barcode=barcode, title=described, type=book, branch=main)
        return made

    return {
        "main": main,
        "adult": adult,
        "book": book,
        "ada": patron("Ada Sample", "20000000000012", ADA_UID),
        "lin": patron("林样本", "20000000000020", LIN_UID),
        "dune": item("30000000000011", "Dune", "Herbert, Frank"),
        "emma": item("30000000000029", "Emma", "Austen, Jane"),
        "utopia": item("30000000000037", "Utopia", "More, Thomas"),
        "kiosk": kiosk,
    }
