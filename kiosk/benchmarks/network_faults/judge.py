"""Record what each kiosk stated to its patrons, and compare the hub's database with it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

from kiosk.benchmarks.network_faults.kiosk import UploadControl
from kiosk.benchmarks.network_faults.server_identity import DOMAIN
from kiosk.benchmarks.record import Verdict
from kiosk.visit_player.processes import PATIENCE

BOOKS = 4
"""Items per kiosk."""
YES = ("accepted", "deferred")


@dataclass(frozen=True, slots=True)
class Site:
    """One kiosk: name, folder, and the items that circulate only there."""

    number: int
    folder: Path
    control: UploadControl = UploadControl.NONE

    @property
    def name(self) -> str:
        return f"k{self.number:03}"

    @property
    def host(self) -> str:
        return f"{self.name}.{DOMAIN}"

    @property
    def card(self) -> str:
        """Card UID of a patron who may borrow."""
        return f"AA{self.number:06X}"

    @property
    def blocked(self) -> str:
        """Card UID of a blocked patron."""
        return f"BB{self.number:06X}"

    @property
    def books(self) -> Sequence[str]:
        return [f"3888{self.number:05}{book:05}" for book in range(BOOKS)]


@dataclass(frozen=True, slots=True)
class PatronStatement:
    """An errand and the outcome shown to the patron."""

    id: str
    verb: str
    item: str
    outcome: str

    @property
    def yes(self) -> bool:
        return self.outcome in YES


@dataclass(frozen=True, slots=True)
class Intent:
    """An errand that a patron wants to do."""

    verb: str
    card: str
    item: str


@dataclass
class Shelf:
    """`out` maps items on loan to the borrowing card; `handed` holds returns that staff have not checked."""

    site: Site
    statements: list[PatronStatement] = field(default_factory=list)
    out: dict[str, str] = field(default_factory=dict)
    handed: set[str] = field(default_factory=set)
    _renewed: set[str] = field(default_factory=set)

    def next(self, random: Random) -> Intent:
        """Choose an errand that is possible with a random item."""
        item = random.choice(list(self.site.books))
        if item not in self.out:
            card = self.site.blocked if random.random() < 0.15 else self.site.card
            return Intent("borrow", card, item)
        if self.out[item] == self.site.card and item not in self._renewed and random.random() < 0.3:
            return Intent("renew", self.site.card, item)
        return Intent(random.choice(("return", "hand in")), self.site.card, item)

    def hear(self, intent: Intent, id: str, outcome: str) -> None:
        statement = PatronStatement(id, intent.verb, intent.item, outcome)
        self.statements.append(statement)
        if not statement.yes:
            return
        match intent.verb:
            case "borrow":
                self.out[intent.item] = intent.card
                self.handed.discard(intent.item)
                self._renewed.discard(intent.item)
            case "renew":
                self._renewed.add(intent.item)
            case verb:
                self.out.pop(intent.item, None)
                if verb == "hand in":
                    self.handed.add(intent.item)


@dataclass(frozen=True, slots=True)
class StoredTransaction:
    """One row in the hub's database."""

    id: str
    seq: int
    outcome: str


@dataclass(frozen=True, slots=True)
class HubRecords:
    """The hub's records of one kiosk, with rows in order of storage."""

    rows: Sequence[StoredTransaction]
    loans: Sequence[tuple[str, str, str]]
    """Transaction, item and state."""
    renewals: Counter[str]
    handed_in: Counter[str]
    cases: frozenset[str]
    """Transactions that are or were exceptions."""


