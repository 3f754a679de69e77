"""End a visit: finish, print or send the receipt, take title ratings, count down to the first screen."""

from __future__ import annotations

from dataclasses import replace

from kiosk.central import Accepted, Refused
from kiosk.desk import (
    display_preferences,
    feedback,
    item_tags,
    my_details,
    other_cards,
    post_visit,
    text_entry,
    visit_lines,
)
from kiosk.desk.effects import KeepReceipt, Print, submit
from kiosk.desk.home import TAKE_YOUR_CARD, home
from kiosk.desk.session import Context, Session, farewell_seconds, guest_of, is_proved, notice, on_visit
from kiosk.events import ReceiptPrinted, Settled
from kiosk.system.health import Condition, PartName
from kiosk.views import PHONE_SECONDS, PRINTING_SECONDS, Farewell, LineState, ReceiptState, TagProblem, VisitLine
from lending.model import CardRef, ItemId
from lending.responses import ItemRating, ReceiptRequest, in_parts
from lending.transactions import receipt_code

NOT_ASKED = "not_asked"


def finish(session: Session, ctx: Context) -> Session:
    """End the visit: at once if nothing was done, otherwise after pending checks."""
    if isinstance(session.ground, Farewell):
        return leave(session, ctx)
    session = session.show(session.ground)
    if visit_lines.checking(session.lines):
        return notice(on_visit(session, finishing=True), "wait_for_checking")
    unread = any(each is not TagProblem.CARD for each in item_tags.problems_on_pad(session, ctx))
    if unread and not ctx.rules.pad_in_bin and not session.visit.left_unread:
        return notice(on_visit(session, left_unread=True), "finish_unread")
    done = visit_lines.went_well(session.lines)
    if not done:
        return leave(session, ctx)
    session = submit_title_ratings(my_details.forget(session, done))
    receipt, problem = receipt_offer(session)
    code, link = _code_and_link(done, ctx)
    view = Farewell(
        done,
        guest_of(session, ctx),
        receipt,
        problem,
        code=code,
        link=link,
        card_on_reader=bool(session.on_reader),
        seconds=farewell_seconds(session),
    )
    session = _store_code(on_visit(session, finishing=False).show(view), code, done)
    return post_visit.ask(session, ctx, view)


def leave(session: Session, ctx: Context) -> Session:
    """Continue with the next card of this visit, or return to the first screen.

    A card still on the reader is asked to be taken, and starts no new visit.
    """
    session = submit_title_ratings(my_details.forget(session, visit_lines.went_well(session.lines)))
    session = post_visit.on_leave(feedback.on_leave(text_entry.on_free_text_leave(post_visit.on_survey_leave(session))))
    if (others := other_cards.following(display_preferences.reset_preferences(session, ctx))) is not None:
        return finish(display_preferences.apply_stored(others, ctx), ctx)
    return home(session, ctx, TAKE_YOUR_CARD if session.on_reader else "")


def card_went(session: Session, view: Farewell) -> Session:
    """Handle removal of the card in the first second: it was already on its way when Finish was pressed."""
    return session.show(replace(view, card_on_reader=False, seconds=view.seconds - 1))


def on_absence(session: Session, ctx: Context) -> Session:
    """Return to the first screen at once, because no one is there any more."""
    return leave(on_visit(submit_aside(session), aside=()), ctx)


def on_line_changed(session: Session, ctx: Context, line: VisitLine) -> Session:
    """Update an unconfirmed line; the receipt code is dropped when all lines are confirmed."""
    view = session.ground
    if not isinstance(view, Farewell):
        return session
    every = tuple(line if each.transaction == line.transaction else each for each in view.lines)
    code, link = _code_and_link(visit_lines.went_well(every), ctx)
    session = session if code == view.code else _store_code(session, code, every)
    return session.on_ground(replace(view, lines=every, code=code, link=link))


def _store_code(session: Session, code: str, done: tuple[VisitLine, ...]) -> Session:
    transactions = tuple(line.transaction for line in done if line.transaction)
    return session.want(KeepReceipt(code, transactions)) if code else session


def _code_and_link(done: tuple[VisitLine, ...], ctx: Context) -> tuple[str, str]:
    """Return the receipt's code and its URL for a phone; both empty if all lines are confirmed."""
    code = look_up_code(done)
    return code, f"{ctx.receipts}{code}/" if code and ctx.receipts else ""


def look_up_code(done: tuple[VisitLine, ...]) -> str:
    """Return the receipt code, derived from the last transaction; empty if all lines are confirmed."""
    if all(line.confirmed for line in done):
        return ""
    last = next((line.transaction for line in done if line.transaction), None)
    return receipt_code(last) if last else ""


def receipt_offer(session: Session) -> tuple[ReceiptState, str]:
    """Return whether a printed receipt is offered, and if not, why; no reason for a kiosk without a printer."""
    printer = session.parts.get(PartName.RECEIPT_PRINTER)
    if printer is None or printer.condition is Condition.READY:
        return ReceiptState.OFFERED, ""
    if printer.condition is Condition.ABSENT:
        return ReceiptState.NO_PRINTER, ""
    return ReceiptState.NO_PRINTER, printer.reason or "driver_error"


