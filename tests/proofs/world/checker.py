"""Judge a finished world: what patrons saw against what the hub recorded."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kiosk.journal.journal import KEEP_BODY
from tests.proofs.power.rules import Harm
from tests.proofs.world.facts import Event, Facts, Kept
from tests.proofs.world.history import End, History, Op, Written
from tests.proofs.world.hub import CARD_KEY, identity, patron_ref, uid
from tests.proofs.world.library import SHELF, Shelves
from tests.proofs.world.world import Stay

EFFECTS = {
    "checkout": {"checkout"},
    "checkin": {"checkin", "handed_in", "return_confirmed"},
    "renew": {"renewed"},
    "undo": {"checkout_undone", "renewal_undone"},
    "said": set(),
}
"""The feed's events, once each, for each kind of transaction. `said` rows have none."""
CLONED_KIOSK = "cloned_kiosk"
OF_LOANS = set[str]().union(*EFFECTS.values())
ENDS = {"checkin", "undo"}
ENDS_A_LOAN = {"checkin", "return_confirmed", "checkout_undone"}


@dataclass(frozen=True, slots=True)
class Wrong:
    harm: Harm
    why: str


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that a world records."""

    history: History
    facts: Facts
    shelves: Shelves
    stays: Sequence[Stay]
    restored: Sequence[float]
    failures: Sequence[str]


class Checker:
    """The rules; each reports its own findings, independent of the others."""

    def __init__(self, seen: Observed) -> None:
        self._seen = seen
        self._facts = seen.facts
        self._rows = seen.history.rows
        self._by_op, self._op_of = self._matched()
        self._cases = Counter(case.transaction for case in self._facts.cases)
        self._done = self._effects()

    def wrongs(self) -> list[Wrong]:
        rules = (
            self._machines,
            self._queues,
            self._told_yes,
            self._told_no,
            self._never_twice,
            self._nobody_told,
            self._only_said,
            self._in_order,
            self._alternate,
            self._own_card,
            self._listed,
            self._warned,
            self._kept_for_its_day,
            self._shelves,
        )
        return [wrong for rule in rules for wrong in rule()]

    def _matched(self) -> tuple[dict[int, list[Written]], dict[str, Op]]:
        """Match the rows with the patrons' acts for which they were written."""
        by_op: dict[int, list[Written]] = defaultdict(list)
        op_of: dict[str, Op] = {}
        for row in self._rows.values():
            for op in reversed(self._seen.history.ops):
                same = (op.kiosk, op.kind) == (row.kiosk, row.kind) and op.began <= row.at
                if same and (op.of == row.of if row.kind == "undo" else op.item == row.item):
                    by_op[op.number].append(row)
                    op_of[row.id] = op
                    break
        return by_op, op_of

    def _effects(self) -> Counter[str]:
        """Count how often the hub did each transaction."""
        done: Counter[str] = Counter()
        for event in self._facts.events:
            kept = self._facts.kept.get(event.transaction)
            kind = kept.kind if kept else "checkout"
            done[event.transaction] += event.kind in EFFECTS[kind] and not self._closes_former(event, kind)
        return done

    @staticmethod
    def _closes_former(event: Event, kind: str) -> bool:
        """Return whether the event ends the previous loan, which a loan reports under its own number."""
        return kind != "checkin" and event.kind == "checkin"

    def _machines(self) -> Iterator[Wrong]:
        for failure in self._seen.failures:
            yield Wrong(Harm.CORRUPT, failure)

    def _queues(self) -> Iterator[Wrong]:
        for stay in self._seen.stays:
            yield Wrong(Harm.LOST, f"kiosk {stay.kiosk}: {stay.rows} rows wait a minute after the network is back")
        for number, rows in self._facts.journals.items():
            if waiting := sum(row.state == "queued" for row in rows):
                yield Wrong(Harm.LOST, f"kiosk {number}: {waiting} rows are queued on disk and never sent")
            last = rows[-1].seq if rows else 0
            have = self._facts.contiguous[identity(number)]
            if have < last or (have > last and identity(number) not in self._seen.history.copied):
                yield Wrong(Harm.LOST, f"kiosk {number} has {last} rows, the hub {have} without a gap")

    def _told_yes(self) -> Iterator[Wrong]:
        for op in self._ended(End.OK):
            of = op.id or next((row.id for row in self._by_op[op.number] if row.heard in ("accepted", "deferred")), "")
            kept, what = self._facts.kept.get(of), _said(op)
            if of in self._seen.history.gone:
                continue
            if kept is None and self._went_with_its_card(of):
                continue
            if kept is None:
                yield Wrong(Harm.LOST, f"{what} told yes, and the hub has nothing of it")
            elif kept.outcome == "refused":
                yield Wrong(Harm.LOST, f"{what} told yes and refused")
            elif kept.outcome == "set_aside" and op.confirmed and not self._restored_since(op.ended):
                yield Wrong(Harm.LOST, f"{what} confirmed and then set aside")
            elif kept.outcome == "accepted" and not self._done[of] and not self._may_be_nothing(kept):
                yield Wrong(Harm.LOST, f"{what} told yes, and the hub did nothing")

    def _went_with_its_card(self, of: str) -> bool:
        """Return whether the row is gone: from the overwritten card and from the restored hub."""
        row = self._rows.get(of)
        if row is None or of not in self._seen.history.discarded:
            return False
        return row.closed is None or self._restored_since(row.closed)

    @staticmethod
    def _may_be_nothing(kept: Kept) -> bool:
        """Return whether the hub may accept it without effect: the loan is over, or the item is in its place."""
        return kept.kind != "checkout" and kept.no_block

    def _told_no(self) -> Iterator[Wrong]:
        for op in self._ended(End.FAIL):
            for row in self._by_op[op.number]:
                if op.began <= row.at <= op.ended and self._done[row.id]:
                    yield Wrong(Harm.DOUBLED, f"{_said(op)} told no and done all the same")

    def _never_twice(self) -> Iterator[Wrong]:
        for of, times in self._done.items():
            if of and times > 1:
                yield Wrong(Harm.DOUBLED, f"transaction {of} was done {times} times")
        for op in self._ended(End.OK, End.UNKNOWN):
            done = [row.id for row in self._by_op[op.number] if self._done[row.id]]
            if len(done) > 1:
                yield Wrong(Harm.DOUBLED, f"{_said(op)} done under {len(done)} numbers")
        for of in self._done:
            if of and of not in self._rows:
                yield Wrong(Harm.DOUBLED, f"transaction {of} was done, and no kiosk ever wrote it")

    def _nobody_told(self) -> Iterator[Wrong]:
        """Report what was done without an answer or a promise, unless staff can see it or the patron is written to.

        Power may be cut when the answer is on the disk and not yet on the screen: no kiosk can distinguish that from an
        answer that was seen. The row is uploaded as promised, and the hub reports its result to the patron. An undo or
        a return is not always reported: it is done, and leaves the patron no unknown loan.
        """
        written_to = {event.transaction for event in self._facts.events if event.kind == "promise_confirmed"}
        for row in self._rows.values():
            kept = self._facts.kept.get(row.id)
            promised = kept is not None and kept.no_block and (kept.kind in ENDS or kept.id in written_to)
            silent = not row.heard and not row.promised and not promised and not self._cases[row.id]
            if silent and kept and kept.outcome == "accepted" and self._done[row.id]:
                yield Wrong(Harm.DOUBLED, f"{row.kind} of {row.item} was done, and neither patron nor staff know")

    def _only_said(self) -> Iterator[Wrong]:
        for event in self._facts.events:
            kept = self._facts.kept.get(event.transaction)
            if kept and kept.kind == "said" and event.kind in OF_LOANS:
                yield Wrong(Harm.CORRUPT, f"what a patron said, {kept.id}, did {event.kind} to {event.item}")

    def _in_order(self) -> Iterator[Wrong]:
        """Check the order. Rows that a restored hub had lost may come after rows that were queued at that time."""
        resent = self._seen.history.resent
        last: dict[str, int] = {}
        for event in self._facts.events:
            kept = self._facts.kept.get(event.transaction)
            if kept is None or event.kind not in EFFECTS[kept.kind]:
                continue
            if kept.kiosk in self._seen.history.copied:
                continue
            again = kept.seq >= resent.get(kept.kiosk, kept.seq + 1)
            if kept.seq < last.get(event.kiosk, 0) and not again:
                yield Wrong(Harm.CORRUPT, f"{event.kiosk}: row {kept.seq} was done after row {last[event.kiosk]}")
            last[event.kiosk] = max(kept.seq, last.get(event.kiosk, 0))

    def _alternate(self) -> Iterator[Wrong]:
        """Check that items are borrowed only while in the library; a late loan that is over begins and ends at once."""
        out: dict[str, int | None] = {}
        events = [event for event in self._facts.events if event.loan is not None]
        for event, following in zip(events, [*events[1:], None], strict=False):
            match event.kind:
                case "checkout":
                    over = following and following.loan == event.loan and following.kind in ENDS_A_LOAN
                    if out.get(event.item) is not None and not over:
                        yield Wrong(Harm.DOUBLED, f"{event.item} was lent while it was on loan")
                    if not over:
                        out[event.item] = event.loan
                case "loan_reopened":
                    out[event.item] = event.loan
                case kind if kind in ENDS_A_LOAN or kind == "handed_in":
                    if out.get(event.item) == event.loan:
                        out[event.item] = None

    def _own_card(self) -> Iterator[Wrong]:
        for event in self._facts.events:
            op = self._op_of.get(event.transaction)
            if op is None or event.kind not in ("checkout", "renewed"):
                continue
            if event.patron != patron_ref(op.patron) or self._rows[event.transaction].card != card_of(op.patron):
                yield Wrong(Harm.CORRUPT, f"{_said(op)} stands on the card of {event.patron}")

    def _listed(self) -> Iterator[Wrong]:
        for kept in self._facts.kept.values():
            if kept.outcome == "set_aside" and not self._cases[kept.id]:
                yield Wrong(Harm.LOST, f"transaction {kept.id} was set aside, and no case tells of it")
        for case in self._facts.cases:
            if case.reason == CLONED_KIOSK and case.kiosk in self._seen.history.copied:
                continue
            if case.kind == "conflict" or case.reason.startswith("hub error"):
                yield Wrong(Harm.CORRUPT, f"the exception desk has a {case.kind}: {case.reason}")
            if case.kind == case.reason == "gap" and case.open:
                yield Wrong(Harm.LOST, f"kiosk {case.kiosk}: rows are missing at the hub")

    def _warned(self) -> Iterator[Wrong]:
        """Check that staff know of two rows with one number, once the hub has had both, even after a restore."""
        for kiosk in self._seen.history.copied:
            answered: dict[int, list[Written]] = defaultdict(list)
            for row in self._rows.values():
                if identity(row.kiosk) == kiosk and row.answered:
                    answered[row.seq].append(row)
            warned = any(case.reason == CLONED_KIOSK and case.kiosk == kiosk for case in self._facts.cases)
            for rows in answered.values():
                if len(rows) > 1 and not warned and not self._restored_between(rows):
                    ids = " and ".join(row.id for row in rows)
                    yield Wrong(Harm.LOST, f"kiosk {kiosk} used number {rows[0].seq} twice ({ids}), and no case tells")

    def _restored_between(self, rows: Sequence[Written]) -> bool:
        """Return whether the hub may never have had these rows at the same time."""
        first, last = (pick(row.answered or 0.0 for row in rows) for pick in (min, max))
        return any(first < when < last for when in self._seen.restored)

    def _kept_for_its_day(self) -> Iterator[Wrong]:
        """Check that what was answered within a day can be sent again to a hub that lost it."""
        for of, at in self._seen.history.gone.items():
            row, kept = self._rows[of], self._facts.kept.get(of)
            answered = row.closed is not None and row.dated and at - row.closed < KEEP_BODY.total_seconds() - 60.0
            if answered and row.heard != "refused" and kept is None:
                yield Wrong(Harm.LOST, f"{row.kind} of {row.item} was erased within a day of its answer")

    def _shelves(self) -> Iterator[Wrong]:
        """Check that each book is on loan to the patron who has it, unless the exception desk covers it.

        A loan on the staff's list of returns to check continues if they do not find the book.
        """
        spoken = {self._rows[each].item for each in self._seen.history.gone if each in self._rows}
        doubtful = (case for case in self._facts.cases if case.kind != "against" and case.transaction in self._rows)
        spoken |= {self._rows[each].item for each in self._seen.history.discarded if each in self._rows}
        spoken |= {self._rows[case.transaction].item for case in doubtful}
        out = {loan.item: loan.patron for loan in self._facts.loans if loan.state == "on_loan"}
        looked_for = {(loan.item, loan.patron) for loan in self._facts.loans if loan.looked_for}
        for item, place in self._seen.shelves.where.items():
            if item in self._seen.shelves.doubtful or item in spoken:
                continue
            has, hub = patron_ref(place) if place >= 0 else None, out.get(item)
            if has != hub and (item, has) not in looked_for:
                harm = Harm.LOST if has else Harm.DOUBLED
                yield Wrong(
                    harm, f"{item} is {_place(place)}, and the hub has it {'on loan to ' + hub if hub else 'in'}"
                )

    def _ended(self, *ends: End) -> Iterator[Op]:
        return (op for op in self._seen.history.ops if op.end in ends and op.kind)

    def _restored_since(self, at: float) -> bool:
        return any(when > at for when in self._seen.restored)


def _said(op: Op) -> str:
    return f"act {op.number} ({op.kind} of {op.item or op.of} by patron {op.patron} at kiosk {op.kiosk}):"


def _place(place: int) -> str:
    return f"with patron {place}" if place >= 0 else "on the shelf" if place == SHELF else "in the box"


def card_of(patron: int) -> str:
    return hmac.new(CARD_KEY, uid(patron).encode(), hashlib.sha256).hexdigest()
