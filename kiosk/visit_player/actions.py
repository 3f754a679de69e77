"""List every action that a visit script can press, by view."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

from kiosk.system.health import READY, PartName
from kiosk.views import (
    Account,
    Action,
    Asking,
    AskLibrarian,
    Blocked,
    Borrowing,
    CurrentPatron,
    Details,
    Farewell,
    Feedback,
    Find,
    ForYou,
    Help,
    Identify,
    IdleWarning,
    Learn,
    LineState,
    LoanLine,
    OneTimeCode,
    OutOfOrder,
    Pad,
    PadContents,
    Panel,
    PickKind,
    PickLine,
    Question,
    ReceiptState,
    RecordPage,
    Refused,
    Registering,
    Returning,
    SignIn,
    Spelling,
    Status,
    Survey,
    TagState,
    Technician,
    TitlePage,
    TouchTest,
    View,
    VisitLine,
    VisitTask,
    Welcome,
    Writing,
    actions,
)
from kiosk.views.learn import COURSES, LESSONS, PAGES, RESOURCES, BookedPlace
from kiosk.views.patron_input import TextKind as Written
from kiosk.views.registration import TYPED, RegistrationStep
from kiosk.views.text_entry import FOR_TITLES, FOR_WORDS, PinyinCandidate
from kiosk.views.visit import Guide
from lending.languages import languages
from lending.model import Block, CardRef, Item, ItemId, ItemStatus, PatronRef, Reason
from lending.patron_record import (
    REMOVED,
    Consent,
    Contact,
    ContactChannel,
    HistoryEntry,
    Interest,
    PatronRecord,
    StaffMessage,
)
from lending.policy import Allowance
from lending.questionnaires import OfferedQuestionnaire, read_form
from lending.questions import PostVisitQuestion, ReceiptChannel, Reminder, ReminderReason
from lending.registration import Registration, RegistrationForm, RegistrationPurpose
from lending.showcase import Course, NewTitle, Poster, Resource
from lending.title_result import SearchResults, TitleResult
from lending.transactions import TransactionId

LETTERS = Pad("ABCDE")
"""Keypad with more characters than fit on one page with the digits."""
MORE = "more"
"""Action that turns the page of a long list; it belongs to the screen rather than to a view."""


def _samples() -> Iterator[View]:
    """Yield each view in enough states to show every action it can offer."""
    item = ItemId("30000000000000")
    guest = CurrentPatron(CardRef("card"), PatronRef("patron"), Allowance(10, 0))
    done = VisitLine(item, VisitTask.BORROW, LineState.DONE, transaction=TransactionId("one"))
    refused = VisitLine(item, VisitTask.BORROW, LineState.REFUSED, block=Block(Reason.READING_ROOM))
    borrowing = Borrowing(guest, (done,))
    loans = tuple(LoanLine(ItemId(f"3000000000000{n}"), "", None, overdue=False) for n in range(2))
    renewed = LoanLine(item, "", None, overdue=False, state=LineState.DONE, transaction=TransactionId("two"))
    day, begins = date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC)
    yield Welcome(finds=True)
    yield Welcome(news=(NewTitle(""),), events=(Course({}, begins, {}, ""),), joins=True)
    yield from _finding(guest)
    yield Identify(VisitTask.BORROW, typed="1", pad=LETTERS)
    yield replace(borrowing, finds=True)
    yield replace(borrowing, typed="1", pad=LETTERS)
    yield replace(borrowing, lines=(), greeting=Guide({}))
    pile = (replace(refused, tag=TagState.LISTED),)
    yield replace(borrowing, lines=pile, on_pad=PadContents(1))
    yield Returning(pile, on_pad=PadContents(1))
    yield Returning()
    yield Returning((replace(done, errand=VisitTask.RETURN),))
    yield Returning(typed="1", pad=LETTERS)
    yield Account(guest, (*loans, renewed), locked=True, lines=(done,))
    yield Account(guest, loans)
    yield ForYou(guest, (PickLine(item, PickKind.LIKE, "", about="title-1"),), events=True, finds=True)
    yield AskLibrarian(guest)
    yield from _writing_views()
    yield from rooms(guest)
    yield from (Feedback(), Feedback(face="1"), Feedback(isbn="9787020002207"))
    yield from (Farewell((done,), guest, receipt=state) for state in ReceiptState)
    yield Farewell((done,), guest, ask=PostVisitQuestion("face"))
    yield Farewell((done,), guest, reminder=Reminder(item, day, ReminderReason.DUE, day, day))
    yield Farewell((done,), guest, days=(day,))
    yield Farewell((done,), guest, message=ReceiptChannel("sms", ""))
    yield from _survey_views(done, guest)
    yield from _learning(guest)
    yield Blocked(Block(Reason.FEES), guest, still=tuple(VisitTask))
    yield Refused(refused, borrowing)
    yield Refused(refused, borrowing, other=TitlePage(TitleResult(1, ""), Find()))
    yield Refused(replace(refused, block=Block(Reason.LOAN_COSTS)), borrowing)
    yield from (Asking(question, Welcome(), joins=True) for question in Question)
    yield OutOfOrder("missing")
    yield Help(Welcome())
    yield SignIn(Welcome(), typed="•")
    technician = Technician(Welcome(), dict.fromkeys(PartName, READY), speaker=True)
    yield technician
    yield TouchTest(technician)
    yield IdleWarning(borrowing)


def rooms(guest: CurrentPatron) -> Iterator[View]:
    """Yield each room of the patron's details, with an entry of each kind."""
    name = {"en": ""}
    shown = PatronRecord(
        (Contact("1", "sms", "", sure=False, serves=("digest",)), Contact("2", "mail", "", kept=True)),
        (ContactChannel("sms", "1"), ContactChannel("mail", "2")),
        consents=(
            Consent("digest", name, name, "1", given=True, news=True),
            Consent("history", name, name, "1", given=False),
        ),
        interests=(Interest("I", name), Interest("K", name, REMOVED)),
        classes=(Interest("T", name),),
        languages=("zh", "en"),
        reads=True,
        language="zh",
        letters=(StaffMessage("answer-1", "", ""),),
        page=True,
        had=(HistoryEntry("1", "", link="https://hub.example/p/titles/1/"),),
    )
    remembered = replace(shown, consents=(Consent("history", name, name, "1", given=True),))
    yield Details(guest, remembered, room=RecordPage.HAD)
    line = VisitLine(ItemId("1"), VisitTask.BORROW, LineState.DONE)
    yield from (Details(guest, shown, room=each, about="history", lines=(line,)) for each in RecordPage)
    yield Identify(VisitTask.ACCOUNT, pin=True, code=OneTimeCode("sms"))
    yield Identify(VisitTask.BORROW, registers=True)
    yield from registration_views()


