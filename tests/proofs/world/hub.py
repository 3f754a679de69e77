"""The hub of a simulated library: its real code over SQLite in memory, called by its API functions."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kiosk.journal.model import UnsendableRow
from kiosk.sync.http import Reply
from lending.wire.fleet import FleetAnswer, HealthReport
from tests.proofs.world.clock import WorldClock

CARD_KEY = bytes(range(32))
SEAL_KEY = bytes(range(1, 33)).hex()
"""Private half of the key to which kiosks encrypt."""
PATRONS, ITEMS, KIOSKS = 8, 24, 4
BRANCH = "main"
API = "/api/v1"


def uid(patron: int) -> str:
    return f"04A1B2{patron:02X}"


def barcode(item: int) -> str:
    return f"3000000{item:07}"


def name(kiosk: int) -> str:
    return f"kiosk-{kiosk}"


def second_box(kiosk: int) -> int:
    """Return the number of the box that has a copy of the kiosk's card."""
    return kiosk + KIOSKS


def identity(box: int) -> int:
    """Return the kiosk that the hub takes a box for."""
    return (box - 1) % KIOSKS + 1


def patron_ref(patron: int) -> str:
    return f"patron-{patron}"


def set_up() -> None:
    """Let this process run a hub in memory. Call it once, before anything of the hub is imported."""
    state = Path(tempfile.mkdtemp(prefix="kiosk-world-"))
    (state / "card_key").write_text(CARD_KEY.hex() + "\n", encoding="ascii")
    (state / "seal_key").write_text(SEAL_KEY + "\n", encoding="ascii")
    os.environ.update(
        DJANGO_SETTINGS_MODULE="hub.settings",
        KIOSK_HUB_STATE=str(state),
        DATABASE_URL="sqlite://:memory:",
        DJANGO_ALLOW_ASYNC_UNSAFE="1",
    )
    import django

    django.setup()


def made_library() -> bytes:
    """Return a hub's database after its set-up: one branch, patrons with cards, items, kiosks. Call `set_up` before."""
    from django.core.management import call_command

    from hub.catalogue.models import Branch, Item, ItemType, Title
    from hub.circulation import cards
    from hub.circulation.models import Kiosk, Library, Patron, PatronCategory, Rule

    call_command("migrate", verbosity=0)
    library = Library.objects.create(name="World Library", offline_cap=4)
    cards.hold_fast(library)
    main = Branch.objects.create(code=BRANCH, name="Main", return_place="A", hold_place="B")
    adult = PatronCategory.objects.create(code="adult", name="Adult")
    book = ItemType.objects.create(code="book", name="Book")
    Rule.objects.create(category=adult, days=14, limit=5, renewals=2)
    for number in range(PATRONS):
        patron = Patron.objects.create(
            identifier=f"2000000{number:07}",
            ref=patron_ref(number),
            name=("ada", "lin")[number % 2],
            category=adult,
            expires=date(2027, 11, 25),
        )
        cards.enrol(patron, uid(number))
    for number in range(ITEMS):
        title = Title.objects.create(title=f"Title {number}", author="Author")
        Item.objects.create(barcode=barcode(number), title=title, type=book, branch=main)
    for number in range(1, KIOSKS + 1):
        Kiosk.objects.create(name=name(number), branch=main, returns="trusted")
    return _database().serialize()


def _database() -> sqlite3.Connection:
    from django.db import connection

    connection.ensure_connection()
    found: sqlite3.Connection = connection.connection
    return found


class HubDied(Exception):
    """The hub's process ended while it worked on a request; what it had committed remains."""


class _Request:
    """Those parts of a request that the API's functions read, after authentication."""

    def __init__(self, body: bytes, kiosk: Any) -> None:
        self.body = body
        self.auth = kiosk
        self.META = {"CONTENT_LENGTH": str(len(body))}
        self.headers: dict[str, str] = {}


