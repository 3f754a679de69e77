"""Compare the journal and the hub's data with what the screen showed."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.proofs.monkey.job import Asked, Outcome
from tests.support.patience import PATIENCE

LENT, RENEWED, RETURNED = "checkout", "renew", "checkin"
RENEWS = {"renew", "renew_all", "undo"}


@dataclass(frozen=True, slots=True)
class Row:
    """A transaction as the hub has it; the body is as made at the desk."""

    id: str
    kind: str
    accepted: bool
    body: dict[str, Any]


def hub_rows(state: Path, kiosk: str) -> list[Row]:
    """Return all rows that this kiosk uploaded, in order."""
    with sqlite3.connect(f"file:{state}/hub.sqlite3?mode=ro", timeout=PATIENCE, uri=True) as db:
        found = db.execute(
            "SELECT t.id, t.kind, t.outcome, t.body FROM circulation_transaction t"
            " JOIN circulation_kiosk k ON k.id = t.kiosk_id WHERE k.name = ? ORDER BY t.seq",
            (kiosk,),
        ).fetchall()
    return [
        Row(str(uuid.UUID(of)), kind, outcome == "accepted", json.loads(body or "{}"))
        for of, kind, outcome, body in found
    ]


Cards = Sequence[frozenset[str]]
"""Hashes of the two numbers of each card, as sent over the wire."""


def judged(outcome: Outcome, rows: Sequence[Row], cards: Cards, labels: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for every loan, renewal and return that was not requested."""
    if len(rows) != outcome.rows:
        yield f"the kiosk handed over {outcome.rows} transactions, the hub has {len(rows)}"
    done = Counter[tuple[int, str, str]]()
    for row in rows:
        if row.kind not in (LENT, RENEWED, RETURNED) or not row.accepted:
            continue
        visit = outcome.shown.get(row.id)
        if visit is None:
            yield f"a {row.kind} was written that stood on no glass"
            continue
        asked = outcome.asked.get(visit, Asked())
        yield from _unasked(row, asked, visit, cards, labels)
        done[visit, row.kind, row.body["item"]] += 1
    for (visit, kind, item), count in done.items():
        shown = outcome.asked.get(visit, Asked()).labels.count(labels.index(item)) if item in labels else 0
        if kind == LENT and count > shown:
            yield f"in visit {visit} a book was lent {count} times and shown {shown} times"


def _unasked(row: Row, asked: Asked, visit: int, cards: Cards, labels: Sequence[str]) -> Iterator[str]:
    item = row.body["item"]
    scanned = item in {labels[place] for place in asked.labels}
    if not scanned and not (row.kind == RENEWED and asked.pressed & RENEWS):
        yield f"in visit {visit} a {row.kind} has an item that was not scanned"
    if row.kind != RETURNED and not any(row.body["card"] in cards[place] for place in asked.cards):
        yield f"in visit {visit} a {row.kind} has a card that was not presented"
