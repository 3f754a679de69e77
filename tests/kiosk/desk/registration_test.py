"""Test self-registration: question by question, sent once, and nothing remains."""

from __future__ import annotations

import gc
import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kiosk.events import JournalFailed
from kiosk.system.health import READY, Condition, PartName, PartState
from kiosk.views import (
    BOARDS,
    Asking,
    Board,
    Borrowing,
    Farewell,
    Help,
    Identify,
    IdleWarning,
    LineState,
    OutOfOrder,
    Registering,
    VisitTask,
    Welcome,
    actions,
)
from kiosk.views.registration import TYPED, RegistrationStep
from lending import registration as law
from lending.model import Block, Reason
from lending.registration import InputFault, RegistrationForm, RegistrationPurpose
from lending.responses import SelfRegistration
from lending.showcase import EMPTY
from lending.transactions import TransactionId
from tests.kiosk.desk.bench import DUNE, LIN_UID, RULES, Bench, shown, story, under
from tests.kiosk.desk.random_test import assert_every_action_works

WORDS = {"zh": "同意", "en": "Yes."}
DIGEST = RegistrationPurpose("digest", {"zh": "新书快递", "en": "digest"}, WORDS, "2026-1")
EVENTS = RegistrationPurpose("campaign", {"zh": "活动", "en": "events"}, WORDS, "2026-3")
FORM = RegistrationForm(
    {"adult": WORDS, "child": WORDS}, (DIGEST, EVENTS), mobile=re.compile("1[0-9]{10}"), languages=("zh", "en")
)
BLANK = "04C0FFEE"


def enable_registration(bench: Bench, form: RegistrationForm = FORM) -> None:
    bench.showcase = replace(EMPTY, registers=form)


async def start_registration(bench: Bench, form: RegistrationForm = FORM) -> None:
    enable_registration(bench, form)
    await bench.choose("language_en")
    await bench.press("borrow", "register")


async def type_text(bench: Bench, text: str) -> None:
    """Type a text on the keyboards that have its characters, and continue."""
    for sign in text:
        if sign != " " and not any(sign in row for row in BOARDS[register(bench).board]):
            await bench.press("turn", choice=next(each for each in TYPED[register(bench).step] if has_sign(each, sign)))
        await bench.press("key", choice=sign)
    await bench.press("continue")


def has_sign(board: Board, sign: str) -> bool:
    return board is not Board.PINYIN and any(sign in row for row in BOARDS[board])


async def fill_in(bench: Bench, born: str = "1990", name: str = "lin sample", contact: str = "lin@example.org") -> None:
    """Answer all questions up to the review."""
    await type_text(bench, name)
    await type_text(bench, born)
    if register(bench).step is RegistrationStep.GUARDIAN:
        await type_text(bench, "ada sample")
    await type_text(bench, contact)
    for choice in ("adult", "zh", "yes", "no"):
        if register(bench).step is not RegistrationStep.CHECK:
            await bench.press("mark", choice=choice)


async def answer_all(bench: Bench) -> None:
    """Start a registration and answer all questions up to the review."""
    await start_registration(bench)
    await fill_in(bench)


def register(bench: Bench) -> Registering:
    return shown(bench.view, Registering)


def registrations(bench: Bench) -> list[tuple[law.Registration, str | None]]:
    acts = [act for act, _ in bench.library.acts if isinstance(act, SelfRegistration)]
    return [(law.read(act.answer), act.card) for act in acts]


def number(bench: Bench) -> str:
    return law.number(TransactionId(f"t{bench.library.journalled}"))


@story
async def test_registration_is_sent_once_with_the_blank_card_and_shows_a_number(
    bench: Bench,
) -> None:
    await answer_all(bench)
    await bench.press("all_right")
    assert register(bench).step is RegistrationStep.CARD
    await bench.tap(BLANK)
    ((what, card),) = registrations(bench)
    assert card == bench.context().reference(BLANK)
    assert (what.name, what.born, what.group, what.contact) == ("Lin Sample", "1990", "adult", "lin@example.org")
    assert (what.language, dict(what.consents)) == ("zh", {"digest": "2026-1"}), "declined purposes are not sent"
    assert (register(bench).state, register(bench).number) == (LineState.DONE, number(bench))
    await bench.tap(BLANK)
    assert len(registrations(bench)) == 1, "the same card again sends nothing"
    await bench.press("home")
    assert isinstance(bench.view, Welcome) and len(registrations(bench)) == 1


