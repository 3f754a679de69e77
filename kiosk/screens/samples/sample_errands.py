"""Sample views of borrowing, returning, account, farewell and the catalogue, with invented patrons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from kiosk.screens.samples.sample_parts import (
    ALPHABET,
    BOOKS,
    DUE,
    EAST,
    FLOOR,
    FOUND,
    LONG,
    NAMES,
    NOW,
    OTHERS,
    PLACES,
    Book,
    ByLanguage,
    guest,
    line,
    loan,
)
from kiosk.screens.samples.sample_patron_input import WHY
from kiosk.screens.samples.sample_showcase import showcase
from kiosk.views import (
    Account,
    Board,
    Borrowing,
    CurrentPatron,
    Farewell,
    Find,
    LineState,
    LoanLine,
    OtherCard,
    Pad,
    PadContents,
    ReceiptState,
    Returning,
    TagProblem,
    TagState,
    TitlePage,
    View,
    VisitTask,
)
from kiosk.views.find import LONGEST
from kiosk.views.visit import Guide, NewTitles, ServiceGreeting
from lending.model import AppliedRule, Block, Fee, FeeKind, Hold, Item, ItemId, ItemStatus, Reason
from lending.policy import Allowance, Service
from lending.questions import PostVisitQuestion, Reminder, ReminderReason
from lending.responses import HAPPY
from lending.shelves import stand
from lending.title_result import SearchResults, TitleResult
from lending.transactions import TransactionId

BINS = ByLanguage(
    {
        "en": ("Bin 2", "Hold shelf"),
        "zh": ("2 号箱", "预约架"),
        "zh_TW": ("2 號箱", "預約架"),
        "mn": ("2-р хайрцаг", "Захиалгын тавиур"),
    }
)
ANSWERS = ByLanguage(
    {
        "en": "The atlases stand on the second floor, by the window.",
        "zh": "地图集在二楼靠窗的架上。",
        "zh_TW": "地圖集在二樓靠窗的書架上。",
        "mn": "Атлас хоёр давхарт, цонхны дэргэдэх тавиур дээр байгаа.",
    }
)


def elsewhere(language: str, on_loan: int = 2) -> CurrentPatron:
    """Return a patron of a library system that reports no loan limit."""
    return guest(language, on_loan, allowance=Allowance(0, on_loan, certain=False))


def lending(language: str) -> Iterator[tuple[str, View]]:
    books, long = BOOKS[language], LONG[language]
    done, saved, checking = LineState.DONE, LineState.SAVED, LineState.CHECKING
    three = tuple(line(book, done, number) for number, book in enumerate(books[:3]))
    many = (line(books[4], checking, 4), line(books[3], saved, 3), *reversed(three))
    yield "Borrowing-empty", Borrowing(guest(language))
    welcome = {"zh": "为班级借书，借期更长。", "en": "Books for your class may stay longer."}
    yield "Borrowing-service", Borrowing(guest(language, 0), greeting=ServiceGreeting(welcome))
    yield "Borrowing-guide", Borrowing(guest(language, 0), greeting=Guide({}, 28, renews=True, phone=True, finds=True))
    yield (
        "Borrowing-new-titles",
        Borrowing(guest(language), greeting=NewTitles({}, showcase(language).news), finds=True),
    )
    yield "Borrowing-one", Borrowing(guest(language, 3), three[:1])
    yield "Borrowing-many", Borrowing(guest(language, 6), many)
    yield "Borrowing-live", Borrowing(guest(language, 6), many)
    waiting = replace(many[0], sent=True)
    yield "Borrowing-elsewhere", Borrowing(elsewhere(language, 6), (waiting, *many[1:]))
    refused = line(books[5], LineState.REFUSED, 5, block=Block(Reason.READING_ROOM))
    yield "Borrowing-refused-line", Borrowing(guest(language, 5), (refused, *reversed(three)))
    yield "Borrowing-again", Borrowing(guest(language, 5), tuple(reversed(three)), notice="already_listed")
    second = guest(language, 5, name=OTHERS[language][0], mark=2)
    others = (OtherCard(1, NAMES[language]), OtherCard(3, OTHERS[language][1]))
    yield "Borrowing-family", Borrowing(second, tuple(reversed(three)), other_cards=others)
    yield "Farewell-family", Farewell(three[:2], second)
    yield "Borrowing-unreadable", Borrowing(guest(language, 0), (), notice="unreadable")
    yield "Borrowing-by-hand", Borrowing(guest(language, 5), tuple(reversed(three)), typed="30012000")
    yield "Borrowing-by-hand-empty", Borrowing(guest(language, 0), (), typed="")
    lettered = Borrowing(guest(language, 5), tuple(reversed(three)), typed="LB0012", pad=Pad("BL", fitted=False))
    yield "Borrowing-by-hand-lettered", lettered
    yield "Borrowing-by-hand-alphabet", replace(lettered, pad=Pad(ALPHABET))
    yield "Borrowing-by-hand-alphabet-turned", replace(lettered, pad=Pad(ALPHABET, page=1))
    yield "Borrowing-not-this-code", Borrowing(guest(language, 5), tuple(reversed(three)), notice="not_this_code")
    yield "Borrowing-turn-the-book", Borrowing(guest(language, 0), (), notice="turn_the_book")
    yield "Borrowing-one-book", Borrowing(guest(language, 5), tuple(reversed(three)), notice="one_book_please")
    yield "Borrowing-long", Borrowing(guest(language, 3), tuple(line(book, saved, n) for n, book in enumerate(long)))
    ten = tuple(line(book, done, number) for number, book in enumerate(books))
    yield "Borrowing-full", Borrowing(guest(language, 10), ten)
    kind = {"zh": "影像资料", "en": "Films and music"}
    lent = [
        line(books[0], done, 0, applied=AppliedRule(kind, 7)),
        line(long[0], done, 1, applied=AppliedRule(kind, None, 3)),
        line(books[2], done, 2, applied=AppliedRule({}, 28)),
        line(books[3], done, 3, applied=AppliedRule({}, 42), extra_days=14),
    ]
    yield "Borrowing-by-rule", Borrowing(guest(language, 4), tuple(lent))
    switched = TagState.SWITCHED
    pile = [line(book, done, number, tag=switched) for number, book in enumerate(books[:4])]
    stays = line(books[5], LineState.REFUSED, 5, block=Block(Reason.READING_ROOM), tag=TagState.LISTED)
    yield (
        "Borrowing-pile",
        Borrowing(
            guest(language, 4), (stays, *reversed(pile)), on_pad=PadContents(6, (TagProblem.UNREAD,), retries=True)
        ),
    )
    part = line(books[4], LineState.WAITING, 4, tag=TagState.LISTED, missing=(2,))
    lifted = line(books[3], LineState.WAITING, 3, tag=TagState.LIFTED)
    checked = line(books[2], checking, 2, tag=TagState.LISTED)
    yield (
        "Borrowing-pile-hands",
        Borrowing(guest(language, 2), (part, lifted, checked, *reversed(pile[:2])), on_pad=PadContents(4)),
    )
    strange = PadContents(3, (TagProblem.OTHER_LIBRARY, TagProblem.CARD), doubled=1)
    rings = line(books[0], done, 0, tag=TagState.FAILED)
    yield "Borrowing-pile-strange", Borrowing(guest(language, 2), (rings, pile[1]), on_pad=strange)
    unread = PadContents(2, (TagProblem.BLANK,))
    yield "Borrowing-pile-finish", Borrowing(guest(language, 1), tuple(pile[:1]), notice="finish_unread", on_pad=unread)
    owed = replace(pile[1], tag=TagState.OWED)
    yield "Farewell-may-ring", Farewell((rings, owed, *pile[2:3]), guest(language, 3), code="K7M2P9")
    high = tuple(line(book, done, number, tag=switched) for number, book in enumerate(books))
    yield "Borrowing-pile-of-ten", Borrowing(guest(language, 10), high, on_pad=PadContents(len(high)))
    hours = line(books[0], done, 0, due=datetime(2026, 11, 22, 9, 32, tzinfo=UTC))
    yield "Borrowing-hours-nameless", Borrowing(guest(language, 1, name="", last4="", offline=True), (hours,))


def giving_back(language: str) -> Iterator[tuple[str, View]]:
    books, long = BOOKS[language], LONG[language]
    bin_, shelf = BINS[language]
    saved = tuple(
        line(book, LineState.SAVED, n, VisitTask.RETURN, place=bin_, provisional=True, confirmed=True)
        for n, book in enumerate(books[1:4])
    )
    waits = line(books[4], LineState.SAVED, 4, VisitTask.RETURN, place=shelf, provisional=True, someone_waits=True)
    number = line(books[2], LineState.SAVED, 2, VisitTask.RETURN, place="A", provisional=True)
    yield "Returning-empty", Returning()
    yield "Returning-numbered-bin", Returning((replace(waits, place="B"), number))
    yield "Returning-one", Returning(saved[:1])
    yield "Returning-someone-waits", Returning((waits, *saved))
    yield "Returning-liked", Returning((replace(waits, face=HAPPY), *saved))
    yield "Returning-no-hub", Returning((waits, *saved), hears=False)
    tagged = tuple(replace(each, tag=TagState.SWITCHED) for each in saved)
    back = line(books[5], LineState.WAITING, 5, VisitTask.RETURN, tag=TagState.LIFTED)
    yield "Returning-pile", Returning((back, *tagged), on_pad=PadContents(3))
    in_bin = PadContents(1, (TagProblem.UNREAD,), in_bin=True)
    yield "Returning-bin-unread", Returning(tagged[:2], on_pad=in_bin)
    far = PLACES[language]
    long_place = line(books[4], LineState.DONE, 4, VisitTask.RETURN, place=far, someone_waits=True)
    both = line(books[1], LineState.SAVED, 1, VisitTask.RETURN, place=far, provisional=True, goes_on=EAST)
    plain = line(books[3], LineState.DONE, 3, VisitTask.RETURN, place=far)
    yield "Returning-far-place", Returning((long_place, plain, both))
    onwards = (
        line(books[0], LineState.DONE, 0, VisitTask.RETURN, place=bin_, confirmed=True, goes_on=EAST),
        line(books[1], LineState.SAVED, 1, VisitTask.RETURN, place=bin_, provisional=True, goes_on=EAST),
    )
    yield "Returning-goes-on", Returning((*onwards, *saved[1:]))
    done = line(books[0], LineState.DONE, 0, VisitTask.RETURN, confirmed=True)
    yield "Returning-by-hand", Returning(saved, notice="mistyped", typed="3001200000002")
    yield "Returning-never-a-camera", Returning(typed="", pad=Pad(fitted=False))
    yield "Returning-by-hand-signs", Returning(saved, typed="K-7", pad=Pad(ALPHABET + "-./", page=2))
    yield "Returning-trusted", Returning((done,))
    yield "Returning-checking", Returning((line(books[0], LineState.CHECKING, 0, VisitTask.RETURN), *saved))
    refused = line(("", "", "", ""), LineState.REFUSED, 7, VisitTask.RETURN, block=Block(Reason.UNKNOWN_ITEM))
    yield "Returning-unknown", Returning((refused, *saved))
    yield (
        "Returning-long",
        Returning(tuple(line(b, LineState.SAVED, n, VisitTask.RETURN, provisional=True) for n, b in enumerate(long))),
    )


def _loans(language: str) -> tuple[LoanLine, ...]:
    books = BOOKS[language]
    plans: tuple[tuple[int, dict[str, object]], ...] = (
        (-2, {"overdue": True}),
        (0, {}),
        (7, {}),
        (14, {"block": Block(Reason.SOMEONE_WAITS)}),
        (28, {"state": LineState.DONE, "transaction": TransactionId("0195")}),
        (28, {"state": LineState.SAVED, "transaction": TransactionId("0196")}),
        (3, {"state": LineState.REFUSED, "block": Block(Reason.NO_RENEWALS_LEFT, count=2)}),
        (5, {"state": LineState.CHECKING}),
    )
    return tuple(
        loan(book, number, days, more) for number, (book, (days, more)) in enumerate(zip(books, plans, strict=False))
    )


def accounts(language: str) -> Iterator[tuple[str, View]]:
    books, loans = BOOKS[language], _loans(language)
    shelf = f"{BINS[language][1]} L"
    holds = (Hold(books[5][0], True, shelf, date(2026, 11, 28), books[5][2]), Hold(books[6][0], False))
    yield "Account-looking", Account(guest(language, 4), None)
    yield "Account-empty", Account(guest(language, 0), ())
    yield "Account-one", Account(guest(language, 1), loans[2:3], holds)
    yield "Account-four", Account(guest(language, 4), loans[1:5], holds)
    yield "Account-many", Account(guest(language, 8, fees=Decimal("12.50")), loans)
    fees = (
        Fee(FeeKind.OVERDUE, Decimal("2.50"), books[4][0], date(2026, 11, 3)),
        Fee(FeeKind.MEMBERSHIP, Decimal(10), charged=date(2026, 9, 1)),
    )
    yield "Account-fees", Account(guest(language, 1, fees=Decimal("12.50")), loans[1:2], fees=fees)
    owing = replace(elsewhere(language), fees=Decimal("12.50"), currency="EUR", fee_limit=Decimal(10))
    yield "Account-elsewhere", Account(owing, loans[1:3])
    reason = {"zh": "您为班级借书。", "en": "You borrow for a school class."}
    granted = replace(guest(language, 4), services=(Service(days=14, renewals=1, words=reason),))
    yield "Account-service", Account(granted, loans[1:5], holds)
    unnamed = guest(language, 2, name="", last4="", offline=True)
    yield "Account-locked", Account(guest(language, 4), loans[1:5], locked=True)
    yield "Account-locked-away", Account(guest(language, 2, offline=True), loans[1:3], locked=True, offline=True)
    yield "Account-offline", Account(unnamed, (loans[1], replace(loans[2], unconfirmed=True)), offline=True)
    yield "Account-sealed", Account(unnamed, loans[1:2], offline=True, unnamed=1)
    yield "Account-only-sealed", Account(unnamed, (), offline=True, unnamed=2)
    long = tuple(loan(book, n, 9, {}) for n, book in enumerate(LONG[language]))
    yield (
        "Account-long",
        Account(guest(language, 3), long, (Hold(LONG[language][0][0], True, shelf, date(2026, 11, 28), "9"),)),
    )


def farewells(language: str) -> Iterator[tuple[str, View]]:
    books = BOOKS[language]
    four = tuple(line(book, LineState.DONE, number) for number, book in enumerate(books[:4]))
    saved = line(books[4], LineState.SAVED, 4)
    lines = (saved, *four)
    known = guest(language, 7)
    yield "Farewell", Farewell(lines, known, code="K7Q2MX", seconds=8)
    yield from farewells_with_questions(language, Farewell(lines[:2], known, code="", seconds=18))
    yield "Farewell-printing", Farewell(lines, known, ReceiptState.PRINTING, code="K7Q2MX")
    yield "Farewell-printed-card-left", Farewell(lines, known, ReceiptState.PRINTED, card_on_reader=True, seconds=5)
    yield "Farewell-no-paper", Farewell(lines, known, ReceiptState.FAILED, "out_of_paper", "K7Q2MX", seconds=9)
    half = Farewell(lines, known, ReceiptState.NO_PRINTER, "out_of_paper", receipt_half=True, code="K7Q2MX")
    yield "Farewell-half-a-receipt", half
    yield "Farewell-not-asked", Farewell(lines, known, ReceiptState.PRINTED, "not_asked", "K7Q2MX")
    yield "Farewell-on-phone", replace(half, receipt=ReceiptState.ON_PHONE, seconds=30)
    ten = tuple(line(book, LineState.SAVED, number) for number, book in enumerate(books))
    many = Farewell(ten, known, ReceiptState.ON_PHONE, code="K7Q2MX", card_on_reader=True, seconds=8)
    yield "Farewell-on-phone-many", many
    offline = tuple(line(book, LineState.SAVED, n) for n, book in enumerate(books[:3]))
    yield "Farewell-saved", Farewell(offline, known, code="K7Q2MX", seconds=8)
    handed = tuple(
        line(book, LineState.SAVED, n, VisitTask.RETURN, provisional=True) for n, book in enumerate(books[5:7])
    )
    yield "Farewell-returns", Farewell(handed, None, code="K7Q2MX", seconds=3)
    yield (
        "Farewell-mixed-long",
        Farewell((*handed, *(line(b, LineState.SAVED, 8 + n) for n, b in enumerate(LONG[language]))), known),
    )
    yield "Farewell-ten", Farewell(tuple(line(book, LineState.DONE, n) for n, book in enumerate(books)), known)
    yield (
        "Farewell-no-paper-from-the-start",
        Farewell(offline, known, ReceiptState.NO_PRINTER, "out_of_paper", "K7Q2MX"),
    )
    yield "Farewell-no-printer-at-all", Farewell(offline, known, ReceiptState.NO_PRINTER, code="K7Q2MX")
    yield "Farewell-nothing", Farewell((), known, ReceiptState.NO_PRINTER, seconds=10)


def farewells_with_questions(language: str, plain: Farewell) -> Iterator[tuple[str, View]]:
    """Yield the end of a visit with each optional question, and the reminder."""
    soon = Reminder(
        ItemId("30012000000019"), date(2026, 12, 6), ReminderReason.USUAL, date(2026, 11, 26), date(2026, 12, 20)
    )
    answer = ANSWERS[language]
    contact = PostVisitQuestion("contact", "7", {"channel": "sms", "shown": "…8000", "why": "stale"})
    yield "Farewell-asks-face", replace(plain, ask=PostVisitQuestion("face"))
    yield "Farewell-asks-contact", replace(plain, ask=contact, reminder=soon)
    bounced = replace(contact, facts={**contact.facts, "why": "bounced", "shown": "a…@example.org"})
    yield "Farewell-asks-bounced", replace(plain, ask=bounced)
    channels = PostVisitQuestion("channel", facts={"sms": "…8000", "mail": "a…@example.org"})
    yield "Farewell-asks-channel", replace(plain, ask=channels)
    title, _author, _subject, number = BOOKS[language][5]
    why = {f"why_{each}": words for each, words in WHY[0].items()}
    yield (
        "Farewell-asks-pick",
        replace(plain, ask=PostVisitQuestion("pick", "title-5", {"title": title, "number": number, **why})),
    )
    yield (
        "Farewell-answer",
        replace(plain, ask=PostVisitQuestion("message", "answer-3", {"about": "", "words": answer, "state": ""})),
    )
    yield "Farewell-answer-locked", replace(plain, ask=PostVisitQuestion("message", "answer-3"))
    yield "Farewell-thanks", replace(plain, ask=channels, answered="mail", reminder=soon)
    yield "Farewell-reminder", replace(plain, reminder=soon)
    days = tuple(date(2026, 12, each) for each in (6, 13, 17, 19))
    yield "Farewell-reminder-days", replace(plain, reminder=soon, days=days)


BRANCH = "main"
NORTH = {"zh": "城北分馆", "en": "North branch"}
WHERE = (ItemStatus.ON_SHELF, ItemStatus.ON_LOAN, ItemStatus.ON_SHELF, ItemStatus.ON_SHELF)


def work(number: int, book: Book, language: str) -> TitleResult:
    title, author, subject, call_number = book
    status, home = WHERE[number % 4], BRANCH if number % 4 != 3 else "north"
    due = DUE if status is ItemStatus.ON_LOAN else None
    copies = (
        Item(ItemId(f"3001200048{number:04}"), title, call_number=call_number, branch=home, status=status, due=due),
    )
    if number % 5 == 4:
        return TitleResult(number + 1, title, author, call_number, subject, 2019, "https://hub.example/p/read/7/")
    return TitleResult(number + 1, title, author, call_number, subject, 1990 + number, copies=copies)


def finding(language: str) -> Iterator[tuple[str, View]]:
    typed, books = FOUND[language]
    works = tuple(work(number, book, language) for number, book in enumerate(books))
    found = SearchResults(works, as_of=NOW - timedelta(minutes=2))
    some = Find(typed, Board.CYRILLIC if language == "mn" else Board.LATIN, found, typed, branch=BRANCH)
    yield "Find", Find(branch=BRANCH)
    yield "Find-online", Find(branch=BRANCH, online=True)
    yield "Find-typed", _with_first_result(some)
    yield "Find-few", _with_first_result(replace(some, found=replace(found, works=works[:2])))
    yield "Find-out", _with_first_result(replace(some, found=replace(found, works=(works[1], works[0]))))
    yield "Find-e-book", _with_first_result(replace(some, found=replace(found, works=(works[4], works[0]))))
    yield "Find-patron", _with_first_result(replace(some, guest=guest(language)))
    digits = replace(some, typed="978037550", board=Board.DIGITS, found=replace(found, works=works[3:4]))
    yield "Find-digits", _with_first_result(digits)
    yield "Find-cyrillic", Find("монгол ", Board.CYRILLIC, branch=BRANCH)
    old = replace(some, offline=True, found=replace(found, as_of=NOW - timedelta(hours=5), more=True))
    yield "Find-offline", _with_first_result(old)
    old = replace(some, found=replace(found, as_of=NOW - timedelta(days=9), outdated=True))
    yield "Find-outdated-offline", _with_first_result(old)
    yield (
        "Find-close",
        _with_first_result(
            replace(some, typed="the islnd of lost maps and other stories of the sea", found=replace(found, close=True))
        ),
    )
    full = "the island of lost maps and other stories of the sea and its "
    yield "Find-full", _with_first_result(replace(some, typed=full[:LONGEST], found=replace(found, works=works[:1])))
    nothing = replace(some, typed="dinosaur atlas", found=SearchResults(as_of=NOW))
    yield "Find-nothing", nothing
    yield "Find-nothing-one-word", replace(nothing, typed="dinosaur")
    yield "Find-agreeing", replace(nothing, agreeing=True, guest=guest(language))
    yield "Find-nothing-noted", replace(nothing, alert=LineState.DONE, guest=guest(language))
    long = tuple(work(number, book, language) for number, book in enumerate(LONG[language]))
    yield "Find-long", _with_first_result(replace(some, found=replace(found, works=long), guest=guest(language)))
    yield from pages(language, some, tuple(work(n, book, language) for n, book in enumerate(BOOKS[language])), long)


def _with_first_result(view: Find) -> Find:
    """Add the page of the first result and the bays, as the desk does."""
    assert view.found is not None
    shelved = (each for each in view.found.works if any(copy.branch == BRANCH for copy in each.copies))
    stands = {each.id: stand(each.call_number_at(BRANCH), (FLOOR,)) for each in shelved}
    bays = {key: each.bays[0].code for key, each in stands.items() if each is not None}
    first = view.found.works[0]
    houses = (NORTH,) if first.houses(BRANCH) else ()
    return replace(view, answer=TitlePage(first, view, stands.get(first.id), houses), bays=bays)


def title_pages(language: str, book: Book) -> tuple[TitlePage, TitlePage, TitlePage]:
    """Return the page of a title that is on the shelf here, in another branch, and on loan."""
    here, out, elsewhere = (work(number, book, language) for number in (0, 1, 3))
    some = Find(book[0], found=SearchResults((here,)), branch=BRANCH)
    plan = stand(here.call_number_at(BRANCH), (FLOOR,))
    return TitlePage(here, some, plan), TitlePage(elsewhere, some, houses=(NORTH,)), TitlePage(out, some)


def pages(
    language: str, some: Find, works: tuple[TitleResult, ...], long: tuple[TitleResult, ...]
) -> Iterator[tuple[str, View]]:
    """Yield title pages, each with another availability."""
    here = replace(works[0], copies=(*works[0].copies, Item(ItemId("30012000489999"), branch="north")))
    page = TitlePage(here, some, stand(here.call_number_at(BRANCH), (FLOOR,)))
    yield "TitlePage", page
    yield "TitlePage-no-plan", replace(page, stand=None)
    out = replace(works[1], copies=(replace(works[1].copies[0], waiting=2),))
    away = TitlePage(out, some, stand(out.call_number_at(BRANCH), (FLOOR,)))
    yield "TitlePage-out", away
    known = guest(language)
    yield "TitlePage-checking", replace(away, hold=LineState.CHECKING, guest=known)
    yield "TitlePage-kept", replace(away, hold=LineState.DONE, guest=known)
    yield "TitlePage-saved-offline", replace(away, hold=LineState.SAVED, guest=known, under=replace(some, offline=True))
    yield "TitlePage-out-both", replace(away, work=replace(out, link="https://hub.example/p/read/7/"), guest=known)
    yield "TitlePage-agreeing", replace(away, agreeing=True, guest=known)
    yield "TitlePage-told", replace(away, alert=LineState.DONE, guest=known)
    refused = Block(Reason.LIMIT, count=10)
    yield "TitlePage-refused", replace(away, hold=LineState.REFUSED, block=refused, guest=known)
    away = TitlePage(works[3], some, houses=(NORTH,))
    yield "TitlePage-elsewhere", away
    yield (
        "TitlePage-elsewhere-many",
        replace(away, work=replace(works[3], title=long[0].title), houses=(EAST, *away.houses, EAST, EAST)),
    )
    yield "TitlePage-online", TitlePage(works[4], some, on_phone=True)
    both = replace(here, link="https://hub.example/p/read/7/")
    yield "TitlePage-both", replace(page, work=both, guest=known)
    old = replace(some, found=replace(some.found, outdated=True, as_of=NOW - timedelta(days=9))) if some.found else some
    yield "TitlePage-outdated-offline", replace(page, under=old)
    yield "TitlePage-long", TitlePage(long[0], some, stand(long[0].call_number_at(BRANCH), (FLOOR,)), guest=known)
