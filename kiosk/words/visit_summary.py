"""Summarise a visit in counts, with the same text on screen and receipt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kiosk.views import LineState, VisitLine, VisitTask
from kiosk.words.localizer import Localizer


@dataclass(frozen=True, slots=True)
class VisitSummary:
    """`head` counts confirmed transactions, or saved ones if none is confirmed; `more` then counts the saved ones."""

    head: str
    more: str = ""


def tally(speech: Localizer, agreed: Sequence[VisitLine]) -> VisitSummary:
    """Count the lines of a visit, at least one; only what the central has confirmed counts as done."""
    saved = [line for line in agreed if line.state is LineState.SAVED and not line.provisional]
    stands = [line for line in agreed if line not in saved]
    if not stands:
        return VisitSummary(_saved_text(speech, saved))
    more = speech.say_n("{n} more saved, to be confirmed", "{n} more saved, to be confirmed", len(saved))
    return VisitSummary(speech.say(", ").join(_standing(speech, stands)), more if saved else "")


def _standing(speech: Localizer, lines: Sequence[VisitLine]) -> Iterator[str]:
    handed_in = [line for line in lines if line.provisional]
    done = [line.errand for line in lines if not line.provisional]
    if borrowed := done.count(VisitTask.BORROW):
        yield speech.say_n("{n} borrowed", "{n} borrowed", borrowed)
    if renewed := done.count(VisitTask.RENEW) + done.count(VisitTask.ACCOUNT):
        yield speech.say_n("{n} renewed", "{n} renewed", renewed)
    if returned := done.count(VisitTask.RETURN):
        yield speech.say_n("{n} returned", "{n} returned", returned)
    if handed_in:
        yield speech.say_n("{n} being checked", "{n} being checked", len(handed_in))


def _saved_text(speech: Localizer, lines: Sequence[VisitLine]) -> str:
    n, errands = len(lines), {line.errand for line in lines}
    if errands == {VisitTask.RENEW}:
        return speech.say_n("{n} renewal saved, not yet confirmed", "{n} renewals saved, not yet confirmed", n)
    if errands == {VisitTask.RETURN}:
        return speech.say_n("{n} return saved, not yet confirmed", "{n} returns saved, not yet confirmed", n)
    return speech.say_n("{n} saved, not yet confirmed", "{n} saved, not yet confirmed", n)