@story
async def test_no_answer_is_preselected(bench: Bench) -> None:
    await start_registration(bench)
    view = register(bench)
    assert (view.entered, dict(view.answers)) == (law.Registration(), {})
    assert "continue" not in bench.offers()
    await type_text(bench, "lin")
    await type_text(bench, "1990")
    await bench.press("continue", "mark", choice="adult")
    assert register(bench).entered.language == ""
    await bench.press("mark", choice="en")
    assert register(bench).asked_for == DIGEST and not register(bench).answers


@story
async def test_child_registration_needs_a_guardian_and_asks_no_consent(bench: Bench) -> None:
    await start_registration(bench)
    await fill_in(bench, born="2020", contact="13900000001")
    assert [
        step for step, _ in register(bench).pages if step in (RegistrationStep.GUARDIAN, RegistrationStep.CONSENT)
    ] == [RegistrationStep.GUARDIAN]
    await bench.press("all_right", "no_card")
    ((what, card),) = registrations(bench)
    assert (what.guardian, what.contact, card, dict(what.consents)) == ("Ada Sample", "13900000001", None, {})
    assert register(bench).child


@story
async def test_guardian_is_asked_below_the_librarys_age(bench: Bench) -> None:
    await start_registration(bench, replace(FORM, guardian_age=100))
    await type_text(bench, "lin")
    await type_text(bench, "1990")
    assert register(bench).step is RegistrationStep.GUARDIAN


@story
async def test_year_of_birth_is_not_asked_where_no_guardian_is(bench: Bench) -> None:
    await start_registration(bench, replace(FORM, guardian_age=0))
    await type_text(bench, "lin")
    assert register(bench).step is RegistrationStep.CONTACT
    await type_text(bench, "lin@example.org")
    for choice in ("adult", "zh", "yes", "no"):
        await bench.press("mark", choice=choice)
    await bench.press("all_right", "no_card")
    ((what, _card),) = registrations(bench)
    assert (what.born, what.guardian, dict(what.consents)) == ("", "", {"digest": "2026-1"})


@story
async def test_invalid_input_is_reported_at_its_field(bench: Bench) -> None:
    await start_registration(bench)
    await type_text(bench, "lin")
    for born in ("990", "1800", "2999"):
        await type_text(bench, born)
        assert (register(bench).step, register(bench).fault) == (RegistrationStep.BORN, InputFault.NO_YEAR)
        await bench.press("erase", choice="all")
        assert register(bench).fault is None
    await type_text(bench, "2020")
    await type_text(bench, "ada")
    assert "continue" not in bench.offers(), "a guardian needs a contact"
    await type_text(bench, "lin@")
    assert register(bench).fault is InputFault.NO_ADDRESS
    assert registrations(bench) == []


@story
async def test_contact_is_required_by_the_library(bench: Bench) -> None:
    await start_registration(bench, replace(FORM, reached=True))
    await type_text(bench, "lin")
    await type_text(bench, "1990")
    assert "continue" not in bench.offers()
    await bench.press("key", choice="x")
    await bench.press("erase")
    assert register(bench).step is RegistrationStep.CONTACT


@story
async def test_reviewed_answers_can_be_changed(bench: Bench) -> None:
    await answer_all(bench)
    await bench.press("change", choice="name")
    assert register(bench).typed == "Lin Sample"
    await type_text(bench, " o'neil")
    assert (register(bench).step, register(bench).entered.name) == (RegistrationStep.CHECK, "Lin Sample O'Neil")
    await bench.press("change", choice="digest")
    await bench.press("mark", choice="no")
    assert register(bench).step is RegistrationStep.CHECK and not register(bench).answers["digest"]
    await bench.press("change", choice="born")
    await bench.press("erase", choice="all")
    await type_text(bench, "2020")
    assert register(bench).step is RegistrationStep.GUARDIAN, "a child needs a guardian"
    assert register(bench).entered.contact == "", "the contact must be entered again for the guardian"


