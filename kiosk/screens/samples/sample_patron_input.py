"""Sample views of patron feedback and recommendations, with invented patrons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.screens.samples.sample_parts import BOOKS, FLOOR, LONG, ByLanguage, guest
from kiosk.screens.samples.sample_survey import form
from kiosk.views import AskLibrarian, Board, Feedback, ForYou, PickKind, PickLine, Spelling, Thanks, View, Writing
from kiosk.views.free_text import MOST_WRITTEN, TextKind
from kiosk.views.text_entry import PinyinCandidate
from lending.model import ItemId
from lending.questionnaires.offered import OfferedQuestionnaire
from lending.questions import PublishedReply
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
    yield "ForYou", ForYou(known, picks, events=True)
    said = (replace(picks[0], feedback="like"), replace(picks[1], feedback="not"), *picks[2:])
    yield "ForYou-said", ForYou(known, said)
    yield "ForYou-looking", ForYou(known)
    everyone = tuple(replace(each, kind=PickKind.NEW, why=None, about="") for each in picks)
    yield "ForYou-everyone", ForYou(known, everyone)
    yield "ForYou-nothing", ForYou(known, (), events=True)
    yield from _asking(language)
    yield from _writing_views(language)
    yield "ForYou-long", ForYou(known, tuple(_pick(book, n, PickKind.LIKE) for n, book in enumerate(LONG[language])))


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
