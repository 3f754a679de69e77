"""Staff are called: by a touch, or of the desk's own accord when one thing after the other is in vain; names nobody."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.effects import CallStaff
from kiosk.desk.session import Context, Session, on_visit
from kiosk.views import Blocked, Help, Identify, OutOfOrder, Refused, View, VisitLine
from lending.model import Block, Reason

MOST_IN_VAIN = 3
"""So many times in one visit something is in vain before staff hear of it unasked."""
OUT_OF_ORDER = "out_of_order"


def pressed(session: Session) -> Session:
    """Somebody asks for them; the visit waits under it."""
    view = session.view
    return session.want(CallStaff(_why(view))).show(Help(view))  # type: ignore[arg-type]


def unasked(session: Session, was: Session, ctx: Context) -> Session:
    """Counts what is in vain. Whoever is told that staff know of it has a hub that can be reached."""
    view = session.view
    if _in_vain(view) in (None, _in_vain(was.view)) or getattr(was.view, "under", None) == view:
        return session
    session = on_visit(session, in_vain=session.visit.in_vain + 1)
    if session.visit.in_vain != MOST_IN_VAIN:
        return session
    session = session.want(CallStaff(_why(view), unasked=True))
    if isinstance(view, Refused | Blocked) and ctx.rules.hears and session.central_answers:
        return session.show(replace(view, called=True))
    return session


def _why(view: View) -> str:
    """The reason that she has before her, by its code; empty where there is none."""
    if isinstance(view, OutOfOrder):
        return OUT_OF_ORDER
    found = _in_vain(view)
    return found[0].reason.value if found else ""


def _in_vain(view: View) -> tuple[Block, str] | None:
    """What was refused, and of which item; what only costs something is a question."""
    match view:
        case Refused(line=VisitLine(block=Block() as block, item=item)) if block.reason is not Reason.LOAN_COSTS:
            return block, item
        case Blocked(block=block) | Identify(problem=Block() as block):
            return block, ""
        case _:
            return None
