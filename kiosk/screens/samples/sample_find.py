"""Sample views of the catalogue: input, results, no results, title pages; with invented copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from kiosk.screens.samples.sample_parts import BOOKS, DUE, EAST, FLOOR, FOUND, LONG, NOW, Book, guest
from kiosk.views import Board, Find, LineState, TitlePage, View
from kiosk.views.find import LONGEST
from lending.model import Block, Item, ItemId, ItemStatus, Reason
from lending.shelves import stand
from lending.title_result import SearchResults, TitleResult

BRANCH = "main"
NORTH = {"zh": "城北分馆", "en": "North branch"}
WHERE = (ItemStatus.ON_SHELF, ItemStatus.ON_LOAN, ItemStatus.ON_SHELF, ItemStatus.ON_SHELF)


def work(number: int, book: Book, language: str) -> TitleResult:
    title, author, subject, call_number = book
    status, home = WHERE[number % 4], BRANCH if number % 4 != 3 else "north"
    due = DUE if status is ItemStatus.ON_LOAN else None
    copies = (
        Item(ItemId(f"3001200048{number:04}"), title, call_number=call_number, branch=home, status=status, due=due),
    )
    if number % 5 == 4:
        return TitleResult(number + 1, title, author, call_number, subject, 2019, "https://hub.example/p/read/7/")
    return TitleResult(number + 1, title, author, call_number, subject, 1990 + number, copies=copies)


def finding(language: str) -> Iterator[tuple[str, View]]:
    typed, books = FOUND[language]
    works = tuple(work(number, book, language) for number, book in enumerate(books))
    found = SearchResults(works, as_of=NOW - timedelta(minutes=2))
    some = Find(typed, Board.CYRILLIC if language == "mn" else Board.LATIN, found, typed, branch=BRANCH)
    yield "Find", Find(branch=BRANCH)
    yield "Find-online", Find(branch=BRANCH, online=True)
    yield "Find-typed", _with_first_result(some)
    yield "Find-few", _with_first_result(replace(some, found=replace(found, works=works[:2])))
    yield "Find-out", _with_first_result(replace(some, found=replace(found, works=(works[1], works[0]))))
    yield "Find-e-book", _with_first_result(replace(some, found=replace(found, works=(works[4], works[0]))))
    yield "Find-patron", _with_first_result(replace(some, guest=guest(language)))
    digits = replace(some, typed="978037550", board=Board.DIGITS, found=replace(found, works=works[3:4]))
    yield "Find-digits", _with_first_result(digits)
    yield "Find-cyrillic", Find("монгол ", Board.CYRILLIC, branch=BRANCH)
    old = replace(some, offline=True, found=replace(found, as_of=NOW - timedelta(hours=5), more=True))
    yield "Find-offline", _with_first_result(old)
    old = replace(some, found=replace(found, as_of=NOW - timedelta(days=9), outdated=True))
    yield "Find-outdated-offline", _with_first_result(old)
    yield (
        "Find-close",
        _with_first_result(
            replace(some, typed="the islnd of lost maps and other stories of the sea", found=replace(found, close=True))
        ),
    )
    full = "the island of lost maps and other stories of the sea and its "
    yield "Find-full", _with_first_result(replace(some, typed=full[:LONGEST], found=replace(found, works=works[:1])))
    nothing = replace(some, typed="dinosaur atlas", found=SearchResults(as_of=NOW))
    yield "Find-nothing", nothing
    yield "Find-nothing-one-word", replace(nothing, typed="dinosaur")
    yield "Find-agreeing", replace(nothing, agreeing=True, guest=guest(language))
    yield "Find-nothing-noted", replace(nothing, alert=LineState.DONE, guest=guest(language))
    long = tuple(work(number, book, language) for number, book in enumerate(LONG[language]))
    yield "Find-long", _with_first_result(replace(some, found=replace(found, works=long), guest=guest(language)))
    yield from pages(language, some, tuple(work(n, book, language) for n, book in enumerate(BOOKS[language])), long)


def _with_first_result(view: Find) -> Find:
    """Add the page of the first result and the bays, as the desk does."""
    assert view.found is not None
    shelved = (each for each in view.found.works if any(copy.branch == BRANCH for copy in each.copies))
    stands = {each.id: stand(each.call_number_at(BRANCH), (FLOOR,)) for each in shelved}
    bays = {key: each.bays[0].code for key, each in stands.items() if each is not None}
    first = view.found.works[0]
    houses = (NORTH,) if first.houses(BRANCH) else ()
    return replace(view, answer=TitlePage(first, view, stands.get(first.id), houses), bays=bays)


def title_pages(language: str, book: Book) -> tuple[TitlePage, TitlePage, TitlePage]:
    """Return the page of a title that is on the shelf here, in another branch, and on loan."""
    here, out, elsewhere = (work(number, book, language) for number in (0, 1, 3))
    some = Find(book[0], found=SearchResults((here,)), branch=BRANCH)
    plan = stand(here.call_number_at(BRANCH), (FLOOR,))
    return TitlePage(here, some, plan), TitlePage(elsewhere, some, houses=(NORTH,)), TitlePage(out, some)


def pages(
    language: str, some: Find, works: tuple[TitleResult, ...], long: tuple[TitleResult, ...]
) -> Iterator[tuple[str, View]]:
    """Yield title pages, each with another availability."""
    here = replace(works[0], copies=(*works[0].copies, Item(ItemId("30012000489999"), branch="north")))
    page = TitlePage(here, some, stand(here.call_number_at(BRANCH), (FLOOR,)))
    yield "TitlePage", page
    yield "TitlePage-no-plan", replace(page, stand=None)
    out = replace(works[1], copies=(replace(works[1].copies[0], waiting=2),))
    away = TitlePage(out, some, stand(out.call_number_at(BRANCH), (FLOOR,)))
    yield "TitlePage-out", away
    known = guest(language)
    yield "TitlePage-checking", replace(away, hold=LineState.CHECKING, guest=known)
    yield "TitlePage-kept", replace(away, hold=LineState.DONE, guest=known)
    yield "TitlePage-saved-offline", replace(away, hold=LineState.SAVED, guest=known, under=replace(some, offline=True))
    yield "TitlePage-out-both", replace(away, work=replace(out, link="https://hub.example/p/read/7/"), guest=known)
    yield "TitlePage-agreeing", replace(away, agreeing=True, guest=known)
    yield "TitlePage-told", replace(away, alert=LineState.DONE, guest=known)
    refused = Block(Reason.LIMIT, count=10)
    yield "TitlePage-refused", replace(away, hold=LineState.REFUSED, block=refused, guest=known)
    away = TitlePage(works[3], some, houses=(NORTH,))
    yield "TitlePage-elsewhere", away
    yield (
        "TitlePage-elsewhere-many",
        replace(away, work=replace(works[3], title=long[0].title), houses=(EAST, *away.houses, EAST, EAST)),
    )
    yield "TitlePage-online", TitlePage(works[4], some, on_phone=True)
    both = replace(here, link="https://hub.example/p/read/7/")
    yield "TitlePage-both", replace(page, work=both, guest=known)
    old = replace(some, found=replace(some.found, outdated=True, as_of=NOW - timedelta(days=9))) if some.found else some
    yield "TitlePage-outdated-offline", replace(page, under=old)
    yield "TitlePage-long", TitlePage(long[0], some, stand(long[0].call_number_at(BRANCH), (FLOOR,)), guest=known)
