"""Test the question after a visit: at most one, and no extra touch for a patron who does not answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.views import FAREWELL_SECONDS, Farewell, Welcome, actions
from lending.questions import AfterVisit, Note, PostVisitQuestion, Reminder, ReminderReason
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


async def prove(bench: Bench) -> None:
    """Prove identity by PIN and continue."""
    await bench.tap()
    await bench.press("account")
    await bench.press("details")
    await bench.type("4711")


async def borrow(
    bench: Bench,
    *,
    question: PostVisitQuestion | None = None,
    reminders: tuple[Reminder, ...] = (),
    proved: bool = False,
) -> Farewell:
    bench.library.after_visit = AfterVisit(question, reminders)
    await (prove(bench) if proved else bench.tap())
    await bench.scan(DUNE)
    await bench.press("finish")
    return shown(bench.view, Farewell)


@story
async def test_question_is_requested_once_at_finish(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    assert bench.library.after_asked == []
    await bench.press("finish")
    assert bench.library.after_asked == [(ADA, (DUNE,))]


@story
async def test_question_and_reminder_add_no_touch_and_no_second(bench: Bench) -> None:
    view = await borrow(bench, question=CONTACT, reminders=(SOON,))
    assert (view.ask, view.seconds) == (CONTACT, FAREWELL_SECONDS)
    await bench.press("receipt_none")
    assert bench.view == Welcome()


@story
async def test_one_touch_sends_the_answer_once(bench: Bench) -> None:
    await borrow(bench, question=CONTACT)
    await bench.press("answer", choice="right")
    assert shown(bench.view, Farewell).answered == "right"
    assert bench.responses == [ContactCheck("right", "7", ADA)]
    await bench.press("receipt_none")
    assert len(bench.responses) == 1


@story
async def test_leaving_without_an_answer_sends_later_once(bench: Bench) -> None:
    await borrow(bench, question=CONTACT)
    await bench.lift()
    await bench.settle()
    assert (bench.view, bench.responses) == (Welcome(), [ContactCheck("later", "7", ADA)])


@story
async def test_question_is_hidden_from_the_next_patron(bench: Bench) -> None:
    await borrow(bench, question=CONTACT)
    bench.library.after_visit = AfterVisit()
    await bench.lift()
    await bench.tap(LIN_UID)
    await bench.scan(EMMA)
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None


@story
async def test_late_question_after_the_visit_is_dropped(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(CONTACT)
    await bench.tap()
    await bench.scan(DUNE)
    bench.library.hold_answers()
    await bench.press("finish")
    await bench.press("receipt_none")
    bench.library.release_answers()
    await bench.settle()
    assert isinstance(bench.view, Welcome)


@story
async def test_offline_patron_is_asked_nothing(bench: Bench) -> None:
    await bench.network(up=False)
    bench.library.after_visit = AfterVisit(CONTACT)
    await bench.tap()
    await bench.scan(DUNE)
    await bench.press("finish")
    assert (shown(bench.view, Farewell).ask, bench.library.after_asked) == (None, [])


@story
async def test_unknown_question_type_is_not_asked(bench: Bench) -> None:
    assert (await borrow(bench, question=PostVisitQuestion("dance"))).ask is None


RECOMMENDATION = PostVisitQuestion(
    "pick", "title-7", {"title": "Persuasion", "number": "823 AUS", "why_en": "because you borrowed “Emma”"}
)


@story
async def test_recommendation_is_hidden_from_an_unverified_card(bench: Bench) -> None:
    assert (await borrow(bench, question=RECOMMENDATION)).ask is None
    await bench.press("receipt_none")
    assert bench.responses == [], "it can be asked at the next visit"


@story
async def test_one_touch_sends_recommendation_feedback(bench: Bench) -> None:
    assert (await borrow(bench, question=RECOMMENDATION, proved=True)).ask == RECOMMENDATION
    await bench.press("answer", choice="not")
    assert bench.responses == [RecommendationFeedback("not", "title-7", ADA)]


@under(replace(RULES, pin="account"))
async def test_message_text_is_hidden_until_the_pin(bench: Bench) -> None:
    view = await borrow(bench, question=PostVisitQuestion("message", "answer-3", {"words": "second floor"}))
    assert view.ask == PostVisitQuestion("message", "answer-3")


@story
async def test_return_without_a_card_asks_for_an_anonymous_rating(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_none")
    await bench.lift()
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask == PostVisitQuestion("face")
    await bench.press("answer", choice="4")
    assert bench.responses == [VisitRating("4")]


@story
async def test_full_journal_drops_the_answer_and_ends_the_visit(bench: Bench) -> None:
    await borrow(bench, question=CONTACT)
    bench.library.journal_full = True
    await bench.press("answer", choice="right")
    await bench.press("receipt_none")
    assert (bench.view, bench.responses) == (Welcome(), [])


@under(replace(RULES, face=False))
async def test_rating_question_can_be_disabled(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_none")
    await bench.lift()
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None


@story
async def test_reminder_day_can_be_changed_with_two_touches(bench: Bench) -> None:
    view = await borrow(bench, reminders=(SOON, replace(SOON, item=EMMA, day=date(2026, 12, 13))))
    assert view.reminder == SOON
    await bench.press("change_reminder")
    offered = [each.choice for each in actions(bench.view, bench.desk.status) if each.name == "remind"]
    assert offered == ["2026-12-06", "2026-12-13", "2026-12-17", "2026-12-19"]
    await bench.press("remind", choice="2026-12-19")
    assert shown(bench.view, Farewell).reminder == SOON.with_day(date(2026, 12, 19))
    assert bench.responses == [ReminderDay("2026-12-19", DUNE, ADA)]


@story
async def test_reminder_change_is_offered_after_the_question_is_answered(bench: Bench) -> None:
    await borrow(bench, question=CONTACT, reminders=(SOON,))
    assert not any(each.name == "change_reminder" for each in actions(bench.view, bench.desk.status))
    await bench.press("answer", choice="later")
    assert any(each.name == "change_reminder" for each in actions(bench.view, bench.desk.status))


NOTES = (Note("delivery-4", "“Emma” is ready for you."), Note("delivery-5", "“Utopia” is due on Sunday."))


def message_reports(bench: Bench) -> list[PatronResponse]:
    return [each for each in bench.responses if each.ask == "message"]


async def finish_with_messages(bench: Bench, *, proved: bool = True) -> Farewell:
    bench.library.after_visit = AfterVisit(paper=NOTES)
    await (prove(bench) if proved else bench.tap())
    await bench.scan(DUNE)
    await bench.press("finish")
    return shown(bench.view, Farewell)


@story
async def test_paper_messages_are_printed_and_reported_after_printing(bench: Bench) -> None:
    await finish_with_messages(bench)
    assert message_reports(bench) == []
    await bench.press("receipt_paper")
    ((printed, _status),) = bench.printer.printed
    assert printed.paper == NOTES
    assert message_reports(bench) == [MessageRead("printed", each.about, ADA) for each in NOTES]
    await bench.press("home")
    assert len(message_reports(bench)) == 2


@story
async def test_unprinted_paper_messages_are_printed_at_the_next_attempt(bench: Bench) -> None:
    await finish_with_messages(bench)
    bench.printer.broken = "out_of_paper"
    await bench.press("receipt_paper")
    assert message_reports(bench) == []
    bench.printer.broken = None
    await bench.press("receipt_paper")
    assert [each.about for each in message_reports(bench)] == ["delivery-4", "delivery-5"]


@story
async def test_declined_receipt_leaves_paper_messages_unread(bench: Bench) -> None:
    view = await finish_with_messages(bench)
    assert view.paper == NOTES
    await bench.press("receipt_none")
    assert message_reports(bench) == []


@story
async def test_paper_messages_wait_while_titles_are_hidden(bench: Bench) -> None:
    await finish_with_messages(bench)
    await bench.choose("hide_titles")
    await bench.press("receipt_paper")
    ((printed, _status),) = bench.printer.printed
    assert (printed.paper, message_reports(bench)) == ((), [])


@story
async def test_paper_messages_are_not_printed_for_an_unverified_card(bench: Bench) -> None:
    view = await finish_with_messages(bench, proved=False)
    assert view.paper == ()
    await bench.press("receipt_paper")
    assert message_reports(bench) == []