@story
async def test_back_returns_question_by_question_and_finally_clears_the_form(bench: Bench) -> None:
    bench.receipts = "https://hub.example/p/receipt/"
    await start_registration(bench)
    await bench.press("here")
    await type_text(bench, "lin")
    await bench.press("back")
    assert register(bench).typed == "Lin"
    await bench.press("back")
    assert (register(bench).step, register(bench).entered) == (RegistrationStep.WAY, law.Registration())
    await bench.press("by_phone")
    assert register(bench).link == "https://hub.example/p/join/"
    await bench.press("back", "back")
    assert shown(bench.view, Identify).registers


@story
async def test_registration_without_a_form_continues_on_the_phone(bench: Bench) -> None:
    bench.receipts = "https://hub.example/p/receipt/"
    await bench.press("borrow", "register")
    assert register(bench).step is RegistrationStep.PHONE
    await bench.press("back", "register")
    await bench.tap()
    assert isinstance(bench.view, Borrowing), "a known card starts a visit"


@under(replace(RULES, record=False))
async def test_registration_is_not_offered_without_hub_records(bench: Bench) -> None:
    enable_registration(bench)
    await bench.press("borrow")
    assert "register" not in bench.offers()


@story
async def test_registration_is_not_offered_without_form_and_link(bench: Bench) -> None:
    await bench.press("borrow")
    assert "register" not in bench.offers()


@story
async def test_card_during_registration_starts_a_visit_and_discards_the_form(bench: Bench) -> None:
    await start_registration(bench)
    await type_text(bench, "lin")
    await bench.tap()
    assert isinstance(bench.view, Borrowing) and registrations(bench) == []


@story
async def test_waiting_books_stay_listed_after_leaving_registration(bench: Bench) -> None:
    enable_registration(bench)
    await bench.scan(DUNE)
    await bench.press("borrow", "register", "back")
    assert [each.item for each in shown(bench.view, Identify).lines] == [DUNE]


@story
async def test_offline_registration_is_saved_with_its_number(bench: Bench) -> None:
    await answer_all(bench)
    await bench.network(up=False)
    await bench.press("all_right", "no_card")
    assert (register(bench).state, register(bench).number) == (LineState.SAVED, number(bench))
    assert len(registrations(bench)) == 1


@story
async def test_card_of_a_known_patron_is_refused_and_not_sent(bench: Bench) -> None:
    await answer_all(bench)
    await bench.press("all_right")
    guard = bench.desk.session.guard
    await bench.tap(LIN_UID)
    assert is_card_taken(bench) and registrations(bench) == []
    await bench.press("back")
    await bench.tap(LIN_UID)
    assert is_card_taken(bench), "the same card is refused again"
    await bench.tap(BLANK)
    assert register(bench).state is LineState.DONE
    assert [card for _, card in registrations(bench)] == [bench.context().reference(BLANK)]
    assert bench.desk.session.guard == guard, "a blank card is not counted as an unknown one"


@story
async def test_card_refused_by_the_hub_can_be_replaced(bench: Bench) -> None:
    await answer_all(bench)
    await bench.press("all_right")
    bench.library.refuses_next = Reason.CARD_TAKEN
    await bench.tap("04C0FFED")
    assert is_card_taken(bench)
    await bench.tap(BLANK)
    assert register(bench).state is LineState.DONE
    assert [card for _, card in registrations(bench)] == [
        bench.context().reference(each) for each in ("04C0FFED", BLANK)
    ]


def is_card_taken(bench: Bench) -> bool:
    view = register(bench)
    return view.state is LineState.REFUSED and view.block == Block(Reason.CARD_TAKEN)