def registration_views() -> Iterator[View]:
    """Yield the registration from the choice of the way to its result."""
    words = {"en": "a"}
    purpose = RegistrationPurpose("digest", words, words, "1")
    form = RegistrationForm({"adult": words, "child": words}, (purpose,), languages=("zh", "en"))
    begun = Registering(Identify(VisitTask.BORROW), form, "a", 2026, reads=True)
    shown = replace(begun, entered=Registration("a", "2020"), spelling=Spelling("a", "a", (PinyinCandidate("a", 1),)))
    yield from (
        replace(shown, step=each, board=TYPED[each][0] if each in TYPED else shown.board) for each in RegistrationStep
    )
    adult = replace(begun, entered=Registration("a", "1990"))
    yield from (replace(adult, step=each) for each in (RegistrationStep.CONSENT, RegistrationStep.CHECK))
    sent = replace(begun, step=RegistrationStep.SENT, state=LineState.REFUSED)
    yield from (sent, replace(sent, block=Block(Reason.CARD_TAKEN)))


def _survey_views(done: VisitLine, guest: CurrentPatron) -> Iterator[View]:
    """Yield a questionnaire from its question on Farewell to its sheet, and on Feedback."""
    elements = ({"type": "boolean", "name": "a", "title": "a"}, {"type": "comment", "name": "b", "title": "b"})
    two = OfferedQuestionnaire("visit.1", read_form({"title": "a", "elements": elements}))
    under = Farewell((done,), guest, ask=PostVisitQuestion("questionnaire", "visit.1", {"form": "{}"}))
    yield from (under, Feedback(survey=two), Survey(two, under), Survey(two, under, {"a": True, "b": "b"}, 1))


