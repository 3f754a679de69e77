"""Dispatch results of effects to the errand that awaits them; late results change nothing but promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, assert_never

from kiosk.central import Refused
from kiosk.desk import (
    account,
    checkin,
    checkout,
    event_booking,
    farewell,
    feedback,
    find,
    for_you,
    hold_requests,
    identification,
    item_tags,
    my_details,
    out_of_service,
    pile,
    post_visit,
    registration,
    scan,
    technician,
    text_entry,
    visit_lines,
)
from kiosk.desk.session import Context, Session, as_shown, notice, on_visit, with_guest
from kiosk.desk.visit_lines import count_anew, count_loan, is_capped, release_offline_limit
from kiosk.events import (
    AccountKnown,
    Answer,
    BacklogKnown,
    CharactersFound,
    CodeSent,
    DropMissed,
    ForYouKnown,
    HubAnswered,
    ItemKnown,
    NotWritten,
    PageKnown,
    PartTried,
    PatronKnown,
    PatronRecordKnown,
    PinChecked,
    PromiseSettled,
    ProofKnown,
    ReceiptPrinted,
    SecuritySwitched,
    Settled,
    TechnicianKnown,
    TitleKnown,
    TitlesFound,
)
from kiosk.views import Farewell, LineState, TagState, VisitLine, VisitTask
from lending import questions
from lending.questions import Question
from lending.responses import (
    AvailabilityAlertRequest,
    EventPlace,
    HoldRequest,
    PatronResponse,
    ReceiptRequest,
    SearchAlertRequest,
    SelfRegistration,
)
from lending.transactions import Checkin, Checkout, Renew, TagReport, Undo

ON_ANSWER: Mapping[Question[Any], Callable[[Session, Context, HubAnswered], Session]] = {
    questions.GREETING: checkout.on_greeting,
    questions.AFTER_VISIT: post_visit.on_question,
    questions.PUBLISHED: feedback.on_published,
}
"""Handlers of the answers to questions asked in passing."""


def dispatch(session: Session, ctx: Context, answer: Answer) -> Session:
    match answer:
        case PatronKnown(card=card) if registration.asks(session, card):
            return registration.card_known(session, answer)
        case PatronKnown():
            return identification.patron_known(session, ctx, answer)
        case PinChecked():
            return identification.pin_checked(session, ctx, answer)
        case ItemKnown():
            return _item(session, ctx, answer)
        case AccountKnown():
            return account.on_account(session, ctx, answer)
        case TitlesFound():
            return find.on_other_copies(find.on_results(session, ctx, answer), ctx, answer)
        case TitleKnown():
            return find.on_recommended_title(session, ctx, answer)
        case CharactersFound():
            return text_entry.on_candidates(session, answer)
        case Settled():
            return _on_settled(session, ctx, answer)
        case NotWritten():
            return out_of_service.not_written(session, ctx, answer)
        case ReceiptPrinted():
            return farewell.on_receipt_printed(session, answer)
        case DropMissed(item=item):
            return checkin.drop_missed(session, item)
        case HubAnswered():
            return ON_ANSWER[answer.question](session, ctx, answer)
        case ForYouKnown():
            return for_you.on_recommendations(session, ctx, answer)
        case ProofKnown():
            return identification.on_proof_options(session, ctx, answer)
        case CodeSent():
            return identification.on_code_sent(session, answer)
        case PatronRecordKnown():
            return my_details.on_record(session, answer)
        case PageKnown():
            return my_details.page_known(session, answer)
        case BacklogKnown():
            return technician.backlog(session, answer)
        case TechnicianKnown():
            return technician.on_code(session, ctx, answer)
        case SecuritySwitched():
            return pile.on_switched(session, ctx, answer)
        case PartTried():
            return technician.on_part_tested(session, answer)
        case _:
            assert_never(answer)


def finish_waiting(session: Session, ctx: Context) -> Session:
    """Finish a visit that waited for its last result, or refresh the loan count."""
    if session.visit.finishing and not visit_lines.checking(session.lines):
        return farewell.finish(session, ctx)
    return count_anew(session)


def _item(session: Session, ctx: Context, event: ItemKnown) -> Session:
    lines = [line for line in session.lines if line.item == event.item]
    for line in lines:
        match (line.errand, line.state):
            case (VisitTask.BORROW, LineState.CHECKING) if not _delivered(session, line):
                return checkout.on_item(session, ctx, event, line)
            case (VisitTask.RETURN, LineState.CHECKING) if line.item not in session.visit.taking:
                return checkin.on_item(session, ctx, event, line)
            case (_, LineState.WAITING):
                return visit_lines.put(session, visit_lines.describe_line(line, scan.looked_up_item(event)))
    if event.item in session.visit.lifted:
        return on_visit(session, lifted=session.visit.lifted - {event.item})
    return scan.stands(session, ctx, event)


def _delivered(session: Session, line: VisitLine) -> bool:
    """Return whether the line was submitted already; only its first lookup counts."""
    return line.item in session.visit.lending or line.transaction is not None


def _on_settled(session: Session, ctx: Context, event: Settled) -> Session:
    session = on_visit(session, overtaken=session.visit.recounting)
    match event.act:
        case Checkout() as act:
            return checkout.on_settled(session, ctx, event, act)
        case Checkin() as act:
            return checkin.on_settled(session, ctx, event, act)
        case Renew() as act:
            return account.on_settled(session, ctx, event, act)
        case Undo() as act:
            return _undone(session, ctx, event, act)
        case HoldRequest() | AvailabilityAlertRequest() | SearchAlertRequest() as act:
            return hold_requests.on_settled(session, event, act)
        case EventPlace() as act:
            return event_booking.on_settled(session, event, act)
        case SelfRegistration() as act:
            return registration.on_settled(session, event, act)
        case ReceiptRequest() as act:
            return farewell.on_receipt_settled(session, event, act)
        case TagReport():
            return session
        case PatronResponse() as act:
            return my_details.on_settled(session, event, act)
        case _:
            assert_never(event.act)


def _undone(session: Session, ctx: Context, event: Settled, act: Undo) -> Session:
    """Apply the courier's result of an undo: remove the line, or restore it."""
    line = visit_lines.by_transaction(session.lines, act.transaction)
    if line is None:
        return session
    lifted = line.tag is TagState.LIFTED
    if isinstance(event.outcome, Refused):
        line = visit_lines.as_before(replace(line, tag=TagState.OWED) if lifted else line)
        session = visit_lines.put(session, line)
        if line.tag is TagState.OWED:
            session = item_tags.switch(session, ctx, line, secured=False)
        return visit_lines.say_no(session, replace(line, state=LineState.REFUSED, block=event.outcome.block))
    session = visit_lines.take(session, line)
    if line.errand is VisitTask.RENEW:
        return notice(account.undone(session, ctx, line.item), "undone")
    session = count_loan(session, line.item, -1, is_capped(session, line.confirmed))
    if lifted:
        return with_guest(visit_lines.put(session, visit_lines.put_back(line)), ctx)
    return notice(with_guest(session, ctx), "undone")


