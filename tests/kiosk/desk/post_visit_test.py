"""Test the question after a visit: at most one, and no extra touch for a patron who does not answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.views import FAREWELL_SECONDS, Farewell, Welcome, actions
from lending.post_visit import AfterVisit, Note, PostVisitQuestion, Reminder, ReminderReason
from lending.responses import (
    ContactCheck,
    MessageRead,
    PatronResponse,
    RecommendationFeedback,
    ReminderDay,
    VisitRating,
)
from tests.kiosk.desk.bench import ADA, DUNE, EMMA, LIN_UID, RULES, Bench, shown, story, under

CONTACT = PostVisitQuestion("contact", "7", {"channel": "sms", "shown": "…8000", "why": "stale"})
SOON = Reminder(DUNE, date(2026, 12, 6), ReminderReason.USUAL, date(2026, 11, 23), date(2026, 12, 20))


def said(bench: Bench) -> list[PatronResponse]:
    return [act for act, _outcome in bench.library.acts if isinstance(act, PatronResponse)]


async def prove(bench: Bench) -> None:
    """Prove identity by PIN and continue."""
    await bench.tap()
    await bench.press("account")
    await bench.press("details")
    await bench.type("4711")


async def borrow(
    bench: Bench, *, asked: PostVisitQuestion | None = None, reminders: tuple[Reminder, ...] = (), proved: bool = False
) -> Farewell:
    bench.library.after_visit = AfterVisit(asked, reminders)
    await (prove(bench) if proved else bench.tap())
    await bench.scan(DUNE)
    await bench.press("finish")
    return shown(bench.view, Farewell)


@story
async def test_the_central_is_asked_once_and_not_before_finish(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    assert bench.library.after_asked == []
    await bench.press("finish")
    assert bench.library.after_asked == [(ADA, (DUNE,))]


@story
async def test_with_everything_due_borrowing_takes_the_same_touches(bench: Bench) -> None:
    view = await borrow(bench, asked=CONTACT, reminders=(SOON,))
    assert view.ask == CONTACT
    await bench.press("receipt_none")
    assert bench.view == Welcome()


@story
async def test_one_touch_answers_and_is_thanked_for(bench: Bench) -> None:
    await borrow(bench, asked=CONTACT)
    await bench.press("answer", choice="right")
    assert shown(bench.view, Farewell).answered == "right"
    assert said(bench) == [ContactCheck("right", "7", ADA)]
    await bench.press("receipt_none")
    assert len(said(bench)) == 1


@story
async def test_whoever_walks_away_is_told_as_later_once(bench: Bench) -> None:
    await borrow(bench, asked=CONTACT)
    await bench.lift()
    await bench.settle()
    assert (bench.view, said(bench)) == (Welcome(), [ContactCheck("later", "7", ADA)])


@story
async def test_whoever_is_asked_has_no_second_more(bench: Bench) -> None:
    assert (await borrow(bench, asked=CONTACT)).seconds == FAREWELL_SECONDS


@story
async def test_the_next_card_ends_it_and_sees_nothing_of_it(bench: Bench) -> None:
    await borrow(bench, asked=CONTACT)
    bench.library.after_visit = AfterVisit()
    await bench.lift()
    await bench.tap(LIN_UID)
    await bench.scan(EMMA)
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None


@story
async def test_an_answer_that_comes_when_the_patron_has_gone_is_dropped(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(CONTACT)
    await bench.tap()
    await bench.scan(DUNE)
    bench.library.hold_answers()
    await bench.press("finish")
    await bench.press("receipt_none")
    bench.library.let_go()
    await bench.settle()
    assert isinstance(bench.view, Welcome)


@story
async def test_offline_nothing_is_asked(bench: Bench) -> None:
    await bench.network(up=False)
    bench.library.after_visit = AfterVisit(CONTACT)
    await bench.tap()
    await bench.scan(DUNE)
    await bench.press("finish")
    assert (shown(bench.view, Farewell).ask, bench.library.after_asked) == (None, [])


@story
async def test_a_question_that_this_kiosk_does_not_know_is_not_asked(bench: Bench) -> None:
    assert (await borrow(bench, asked=PostVisitQuestion("dance"))).ask is None


FOR_HER = PostVisitQuestion(
    "pick", "title-7", {"title": "Persuasion", "number": "823 AUS", "why_en": "because you borrowed “Emma”"}
)


@story
async def test_a_title_for_them_is_shown_to_nobody_who_has_only_a_card(bench: Bench) -> None:
    assert (await borrow(bench, asked=FOR_HER)).ask is None
    await bench.press("receipt_none")
    assert said(bench) == [], "what was not asked may be asked at their next visit"


@story
async def test_one_touch_says_what_the_patron_thinks_of_a_title(bench: Bench) -> None:
    assert (await borrow(bench, asked=FOR_HER, proved=True)).ask == FOR_HER
    await bench.press("answer", choice="not")
    assert said(bench) == [RecommendationFeedback("not", "title-7", ADA)]


@under(replace(RULES, pin="account"))
async def test_the_words_of_an_answer_stay_behind_the_pin(bench: Bench) -> None:
    view = await borrow(bench, asked=PostVisitQuestion("message", "answer-3", {"words": "second floor"}))
    assert view.ask == PostVisitQuestion("message", "answer-3")


@story
async def test_a_return_without_a_card_is_asked_for_a_face_of_nobody(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_none")
    await bench.lift()
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask == PostVisitQuestion("face")
    await bench.press("answer", choice="4")
    assert said(bench) == [VisitRating("4")]


@story
async def test_an_answer_that_a_full_disk_cannot_take_closes_no_door(bench: Bench) -> None:
    await borrow(bench, asked=CONTACT)
    bench.library.journal_full = True
    await bench.press("answer", choice="right")
    await bench.press("receipt_none")
    assert (bench.view, said(bench)) == (Welcome(), [])


@under(replace(RULES, face=False))
async def test_a_library_that_wants_no_faces_gets_none(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_none")
    await bench.lift()
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None


@story
async def test_the_reminder_is_moved_by_two_touches_within_its_days(bench: Bench) -> None:
    view = await borrow(bench, reminders=(SOON, replace(SOON, item=EMMA, day=date(2026, 12, 13))))
    assert view.reminder == SOON
    await bench.press("change_reminder")
    offered = [each.choice for each in actions(bench.view, bench.desk.status) if each.name == "remind"]
    assert offered == ["2026-12-06", "2026-12-13", "2026-12-17", "2026-12-19"]
    await bench.press("remind", choice="2026-12-19")
    assert shown(bench.view, Farewell).reminder == SOON.on(date(2026, 12, 19))
    assert said(bench) == [ReminderDay("2026-12-19", DUNE, ADA)]


@story
async def test_what_is_asked_stands_aside_for_nothing_but_the_answer(bench: Bench) -> None:
    await borrow(bench, asked=CONTACT, reminders=(SOON,))
    assert not any(each.name == "change_reminder" for each in actions(bench.view, bench.desk.status))
    await bench.press("answer", choice="later")
    assert any(each.name == "change_reminder" for each in actions(bench.view, bench.desk.status))


NOTES = (Note("delivery-4", "“Emma” is ready for you."), Note("delivery-5", "“Utopia” is due on Sunday."))


def told(bench: Bench) -> list[PatronResponse]:
    return [each for each in said(bench) if each.ask == "message"]


async def to_print(bench: Bench, *, proved: bool = True) -> Farewell:
    bench.library.after_visit = AfterVisit(paper=NOTES)
    await (prove(bench) if proved else bench.tap())
    await bench.scan(DUNE)
    await bench.press("finish")
    return shown(bench.view, Farewell)


@story
async def test_what_waits_on_paper_is_printed_and_told_when_the_printer_has_finished(bench: Bench) -> None:
    await to_print(bench)
    assert told(bench) == []
    await bench.press("receipt_paper")
    ((printed, _status),) = bench.printer.printed
    assert printed.paper == NOTES
    assert told(bench) == [MessageRead("printed", each.about, ADA) for each in NOTES]
    await bench.press("home")
    assert len(told(bench)) == 2


@story
async def test_what_did_not_come_out_waits_and_another_try_prints_it(bench: Bench) -> None:
    await to_print(bench)
    bench.printer.broken = "out_of_paper"
    await bench.press("receipt_paper")
    assert told(bench) == []
    bench.printer.broken = None
    await bench.press("receipt_paper")
    assert [each.about for each in told(bench)] == ["delivery-4", "delivery-5"]


@story
async def test_whoever_takes_no_paper_is_told_nothing_and_nothing_is_noted(bench: Bench) -> None:
    view = await to_print(bench)
    assert view.paper == NOTES
    await bench.press("receipt_none")
    assert told(bench) == []


@story
async def test_where_no_title_is_to_be_seen_it_waits_for_another_receipt(bench: Bench) -> None:
    await to_print(bench)
    await bench.choose("hide_titles")
    await bench.press("receipt_paper")
    ((printed, _status),) = bench.printer.printed
    assert (printed.paper, told(bench)) == ((), [])


@story
async def test_a_tap_alone_prints_nobodys_messages(bench: Bench) -> None:
    view = await to_print(bench, proved=False)
    assert view.paper == ()
    await bench.press("receipt_paper")
    assert told(bench) == []
