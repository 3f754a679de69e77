"""Replace titles by numbers in a view, for patrons who do not want others to read them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from kiosk.views import (
    Account,
    Asking,
    Borrowing,
    Details,
    Farewell,
    ForYou,
    LoanLine,
    PickLine,
    Refused,
    TitlePage,
    VisitLine,
)
from kiosk.views.visit import NewTitles
from kiosk.words.localizer import Localizer
from lending.questions import PostVisitQuestion
from lending.title_result import TitleResult

V = TypeVar("V")


def without_titles(view: V, speech: Localizer) -> V:
    """Return the view with `Book 2` for each title, without subjects and covers. Book 1 is the visit's first item."""
    changes: dict[str, Any] = {}
    if (lines := getattr(view, "lines", ())) and isinstance(lines[0], VisitLine):
        changes["lines"] = _number_lines(lines, speech)
    if isinstance(view, Borrowing) and isinstance(view.greeting, NewTitles):
        changes["greeting"] = None
    if isinstance(view, Account) and view.loans is not None:
        changes["loans"] = tuple(_loan(each, n, speech) for n, each in enumerate(view.loans, 1))
    if isinstance(view, Account):
        changes["holds"] = tuple(
            replace(each, title=_book(n, speech), subject="", cover="") for n, each in enumerate(view.holds, 1)
        )
        changes["fees"] = tuple(replace(each, text="") for each in view.fees)
    if isinstance(view, TitlePage) and view.recommended is not None:
        copies = tuple(replace(each, call_number="") for each in view.work.copies)
        changes["work"] = TitleResult(view.work.id, _hidden_text(speech), link=view.work.link, copies=copies)
        changes["stand"] = None
    if isinstance(view, ForYou) and view.picks is not None:
        changes["picks"] = tuple(_pick(each, n, speech) for n, each in enumerate(view.picks, 1))
    if isinstance(view, Details) and view.record is not None:
        letters = tuple(replace(each, about="", words=_hidden_text(speech)) for each in view.record.letters)
        had = tuple(replace(each, title=_book(n, speech), author="") for n, each in enumerate(view.record.had, 1))
        changes["record"] = replace(view.record, letters=letters, had=had)
    if isinstance(view, Farewell) and view.ask is not None:
        changes["ask"] = _without_subject(view.ask, speech)
    if isinstance(view, Refused | Asking) and view.line is not None:
        changes["line"] = replace(view.line, title="", author="", subject="", cover="", call_number="")
    if hasattr(view, "under"):
        changes["under"] = without_titles(view.under, speech)
    shown: Any = view
    return replace(shown, **changes) if changes else view


def _number_lines(lines: tuple[VisitLine, ...], speech: Localizer) -> tuple[VisitLine, ...]:
    """Number lines from the oldest, because lines are newest first and an item must keep its number."""
    return tuple(
        replace(each, title=_book(len(lines) - at, speech), author="", subject="", cover="", call_number="")
        for at, each in enumerate(lines)
    )


def _loan(loan: LoanLine, number: int, speech: Localizer) -> LoanLine:
    return replace(loan, title=_book(number, speech), author="", subject="", cover="")


def _pick(pick: PickLine, number: int, speech: Localizer) -> PickLine:
    """Hide the reason too: it may name another title."""
    return replace(pick, title=_book(number, speech), author="", subject="", cover="", call_number="", why=None)


def _without_subject(ask: PostVisitQuestion, speech: Localizer) -> PostVisitQuestion:
    """Hide texts and subjects of messages, which may name a title; that a message exists stays visible."""
    if ask.kind == "pick":
        return replace(ask, facts={"title": _hidden_text(speech)})
    if ask.kind != "message":
        return ask
    facts = {name: fact for name, fact in ask.facts.items() if name != "about"}
    return replace(ask, facts={**facts, "words": _hidden_text(speech)} if "words" in facts else facts)


def _hidden_text(speech: Localizer) -> str:
    return speech.say("Hidden: it may show a title")


def _book(number: int, speech: Localizer) -> str:
    return speech.say("Book {n}", n=number)