def _learning(guest: CurrentPatron) -> Iterator[View]:
    online = (Resource({}, {}, ""),)
    quiz = Learn(LESSONS[0], PAGES, guest=guest)
    yield from (Learn(), Learn(RESOURCES, resources=online), Learn(LESSONS[0]), quiz, replace(quiz, marked="a"))
    day, begins = date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC)
    course = Course({}, begins, {}, "", date=1)
    dated = Learn(COURSES, courses=(course,), guest=guest)
    for each in (course, replace(course, full=True)):
        yield replace(dated, courses=(each,), opened=0)
    yield from (dated, replace(dated, opened=0, places={1: BookedPlace(LineState.DONE)}))
    yield Welcome(slides=(Poster({}, {}, "", day, day, begins, date=1),), turn=1)


def _writing_views() -> Iterator[View]:
    """Yield free-text entry on each board, with candidates to choose from."""
    spelling = Spelling("wo", "wo", (PinyinCandidate("我", 2),))
    yield from (Writing(Written.WISH, Feedback(), "a", each, spelling) for each in FOR_WORDS)


def _finding(guest: CurrentPatron) -> Iterator[View]:
    """Yield a search with and without results, and a title's page."""
    work = TitleResult(1, "", link="https://hub.example/p/read/1/", copies=(Item(ItemId("30000000000000")),))
    found = Find("ab", found=SearchResults((work,)), asked="ab")
    yield from (found, Find(online=True, guest=guest))
    for each in (work, replace(work, copies=())):
        yield replace(found, typed="ab", answer=TitlePage(each, found))
    yield from (replace(found, board=each) for each in FOR_TITLES)
    yield replace(found, typed="ab ab", found=SearchResults())
    out = replace(work.copies[0], status=ItemStatus.ON_LOAN)
    yield from (TitlePage(each, found, guest=guest) for each in (work, replace(work, copies=(out,))))


def names() -> dict[str, list[str]]:
    """Return the names that `press` accepts, by view, with `item=...` and `choice=...` where they are needed."""
    found: dict[str, dict[str, None]] = {}
    for view in _samples():
        shown = found.setdefault(type(view).__name__, {})
        for language, panel in product(languages(), (None, *Panel)):
            status = Status("", datetime(2026, 1, 1, tzinfo=UTC), language, low=False, voice=True)
            for each in (status, replace(status, languages=tuple(languages()), panel=panel)):
                shown.update({_action_text(action): None for action in actions(view, each)})
    return {view: list(called) for view, called in found.items()}


@functools.cache  # called for each `press` of each visit
def action_names() -> frozenset[str]:
    """Return every name that `press` accepts at any view."""
    return frozenset(called.split()[0] for view in names().values() for called in view) | {MORE}


def _action_text(action: Action) -> str:
    return f"{action.name}{' item=...' if action.item else ''}{' choice=...' if action.choice else ''}"


def table() -> str:
    """Return the names by view as a text table."""
    wide = max(len(view) for view in names())
    views = "\n".join(f"{view:<{wide}}  {', '.join(called)}" for view, called in names().items())
    return f"{views}\nand wherever a list is longer than its place: {MORE}"