@story
async def test_next_card_or_book_starts_a_visit_from_the_number_screen(bench: Bench) -> None:
    await answer_all(bench)
    await bench.press("all_right")
    await bench.borrow("9783161484100", "nonsense", uid=BLANK)
    assert register(bench).number, "neither a book nor a card"
    await bench.tap(LIN_UID)
    assert shown(bench.view, Borrowing).guest.name == "林*"
    assert bench.desk.status.language == "zh", "the language of the registration is reset"
    await bench.press("finish")
    await answer_all(bench)
    await bench.press("all_right", "no_card")
    await bench.scan(DUNE)
    asked = shown(bench.view, Asking)
    assert asked.line is not None and asked.line.item == DUNE


@story
async def test_journal_failure_during_registration_reports_the_loss(bench: Bench) -> None:
    await answer_all(bench)
    await bench.post(JournalFailed("damaged"))
    view = register(bench)
    assert (view.step, view.state, view.entered) == (RegistrationStep.SENT, LineState.REFUSED, law.Registration())
    await bench.tap()
    assert register(bench).state is LineState.REFUSED, "no visit starts"
    await bench.press("home")
    assert bench.view == OutOfOrder("damaged")


@story
async def test_journal_failure_before_any_answer_closes_at_once(bench: Bench) -> None:
    await start_registration(bench)
    await bench.post(JournalFailed("damaged"))
    assert bench.view == OutOfOrder("damaged")


@story
async def test_pending_registration_number_is_shown_before_closing(bench: Bench) -> None:
    await answer_all(bench)
    await bench.press("all_right")
    bench.library.send_slowly()
    await bench.press("no_card")
    await bench.post(JournalFailed("damaged"))
    await bench.send()
    assert (register(bench).state, register(bench).number) == (LineState.DONE, number(bench))
    await bench.wait(60)
    assert bench.view == OutOfOrder("damaged")


@story
async def test_recovered_journal_restarts_registration_without_sending(bench: Bench) -> None:
    await answer_all(bench)
    await bench.part(PartName.JOURNAL, PartState(Condition.FAULTY, "full"))
    assert register(bench).state is LineState.REFUSED
    await bench.part(PartName.JOURNAL, READY)
    await bench.press("back")
    assert isinstance(bench.view, Identify) and registrations(bench) == []


@story
async def test_pending_registration_cannot_be_sent_again(bench: Bench) -> None:
    await answer_all(bench)
    await bench.press("all_right")
    bench.library.send_slowly()
    await bench.press("no_card")
    assert register(bench).state is LineState.CHECKING
    assert not bench.offers() & {"no_card", "home", "back", "all_right"}
    await bench.tap(BLANK)
    await bench.send()
    assert len(registrations(bench)) == 1 and register(bench).state is LineState.DONE


@story
async def test_registration_result_arriving_under_help_is_shown_afterwards(bench: Bench) -> None:
    await answer_all(bench)
    await bench.press("all_right")
    bench.library.send_slowly()
    await bench.press("no_card", "help")
    await bench.send()
    assert isinstance(bench.view, Help)
    await bench.press("back")
    assert register(bench).state is LineState.DONE


@story
async def test_unsaved_registration_shows_no_number_and_can_be_retried(bench: Bench) -> None:
    await answer_all(bench)
    bench.library.journal_full = True
    await bench.press("all_right", "no_card")
    assert (register(bench).state, register(bench).block, register(bench).number) == (LineState.REFUSED, None, "")
    bench.library.journal_full = False
    await bench.press("back", "all_right", "no_card")
    assert register(bench).state is LineState.DONE and len(registrations(bench)) == 1


@story
async def test_registration_without_a_card_reader_asks_for_no_card(bench: Bench) -> None:
    await bench.part(PartName.CARD_READER, PartState(Condition.FAULTY, "unplugged"))
    await answer_all(bench)
    await bench.press("all_right")
    assert register(bench).state is LineState.DONE