def on_promise_settled(session: Session, ctx: Context, event: PromiseSettled) -> Session:
    """Confirm or refuse the line of a promised transaction; those of earlier visits have none."""
    session = _settle_other_cards(session, event)
    line = visit_lines.by_transaction(session.lines, event.transaction)
    if line is None or line.confirmed:
        return session
    done = _with_late_result(line, event)
    if isinstance(session.ground, Farewell):
        return farewell.on_line_changed(session, ctx, done)
    if line.state is LineState.CHECKING:
        return visit_lines.put(session, done)  # an undo of it is pending; its result decides the line
    if isinstance(event.outcome, Refused):
        return _refuse(session, ctx, done, event.outcome)
    if done.errand is VisitTask.BORROW:
        session = with_guest(release_offline_limit(session, done.item), ctx)
    return account.on_renewal_changed(visit_lines.put(session, done), done)


def _refuse(session: Session, ctx: Context, line: VisitLine, outcome: Refused) -> Session:
    block = as_shown(session, ctx, outcome.block)
    if line.errand is VisitTask.BORROW:
        session = with_guest(count_loan(session, line.item, -1, is_capped(session, False)), ctx)
        session = item_tags.secure_again(session, ctx, line.item)
    return visit_lines.refuse(account.on_renewal_changed(session, replace(line, block=block)), line, block)


def _with_late_result(line: VisitLine, event: PromiseSettled) -> VisitLine:
    if line.state is LineState.CHECKING:
        return replace(line, confirmed=not isinstance(event.outcome, Refused))
    done = visit_lines.apply_result(line, event, line.due)
    provisional = line.provisional and done.state is LineState.DONE
    return replace(done, state=LineState.SAVED) if provisional else done


def _settle_other_cards(session: Session, event: PromiseSettled) -> Session:
    """Apply it to the cards of the visit that are set aside."""
    if not any(visit_lines.by_transaction(each.lines, event.transaction) for each in session.visit.aside):
        return session

    def with_result(line: VisitLine) -> VisitLine:
        return _with_late_result(line, event) if line.transaction == event.transaction else line

    aside = tuple(replace(each, lines=tuple(map(with_result, each.lines))) for each in session.visit.aside)
    return on_visit(session, aside=aside)
