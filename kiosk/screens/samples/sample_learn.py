"""Sample views of the learning section of an invented library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from kiosk.screens.samples.sample_parts import BOOKS, guest, line
from kiosk.screens.samples.sample_showcase import COURSES, RESOURCES
from kiosk.views import Borrowing, Farewell, LineState, ReceiptState, View, VisitLine
from kiosk.views.learn import LESSONS, PAGES, RIGHT, BookedPlace, Learn
from lending.event_booking import BOOKED, QUEUED
from lending.model import Block, Reason
from lending.post_visit import FarewellPromo, PostVisitQuestion, ReceiptChannel


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
