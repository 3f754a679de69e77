"""Sample views for the gallery and the audits: every screen in its important states, invented patrons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from kiosk.screens.samples.sample_details import records
from kiosk.screens.samples.sample_errands import accounts, farewells, giving_back, lending
from kiosk.screens.samples.sample_find import finding, title_pages
from kiosk.screens.samples.sample_learn import learning, strips
from kiosk.screens.samples.sample_parts import ALPHABET, BOOKS, DUE, LONG, guest, line
from kiosk.screens.samples.sample_patron_input import patron_inputs
from kiosk.screens.samples.sample_registering import registering
from kiosk.screens.samples.sample_service import service
from kiosk.screens.samples.sample_showcase import turning, welcome_with_content
from kiosk.screens.samples.sample_survey import surveys
from kiosk.system.health import Condition
from kiosk.views import (
    Asking,
    Blocked,
    Borrowing,
    CardInputs,
    Identify,
    LineState,
    Pad,
    Question,
    Refused,
    View,
    VisitTask,
    Welcome,
)
from lending.model import Block, Reason

NO_PAD = CardInputs(pad=Condition.FAULTY)


def samples(language: str) -> Iterator[tuple[str, View]]:
    """Yield name and view of every sample; the name begins with that of the view."""
    errands = (
        _entry,
        registering,
        finding,
        lending,
        giving_back,
        accounts,
        patron_inputs,
        records,
        surveys,
        learning,
        strips,
    )
    for part in (*errands, farewells, _blocks, _refusals, _questions, service):
        yield from part(language)


def _entry(language: str) -> Iterator[tuple[str, View]]:
    books = BOOKS[language]
    waiting = tuple(line(book, LineState.WAITING, number) for number, book in enumerate(books[:2]))
    yield "Welcome", welcome_with_content(language)
    yield "Welcome-plain", Welcome(finds=True)
    yield "Welcome-no-find", Welcome()
    yield from turning(language)
    yield "Welcome-no-hub", Welcome(hears=False)
    yield "Welcome-notice", Welcome(notice="unreadable")
    yield "Welcome-identify", Welcome(notice="identify")
    yield "Welcome-no-returns", Welcome(returns=False)
    yield "Welcome-no-pad", Welcome(ways=NO_PAD)
    yield "Identify", Identify(VisitTask.BORROW)
    yield "Identify-live", Identify(VisitTask.BORROW)
    yield "Identify-two-cards", Identify(VisitTask.BORROW, notice="one_card_please")
    yield "Identify-typed", Identify(VisitTask.BORROW, typed="21180000012345")
    yield "Identify-lettered", Identify(VisitTask.BORROW, typed="LB0004", pad=Pad("BL"))
    yield "Identify-alphabet", Identify(VisitTask.BORROW, typed="LB00", pad=Pad(ALPHABET, page=1))
    yield "Identify-checking", Identify(VisitTask.BORROW, checking=True, typed="21180000012345")
    yield "Identify-no-pad", Identify(VisitTask.BORROW, ways=NO_PAD)
    yield "Identify-no-camera", Identify(VisitTask.BORROW, ways=CardInputs(camera=Condition.FAULTY))
    yield "Identify-never-a-pad", Identify(VisitTask.BORROW, ways=CardInputs(pad=Condition.ABSENT))
    yield "Identify-never-a-camera", Identify(VisitTask.BORROW, ways=CardInputs(camera=Condition.ABSENT))
    yield "Identify-by-hand", Identify(VisitTask.BORROW, ways=CardInputs(Condition.FAULTY, Condition.FAULTY))
    yield "Identify-books-first", Identify(VisitTask.BORROW, lines=waiting)
    yield "Identify-turn-the-book", Identify(VisitTask.BORROW, notice="turn_the_book")
    yield "Identify-unknown", Identify(VisitTask.BORROW, problem=Block(Reason.UNKNOWN_CARD))
    known = guest(language)
    yield "Identify-pin", Identify(VisitTask.ACCOUNT, pin=True, guest=known, typed="••")
    yield (
        "Identify-pin-wrong",
        Identify(VisitTask.BORROW, pin=True, guest=known, problem=Block(Reason.PIN_WRONG), tries_left=2),
    )
    yield "Identify-needs-central", Identify(VisitTask.ACCOUNT, problem=Block(Reason.NEEDS_CENTRAL))


def _blocks(language: str) -> Iterator[tuple[str, View]]:
    books = BOOKS[language]
    waiting = tuple(line(book, LineState.WAITING, number) for number, book in enumerate(books[:2]))
    known = guest(language)
    both = (VisitTask.RETURN, VisitTask.ACCOUNT, VisitTask.FIND)
    for reason, block in {
        "expired": Block(Reason.CARD_EXPIRED, on=date(2026, 10, 31)),
        "fees": Block(Reason.FEES, amount=Decimal("62.50")),
        "limit": Block(Reason.LIMIT, count=10),
        "lost": Block(Reason.CARD_LOST),
    }.items():
        yield f"Blocked-{reason}", Blocked(block, known, waiting if reason != "limit" else (), both)
    yield "Blocked-provisional", Blocked(Block(Reason.CARD_PROVISIONAL), known, (), (VisitTask.RETURN, VisitTask.FIND))
    yield "Blocked-unknown-card", Blocked(Block(Reason.UNKNOWN_CARD))
    yield "Blocked-called", Blocked(Block(Reason.UNKNOWN_CARD), called=True)
    yield "Blocked-cards-paused", Blocked(Block(Reason.CARDS_PAUSED))
    stopped = Block(Reason.OFFLINE_WINDOW)
    masked = guest(language, 2, name="", last4="", offline=True)
    yield "Blocked-lending-stopped", Blocked(stopped, masked, waiting, both)
    yield "Blocked-away", Blocked(Block(Reason.NEEDS_CENTRAL), None, waiting)
    yield "Blocked-outdated", Blocked(Block(Reason.OUTDATED, on=date(2026, 11, 15)), None, waiting, (VisitTask.RETURN,))


def _refusals(language: str) -> Iterator[tuple[str, View]]:
    books = BOOKS[language]
    done = tuple(line(book, LineState.DONE, 3 + number) for number, book in enumerate(books[3:6]))
    under = Borrowing(guest(language, 5), done)
    for reason in (
        Reason.READING_ROOM,
        Reason.HELD_FOR_OTHER,
        Reason.UNKNOWN_ITEM,
        Reason.CENTRAL_REFUSED,
        Reason.ITEM_LOST,
    ):
        book = books[7] if reason is not Reason.UNKNOWN_ITEM else ("", "", "", "")
        yield f"Refused-{reason.value}", Refused(line(book, LineState.REFUSED, 9, block=Block(reason)), under)
    yield from _with_other_copies(language, under)
    costs = Block(Reason.LOAN_COSTS, amount=Decimal("2.50"))
    yield "Refused-costs", Refused(line(books[7], LineState.REFUSED, 9, block=costs, due=DUE), under)
    dear = line(LONG[language][0], LineState.REFUSED, 9, block=costs, due=DUE)
    yield "Refused-costs-called", Refused(dear, under, called=True)
    long = line(LONG[language][0], LineState.REFUSED, 9, block=Block(Reason.ALREADY_YOURS, on=date(2026, 12, 20)))
    yield "Refused-long", Refused(long, under)
    yield "Refused-called", Refused(long, under, called=True)


def _with_other_copies(language: str, under: Borrowing) -> Iterator[tuple[str, View]]:
    """Yield refusals that name another copy: on the shelf here, in another branch, and on loan."""
    book = BOOKS[language][3]
    only = line(book, LineState.REFUSED, 9, block=Block(Reason.READING_ROOM))
    yield "Refused-other-copy", Refused(only, under, other=title_pages(language, book)[0])
    held = line(book, LineState.REFUSED, 9, block=Block(Reason.HELD_FOR_OTHER))
    yield "Refused-other-branch", Refused(held, under, other=title_pages(language, book)[1])
    yield "Refused-other-on-loan", Refused(held, under, other=title_pages(language, book)[2])


def _questions(language: str) -> Iterator[tuple[str, View]]:
    book = line(BOOKS[language][3], LineState.WAITING, 3)
    yield "Asking-borrow-or-return", Asking(Question.BORROW_OR_RETURN, Welcome(), book)
    long = line(LONG[language][1], LineState.WAITING, 3)
    yield "Asking-long", Asking(Question.BORROW_OR_RETURN, Welcome(), long)
    yield "Asking-other-card", Asking(Question.OTHER_CARD, Borrowing(guest(language)), uid="04A2")
    yield "Asking-another-own-card", Asking(Question.OTHER_CARD, Borrowing(guest(language)), uid="04A2", joins=True)
