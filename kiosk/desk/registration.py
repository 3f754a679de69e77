"""Register a new patron at the kiosk: send the answers as one transaction, then clear them."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urljoin

from kiosk.desk import shared_visit, text_entry
from kiosk.desk.effects import AskPatron, submit
from kiosk.desk.home import home, minute
from kiosk.desk.session import Context, Session
from kiosk.desk.visit_lines import WENT_WELL, shown_outcome
from kiosk.events import PatronKnown, Pressed, Settled
from kiosk.system.health import Condition, PartName
from kiosk.views import Identify, LineState, Registering, View, with_uncovered, without_covers
from kiosk.views.registration import TYPED, YES, RegistrationStep
from kiosk.views.text_entry import FOR_WORDS, Board, first_board
from lending import registration as law
from lending.model import Block, CardRef, Reason
from lending.registration import InputFault, Registration
from lending.responses import SelfRegistration

CARD_STEPS = (RegistrationStep.CARD, RegistrationStep.SENT)
"""Steps in which a card on the reader is the new card and starts no visit."""
MAYBE_BLANK = (Reason.UNKNOWN_CARD, Reason.NEEDS_CENTRAL, Reason.OUTDATED)
"""Lookup results after which a card may be a blank one."""
BEGINS = re.compile(r"(?:^|(?<=[\s.'-]))[a-zа-яёөү]")


def link(ctx: Context) -> str:
    """Return the URL for registration on a phone, a sibling of the receipt URL; empty if there is none."""
    return urljoin(ctx.receipts, "../join/") if ctx.rules.hears and ctx.receipts else ""


def registration_form(ctx: Context) -> law.RegistrationForm | None:
    """Return the registration form; None if a library system keeps the loans, as it registers its own patrons."""
    return ctx.showcase.registers if ctx.rules.record else None


def is_offered(ctx: Context) -> bool:
    return ctx.rules.hears and bool(link(ctx) or registration_form(ctx))


def open_up(session: Session, ctx: Context, under: Identify) -> Session:
    """Open the registration; ask first whether on the phone or here, if both are possible."""
    reader = session.parts.get(PartName.CARD_READER)
    reads = reader is None or reader.condition is Condition.READY
    view = Registering(under, registration_form(ctx), link(ctx), minute(ctx).year, reads)
    if view.form is None:
        return session.show(replace(view, step=RegistrationStep.PHONE))
    return session.show(view if view.link else show_page(session, view, 0))


def on_press(session: Session, ctx: Context, view: Registering, event: Pressed) -> Session:
    choice = event.choice or ""
    if view.step is RegistrationStep.BORN:
        view = replace(view, year=minute(ctx).year)  # the year may have changed since the registration was opened
    if event.name not in text_entry.KEYS:
        view = text_entry.as_spelt(view, put_text)
    match event.name:
        case "here":
            return session.show(show_page(session, view, 0))
        case "by_phone":
            return session.show(replace(view, step=RegistrationStep.PHONE))
        case "continue":
            return session.show(next_page(session, view))
        case "mark":
            return session.show(onwards(session, set_choice(view, choice)))
        case "change":
            return session.show(show_page(session, view, place_of(view, choice)))
        case "all_right" if view.reads:
            return session.show(replace(view, step=RegistrationStep.CARD))
        case "all_right" | "no_card":
            return _submit(session, view, None)
        case "home":
            return shared_visit.back(session, ctx)
        case "back":
            return session.show(previous_page(session, view))
        case _:
            return text_entry.on_press(session, view, event, put_text)


def on_card(session: Session, view: Registering, card: CardRef) -> Session:
    """Look up a card on the reader, so that only a blank one is linked to the registration.

    The same card again is ignored.
    """
    waits = view.step is RegistrationStep.CARD or (
        view.step is RegistrationStep.SENT and view.state is LineState.REFUSED
    )
    if not waits or card == view.card:
        return session
    return session.show(_checking(view, card)).want(AskPatron(card))


def asks(session: Session, card: CardRef) -> bool:
    """Return whether the card's lookup is for a registration, which must not take over another patron's card."""
    view = _open(session.view)
    return view is not None and view.state is LineState.CHECKING and view.card == card


def card_known(session: Session, event: PatronKnown) -> Session:
    view = _open(session.view)
    assert view is not None, "a lookup was requested"
    if isinstance(event.answer, Block) and event.answer.reason in MAYBE_BLANK:
        return _submit(session, view, event.card)
    return _with_registration(session, replace(view, state=LineState.REFUSED, block=Block(Reason.CARD_TAKEN)))


def end_or_continue(session: Session, ctx: Context, card: CardRef | None = None) -> Session:
    """Handle the next card or item while the number is shown: continue the family's visit, or return to the start."""
    view = session.view
    if not isinstance(view, Registering) or view.state not in WENT_WELL or (card is not None and card == view.card):
        return session
    return shared_visit.back(session, ctx) if session.visit.aside else home(session, ctx)


