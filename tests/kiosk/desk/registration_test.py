"""Test self-registration: question by question, sent once, and nothing remains."""

from __future__ import annotations

import gc
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
from lending.registration import InputFault, Purpose, RegistrationForm
from lending.responses import SelfRegistration
from lending.showcase import EMPTY
from lending.transactions import TransactionId
from tests.kiosk.desk.bench import DUNE, LIN_UID, RULES, Bench, shown, story, under
from tests.kiosk.desk.random_test import every_offer_is_kept

WORDS = {"zh": "同意", "en": "Yes."}
DIGEST = Purpose("digest", {"zh": "新书快递", "en": "digest"}, WORDS, "2026-1")
EVENTS = Purpose("campaign", {"zh": "活动", "en": "events"}, WORDS, "2026-3")
FORM = RegistrationForm({"adult": WORDS, "child": WORDS}, (DIGEST, EVENTS))
BLANK = "04C0FFEE"


def opened(bench: Bench, form: RegistrationForm = FORM) -> None:
    bench.showcase = replace(EMPTY, registers=form)


async def begins(bench: Bench, form: RegistrationForm = FORM) -> None:
    opened(bench, form)
    await bench.choose("language_en")
    await bench.press("borrow")
    await bench.press("register")


async def types(bench: Bench, text: str) -> None:
    """On whichever board has the sign."""
    for sign in text:
        if sign != " " and not any(sign in row for row in BOARDS[register(bench).board]):
            await bench.press("turn", choice=next(each for each in TYPED[register(bench).step] if has(each, sign)))
        await bench.press("key", choice=sign)
    await bench.press("continue")


def has(board: Board, sign: str) -> bool:
    return board is not Board.PINYIN and any(sign in row for row in BOARDS[board])


async def answers(bench: Bench, born: str = "1990", name: str = "lin sample", contact: str = "lin@example.org") -> None:
    """Up to where it is looked over."""
    await types(bench, name)
    await types(bench, born)
    if register(bench).step is RegistrationStep.GUARDIAN:
        await types(bench, "ada sample")
    await types(bench, contact)
    for choice in ("adult", "zh", "yes", "no"):
        if register(bench).step is not RegistrationStep.CHECK:
            await bench.press("mark", choice=choice)


def register(bench: Bench) -> Registering:
    return shown(bench.view, Registering)


def told(bench: Bench) -> list[tuple[law.Registration, str | None]]:
    acts = [act for act, _ in bench.library.acts if isinstance(act, SelfRegistration)]
    return [(law.read(act.answer), act.card) for act in acts]


def number(bench: Bench) -> str:
    return law.number(TransactionId(f"t{bench.library.journalled}"))


@story
async def test_what_the_patron_tells_goes_once_with_the_blank_card_and_the_patron_is_shown_a_number(
    bench: Bench,
) -> None:
    await begins(bench)
    await answers(bench)
    await bench.press("all_right")
    assert register(bench).step is RegistrationStep.CARD
    await bench.tap(BLANK)
    ((what, card),) = told(bench)
    assert card == bench.context().reference(BLANK)
    assert (what.name, what.born, what.group, what.contact) == ("Lin Sample", "1990", "adult", "lin@example.org")
    assert (what.language, dict(what.consents)) == ("zh", {"digest": "2026-1"}), (
        "what the patron said no to is not told"
    )
    assert (register(bench).state, register(bench).number) == (LineState.DONE, number(bench))
    await bench.tap(BLANK)
    assert len(told(bench)) == 1, "the same card again says nothing"
    await bench.press("home")
    assert isinstance(bench.view, Welcome) and len(told(bench)) == 1


@story
async def test_nothing_is_answered_before_the_patron_has_touched_it(bench: Bench) -> None:
    await begins(bench)
    view = register(bench)
    assert (view.entered, dict(view.answers)) == (law.Registration(), {})
    assert "continue" not in bench.offers()
    await types(bench, "lin")
    await types(bench, "1990")
    await bench.press("continue")
    await bench.press("mark", choice="adult")
    assert register(bench).entered.language == ""
    await bench.press("mark", choice="en")
    assert register(bench).asked_for == DIGEST and not register(bench).answers


@story
async def test_a_child_tells_a_guardian_and_agrees_to_nothing(bench: Bench) -> None:
    await begins(bench)
    await answers(bench, born="2020", contact="13900000001")
    assert [
        step for step, _ in register(bench).pages if step in (RegistrationStep.GUARDIAN, RegistrationStep.CONSENT)
    ] == [RegistrationStep.GUARDIAN]
    await bench.press("all_right")
    await bench.press("no_card")
    ((what, card),) = told(bench)
    assert (what.guardian, what.contact, card, dict(what.consents)) == ("Ada Sample", "13900000001", None, {})
    assert register(bench).child


