"""Read what hub and journals hold at the end of a world, without the product's code."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kiosk.journal.errors import translate_errors
from tests.proofs.world.machine import Machine
from tests.proofs.world.world import World


@dataclass(frozen=True, slots=True)
class Kept:
    """A transaction at the hub."""

    id: str
    kiosk: int
    seq: int
    kind: str
    outcome: str
    no_block: bool


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the hub's feed."""

    kind: str
    loan: int | None
    item: str
    patron: str
    transaction: str
    kiosk: str


@dataclass(frozen=True, slots=True)
class Case:
    """A case at the exception desk."""

    kind: str
    reason: str
    transaction: str
    kiosk: int
    open: bool


@dataclass(frozen=True, slots=True)
class Loan:
    item: str
    patron: str
    state: str
    looked_for: bool = False
    """Not the patron's return: the item was scanned at about that time, and staff have a task to find it."""


@dataclass(frozen=True, slots=True)
class Left:
    """A row of a kiosk's journal."""

    seq: int
    id: str
    state: str


@dataclass(frozen=True, slots=True)
class Facts:
    kept: Mapping[str, Kept]
    events: Sequence[Event]
    cases: Sequence[Case]
    loans: Sequence[Loan]
    contiguous: Mapping[int, int]
    journals: Mapping[int, Sequence[Left]]


def found(world: World) -> Facts:
    hub = world.hub
    kept = [
        Kept(_id(id), _number(kiosk), seq, kind, outcome, bool(no_block))
        for id, kiosk, seq, kind, outcome, no_block in hub.rows(
            "SELECT t.id, k.name, t.seq, t.kind, t.outcome, t.no_block FROM circulation_transaction t"
            " JOIN circulation_kiosk k ON k.id = t.kiosk_id"
        )
    ]
    return Facts(
        kept={each.id: each for each in kept},
        events=[
            _event(kind, data)
            for kind, data in hub.rows("SELECT kind, data FROM circulation_circulationevent ORDER BY id")
        ],
        cases=[
            Case(kind, reason, _id(of) if of else "", _number(kiosk), open=resolved is None)
            for kind, reason, of, kiosk, resolved in hub.rows(
                "SELECT c.kind, c.reason, c.transaction_id, k.name, c.resolved_at FROM circulation_exceptioncase c"
                " JOIN circulation_kiosk k ON k.id = c.kiosk_id"
            )
        ],
        loans=[
            Loan(item, patron, state, bool(looked_for))
            for item, patron, state, looked_for in hub.rows(
                "SELECT i.barcode, p.ref, l.state, EXISTS (SELECT 1 FROM circulation_pendingreturn h"
                " WHERE h.loan_id = l.id AND h.state = 'waiting' AND h.\"transaction\" IS NULL) FROM circulation_loan l"
                " JOIN catalogue_item i ON i.id = l.item_id JOIN circulation_patron p ON p.id = l.patron_id"
            )
        ],
        contiguous=hub.numbers(),
        journals={number: _left(kiosk.machine) for number, kiosk in world.kiosks.items() if kiosk.machine},
    )


def _left(machine: Machine) -> Sequence[Left]:
    with translate_errors(machine.place.folder):
        rows: Any = machine.journal._db.execute("SELECT seq, id, state FROM rows ORDER BY seq").fetchall()
    return [Left(*values) for values in rows]


def _event(kind: str, data: str) -> Event:
    fields = json.loads(data)
    return Event(
        kind,
        fields.get("loan"),
        fields.get("item") or "",
        fields.get("patron") or "",
        fields.get("transaction") or "",
        fields.get("kiosk") or "",
    )


def _id(text: str) -> str:
    return str(uuid.UUID(text))


def _number(name: str) -> int:
    return int(name.removeprefix("kiosk-"))
