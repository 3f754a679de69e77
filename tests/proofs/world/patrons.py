"""A visit to a simulated kiosk: cards, items and touches as events, judged by the screen alone."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from kiosk.events import CardPresented, CardRemoved, DropSensed, ItemScanned, Pressed
from kiosk.views import (
    Account,
    Asking,
    Blocked,
    Borrowing,
    Farewell,
    IdleWarning,
    LineState,
    OutOfOrder,
    Refused,
    Returning,
    View,
    VisitLine,
    VisitTask,
    Welcome,
)
from tests.proofs.world.history import End, History, Op
from tests.proofs.world.hub import uid
from tests.proofs.world.library import BOX, HELD, SHELF, Shelves
from tests.proofs.world.machine import Machine
from tests.proofs.world.peripherals import Dark, Glass
from tests.proofs.world.plan import Visit

SETTLED = (LineState.DONE, LineState.SAVED, LineState.REFUSED)
ERRANDS = {"checkout": VisitTask.BORROW, "checkin": VisitTask.RETURN, "renew": VisitTask.RENEW}
LONGEST = 30.0
"""Seconds that a patron watches a line that is being checked."""


@dataclass
class Patron:
    """One visit of a patron."""

    machine: Machine
    visit: Visit
    shelves: Shelves
    history: History
    random: Random

    @property
    def _glass(self) -> Glass:
        return self.machine.glass

    async def come(self) -> None:
        """Play the visit; return when the kiosk is free for the next one, or dark."""
        ops: list[Op] = []
        try:
            if await self._glass.until(lambda view: isinstance(view, Welcome), 120.0):
                await self._act(ops)
                await self._leave()
        except Dark:
            pass
        for op in ops:
            if op.end is None:
                self._puzzled(op)

    async def _act(self, ops: list[Op]) -> None:
        match self.visit.errand:
            case "borrow":
                await self._borrow(ops)
            case "return":
                await self._return(ops)
            case "renew":
                await self._renew(ops)

    async def _borrow(self, ops: list[Op]) -> None:
        self._post(CardPresented(uid(self.visit.patron)))
        if not await self._glass.until(lambda view: isinstance(view, Borrowing | Blocked), 15.0):
            return
        tried: set[str] = set()
        for _ in range(self.visit.acts):
            free = [item for item in self.shelves.at(SHELF) if item not in tried]
            if not free or not isinstance(self._glass.view, Borrowing):
                return
            op = self._take_up(ops, "checkout", self.random.choice(free))
            tried.add(op.item)
            self._post(ItemScanned(op.item))
            if not await self._looks(op):
                return
        if self.visit.mood == "undoes":
            await self._undo(ops)

    async def _return(self, ops: list[Op]) -> None:
        mine = self.shelves.at(self.visit.patron)
        if not mine:
            return
        self._post(Pressed("return"))
        if not await self._glass.until(lambda view: isinstance(view, Returning), 5.0):
            return
        for item in mine[: self.visit.acts]:
            if not isinstance(self._glass.view, Returning):
                return
            op = self._take_up(ops, "checkin", item)
            self._post(ItemScanned(op.item))
            if self.random.random() < 0.8:
                self._post(DropSensed())
            if not await self._looks(op):
                return

    async def _renew(self, ops: list[Op]) -> None:
        self._post(CardPresented(uid(self.visit.patron)))
        if not await self._glass.until(lambda view: isinstance(view, Borrowing | Blocked), 15.0):
            return
        self._post(Pressed("account"))
        await self._glass.until(lambda view: isinstance(view, Account) and view.loans is not None, 15.0)
        for _ in range(self.visit.acts):
            view = self._glass.view
            if not isinstance(view, Account) or not view.loans:
                return
            loan = next((each for each in view.loans if each.block is None and each.state is None), None)
            if loan is None:
                return
            op = self.history.invoke(self.machine.place.number, self.visit.patron, "renew", loan.item)
            ops.append(op)
            self._post(Pressed("renew", loan.item))
            if not await self._looks(op):
                return

    async def _undo(self, ops: list[Op]) -> None:
        last = next((op for op in reversed(ops) if op.end is End.OK), None)
        if last is None or last.kind != "checkout":
            return
        op = self.history.invoke(self.machine.place.number, self.visit.patron, "undo", last.item)
        ops.append(op)
        op.of = last.id
        self.shelves.where[op.item] = HELD
        self._post(Pressed("undo"))
        if not await self._glass.until(lambda view: self._undone(op) is not None, LONGEST):
            return
        gone = self._undone(op)
        self.shelves.where[op.item] = SHELF if gone else self.visit.patron
        self.history.ends(op, End.OK if gone else End.FAIL)

    def _undone(self, op: Op) -> bool | None:
        """Return whether it was undone; None while it is being checked."""
        line = self._glass.line(op.item, VisitTask.BORROW)
        if line is None:
            return True
        if isinstance(self._glass.view, Refused):
            return False
        return None

    def _take_up(self, ops: list[Op], kind: str, item: str) -> Op:
        op = self.history.invoke(self.machine.place.number, self.visit.patron, kind, item)
        ops.append(op)
        self.shelves.where[item] = HELD
        return op

    async def _looks(self, op: Op) -> bool:
        """Return whether the patron continues after what the screen shows."""
        if self.visit.mood == "walks off":
            await self._glass.until(lambda view: False, self.random.choice((0.0, 0.02, 0.3, 2.0)))
            return False

        def settled(view: View) -> bool:
            line = self._glass.line(op.item, ERRANDS[op.kind])
            return isinstance(view, Welcome | OutOfOrder) or (line is not None and line.state in SETTLED)

        await self._glass.until(settled, LONGEST)
        line = self._glass.line(op.item, ERRANDS[op.kind])
        if line is None or line.state not in SETTLED:
            return False
        self._told(op, line)
        if isinstance(self._glass.view, Refused):
            self._post(Pressed("next"))
            await self._glass.until(lambda view: not isinstance(view, Refused), 5.0)
        return True

    def _told(self, op: Op, line: VisitLine) -> None:
        if line.state is LineState.REFUSED:
            self.history.ends(op, End.FAIL)
            if op.kind != "renew":
                self.shelves.where[op.item] = SHELF if op.kind == "checkout" else BOX
            return
        self.history.ends(op, End.OK, line.transaction or "", line.confirmed)
        match op.kind:
            case "checkout":
                self.shelves.where[op.item] = self.visit.patron
                self.shelves.doubtful.discard(op.item)
            case "checkin":
                self.shelves.where[op.item] = BOX

    def _puzzled(self, op: Op) -> None:
        """Decide what an uninformed patron does: take the book along or leave it; a returned one stays in the box."""
        self.history.ends(op, End.UNKNOWN)
        if op.kind == "renew":
            return
        self.shelves.doubtful.add(op.item)
        takes = op.kind != "checkin" and self.random.random() < 0.5
        self.shelves.where[op.item] = self.visit.patron if takes else BOX

    async def _leave(self) -> None:
        if self.visit.mood == "walks off":
            self._post(CardRemoved())
            await self._glass.until(lambda view: isinstance(view, Welcome | OutOfOrder), 300.0)
            return
        await self._glass.until(lambda view: not isinstance(view, IdleWarning | Asking), 1.0)
        self._post(Pressed("finish"))
        self._post(CardRemoved())
        ended = await self._glass.until(lambda view: isinstance(view, Farewell | Welcome | OutOfOrder), 60.0)
        if ended and isinstance(self._glass.view, Farewell) and self.random.random() < 0.2:
            self._post(Pressed("receipt_paper"))
        await self._glass.until(lambda view: isinstance(view, Welcome | OutOfOrder), 300.0)

    def _post(self, event: object) -> None:
        self.machine.post(event)  # type: ignore[arg-type]