@story
async def test_what_is_wrong_is_said_where_it_is_typed(bench: Bench) -> None:
    await begins(bench)
    await types(bench, "lin")
    for born in ("990", "1800", "2999"):
        await types(bench, born)
        assert (register(bench).step, register(bench).fault) == (RegistrationStep.BORN, InputFault.NO_YEAR)
        await bench.press("erase", choice="all")
        assert register(bench).fault is None
    await types(bench, "2020")
    await types(bench, "ada")
    assert "continue" not in bench.offers(), "a guardian is always to be reached"
    await types(bench, "lin@")
    assert register(bench).fault is InputFault.NO_ADDRESS
    assert told(bench) == []


@story
async def test_without_an_address_only_where_the_library_lets_them(bench: Bench) -> None:
    await begins(bench, replace(FORM, reached=True))
    await types(bench, "lin")
    await types(bench, "1990")
    assert "continue" not in bench.offers()
    await bench.press("key", choice="x")
    await bench.press("erase")
    assert register(bench).step is RegistrationStep.CONTACT


@story
async def test_what_the_patron_looks_over_can_be_changed_and_the_patron_is_there_again(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.press("change", choice="name")
    assert register(bench).typed == "Lin Sample"
    await types(bench, " o'neil")
    assert (register(bench).step, register(bench).entered.name) == (RegistrationStep.CHECK, "Lin Sample O'Neil")
    await bench.press("change", choice="digest")
    await bench.press("mark", choice="no")
    assert register(bench).step is RegistrationStep.CHECK and not register(bench).answers["digest"]
    await bench.press("change", choice="born")
    await bench.press("erase", choice="all")
    await types(bench, "2020")
    assert register(bench).step is RegistrationStep.GUARDIAN, "what became open is asked"
    assert register(bench).entered.contact == "", "their own address is not the guardian's"


@story
async def test_back_goes_to_the_question_before_and_at_last_forgets_all(bench: Bench) -> None:
    bench.receipts = "https://hub.example/p/receipt/"
    await begins(bench)
    await bench.press("here")
    await types(bench, "lin")
    await bench.press("back")
    assert register(bench).typed == "Lin"
    await bench.press("back")
    assert (register(bench).step, register(bench).entered) == (RegistrationStep.WAY, law.Registration())
    await bench.press("by_phone")
    assert register(bench).link == "https://hub.example/p/join/"
    await bench.press("back")
    await bench.press("back")
    assert shown(bench.view, Identify).registers


@story
async def test_by_phone_alone_where_the_hub_asks_nothing_here(bench: Bench) -> None:
    bench.receipts = "https://hub.example/p/receipt/"
    await bench.press("borrow")
    await bench.press("register")
    assert register(bench).step is RegistrationStep.PHONE
    await bench.press("back")
    await bench.press("register")
    await bench.tap()
    assert isinstance(bench.view, Borrowing), "their card begins their visit"


@under(replace(RULES, record=False))
async def test_beside_a_librarys_own_system_nothing_is_asked_here(bench: Bench) -> None:
    opened(bench)
    await bench.press("borrow")
    assert "register" not in bench.offers()


@story
async def test_where_neither_can_be_nobody_is_sent_there(bench: Bench) -> None:
    await bench.press("borrow")
    assert "register" not in bench.offers()


@story
async def test_a_card_or_a_book_in_between_begins_a_visit_and_forgets_it(bench: Bench) -> None:
    await begins(bench)
    await types(bench, "lin")
    await bench.tap()
    assert isinstance(bench.view, Borrowing) and told(bench) == []


@story
async def test_books_that_wait_are_there_still(bench: Bench) -> None:
    opened(bench)
    await bench.scan(DUNE)
    await bench.press("borrow")
    await bench.press("register")
    await bench.press("back")
    assert [each.item for each in shown(bench.view, Identify).lines] == [DUNE]


@story
async def test_without_the_central_it_is_saved_and_the_number_is_the_same(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.network(up=False)
    await bench.press("all_right")
    await bench.press("no_card")
    assert (register(bench).state, register(bench).number) == (LineState.SAVED, number(bench))
    assert len(told(bench)) == 1


@story
async def test_a_card_that_is_somebodys_is_said_at_once_and_sent_with_nothing(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.press("all_right")
    guard = bench.desk.session.guard
    await bench.tap(LIN_UID)
    assert taken(bench) and told(bench) == []
    await bench.press("back")
    await bench.tap(LIN_UID)
    assert taken(bench), "the same card is answered again"
    await bench.tap(BLANK)
    assert register(bench).state is LineState.DONE
    assert [card for _, card in told(bench)] == [bench.context().reference(BLANK)]
    assert bench.desk.session.guard == guard, "a blank card is no guess"


@story
async def test_one_that_the_library_alone_knows_is_said_and_another_one_taken(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.press("all_right")
    bench.library.refuses_next = Reason.CARD_TAKEN
    await bench.tap("04C0FFED")
    assert taken(bench)
    await bench.tap(BLANK)
    assert register(bench).state is LineState.DONE
    assert [card for _, card in told(bench)] == [bench.context().reference(each) for each in ("04C0FFED", BLANK)]


def taken(bench: Bench) -> bool:
    view = register(bench)
    return view.state is LineState.REFUSED and view.block == Block(Reason.CARD_TAKEN)


@story
async def test_the_next_patrons_card_and_book_begin_their_visit_while_the_number_stands_there(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.press("all_right")
    await bench.tap(BLANK)
    await bench.scan("9783161484100", "nonsense")
    assert register(bench).number, "no book and no card"
    await bench.tap(LIN_UID)
    assert shown(bench.view, Borrowing).guest.name == "林*"
    assert bench.desk.status.language == "zh", "the language was theirs who registered"
    await bench.press("finish")
    await begins(bench)
    await answers(bench)
    await bench.press("all_right")
    await bench.press("no_card")
    await bench.scan(DUNE)
    asked = shown(bench.view, Asking)
    assert asked.line is not None and asked.line.item == DUNE


@story
async def test_what_was_told_before_the_journal_failed_is_said_to_be_kept_nowhere(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.post(JournalFailed("damaged"))
    view = register(bench)
    assert (view.step, view.state, view.entered) == (RegistrationStep.SENT, LineState.REFUSED, law.Registration())
    await bench.tap()
    assert register(bench).state is LineState.REFUSED, "nothing begins any more"
    await bench.press("home")
    assert bench.view == OutOfOrder("damaged")


@story
async def test_where_nothing_was_told_a_failed_journal_closes_at_once(bench: Bench) -> None:
    await begins(bench)
    await bench.post(JournalFailed("damaged"))
    assert bench.view == OutOfOrder("damaged")


@story
async def test_a_number_on_its_way_is_shown_before_a_failed_journal_closes(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.press("all_right")
    bench.library.send_slowly()
    await bench.press("no_card")
    await bench.post(JournalFailed("damaged"))
    bench.library.send()
    await bench.settle()
    assert (register(bench).state, register(bench).number) == (LineState.DONE, number(bench))
    await bench.wait(60)
    assert bench.view == OutOfOrder("damaged")


@story
async def test_where_room_comes_back_the_patron_begins_anew_and_sends_nothing_empty(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.part(PartName.JOURNAL, PartState(Condition.FAULTY, "full"))
    assert register(bench).state is LineState.REFUSED
    await bench.part(PartName.JOURNAL, READY)
    await bench.press("back")
    assert isinstance(bench.view, Identify) and told(bench) == []


@story
async def test_while_it_is_on_its_way_nothing_can_be_sent_again(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.press("all_right")
    bench.library.send_slowly()
    await bench.press("no_card")
    assert register(bench).state is LineState.CHECKING
    assert not bench.offers() & {"no_card", "home", "back", "all_right"}
    await bench.tap(BLANK)
    bench.library.send()
    await bench.settle()
    assert len(told(bench)) == 1 and register(bench).state is LineState.DONE


@story
async def test_an_answer_that_comes_under_help_is_there_afterwards(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.press("all_right")
    bench.library.send_slowly()
    await bench.press("no_card")
    await bench.press("help")
    bench.library.send()
    await bench.settle()
    assert isinstance(bench.view, Help)
    await bench.press("back")
    assert register(bench).state is LineState.DONE


@story
async def test_what_could_not_be_written_down_is_promised_to_nobody(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    bench.library.journal_full = True
    await bench.press("all_right")
    await bench.press("no_card")
    assert (register(bench).state, register(bench).block, register(bench).number) == (LineState.REFUSED, None, "")
    bench.library.journal_full = False
    await bench.press("back")
    await bench.press("all_right")
    await bench.press("no_card")
    assert register(bench).state is LineState.DONE and len(told(bench)) == 1


@story
async def test_without_a_reader_no_card_is_asked_for(bench: Bench) -> None:
    await bench.part(PartName.CARD_READER, PartState(Condition.FAULTY, "unplugged"))
    await begins(bench)
    await answers(bench)
    await bench.press("all_right")
    assert register(bench).state is LineState.DONE


@story
async def test_whoever_walks_away_has_told_nothing(bench: Bench) -> None:
    await begins(bench)
    await answers(bench, name="quaggamarch")
    assert alive("Quaggamarch"), "so it would be found"
    await bench.wait(60)
    assert isinstance(bench.view, IdleWarning)
    await bench.wait(30)
    assert isinstance(bench.view, Welcome) and told(bench) == []
    bench.glass.drawn.clear()
    assert not alive("Quaggamarch")


@story
async def test_what_was_sent_is_on_the_glass_no_more(bench: Bench) -> None:
    await begins(bench)
    await answers(bench)
    await bench.press("all_right")
    await bench.press("no_card")
    assert (register(bench).entered, dict(register(bench).answers)) == (law.Registration(), {})


@story
async def test_in_chinese_a_name_is_spelt_and_an_address_has_a_board_of_its_own(bench: Bench) -> None:
    opened(bench)
    await bench.press("borrow")
    await bench.press("register")
    assert register(bench).board is Board.PINYIN
    for sign in "lin":
        await bench.press("key", choice=sign)
    offered = [each.words for each in register(bench).spelling.offered]
    await bench.press("pick", choice=str(offered.index("林")))
    assert register(bench).typed == "林"
    await bench.press("continue")
    assert register(bench).board is Board.NUMBERS
    await types(bench, "1990")
    assert register(bench).board is Board.ADDRESS


@story
async def test_a_year_is_typed_on_ten_digits_and_takes_four(bench: Bench) -> None:
    await begins(bench)
    await types(bench, "lin")

    def keys() -> str:
        every_offer_is_kept(bench.desk.session, bench.context())
        offered = actions(register(bench), bench.desk.status)
        return "".join(each.choice or "" for each in offered if each.name in ("key", "turn") and each.enabled)

    assert keys() == "1234567890"
    for sign in "1990":
        await bench.press("key", choice=sign)
    assert keys() == "", "a fifth would be nothing"
    await bench.press("erase")
    assert keys() == "1234567890"


@story
async def test_a_year_that_begins_while_somebody_registers_counts(bench: Bench) -> None:
    here = bench.clock.now().astimezone(ZoneInfo(bench.rules.timezone))
    await bench.sleep_over((datetime(here.year + 1, 1, 1, tzinfo=here.tzinfo) - here).total_seconds() - 30)
    await begins(bench)
    await types(bench, "lin")
    before = register(bench).year
    await bench.wait(45)
    for sign in str(before + 1):
        await bench.press("key", choice=sign)
    await bench.press("continue")
    assert (register(bench).step, register(bench).fault) == (RegistrationStep.GUARDIAN, None)


def alive(word: str) -> list[object]:
    """Whatever the collector knows that shows the word."""
    gc.collect()
    held = (each for each in gc.get_objects() if isinstance(each, law.Registration))
    return [each for each in held if word in each.name]


def test_their_answers_are_in_no_line_that_shows_the_view() -> None:
    view = Registering(Identify(VisitTask.BORROW), FORM, entered=law.Registration("Quaggamarch"))
    assert "Quaggamarch" not in repr(view)


@story
async def test_who_registers_in_a_familys_visit_ends_nobody_elses(bench: Bench) -> None:
    opened(bench)
    await bench.choose("language_en")
    await bench.tap()
    await bench.scan(DUNE)
    await bench.tap(BLANK)
    await bench.press("join")
    await bench.press("register")
    await answers(bench)
    await bench.press("all_right")
    await bench.tap(BLANK)
    assert register(bench).state is LineState.DONE
    await bench.press("home")
    view = shown(bench.view, Borrowing)
    assert (view.guest.name, [each.item for each in view.lines]) == ("Ada L.", [DUNE])
    await bench.press("finish")
    assert isinstance(bench.view, Farewell)


@story
async def test_a_name_of_several_parts_has_its_sign_on_the_board_on_which_it_is_spelt(bench: Bench) -> None:
    opened(bench)
    await bench.press("borrow")
    await bench.press("register")
    for sign in "lin·lin":
        await bench.press("key", choice=sign)
    offered = [each.words for each in register(bench).spelling.offered]
    await bench.press("pick", choice=str(offered.index("林")))
    assert register(bench).board is Board.PINYIN and register(bench).typed.endswith("·林")
    await bench.press("continue")
    assert register(bench).step is RegistrationStep.BORN
