"""Sample views of feedback, recommendations and questionnaires, with invented patrons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.screens.samples.sample_parts import BOOKS, FLOOR, LONG, ByLanguage, guest, line
from kiosk.views import (
    AskLibrarian,
    Board,
    Farewell,
    Feedback,
    ForYou,
    LineState,
    PickKind,
    PickLine,
    Spelling,
    Survey,
    Thanks,
    View,
    Writing,
)
from kiosk.views.patron_input import MOST_WRITTEN, TextKind
from kiosk.views.text_entry import PinyinCandidate
from lending.model import ItemId
from lending.questionnaires import Form, OfferedQuestionnaire, read_form
from lending.questions import PostVisitQuestion, PublishedReply
from lending.shelves import stand

PUBLISHED = (
    PublishedReply(
        {"zh": "阅览室晚上太暗，看书费眼。", "en": "The reading room is too dark in the evening."},
        {"zh": "十二月起换上新灯，每张桌子都有台灯。", "en": "New lamps come in December, one for each table."},
    ),
    PublishedReply(
        {"zh": "周末开门太晚。", "en": "You open too late at the weekend."},
        {"zh": "周六、周日改为早上九点开门。", "en": "On Saturday and Sunday we open at nine."},
    ),
    PublishedReply(
        {
            "zh": "蒙古文的儿童书太少。",
            "en": "There are too few children's books in Mongolian.",
            "mn": "Монгол хэл дээрх хүүхдийн ном цөөн.",
        },
        {
            "zh": "新买了 120 种，在二楼儿童区。",
            "en": "We bought 120: second floor, children.",
            "mn": "120 нэрийн шинэ ном авлаа: хоёр давхарт, хүүхдийн танхимд.",
        },
    ),
)
WHY = tuple(
    {
        "zh": f"因为您借过《{BOOKS['zh'][at][0]}》",
        "en": f"because you borrowed “{BOOKS['en'][at][0]}”",
        "mn": f"та «{BOOKS['mn'][at][0]}»-ийг авсан учир",
    }
    for at in range(3)
)
"""Reasons by language; none names a title of the samples that it is given for."""
ISBN = "9787020002207"
WRITTEN = ByLanguage({"zh": "你好，", "zh_TW": "你好，", "en": "More audio books ", "mn": "Сонсдог ном "})
OFFERED = "我想借 我想 我先 我县 我 喔 窝 握 卧 沃 硪 涡 渥 斡 倭 幄"


def patron_inputs(language: str) -> Iterator[tuple[str, View]]:
    yield "Feedback", Feedback(published=PUBLISHED)
    yield "Feedback-nothing-yet", Feedback()
    yield "Feedback-survey", Feedback(published=PUBLISHED, survey=OfferedQuestionnaire("visit.1", form("mood", "why")))
    yield "Feedback-sheet", Feedback(rated=True, thanks=Thanks.SHEET, published=PUBLISHED)
    yield "Feedback-topic", Feedback(face="2", published=PUBLISHED)
    yield "Feedback-thanks", Feedback(rated=True, thanks=Thanks.FACE, published=PUBLISHED)
    yield "Feedback-book", Feedback(isbn=ISBN, published=PUBLISHED)
    yield "Feedback-wish", Feedback(thanks=Thanks.WISH, published=PUBLISHED)
    known, picks = guest(language, 2, verified=True), _picks(language)
    yield "ForYou", ForYou(known, picks, events=True, finds=True)
    said = (replace(picks[0], feedback="like"), replace(picks[1], feedback="not"), *picks[2:])
    yield "ForYou-said", ForYou(known, said, finds=True)
    yield "ForYou-looking", ForYou(known)
    everyone = tuple(replace(each, kind=PickKind.NEW, why=None, about="") for each in picks)
    yield "ForYou-everyone", ForYou(known, everyone, finds=True)
    yield "ForYou-nothing", ForYou(known, (), events=True)
    yield from _asking(language)
    yield from _writing_views(language)
    long = tuple(_pick(book, n, PickKind.LIKE) for n, book in enumerate(LONG[language]))
    yield "ForYou-long", ForYou(known, long, finds=True)


def _asking(language: str) -> Iterator[tuple[str, View]]:
    yield "AskLibrarian", AskLibrarian(guest(language, 2))
    yield "AskLibrarian-asked", AskLibrarian(guest(language, 2), about="study")


def _writing_views(language: str) -> Iterator[tuple[str, View]]:
    words = WRITTEN[language]
    letters = "woxiangjie"
    spelling = Spelling(letters, letters, tuple(PinyinCandidate(each, 10) for each in OFFERED.split()))
    yield "Writing", Writing(TextKind.OPINION, Feedback(face="2"))
    yield "Writing-digits", Writing(TextKind.WISH, Feedback(), words, Board.DIGITS)
    yield "Writing-cyrillic", Writing(TextKind.WISH, Feedback(), words * 3, Board.CYRILLIC)
    yield "Writing-spelt", Writing(TextKind.QUESTION, AskLibrarian(guest(language, 2)), words, Board.PINYIN, spelling)
    yield "Writing-full", Writing(TextKind.WISH, Feedback(), (words * MOST_WRITTEN)[:MOST_WRITTEN])
    most = replace(spelling, letters=letters * 4, asked=letters * 4)
    yield "Writing-spelt-full", Writing(TextKind.QUESTION, AskLibrarian(guest(language, 2)), "", Board.PINYIN, most)
    yield "Writing-spelt-first", Writing(TextKind.OPINION, Feedback(face="2"), "", Board.PINYIN, spelling)


def _picks(language: str) -> tuple[PickLine, ...]:
    kinds = (PickKind.LIKE, PickKind.LIKE, PickKind.NEW, PickKind.NEW, PickKind.AGAIN)
    return tuple(_pick(book, n, kind) for n, (book, kind) in enumerate(zip(BOOKS[language][3:], kinds, strict=False)))


def _pick(book: tuple[str, str, str, str], number: int, kind: PickKind) -> PickLine:
    title, author, subject, call_number = book
    why, about = (None, "") if kind is PickKind.AGAIN else (WHY[number % len(WHY)], f"title-{number}")
    return PickLine(
        ItemId(f"300120004829{number}"),
        kind,
        title,
        author,
        subject,
        call_number,
        why,
        about,
        stand=stand(call_number, (FLOOR,)),
    )


def _both(zh: str, en: str) -> dict[str, str]:
    return {"default": en, "zh-cn": zh}


def _elements() -> tuple[dict[str, object], ...]:
    """Return more questions than a questionnaire may have: one per kind of drawing."""
    return (
        {"type": "rating", "name": "mood", "rateType": "smileys",
         "title": _both("您对今天的服务满意吗？", "How was it today?")},
        {"type": "rating", "name": "recommend", "rateMin": 0, "rateMax": 10,
         "title": _both("您会把本馆推荐给朋友吗？", "How likely is it that you recommend us to a friend?"),
         "minRateDescription": _both("不会", "Not at all"), "maxRateDescription": _both("一定会", "Certainly")},
        {"type": "radiogroup", "name": "when", "title": _both("您通常什么时候来？", "When do you mostly come?"),
         "choices": [{"value": "a", "text": _both("工作日上午", "On a weekday, in the morning")},
                     {"value": "b", "text": _both("工作日下午", "On a weekday, in the afternoon")},
                     {"value": "c", "text": _both("晚上", "In the evening")},
                     {"value": "d", "text": _both("周末", "At the weekend")}]},
        {"type": "checkbox", "name": "uses", "title": _both("您来这里做什么？", "What do you do here?"),
         "choices": [{"value": f"u{n}", "text": _both(zh, en)} for n, (zh, en) in enumerate((
             ("借书", "Borrow books"), ("自习", "Study"), ("读报刊", "Read newspapers"),
             ("陪孩子", "Come with a child"),
             ("上网", "Use the computers"), ("参加活动", "Take part in events"), ("会朋友", "Meet friends"),
             ("复印打印", "Copy and print"), ("查地方文献", "Look into local history"), ("休息", "Have a rest"),
             ("学语言", "Learn a language"), ("其他", "Something else")))]},
        {"type": "boolean", "name": "found", "title": _both("您找到想要的书了吗？", "Did you find what you came for?")},
        {"type": "comment", "name": "why", "title": _both("哪里可以改进？", "What could be better?")},
    )  # fmt: skip


SAID = {"mood": 5, "recommend": 8, "when": "b", "uses": ["u0", "u3"], "found": True, "why": "more maps"}


def form(*names: str) -> Form:
    chosen = [each for each in _elements() if each["name"] in names]
    return read_form({"title": _both("到馆体验", "Your visit"), "elements": chosen})


def surveys(language: str) -> Iterator[tuple[str, View]]:
    under = _farewell(language)
    every = [str(each["name"]) for each in _elements()]
    for name in every:
        asked = OfferedQuestionnaire("visit.1", form(name, "found", "mood"))
        at = next(n for n, each in enumerate(asked.form.questions) if each.name == name)
        yield f"Survey-{name}", Survey(asked, under, at=at)
        yield f"Survey-{name}-said", Survey(asked, Feedback(), {name: SAID[name]}, at)  # type: ignore[dict-item]
    named = OfferedQuestionnaire("visit.1", form("mood", "why", "when"), anonymous=False)
    yield "Survey-last", Survey(named, under, {"mood": 2, "when": "d"}, 2)
    yield "Farewell-asks-questionnaire", under


def _farewell(language: str) -> Farewell:
    lines = tuple(line(book, LineState.DONE, n, confirmed=True) for n, book in enumerate(BOOKS[language][:2]))
    title = '{"title": {"default": "Your visit", "zh-cn": "到馆体验"}, "elements": []}'
    facts = {"form": title, "anonymous": "yes"}
    return Farewell(lines, guest(language, 2), ask=PostVisitQuestion("questionnaire", "visit.1", facts))


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _words(each)


def words_of_surveys() -> tuple[str, ...]:
    return tuple(_words(_elements()))