def last_view(view: Registering) -> Registering | None:
    """Return what must be read before a closed desk ends the visit; None if the patron has entered nothing yet."""
    if view.state is LineState.CHECKING or view.state in WENT_WELL:
        return view
    if view.state is None and view.entered == Registration():
        return None
    return replace(_clear_answers(view), step=RegistrationStep.SENT, state=LineState.REFUSED, block=None, card=None)


def on_leave(session: Session) -> Session:
    """Discard an unfinished registration when a card or item is scanned."""
    view = _open(session.view)
    if view is None or view.step in CARD_STEPS:
        return session
    return session.show(view.under)


def on_settled(session: Session, event: Settled, act: SelfRegistration) -> Session:
    """Apply the courier's result; the number is derived from the transaction, so it is known offline too."""
    view = _open(session.view)
    if view is None or view.state is not LineState.CHECKING:
        return session
    state, block = shown_outcome(event.outcome)
    if state is LineState.REFUSED:
        return _with_registration(session, replace(view, state=state, block=block))
    return _with_registration(session, replace(_clear_answers(view), state=state, number=law.number(event.transaction)))


def not_written(session: Session, act: SelfRegistration) -> Session:
    """Let the patron try again, because the journal write failed and nothing was promised."""
    view = _open(session.view)
    if view is None:
        return session
    return _with_registration(session, replace(view, state=LineState.REFUSED, block=None, card=None))


def _with_registration(session: Session, registering: Registering) -> Session:
    """Replace the registration below any covers."""
    return session.show(with_uncovered(session.view, registering))


def _open(view: View) -> Registering | None:
    found = without_covers(view)
    return found if isinstance(found, Registering) else None


def _clear_answers(view: Registering) -> Registering:
    """Clear the answers from the view once they are submitted."""
    return replace(view, entered=Registration(), answers={}, fault=None, child=view.is_child)


def _submit(session: Session, view: Registering, card: CardRef | None) -> Session:
    """Submit the registration; further submissions are blocked meanwhile."""
    purposes = view.form.purposes if view.form and not view.is_child else ()
    answers = replace(
        view.entered,
        name=view.entered.name.strip(),
        contact=view.entered.contact.strip(),
        consents={each.code: each.version for each in purposes if view.answers.get(each.code)},
    )
    request = SelfRegistration(law.encode_form(answers), card=card)
    return _with_registration(session, _checking(view, card)).want(submit(request))


def _checking(view: Registering, card: CardRef | None) -> Registering:
    return replace(view, step=RegistrationStep.SENT, state=LineState.CHECKING, block=None, card=card)


def show_page(session: Session, view: Registering, at: int) -> Registering:
    """Return the question at an index, with the keyboard that suits its usual answers."""
    step, purpose = view.pages[at]
    boards = TYPED.get(step, (Board.LATIN,))
    first = first_board(session.status.language)
    board = first if boards == FOR_WORDS else boards[0]
    looked = view.looked or step is RegistrationStep.CHECK
    return replace(view, step=step, purpose=purpose, board=board, fault=None, state=None, block=None, looked=looked)