def read_hub_records(database: Path, shelf: Shelf) -> HubRecords:
    """Read the hub's records of one kiosk from its database."""
    with sqlite3.connect(f"file:{database}?mode=ro", timeout=PATIENCE, uri=True) as db:
        rows = db.execute(
            "SELECT t.id, t.seq, t.outcome FROM circulation_transaction t "
            "JOIN circulation_kiosk k ON k.id = t.kiosk_id WHERE k.name = ? ORDER BY t.rowid",
            (shelf.site.name,),
        ).fetchall()
        loans = db.execute(
            'SELECT l."transaction", i.barcode, l.state FROM circulation_loan l '
            "JOIN catalogue_item i ON i.id = l.item_id "
            f"WHERE i.barcode IN ({','.join('?' * len(shelf.site.books))}) ORDER BY l.id",
            list(shelf.site.books),
        ).fetchall()
        renewals = db.execute('SELECT "transaction" FROM circulation_renewal').fetchall()
        handed = db.execute('SELECT "transaction" FROM circulation_pendingreturn').fetchall()
        cases = db.execute("SELECT transaction_id FROM circulation_exceptioncase").fetchall()
    return HubRecords(
        [StoredTransaction(_id(id), seq, outcome) for id, seq, outcome in rows],
        [(_id(of), item, state) for of, item, state in loans],
        Counter(_id(of) for (of,) in renewals),
        Counter(_id(of) for (of,) in handed),
        frozenset(_id(of) for (of,) in cases),
    )


def _id(stored: str | None) -> str:
    return str(UUID(stored)) if stored else ""


def judge(shelf: Shelf, has: HubRecords, set_aside: int = 0) -> Verdict:
    """Compare one kiosk; `set_aside` is the number of rows that the kiosk itself reports as set aside."""
    verdict, name = Verdict(), shelf.site.name
    stored = {row.id: row for row in has.rows}
    statements = {each.id: each for each in shelf.statements}
    for each in shelf.statements:
        _check_row(verdict, f"{name}: {each.verb} {each.item}", each, stored.get(each.id), has)
    for row in has.rows:
        if row.id not in statements:
            verdict.doubled.append(f"{name}: seq {row.seq} is {row.outcome}, and no patron was informed")
    seqs = [row.seq for row in has.rows]
    if seqs != list(range(1, len(seqs) + 1)):
        verdict.corrupt.append(f"{name}: the hub stored the rows in the order {_brief(seqs)}")
    if set_aside != verdict.for_staff:
        verdict.corrupt.append(f"{name}: the kiosk set {set_aside} rows aside, the hub {verdict.for_staff}")
    _books(verdict, shelf, has)
    return verdict


def _check_row(
    verdict: Verdict, what: str, stated: PatronStatement, row: StoredTransaction | None, has: HubRecords
) -> None:
    loans = [loan for loan in has.loans if loan[0] == stated.id]
    if len(loans) > 1 or has.renewals[stated.id] > 1 or has.handed_in[stated.id] > 1:
        verdict.doubled.append(f"{what}: it took effect more than once")
    if not stated.yes:
        if loans or (row is not None and row.outcome == "accepted"):
            verdict.corrupt.append(f"{what}: the patron was refused, and it was done")
    elif row is None:
        verdict.lost.append(f"{what}: the patron was informed ({stated.outcome}), and the hub has no row")
    elif row.outcome == "set_aside" and stated.id in has.cases:
        verdict.for_staff += 1
    elif row.outcome != "accepted":
        verdict.lost.append(f"{what}: the patron was informed ({stated.outcome}), the hub decided {row.outcome}")
    elif stated.verb == "borrow" and not loans:
        verdict.lost.append(f"{what}: accepted, but there is no loan")


def _books(verdict: Verdict, shelf: Shelf, has: HubRecords) -> None:
    """Check that each item is where the kiosk expects it, and was lent as often as patrons were informed."""
    lent = Counter(each.item for each in shelf.statements if each.verb == "borrow" and each.yes)
    for book in shelf.site.books:
        loans = [state for _, item, state in has.loans if item == book]
        where = "on_loan" if book in shelf.out else "handed_in" if book in shelf.handed else ""
        open_loans = [state for state in loans if state in ("on_loan", "handed_in")]
        if len(loans) > lent[book]:
            verdict.doubled.append(f"{shelf.site.name}: {book} was lent {lent[book]} times, the hub has {len(loans)}")
        elif open_loans != ([where] if where else []):
            verdict.lost.append(f"{shelf.site.name}: {book} should be {where or 'in'}, the hub has {open_loans}")


def _brief(seqs: Sequence[int]) -> str:
    wrong = next((at for at, seq in enumerate(seqs) if seq != at + 1), len(seqs))
    return f"... {', '.join(map(str, seqs[max(0, wrong - 2) : wrong + 4]))} ..."
