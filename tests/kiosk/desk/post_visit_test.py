"""Test the question after a visit: at most one, and it adds no touch and no second. Questionnaires too."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from kiosk.events import Pressed
from kiosk.views import (
    FAREWELL_SECONDS,
    READING_SECONDS,
    Farewell,
    IdleWarning,
    ReceiptState,
    Survey,
    View,
    Welcome,
    actions,
)
from lending.questions import AfterVisit, FarewellPromo, PostVisitQuestion, ReceiptNote, Reminder, ReminderReason
from lending.responses import (
    AnonymousSurvey,
    ContactCheck,
    MessageRead,
    NamedSurvey,
    PatronResponse,
    RecommendationFeedback,
    ReminderDay,
    VisitRating,
)
from tests.kiosk.desk.bench import ADA, DUNE, EMMA, FILM, LIN_UID, RULES, Bench, running_bench, shown, story, under
from tests.kiosk.desk.checkin_test import lend
from tests.kiosk.sync.bench import run_async

CONTACT = PostVisitQuestion("contact", "7", {"channel": "sms", "shown": "…8000", "why": "stale"})
SOON = Reminder(DUNE, date(2026, 12, 6), ReminderReason.USUAL, date(2026, 11, 23), date(2026, 12, 20))
RECOMMENDATION = PostVisitQuestion(
    "pick", "title-7", {"title": "Persuasion", "number": "823 AUS", "why_en": "because you borrowed “Emma”"}
)
NOTES = (ReceiptNote("delivery-4", "“Emma” is ready for you."), ReceiptNote("delivery-5", "“Utopia” is due on Sunday."))
PROMO = FarewellPromo({"zh": "好久不见", "en": "Good to see you"}, "https://library.example.org/p/")
FACE = PostVisitQuestion("face")
CHANNEL = PostVisitQuestion("channel", facts={"sms": "…8000", "mail": "a…@example.org"})
WISH = PostVisitQuestion("message", "wish-3-ordered", {"about": "Dune", "words": "", "state": "ordered"})
LOCKED = PostVisitQuestion("message", "answer-3")
ANSWER = PostVisitQuestion("message", "answer-3", {"about": "", "words": "Second floor, bay 4.", "state": ""})
PICK = PostVisitQuestion(
    "pick", "title-7", {"title": "Persuasion", "number": "823 AUS", "why_en": "because you borrowed “Emma”"}
)
FORM = json.dumps(
    {
        "title": {"default": "Your visit", "zh-cn": "您的到访"},
        "elements": [
            {"type": "rating", "name": "mood", "title": "How was it?", "rateType": "smileys", "isRequired": True},
            {"type": "comment", "name": "why", "title": "Why?", "visibleIf": "{mood} < 3"},
            {"type": "checkbox", "name": "used", "title": "What did you use?", "choices": ["loan", "room", "wifi"]},
            {"type": "boolean", "name": "found", "title": "Did you find it?"},
        ],
    }
)
SURVEY = PostVisitQuestion("questionnaire", "visit.1", {"form": FORM, "anonymous": "yes"})
QUESTIONS = {"survey": SURVEY, "face": FACE, "contact": CONTACT, "channel": CHANNEL, "wish": WISH, "locked": LOCKED}


async def prove(bench: Bench) -> None:
    """Prove identity by PIN and continue."""
    await bench.tap()
    await bench.press("account", "details")
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
    await bench.borrow(DUNE)
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
    await bench.borrow(EMMA, uid=LIN_UID)
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None


@story
async def test_late_question_after_the_visit_is_dropped(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(CONTACT)
    await bench.borrow(DUNE)
    bench.library.hold_answers()
    await bench.press("finish", "receipt_none")
    await bench.release_answers()
    assert isinstance(bench.view, Welcome)


@story
async def test_offline_patron_is_asked_nothing(bench: Bench) -> None:
    await bench.network(up=False)
    bench.library.after_visit = AfterVisit(CONTACT)
    await bench.borrow(DUNE)
    await bench.press("finish")
    assert (shown(bench.view, Farewell).ask, bench.library.after_asked) == (None, [])


@story
async def test_unknown_question_type_is_not_asked(bench: Bench) -> None:
    assert (await borrow(bench, question=PostVisitQuestion("dance"))).ask is None


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
    await bench.bring_back(DUNE)
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
    await bench.bring_back(DUNE)
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


@story
async def test_promo_appears_with_the_question_and_adds_no_touch(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(PostVisitQuestion("face"), strip=PROMO)
    await prove(bench)
    await bench.scan(DUNE)
    await bench.press("finish")
    view = shown(bench.view, Farewell)
    assert (view.strip, view.ask, view.seconds) == (PROMO, PostVisitQuestion("face"), FAREWELL_SECONDS)
    with_promo = bench.offers()
    bench.library.after_visit = AfterVisit(PostVisitQuestion("face"))
    await bench.press("receipt_none")
    assert bench.view == Welcome()
    await bench.borrow(EMMA)
    await bench.press("finish")
    assert shown(bench.view, Farewell).strip is None and bench.offers() == with_promo


@story
async def test_promo_is_hidden_from_an_unverified_card(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(strip=PROMO)
    await bench.borrow(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Farewell).strip is None


@dataclass
class Visit:
    """Cost of borrowing three books: touches, views up to Finish, and seconds from there to the first screen."""

    touches: list[str] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    counted: list[int] = field(default_factory=list)


async def borrow_three_books(bench: Bench, visit: Visit) -> None:
    await bench.tap()
    if bench.rules.pin == "always":
        await bench.type("4711")
    visit.views.append(bench.view)
    for item in (DUNE, EMMA, FILM):
        await bench.scan(item)
        visit.views.append(bench.view)
    await bench.press("finish")
    visit.touches.append("finish")


def visit_cost(question: PostVisitQuestion | None, *, receipt: bool, proved: bool = False) -> Visit:
    """Borrow three books and touch nothing more, or only decline the receipt.

    A message to the patron is shown only after identification by PIN.
    """
    visible = question
    if question is not None and question.kind == "message" and not proved:
        visible = PostVisitQuestion(question.kind, question.about)

    async def play() -> Visit:
        visit = Visit()
        async with running_bench(replace(RULES, pin="always") if proved else RULES) as bench:
            bench.library.after_visit = AfterVisit(question)
            await borrow_three_books(bench, visit)
            assert isinstance(bench.view, Farewell) and bench.view.ask == visible
            if receipt:
                await bench.press("receipt_none")
                visit.touches.append("receipt_none")
            while isinstance(bench.view, Farewell):
                visit.counted.append(bench.view.seconds)
                await bench.wait(1)
            assert bench.view == Welcome()
        return visit

    return asyncio.run(play())


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("receipt", [True, False], ids=["declines the receipt", "walks away"])
def test_question_adds_no_touch_and_no_second(question: PostVisitQuestion, receipt: bool) -> None:
    assert visit_cost(question, receipt=receipt) == visit_cost(None, receipt=receipt)


def test_title_recommendation_adds_no_touch_and_no_second() -> None:
    assert visit_cost(PICK, receipt=False, proved=True) == visit_cost(None, receipt=False, proved=True)


def test_farewell_counts_down_ten_seconds_after_the_last_touch() -> None:
    assert visit_cost(CONTACT, receipt=False).counted == list(range(FAREWELL_SECONDS, 0, -1)) == list(range(10, 0, -1))


@story
async def test_each_touch_restarts_the_farewell_countdown(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(CONTACT)
    await borrow_three_books(bench, Visit())
    await bench.wait(6)
    await bench.press("answer", choice="right")
    assert isinstance(bench.view, Farewell) and bench.view.seconds == FAREWELL_SECONDS
    await bench.wait(4)
    await bench.press("large_text")
    assert isinstance(bench.view, Farewell) and bench.view.seconds == FAREWELL_SECONDS
    await bench.wait(FAREWELL_SECONDS)
    assert isinstance(bench.view, Welcome)


def test_librarian_answer_needs_no_touch_and_allows_reading_time() -> None:
    answer, none = (visit_cost(each, receipt=False, proved=True) for each in (ANSWER, None))
    assert (answer.touches, answer.counted[0]) == (none.touches, READING_SECONDS)


@pytest.mark.parametrize("hears", [True, False], ids=["rating offered", "no rating"])
@run_async
async def test_feedback_offer_on_returned_books_adds_no_touch(hears: bool) -> None:
    async with running_bench(replace(RULES, hears=hears)) as bench:
        lend(bench, DUNE, EMMA)
        await bench.bring_back(DUNE, EMMA)
        assert ("how" in bench.offers()) is hears
        await bench.press("finish")
        assert isinstance(bench.view, Farewell) and len(bench.view.lines) == 2


@story
async def test_one_visit_asks_at_most_one_question(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(CONTACT)
    await borrow_three_books(bench, Visit())
    bench.library.after_visit = AfterVisit(CHANNEL)
    await bench.press("answer", choice="right")
    for name in ("large_text", "contrast"):
        await bench.post(Pressed(name))
    assert isinstance(bench.view, Farewell) and bench.view.ask == CONTACT
    assert len(bench.library.after_asked) == 1
    assert "answer" not in bench.offers()


def ask(anonymous: bool = True, **facts: str) -> PostVisitQuestion:
    return PostVisitQuestion(
        "questionnaire", "visit.1", {"form": FORM, "anonymous": "yes" if anonymous else "", **facts}
    )


async def start_survey(bench: Bench, question: PostVisitQuestion, *, proved: bool = False) -> Survey:
    await borrow(bench, question=question, proved=proved)
    await bench.press("answer", choice="start")
    return shown(bench.view, Survey)


@story
async def test_anonymous_survey_is_sent_without_the_card(bench: Bench) -> None:
    view = await start_survey(bench, ask())
    assert view.question.name == "mood" and not view.complete
    await bench.press("mark", choice="5")
    await bench.press("mark", choice="wifi")
    await bench.press("mark", choice="loan")
    await bench.press("onwards", "mark", choice="yes")
    await bench.press("hand_in")
    assert bench.responses == [
        NamedSurvey("given", "visit.1", ADA),
        AnonymousSurvey('{"found":true,"mood":5,"used":["loan","wifi"]}', "visit.1", None),
    ]
    assert shown(bench.view, Farewell).answered == "given"
    await bench.press("receipt_none")
    assert (bench.view, len(bench.responses)) == (Welcome(), 2)


@story
async def test_named_survey_is_sent_in_one_response(bench: Bench) -> None:
    await start_survey(bench, ask(anonymous=False))
    await bench.press("mark", choice="1")
    assert shown(bench.view, Survey).question.name == "why"
    for sign in "dim":
        await bench.press("key", choice=sign)
    await bench.press("onwards", "onwards", "hand_in")
    assert bench.responses == [NamedSurvey('given {"mood":1,"why":"dim"}', "visit.1", ADA)]


@story
async def test_answers_hidden_later_are_not_sent(bench: Bench) -> None:
    await start_survey(bench, ask(anonymous=False))
    await bench.press("mark", choice="1")
    await bench.press("key", choice="x")
    await bench.press("back", "mark", choice="4")
    await bench.press("onwards", "hand_in")
    assert bench.responses == [NamedSurvey('given {"mood":4}', "visit.1", ADA)]


@story
async def test_abandoned_named_survey_is_saved_partially(bench: Bench) -> None:
    await start_survey(bench, ask(anonymous=False))
    await bench.press("mark", choice="5")
    await bench.wait(60)
    shown(bench.view, IdleWarning)
    await bench.wait(20)
    assert (bench.view, bench.responses) == (
        Welcome(),
        [NamedSurvey('part {"mood":5}', "visit.1", ADA)],
    )


@story
async def test_unfinished_anonymous_survey_is_not_kept(bench: Bench) -> None:
    await start_survey(bench, ask())
    await bench.press("mark", choice="5")
    await bench.press("stop")
    assert bench.responses == [NamedSurvey("later", "visit.1", ADA)]
    await bench.press("receipt_none")
    assert len(bench.responses) == 1


@story
async def test_named_survey_resumes_at_the_first_open_question(bench: Bench) -> None:
    view = await start_survey(bench, ask(anonymous=False, so_far='{"mood":5,"odd":1,"found":"perhaps"}'), proved=True)
    assert (view.values, view.question.name) == ({"mood": 5}, "used")


@story
async def test_partial_answers_are_hidden_from_an_unverified_card(bench: Bench) -> None:
    view = await start_survey(bench, ask(anonymous=False, so_far='{"mood":5}'))
    question = shown(view.under, Farewell).ask
    assert view.values == {} and question and "so_far" not in question.facts


@story
async def test_back_keeps_the_answers(bench: Bench) -> None:
    await start_survey(bench, ask())
    await bench.press("mark", choice="5")
    await bench.press("back", "back")
    assert isinstance(bench.view, Farewell)
    await bench.press("answer", choice="start")
    assert shown(bench.view, Survey).values == {"mood": 5}


@story
async def test_required_comment_of_blanks_is_incomplete(bench: Bench) -> None:
    element = {"type": "comment", "name": "why", "title": "Why?", "isRequired": True}
    form = json.dumps({"title": "T", "elements": [element]})
    view = await start_survey(bench, PostVisitQuestion("questionnaire", "visit.1", {"form": form, "anonymous": "yes"}))
    for blanks in ("   ", "\u3000", "\u200b"):
        typed = replace(view, values={"why": blanks})
        assert not typed.answered
        assert not typed.complete


@pytest.mark.parametrize("anonymous", [True, False])
def test_leaving_after_back_counts_as_stopping(anonymous: bool) -> None:
    half = "later" if anonymous else 'part {"mood":5}'

    async def leave_survey(leaves: str, choice: str | None) -> None:
        async with running_bench(RULES) as bench:
            await start_survey(bench, ask(anonymous))
            await bench.press("mark", choice="5")
            await bench.press("back", "back")
            assert isinstance(bench.view, Farewell)
            await bench.press(leaves, choice=choice)
            await bench.tap(LIN_UID)
            assert bench.responses == [NamedSurvey(half, "visit.1", ADA)]

    asyncio.run(leave_survey("receipt_none", None))
    asyncio.run(leave_survey("answer", "later"))


@story
async def test_next_card_ends_the_survey_and_clears_its_answers(bench: Bench) -> None:
    await start_survey(bench, ask(anonymous=False))
    await bench.press("mark", choice="2")
    await bench.tap(LIN_UID)
    assert bench.responses == [NamedSurvey('part {"mood":2}', "visit.1", ADA)]
    assert not isinstance(bench.view, Survey) and bench.desk.session.visit.answers == {}


@story
async def test_receipt_is_printed_during_the_survey(bench: Bench) -> None:
    await borrow(bench, question=ask())
    await bench.press("receipt_paper", "answer", choice="start")
    await bench.press("mark", choice="5")
    assert shown(shown(bench.view, Survey).under, Farewell).receipt is ReceiptState.PRINTED


@story
async def test_unsupported_survey_form_is_not_asked(bench: Bench) -> None:
    odd = json.dumps({"title": "x", "elements": [{"type": "matrix", "name": "m"}]})
    view = await borrow(
        bench, question=PostVisitQuestion("questionnaire", "visit.1", {"form": odd, "anonymous": "yes"})
    )
    assert view.ask is None