def onwards(session: Session, view: Registering) -> Registering:
    """Go to the next question; after the summary was seen, to the next unanswered one or back to the summary."""
    at, pages = view.place + 1, view.pages
    if view.looked:
        at = next((n for n, each in enumerate(pages) if not _is_answered(view, *each)), len(pages) - 1)
    return show_page(session, view, at)


def _is_answered(view: Registering, step: RegistrationStep, purpose: int) -> bool:
    answers = view.entered
    match step:
        case RegistrationStep.CONSENT:
            return view.form is not None and view.form.purposes[purpose].code in view.answers
        case RegistrationStep.GROUP:
            return bool(answers.group)
        case RegistrationStep.LANGUAGE:
            return bool(answers.language)
        case RegistrationStep.CHECK:
            return False
        case _:
            return _fault(replace(view, step=step)) is None


def _fault(view: Registering) -> InputFault | None:
    form = view.form or law.RegistrationForm({})
    match view.step:
        case RegistrationStep.BORN:
            return law.year_fault(view.entered.born, view.year)
        case RegistrationStep.CONTACT:
            return law.contact_fault(view.entered.contact, form.mobile, needed=view.needs_address)
        case _:
            return law.name_fault(view.typed)


def next_page(session: Session, view: Registering) -> Registering:
    fault = _fault(view)
    return replace(view, fault=fault) if fault else onwards(session, view)


def set_choice(view: Registering, choice: str) -> Registering:
    match view.step:
        case RegistrationStep.GROUP:
            return replace(view, entered=replace(view.entered, group=choice))
        case RegistrationStep.LANGUAGE:
            return replace(view, entered=replace(view.entered, language=choice))
        case _:
            asked = view.asked_for
            return view if asked is None else replace(view, answers={**view.answers, asked.code: choice == YES})


def place_of(view: Registering, choice: str) -> int:
    purposes = view.form.purposes if view.form else ()
    names = (purposes[n].code if step is RegistrationStep.CONSENT else step for step, n in view.pages)
    return next((at for at, name in enumerate(names) if name == choice), 0)


def put_text(view: Registering, typed: str) -> Registering:
    """Set the typed text: names get capital letters, which the keyboard lacks; a year is digits only."""
    typed = typed.lstrip()
    match view.step:
        case RegistrationStep.BORN:
            before = view.is_child
            view = view.with_text(re.sub("[^0-9]", "", typed)[: view.most])
            return (
                view
                if view.is_child == before
                else replace(view, entered=replace(view.entered, contact="", guardian=""))
            )
        case RegistrationStep.CONTACT:
            return view.with_text(typed[: view.most])
        case _:
            return view.with_text(BEGINS.sub(lambda found: found[0].upper(), typed)[: view.most])


def previous_page(session: Session, view: Registering) -> View:
    """Go to the previous question; from the first one, discard all answers."""
    ways = view.form is not None and bool(view.link)
    match view.step:
        case RegistrationStep.WAY:
            return view.under
        case RegistrationStep.PHONE:
            return replace(view, step=RegistrationStep.WAY) if ways else view.under
        case RegistrationStep.CARD:
            return show_page(session, view, len(view.pages) - 1)
        case RegistrationStep.SENT if view.block is not None:
            return replace(view, step=RegistrationStep.CARD, state=None, block=None, card=None)
        case RegistrationStep.SENT if view.entered == Registration():
            return view.under
        case RegistrationStep.SENT:
            return show_page(session, view, len(view.pages) - 1)
        case _ if view.place:
            return show_page(session, view, view.place - 1)
        case _ if ways:
            return Registering(view.under, view.form, view.link, view.year, view.reads)
        case _:
            return view.under