@story
async def test_abandoned_registration_is_discarded_from_memory(bench: Bench) -> None:
    await start_registration(bench)
    await fill_in(bench, name="quaggamarch")
    assert live_registrations("Quaggamarch"), "the search finds it before"
    await bench.wait(60)
    assert isinstance(bench.view, IdleWarning)
    await bench.wait(30)
    assert isinstance(bench.view, Welcome) and registrations(bench) == []
    bench.glass.drawn.clear()
    assert not live_registrations("Quaggamarch")


@story
async def test_submitted_answers_leave_the_view(bench: Bench) -> None:
    await answer_all(bench)
    await bench.press("all_right", "no_card")
    assert (register(bench).entered, dict(register(bench).answers)) == (law.Registration(), {})


@story
async def test_chinese_registration_uses_pinyin_digit_and_address_keyboards(bench: Bench) -> None:
    enable_registration(bench)
    await bench.press("borrow", "register")
    assert register(bench).board is Board.PINYIN
    for sign in "lin":
        await bench.press("key", choice=sign)
    offered = [each.words for each in register(bench).spelling.offered]
    await bench.press("pick", choice=str(offered.index("林")))
    assert register(bench).typed == "林"
    await bench.press("continue")
    assert register(bench).board is Board.NUMBERS
    await type_text(bench, "1990")
    assert register(bench).board is Board.ADDRESS


@story
async def test_birth_year_takes_four_digits(bench: Bench) -> None:
    await start_registration(bench)
    await type_text(bench, "lin")

    def keys() -> str:
        assert_every_action_works(bench.desk.session, bench.context())
        offered = actions(register(bench), bench.desk.status)
        return "".join(each.choice or "" for each in offered if each.name in ("key", "turn") and each.enabled)

    assert keys() == "1234567890"
    for sign in "1990":
        await bench.press("key", choice=sign)
    assert keys() == "", "the year has four digits"
    await bench.press("erase")
    assert keys() == "1234567890"


@story
async def test_new_year_during_registration_is_accepted(bench: Bench) -> None:
    here = bench.clock.now().astimezone(ZoneInfo(bench.rules.timezone))
    await bench.sleep_over((datetime(here.year + 1, 1, 1, tzinfo=here.tzinfo) - here).total_seconds() - 30)
    await start_registration(bench)
    await type_text(bench, "lin")
    before = register(bench).year
    await bench.wait(45)
    for sign in str(before + 1):
        await bench.press("key", choice=sign)
    await bench.press("continue")
    assert (register(bench).step, register(bench).fault) == (RegistrationStep.GUARDIAN, None)


def live_registrations(word: str) -> list[object]:
    """Registrations in memory whose name contains the word."""
    gc.collect()
    held = (each for each in gc.get_objects() if isinstance(each, law.Registration))
    return [each for each in held if word in each.name]


def test_registration_view_repr_hides_answers() -> None:
    view = Registering(Identify(VisitTask.BORROW), FORM, entered=law.Registration("Quaggamarch"))
    assert "Quaggamarch" not in repr(view)


@story
async def test_registration_in_a_family_visit_keeps_the_other_cards(bench: Bench) -> None:
    enable_registration(bench)
    await bench.choose("language_en")
    await bench.borrow(DUNE)
    await bench.tap(BLANK)
    await bench.press("join", "register")
    await fill_in(bench)
    await bench.press("all_right")
    await bench.tap(BLANK)
    assert register(bench).state is LineState.DONE
    await bench.press("home")
    view = shown(bench.view, Borrowing)
    assert (view.guest.name, [each.item for each in view.lines]) == ("Ada L.", [DUNE])
    await bench.press("finish")
    assert isinstance(bench.view, Farewell)


@story
async def test_pinyin_keyboard_offers_the_middle_dot(bench: Bench) -> None:
    enable_registration(bench)
    await bench.press("borrow", "register")
    for sign in "lin·lin":
        await bench.press("key", choice=sign)
    offered = [each.words for each in register(bench).spelling.offered]
    await bench.press("pick", choice=str(offered.index("林")))
    assert register(bench).board is Board.PINYIN and register(bench).typed.endswith("·林")
    await bench.press("continue")
    assert register(bench).step is RegistrationStep.BORN
