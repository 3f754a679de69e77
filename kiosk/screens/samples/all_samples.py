"""Sample views for the gallery and the audits: every screen in its important states, invented patrons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from kiosk.central import OutOfService
from kiosk.screens.samples.sample_details import records, registering
from kiosk.screens.samples.sample_errands import accounts, farewells, finding, giving_back, lending, title_pages
from kiosk.screens.samples.sample_parts import ALPHABET, BOOKS, DUE, LONG, ByLanguage, guest, line
from kiosk.screens.samples.sample_patron_input import patron_inputs, surveys
from kiosk.screens.samples.sample_showcase import learning, strips, turning, welcome_with_content
from kiosk.system.health import ABSENT, READY, Condition, Device, PartName, PartState
from kiosk.views import (
    Asking,
    Blocked,
    Borrowing,
    CardInputs,
    Help,
    Identify,
    IdleWarning,
    LineState,
    OutOfOrder,
    Pad,
    Question,
    Refused,
    Release,
    SignIn,
    Technician,
    TouchTest,
    Trial,
    View,
    VisitTask,
    Welcome,
)
from lending.model import Block, Reason

NO_PAD = CardInputs(pad=Condition.FAULTY)


@cache  # the gallery goes through all of them for each picture that it is asked for by name
def samples(language: str) -> tuple[tuple[str, View], ...]:
    """Return name and view of every sample; the name begins with that of the view."""
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
    parts = (*errands, farewells, _blocks, _refusals, _questions, service)
    return tuple(sample for part in parts for sample in part(language))


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


MESSAGES = {
    "zh": "读卡器更换中，11月28日恢复，请改用二楼入口的自助机办理借书、还书和续借等业务。",
    "en": "The card reader is being replaced until 28 Nov. Please use the kiosks upstairs.",
}
"""About as long as staff may write."""

REFUSED = {
    "zh": "未作任何更改。/boot/firmware/kiosk.toml：2 处需要修改\n"
    "  enrolment.code = (kept secret): has 3 characters: should be the 16 letters and digits of the hub's page Kiosks\n"
    '  receipt_printer.driver = "ubs"',
    "en": "Nothing was changed. /boot/firmware/kiosk.toml: errors to correct: 2\n"
    "  enrolment.code = (kept secret): has 3 characters: should be the 16 letters and digits of the hub's page Kiosks\n"
    '  receipt_printer.driver = "ubs"; did you mean usb?',
}
KIOSKS = ByLanguage({"en": "Kiosk 2", "zh": "2 号自助机", "zh_TW": "2 號自助機", "mn": "Киоск 2"})
PLACE = ByLanguage({"en": "Foyer", "zh": "大厅", "zh_TW": "大廳", "mn": "Үүдний танхим"})
HUB = "https://hub.lakeside.example"
HERE = "library-kiosk-3, 192.168.100.107"


def service(language: str) -> Iterator[tuple[str, View]]:
    yield "OutOfOrder-missing", OutOfOrder("missing", "kiosk journal create")
    yield "OutOfOrder-message", OutOfOrder("out_of_service", message=OutOfService(MESSAGES))
    yield "OutOfOrder-full", OutOfOrder("full", "kiosk journal create --file /var/lib/kiosk/journal.db")
    yield "OutOfOrder-updating", OutOfOrder("updating")
    yield "OutOfOrder-no-config", OutOfOrder("no_config", "sudo kiosk provision", here=HERE)
    yield "OutOfOrder-bad-config", OutOfOrder("bad_config", "sudo kiosk config validate", here=HERE)
    yield "OutOfOrder-no-card-file", OutOfOrder("no_card_file", here=HERE)
    yield "OutOfOrder-no-card-file-link", OutOfOrder("no_card_file", here=HERE, link=f"{HUB}/staff/kiosks/")
    yield "OutOfOrder-not-enrolled", OutOfOrder("not_enrolled", "sudo kiosk enrol", here=HERE)
    refused = OutOfService(REFUSED)
    yield "OutOfOrder-refused", OutOfOrder("no_config", "sudo kiosk provision", here=HERE, refused=refused)
    yield "Help", Help(Welcome())
    yield "Help-out-of-order", Help(OutOfOrder("full"))
    parts = {
        PartName.CARD_READER: READY,
        PartName.BARCODE_SCANNER: READY,
        PartName.RECEIPT_PRINTER: PartState(Condition.READY, "near_end"),
        PartName.LIGHTS: ABSENT,
        PartName.CENTRAL: PartState(Condition.FAULTY, "away"),
        PartName.JOURNAL: READY,
        PartName.BACKLOG: PartState(Condition.READY, "waits_long"),
        PartName.SNAPSHOT: READY,
    }
    kiosk, place = KIOSKS[language], PLACE[language]
    yield "SignIn", SignIn(Welcome(), typed="••••")
    yield "SignIn-wrong", SignIn(Welcome(), problem="wrong_code")
    yield "SignIn-paused", SignIn(Welcome(), problem="codes_paused", minutes=5)
    yield "SignIn-no-technician", SignIn(OutOfOrder("missing"), problem="no_technician")
    yield "SignIn-checking", SignIn(Welcome(), checking=True)
    parts |= dict.fromkeys((PartName.DISK, PartName.CLOCK), READY)
    parts |= dict.fromkeys((PartName.KEYS, PartName.BIN, PartName.TEMPERATURE, PartName.SUPPLY), ABSENT)
    release = Release("0.4.2", datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    yield "Technician", Technician(Welcome(), parts, 2, 1, 93784.0, kiosk=kiosk, place=place, release=release)
    sound = {name: state if state == ABSENT else READY for name, state in parts.items()}
    yield "Technician-ready", Technician(Welcome(), sound, 0, 0, None, 0.075, kiosk, place=place, release=release)
    jammed = sound | {PartName.RECEIPT_PRINTER: PartState(Condition.FAULTY, "out_of_paper")}
    yield "Technician-one-fault", Technician(Welcome(), jammed, 0, 0, None, 0.075, kiosk, "lin", release=release)
    broken = {name: PartState(Condition.FAULTY, "unplugged") for name in PartName}
    broken[PartName.BACKLOG] = PartState(Condition.FAULTY, "lending_stopped")
    yield "Technician-broken", Technician(Welcome(), broken, 12, 0, 93784.0, kiosk=kiosk)
    trials: dict[PartName | Device, Trial] = {
        PartName.CARD_READER: Trial.SEEN,
        PartName.RECEIPT_PRINTER: Trial.FAILED,
        PartName.LIGHTS: Trial.RUNNING,
        PartName.SECURITY_GATE: Trial.DONE,
        Device.TOUCH: Trial.FAILED,
        Device.SPEAKER: Trial.DONE,
    }
    fitted = dict.fromkeys(PartName, READY) | {PartName.RECEIPT_PRINTER: PartState(Condition.FAULTY, "unplugged")}
    testing = Technician(Welcome(), fitted, 0, 0, None, 0.075, kiosk, "lin", trials, speaker=True, release=release)
    yield "Technician-testing", testing
    yield "TouchTest", TouchTest(testing)
    yield "TouchTest-half", TouchTest(testing, (0.4, 61.8))
    yield "TouchTest-done", TouchTest(testing, (0.4, 1.9, 0.0, 1.2, 5.1))
    yield "TouchTest-wrong", TouchTest(testing, (130.4,) * 5)
    yield "IdleWarning", IdleWarning(Borrowing(guest(language)), 17)
