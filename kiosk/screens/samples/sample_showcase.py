"""Sample views of posters, new titles, lessons and courses of an invented library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import partial

from kiosk.screens.samples.sample_parts import BOOKS, LONG, guest, line
from kiosk.views import Borrowing, Farewell, LineState, ReceiptState, View, VisitLine, Welcome
from kiosk.views.learn import LESSONS, PAGES, RIGHT, BookedPlace, Learn
from lending.model import Block, Reason
from lending.questions import FarewellPromo, PostVisitQuestion, ReceiptChannel
from lending.showcase import BOOKED, QUEUED, Access, Course, NewTitle, Poster, Resource, Showcase

LINK = "https://library.example.org/p/"
FIRST, LAST = date(2026, 11, 1), date(2026, 12, 31)
SATURDAY = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
POSTERS = (
    Poster(
        {"zh": "草原摄影展", "en": "The steppe in pictures"},
        {"zh": "八十幅照片，四十年的草原。", "en": "Eighty photographs, forty years of grassland."},
        f"{LINK}posters/3/", FIRST, LAST,
    ),
    Poster(
        {"zh": "周六故事会：月亮上的兔子", "en": "Saturday stories: the hare in the moon"},
        {"zh": "五至九岁，家长可以一起听。", "en": "For five to nine; parents are welcome to listen."},
        f"{LINK}events/7/", FIRST, LAST, SATURDAY, {"zh": "总馆，二楼儿童区", "en": "Main library, second floor"},
        date=7,
    ),
)  # fmt: skip
LINE = {"zh": "讲潮汐、季风和渔汛，适合全家一起读。", "en": "Tides, winds and fishing seasons, for the whole family."}


def showcase(language: str) -> Showcase:
    books = (*BOOKS[language][:3], *LONG[language][:1], *BOOKS[language][5:7])
    news = tuple(
        NewTitle(title, author, subject, number, LINE, f"{LINK}new/#t{place}")
        for place, (title, author, subject, number) in enumerate(books)
    )
    return Showcase(POSTERS, news, RESOURCES, COURSES)


RESOURCES = (
    Resource(
        {"zh": "中国知网", "en": "Journals of China"},
        {"zh": "期刊、学位论文和报纸全文", "en": "Full texts of journals, theses and newspapers"},
        "https://journals.example.org/", Access.CARD,
    ),
    Resource(
        {"zh": "地方文献库", "en": "Local history"},
        {"zh": "阿拉善的县志、家谱和老照片", "en": "Chronicles, family records and old photographs"},
        "https://local.example.org/", Access.ALL,
    ),
    Resource(
        {"zh": "法律全书", "en": "The law"},
        {"zh": "法律法规和案例，只在馆内使用", "en": "Statutes and cases, on the computers of the library only"},
        "https://law.example.org/", Access.HOUSE,
    ),
)  # fmt: skip
COURSES = (
    Course({"zh": "查资料入门", "en": "How to search"}, SATURDAY,
           {"zh": "总馆，电子阅览室", "en": "Main library, computers"}, f"{LINK}courses/", date=1),
    Course({"zh": "用手机读电子书", "en": "E-books on your phone"}, datetime(2026, 12, 2, 11, 0, tzinfo=UTC),
           {"zh": "总馆，培训室", "en": "Main library, course room"}, f"{LINK}courses/", full=True, date=2),
)  # fmt: skip


def welcome_with_content(language: str) -> Welcome:
    """Return the first screen of a library that publishes new titles, events and opening hours."""
    shows, day = showcase(language), date(2026, 11, 22)
    moment = datetime(2026, 11, 22, 6, tzinfo=UTC)
    hours = ((time(9), time(18)), (time(9), time(20)))
    slides = shows.slides(day, moment)
    return Welcome(finds=True, slides=slides, news=shows.news, events=shows.dates(moment), joins=True, hours=hours)


def turning(language: str) -> Iterator[tuple[str, View]]:
    slides = showcase(language).slides(date(2026, 11, 22), datetime(2026, 11, 22, 6, tzinfo=UTC))
    for name, turn in (("poster", 1), ("new", 2), ("event", 3), ("new-long", 6)):
        yield f"Welcome-{name}", replace(welcome_with_content(language), slides=slides, turn=turn)


def words_of_showcase() -> tuple[str, ...]:
    """Return the texts that may be cut."""
    posters = [
        each for poster in POSTERS for words in (poster.title, poster.words, poster.place) for each in words.values()
    ]
    shown = [each for thing in RESOURCES for words in (thing.name, thing.about) for each in words.values()]
    dated = [each for course in COURSES for words in (course.name, course.place) for each in words.values()]
    return (*posters, *shown, *dated, *LINE.values())


def learning(language: str) -> Iterator[tuple[str, View]]:
    whole = partial(Learn, resources=RESOURCES, courses=COURSES)
    yield "Learn", whole()
    yield "Learn-own-card", whole(guest=guest(language, 2))
    yield "Learn-without-hub", Learn()
    for name in LESSONS:
        for page in range(PAGES):
            yield f"Learn-{name}-{page + 1}", Learn(name, page)
        yield f"Learn-{name}-quiz", Learn(name, PAGES)
        yield f"Learn-{name}-right", Learn(name, PAGES, RIGHT[name])
    yield "Learn-search-wrong", Learn("search", PAGES, "a", guest=guest(language, 2))
    yield "Learn-resources", whole("resources")
    yield "Learn-resources-many", Learn("resources", resources=RESOURCES * 4)
    yield "Learn-code", whole("resources", opened=0)
    yield "Learn-courses", whole("courses")
    yield "Learn-courses-many", Learn("courses", courses=COURSES * 5)
    yield "Learn-courses-by-phone", Learn("courses", courses=tuple(replace(each, date=0) for each in COURSES))
    yield from _places(language)
    yield "Borrowing-finds", Borrowing(guest(language, 6), _lines(language), finds=True)
    yield "Borrowing-finds-empty", Borrowing(guest(language), finds=True)


def _places(language: str) -> Iterator[tuple[str, View]]:
    """Yield one event before and after a booking."""
    known, first, full = guest(language), COURSES[0], COURSES[1]
    yield "Learn-place", Learn("courses", courses=COURSES, opened=0)
    yield "Learn-place-full", Learn("courses", courses=COURSES, opened=1)
    refused = Block(Reason.DATE_OVER)
    for name, course, place in (
        ("taken", first, BookedPlace(LineState.DONE, became=BOOKED)),
        ("waits", full, BookedPlace(LineState.DONE, became=QUEUED)),
        ("asked-away", first, BookedPlace(LineState.SAVED)),
        ("given", first, BookedPlace(LineState.DONE, gives=True)),
        ("refused", first, BookedPlace(LineState.REFUSED, block=refused)),
    ):
        shown = Learn("courses", courses=COURSES, opened=COURSES.index(course), guest=known)
        yield f"Learn-place-{name}", replace(shown, places={course.date: place})
    places = {first.date: BookedPlace(LineState.DONE, became=BOOKED)}
    yield "Learn-courses-booked", Learn("courses", courses=COURSES, places=places, guest=known)


def _lines(language: str) -> tuple[VisitLine, ...]:
    return tuple(line(book, LineState.DONE, number) for number, book in enumerate(BOOKS[language][:6]))


def strips(language: str) -> Iterator[tuple[str, View]]:
    """Yield the farewell with a promotional text."""
    words = {
        "zh": "好久不见，二楼新书架上有您爱看的历史书。",
        "en": "Good to see you again: new history books on floor 2.",
    }
    strip = FarewellPromo(words, "https://library.example.org/p/")
    for name, lines in (("strip", 2), ("strip-many", 6)):
        yield f"Farewell-{name}", Farewell(_lines(language)[:lines], guest(language, 2), strip=strip)
    asked = PostVisitQuestion("face")
    message = ReceiptChannel("sms", "•••5678")
    offered = Farewell(_lines(language)[:2], guest(language, 2), message=message)
    yield "Farewell-message", offered
    yield "Farewell-message-many", replace(offered, lines=_lines(language)[:6])
    yield "Farewell-message-no-paper", replace(offered, receipt=ReceiptState.NO_PRINTER, receipt_problem="out_of_paper")
    yield "Farewell-message-goes", replace(offered, message=replace(message, goes=True))
    for state in (ReceiptState.SENDING, ReceiptState.SENT, ReceiptState.KEPT):
        yield f"Farewell-message-{state}", replace(offered, receipt=state)
    yield "Farewell-strip-asks", Farewell(_lines(language)[:2], guest(language, 2), ask=asked, strip=strip)
