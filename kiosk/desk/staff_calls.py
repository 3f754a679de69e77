"""Call staff when the patron asks, or automatically after several refusals; calls are anonymous."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.effects import CallStaff
from kiosk.desk.session import Context, Session, on_visit
from kiosk.views import Blocked, Help, Identify, OutOfOrder, Refused, View, VisitLine
from lending.model import Block

MOST_IN_VAIN = 3
"""Refusals in one visit after which staff are called automatically."""
OUT_OF_ORDER = "out_of_order"


def on_press(session: Session) -> Session:
    """Call staff and show help over the current view."""
    view = session.view
    return session.want(CallStaff(_refusal_code(view))).show(Help(view))  # type: ignore[arg-type]


def call_after_refusals(session: Session, was: Session, ctx: Context) -> Session:
    """Count refusals and call staff at the limit; show the call only if a hub is reachable to receive it."""
    view = session.view
    if _shown_refusal(view) in (None, _shown_refusal(was.view)) or getattr(was.view, "under", None) == view:
        return session
    session = on_visit(session, in_vain=session.visit.in_vain + 1)
    if session.visit.in_vain != MOST_IN_VAIN:
        return session
    session = session.want(CallStaff(_refusal_code(view), unasked=True))
    if isinstance(view, Refused | Blocked) and ctx.rules.hears and session.central_answers:
        return session.show(replace(view, called=True))
    return session


def _refusal_code(view: View) -> str:
    """Return the code of the refusal on the screen; empty if there is none."""
    if isinstance(view, OutOfOrder):
        return OUT_OF_ORDER
    found = _shown_refusal(view)
    return found[0].reason.value if found else ""


def _shown_refusal(view: View) -> tuple[Block, str] | None:
    """Return the refusal on the screen and its item; a loan that only costs a fee is a question, not a refusal."""
    match view:
        case Refused(line=VisitLine(block=Block() as block, item=item) as line) if not line.asks_fee:
            return block, item
        case Blocked(block=block) | Identify(problem=Block() as block):
            return block, ""
        case _:
            return None
