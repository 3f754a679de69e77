"""What a visit came to, counted and said once for the glass and the paper; knows no place of either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kiosk.views import Errand, Line, LineState
from kiosk.words.speech import Speech


@dataclass(frozen=True, slots=True)
class Tally:
    """`head` counts what stands, or when nothing does what is saved; `more` then tells what is saved besides."""

    head: str
    more: str = ""


def tally(speech: Speech, agreed: Sequence[Line]) -> Tally:
    """Counts lines that were agreed, at least one; only what the central has confirmed counts as borrowed."""
    saved = [line for line in agreed if line.state is LineState.SAVED and not line.provisional]
    stands = [line for line in agreed if line not in saved]
    if not stands:
        return Tally(_saved(speech, saved))
    more = speech.say_n("{n} more saved, to be confirmed", "{n} more saved, to be confirmed", len(saved))
    return Tally(speech.say(", ").join(_standing(speech, stands)), more if saved else "")


def _standing(speech: Speech, lines: Sequence[Line]) -> Iterator[str]:
    handed_in = [line for line in lines if line.provisional]
    done = [line.errand for line in lines if not line.provisional]
    if borrowed := done.count(Errand.BORROW):
        yield speech.say_n("{n} borrowed", "{n} borrowed", borrowed)
    if renewed := done.count(Errand.RENEW) + done.count(Errand.ACCOUNT):
        yield speech.say_n("{n} renewed", "{n} renewed", renewed)
    if returned := done.count(Errand.RETURN):
        yield speech.say_n("{n} returned", "{n} returned", returned)
    if handed_in:
        yield speech.say_n("{n} handed in", "{n} handed in", len(handed_in))


def _saved(speech: Speech, lines: Sequence[Line]) -> str:
    n, errands = len(lines), {line.errand for line in lines}
    if errands == {Errand.RENEW}:
        return speech.say_n("{n} renewal saved, not yet confirmed", "{n} renewals saved, not yet confirmed", n)
    if errands == {Errand.RETURN}:
        return speech.say_n("{n} return saved, not yet confirmed", "{n} returns saved, not yet confirmed", n)
    return speech.say_n("{n} saved, not yet confirmed", "{n} saved, not yet confirmed", n)
