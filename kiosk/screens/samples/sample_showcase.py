"""Sample views of the first screen: posters and new titles of an invented library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time

from kiosk.screens.samples.sample_parts import BOOKS, LONG
from kiosk.views import View, Welcome
from lending.showcase import Access, Course, NewTitle, Poster, Resource, Showcase

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
    news = tuple(
        NewTitle(title, author, subject, number, LINE, f"{LINK}new/#t{place}")
        for place, (title, author, subject, number) in enumerate((*BOOKS[language][:3], *LONG[language][:1]))
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
