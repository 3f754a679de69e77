"""How many loans the patron has while she stands here: as told, and what was done since; judges nothing."""

from __future__ import annotations

from dataclasses import replace

from kiosk.central import Source, Sourced
from kiosk.desk import visit_lines
from kiosk.desk.effects import AskPatron
from kiosk.desk.session import Context, Session, on_visit, with_guest
from kiosk.events import PatronKnown
from kiosk.views import LineState
from lending.model import ItemId, Patron
from lending.transactions import PinStatus


def learned(session: Session, patron: Patron, source: Source) -> Session:
    """The patron as she was told just now: what is on its way is part of her loans, as far as it was written."""
    return on_visit(session, patron=patron, source=source, included=_on_its_way(session), recounting=False)


def _on_its_way(session: Session) -> tuple[ItemId, ...]:
    visit = session.visit
    falling = {drop.item for drop in visit.drops if not drop.delivered}
    undoing = (line.item for line in session.lines if line.transaction and line.state is LineState.CHECKING)
    return (*visit.lending, *(each for each in visit.taking if each not in falling), *undoing)


def is_capped(session: Session, confirmed: bool) -> bool:
    """A loan counts against the cap when nobody has confirmed it, or her."""
    return not confirmed or session.visit.verified is PinStatus.UNVERIFIED


def counted(session: Session, item: ItemId, change: int, capped: bool = False) -> Session:
    """Counts a loan more or less on the patron's card, and against the cap where it is `capped`."""
    visit = session.visit
    if visit.patron is None or item in visit.included:
        return session
    kind = visit.items[item].type if item in visit.items else "book"
    return on_visit(session, patron=with_loan(visit.patron, kind, change, promised=change if capped else 0))


def uncapped(session: Session, item: ItemId) -> Session:
    """Takes a promised loan off the cap: the library system has confirmed it."""
    visit = session.visit
    if visit.patron is None or visit.verified is PinStatus.UNVERIFIED or item in visit.included:
        return session
    return on_visit(session, patron=replace(visit.patron, promised=max(0, visit.patron.promised - 1)))


def with_loan(patron: Patron, kind: str, change: int, promised: int = 0) -> Patron:
    loans = {**patron.loans, kind: max(0, patron.loans.get(kind, 0) + change)}
    return replace(patron, loans=loans, promised=max(0, patron.promised + promised))


def count_anew(session: Session) -> Session:
    """Asks for her loans once more when all that was on its way is settled."""
    visit = session.visit
    if not visit.included or visit.card is None or visit.recounting or visit_lines.checking(session.lines):
        return session
    return on_visit(session, recounting=True, overtaken=False).want(AskPatron(visit.card))


def counted_anew(session: Session, ctx: Context, event: PatronKnown) -> Session:
    """The answer to that. One that was overtaken by another act says nothing: it is asked for again."""
    visit = session.visit
    if not visit.recounting or visit.card != event.card or visit.patron is None:
        return session
    session = on_visit(session, recounting=False)
    if visit.overtaken or visit_lines.checking(session.lines):
        return session
    session = on_visit(session, included=())
    if not isinstance(event.answer, Sourced):
        return session
    now = event.answer.value
    promised = visit.patron.promised if visit.verified is PinStatus.UNVERIFIED else now.promised
    return with_guest(on_visit(session, patron=replace(visit.patron, loans=now.loans, promised=promised)), ctx)