def printer_changed(session: Session) -> Session:
    """Offer a printed receipt as soon as the printer works, also after a failed print."""
    ground = session.ground
    waiting = (ReceiptState.OFFERED, ReceiptState.NO_PRINTER, ReceiptState.FAILED)
    if not isinstance(ground, Farewell) or ground.receipt not in waiting:
        return session
    receipt, problem = receipt_offer(session)
    return session.on_ground(replace(ground, receipt=receipt, receipt_problem=problem))


def print_receipt(session: Session, view: Farewell) -> Session:
    """Print the receipt; with titles hidden, messages from the library are kept for a later one as they name titles."""
    paper = () if session.status.hidden else view.paper
    printing = replace(
        view,
        paper=paper,
        receipt=ReceiptState.PRINTING,
        receipt_problem="",
        receipt_half=False,
        seconds=PRINTING_SECONDS,
    )
    return session.show(printing).want(Print(printing, session.status))


def on_receipt_printed(session: Session, event: ReceiptPrinted) -> Session:
    ground = session.ground
    if not isinstance(ground, Farewell):
        return session
    if event.failed is None:
        state, problem = ReceiptState.PRINTED, _unverified_print(session)
    elif receipt_offer(session)[0] is ReceiptState.NO_PRINTER:
        state, problem = ReceiptState.NO_PRINTER, event.failed
    else:
        state, problem = ReceiptState.FAILED, event.failed
    if event.failed is None:
        session = post_visit.report_printed(session, ground)
        ground = replace(ground, paper=())
    return session.on_ground(
        replace(
            ground,
            receipt=state,
            receipt_problem=problem,
            receipt_half=event.half,
            seconds=farewell_seconds(session),
        )
    )


def _unverified_print(session: Session) -> str:
    """Report a printer without status: it accepted the data, but the print-out is unverified."""
    printer = session.parts.get(PartName.RECEIPT_PRINTER)
    return NOT_ASKED if printer and printer.reason == NOT_ASKED else ""


def on_phone(session: Session, view: Farewell) -> Session:
    return session.show(replace(view, receipt=ReceiptState.ON_PHONE, seconds=PHONE_SECONDS))


def tick(session: Session, ctx: Context, view: Farewell) -> Session:
    if view.seconds <= 1:
        return leave(session, ctx)
    return session.show(replace(view, seconds=view.seconds - 1))


def rate_title(session: Session, line: VisitLine, face: str) -> Session:
    """Set the rating of an item; the same smiley again removes it."""
    return visit_lines.put(session, replace(line, face="" if line.face == face else face))


def submit_title_ratings(session: Session) -> Session:
    """Submit the ratings given in the visit, one per item."""
    if isinstance(session.ground, Farewell):
        return session
    faced = (line for line in session.lines if line.face)
    return session.want(
        *(submit(ItemRating(line.face, line.item, _card_for_rating(session, line.item))) for line in faced)
    )


def submit_aside(session: Session) -> Session:
    """Submit the ratings of the cards set aside anonymously, because their visit ends without a farewell."""
    faced = (line for each in session.visit.aside for line in each.lines if line.face)
    return session.want(*(submit(ItemRating(line.face, line.item)) for line in faced))


def _card_for_rating(session: Session, item: ItemId) -> CardRef | None:
    """Return the card for a rating: only with proved identity and if the item was on loan to it; otherwise None."""
    patron, known = session.visit.patron, session.visit.items.get(item)
    is_theirs = patron is not None and known is not None and known.holder == patron.ref and is_proved(session)
    return session.visit.card if is_theirs else None


def receipt_acts(view: Farewell) -> tuple[str, ...]:
    """Return `errand:barcode` for each completed line, oldest first."""
    done = [line for line in view.lines if line.state in (LineState.DONE, LineState.SAVED)]
    return tuple(f"{line.errand}:{line.item}" for line in reversed(done))


def send_receipt(session: Session, view: Farewell) -> Session:
    card, done = session.visit.card, receipt_acts(view)
    if card is None or view.message is None:
        return session
    requests = (submit(ReceiptRequest(part, card=card)) for part in in_parts(done))
    return session.show(replace(view, receipt=ReceiptState.SENDING, receipt_problem="")).want(*requests)


def on_receipt_settled(session: Session, event: Settled, act: ReceiptRequest) -> Session:
    """Apply the courier's result; of several parts, the one still queued decides the state shown."""
    match event.outcome:
        case Accepted():
            return _with_outcome(session, act, ReceiptState.SENT)
        case Refused():
            return receipt_not_written(session, act)
        case _:
            return _with_outcome(session, act, ReceiptState.KEPT)


def receipt_not_written(session: Session, act: ReceiptRequest) -> Session:
    """Offer the other receipt options again after the request could not be written or was refused."""
    view = session.ground
    if isinstance(view, Farewell) and _awaited(session, view, act):
        receipt, problem = receipt_offer(session)
        return session.on_ground(replace(view, receipt=receipt, receipt_problem=problem, message=None))
    return session


def _with_outcome(session: Session, act: ReceiptRequest, state: ReceiptState) -> Session:
    view = session.ground
    if not isinstance(view, Farewell) or not _awaited(session, view, act) or view.receipt is ReceiptState.KEPT:
        return session
    return session.on_ground(replace(view, receipt=state))


def _awaited(session: Session, view: Farewell, act: ReceiptRequest) -> bool:
    sending = (ReceiptState.SENDING, ReceiptState.SENT, ReceiptState.KEPT)
    return act.card == session.visit.card and view.receipt in sending