class Hub:
    """One hub from its set-up on. A restart drops what its process held; a backup is its whole database."""

    def __init__(self, library: bytes, clock: WorldClock) -> None:
        from django.apps import apps
        from django.db import connections

        self._connection = connections["default"]
        self._app = apps.get_app_config("core")
        self._app.clock = clock
        self.clock = clock
        self.dies_after: int | None = None
        """Rows of the next upload after which the hub's process ends."""
        self.busy = 0
        """Rows for which another process locks the database."""
        self.put_back(library)

    def enter(self) -> None:
        """Select this hub for all tasks begun from here on: Django keeps a database connection per task."""
        from django.db import connections

        connections["default"] = self._connection

    def put_back(self, database: bytes) -> None:
        _database().deserialize(database)
        self.restart()

    def backup(self) -> bytes:
        return _database().serialize()

    def restart(self) -> None:
        self._known: dict[int, Any] = {}

    def answer(self, kiosk: int, method: str, path: str, body: bytes) -> Reply:
        """Answer a request. Raises HubDied."""
        from hub.circulation import api
        from hub.circulation.models import Kiosk
        from hub.ils.bridge import api as carrier

        if kiosk not in self._known:
            self._known[kiosk] = Kiosk.objects.select_related("branch").get(name=name(kiosk))
        request: Any = _Request(body, self._known[kiosk])
        match path.removeprefix(API).split("/")[1:]:
            case ["health"]:
                return _reply(api.health(request))
            case ["cards", card]:
                return _reply(api.card(request, card))
            case ["cards", card, "greeting"]:
                return _reply(carrier.greets(request, card))
            case ["cards", card, after] if (asked := urlsplit(after)).path == "after":
                return _reply(carrier.after_visit(request, card, parse_qs(asked.query).get("item", [])))
            case ["items", item]:
                return _reply(api.item(request, item))
            case ["transactions"]:
                return _reply(api.transactions(request))
            case [snapshot] if snapshot.startswith("snapshot?since="):
                return _reply(api.snapshot(request, snapshot.partition("=")[2]))
            case _:
                raise AssertionError(f"{method} {path}")

    def upgrade(self) -> None:
        """Change every table of circulation, with all its rows, between the signals that `migrate` sends."""
        from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
        from django.db.migrations import Migration
        from django.db.models import IntegerField

        plan = [(Migration("0002_upgrade", "circulation"), False)]
        emit_pre_migrate_signal(0, False, "default", plan=plan)
        with self._connection.schema_editor() as editor:
            for model in self._app.get_models():
                column = IntegerField(default=0)
                column.set_attributes_from_name("column_of_an_upgrade")
                editor.add_field(model, column)
                editor.remove_field(model, column)
        emit_post_migrate_signal(0, False, "default", plan=plan)
        self.restart()

    def rows(self, question: str) -> list[Any]:
        """Query the database as it is."""
        with self._connection.cursor() as cursor:
            cursor.execute(question)
            return list(cursor.fetchall())

    def numbers(self) -> dict[int, int]:
        """Return by kiosk the number up to which the hub has its rows."""
        from hub.circulation.models import Kiosk

        rows = Kiosk.objects.values_list("name", "max_contiguous_seq")
        return {int(called.removeprefix("kiosk-")): have for called, have in rows}

    def report(self, kiosk: int, report: HealthReport) -> FleetAnswer:
        """Take a kiosk's health report."""
        from hub.circulation.models import Kiosk
        from hub.fleet import health_reports

        return health_reports.take(Kiosk.objects.get(name=name(kiosk)), report, self.clock.now())

    def told_gone(self, kiosk: int, gone: Sequence[UnsendableRow]) -> None:
        """Process the rows that the kiosk reports as gone."""
        from hub.circulation.intake import lost_rows
        from hub.circulation.models import Kiosk
        from lending.wire.fleet import GoneReport

        lost = [
            GoneReport.model_validate({**asdict(each), "at": each.at.isoformat() if each.at else None}) for each in gone
        ]
        here = Kiosk.objects.get(name=name(kiosk))
        lost_rows.take(here, here.journal, lost, self.clock.now())

    def receive(self, item: str) -> None:
        """Check the item in at the desk."""
        from hub.catalogue.models import Branch, Item
        from hub.circulation.operations import loan_changes
        from hub.circulation.operations.context import Actor

        by = Actor(branch=Branch.objects.get(code=BRANCH), now=self.clock.now(), staff="grace")
        loan_changes.receive(by, Item.objects.get(barcode=item))

    @contextlib.contextmanager
    def troubled(self) -> Iterator[None]:
        """Let transactions meet the faults that `dies_after` and `busy` name."""
        from unittest import mock

        from django.db import OperationalError

        from hub.circulation.intake.transaction_intake import TransactionIntake

        real = TransactionIntake._try

        def tried(exchange: TransactionIntake, raw: dict[str, object], answering: Any) -> Any:
            if self.dies_after == 0:
                self.dies_after = None
                raise HubDied
            if self.busy:
                self.busy -= 1
                raise OperationalError("database is locked")
            answer = real(exchange, raw, answering)
            if self.dies_after is not None:
                self.dies_after -= 1
                if self.dies_after == 0:
                    self.dies_after = None
                    raise HubDied
            return answer

        with mock.patch.object(TransactionIntake, "_try", tried):
            yield


def _reply(answer: Any) -> Reply:
    """Return the reply that the API's framework would send."""
    if hasattr(answer, "model_dump_json"):
        return Reply(200, answer.model_dump_json().encode(), 0.0)
    return Reply(answer.status_code, bytes(answer.content), 0.0)
