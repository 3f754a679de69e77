"""What the patron reads, in her language: `Words` turns views, reasons and parts into sentences; it knows no screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import assert_never

from kiosk.system.health import Device, PartName, PartState
from kiosk.views import LineState, Trial, VisitLine, VisitTask
from kiosk.words import outage_text, parts, refusals, repair_hints
from kiosk.words import visit_summary as tallies
from kiosk.words.localizer import UPRIGHT, CatalogueMissing, Explanation, Localizer
from kiosk.words.visit_summary import VisitSummary
from lending.languages import languages
from lending.model import Applied, Block

__all__ = ["CatalogueMissing", "Explanation", "VisitSummary", "Words"]

LONGEST_NUMBER = 2
"""Signs of a bin's or a shelf's number; what is longer is a name."""


class Words(Localizer):
    """The sentences of one language. What is shown nowhere else is said by the screens themselves, through `say`."""

    @cached_property
    def upright(self) -> Words | None:
        """The same in the script that is read from the top down; None where the language has none."""
        has = languages()[self.language].upright
        return Words(self.language, self._zone.key, self.currency, script=UPRIGHT) if has else None

    def explain(
        self, block: Block, title: str = "", done: int = 0, errand: VisitTask = VisitTask.BORROW
    ) -> Explanation:
        """Says what happened, why and what to do next. `done` counts the other items of the visit that went well."""
        return refusals.explain(self, block, title, done, errand)

    def state(self, line: VisitLine, *, named: bool = True) -> str:
        """The state of an item as it stands beside its mark, with the names of its rule and branch or in few words."""
        match line.state:
            case LineState.WAITING:
                return self.say("Waiting for your card")
            case LineState.CHECKING if line.sent:
                return self.say("Waiting for the library")
            case LineState.CHECKING:
                return self.say("Checking")
            case LineState.SAVED if line.provisional and line.goes_on and named:
                return self.say("Being checked, then on to {branch}", branch=self.pick(line.goes_on))
            case LineState.SAVED if line.provisional and line.goes_on:
                return self.say("Being checked, then sent on")
            case LineState.SAVED if line.provisional:
                return self.say("Handed in, being checked")
            case LineState.SAVED:
                return self.say("Saved, not yet confirmed")
            case LineState.DONE:
                return self._done(line, named)
            case LineState.REFUSED:
                return self._not_done(line.errand)
            case _:
                assert_never(line.state)

    def place(self, line: VisitLine) -> str:
        """Where a returned item is to be put. A place of one or two signs is a number: the words say of what."""
        number = line.place.isascii() and line.place.isalnum() and len(line.place) <= LONGEST_NUMBER
        if not number:
            return line.place
        if line.someone_waits:
            return self.say("Hold shelf {number}", number=line.place)
        return self.say("Bin {number}", number=line.place)

    def _done(self, line: VisitLine, named: bool) -> str:
        match line.errand:
            case VisitTask.BORROW if line.applied:
                return self._lent(line.applied, named)
            case VisitTask.BORROW:
                return self.say("Borrowed")
            case VisitTask.RETURN if line.goes_on and named:
                return self.say("Returned, goes on to {branch}", branch=self.pick(line.goes_on))
            case VisitTask.RETURN if line.goes_on:
                return self.say("Returned, is sent on")
            case VisitTask.RETURN:
                return self.say("Returned")
            case VisitTask.RENEW | VisitTask.ACCOUNT | VisitTask.HOLD:
                return self.say("Renewed")
            case _:
                assert_never(line.errand)

    def _lent(self, rule: Applied, named: bool) -> str:
        """That it is borrowed, and by which rule."""
        if rule.hours is not None:
            lent = self.say_n("Borrowed for {n} hour", "Borrowed for {n} hours", rule.hours)
        else:
            lent = self.say_n("Borrowed for {n} day", "Borrowed for {n} days", rule.days or 0)
        return self.say("{lent}, as {kind}", lent=lent, kind=self.pick(rule.kind)) if rule.kind and named else lent

    def _not_done(self, errand: VisitTask) -> str:
        match errand:
            case VisitTask.BORROW:
                return self.say("Not borrowed")
            case VisitTask.RETURN:
                return self.say("Not taken back")
            case VisitTask.RENEW | VisitTask.ACCOUNT | VisitTask.HOLD:
                return self.say("Not renewed")
            case _:
                assert_never(errand)

    def tally(self, agreed: Sequence[VisitLine]) -> VisitSummary:
        """Counts what was agreed, at least one line."""
        return tallies.tally(self, agreed)

    def no_hold(self, block: Block | None) -> str:
        """Why a title is not kept for her."""
        return refusals.no_hold(self, block)

    def no_place(self, block: Block | None) -> str:
        """Why she gets no place."""
        return refusals.no_place(self, block)

    def notice(self, code: str) -> str:
        """The sentence of a view's `notice`; empty for an empty code. A code without words is a KeyError."""
        return {
            "": "",
            "already_listed": self.say("This book is already on your list."),
            "card_random": self.say("A phone's number changes each time. Please use your library card."),
            "card_unclear": self.say("The card cannot be read. Hold it again, or choose another way."),
            "card_unreadable": self.say("The card was not read. Please hold it still on the pad."),
            "identify": self.say("For our staff: this is the kiosk."),
            "mistyped": self.say("No number of ours. Please check the digits."),
            "not_this_code": self.say("Not this code: our label, please."),
            "one_book_please": self.say("One book at a time, please."),
            "one_card_please": self.say("One card at a time, please."),
            "take_your_card": self.say("Please take your card with you."),
            "turn_the_book": self.say("This cannot be read. Turn the book over, or a little."),
            "undone": self.say("Undone. All is as it was before."),
            "unreadable": self.say("That is not our label. Please show the library's own."),
            "wait_for_checking": self.say("One moment, the last book is still being checked."),
        }[code]

    def sign_in(self, problem: str, minutes: int = 0) -> str:
        """What a technician is asked, or why her code opened nothing, and for how many minutes it opens nothing."""
        return {
            "": self.say("Technician: type your code"),
            "wrong_code": self.say("That code is nobody's. Please type it again."),
            "codes_paused": self.say_n(
                "Too many wrong codes. Please wait a minute.", "Too many wrong codes. Please wait {n} minutes.", minutes
            ),
            "no_technician": self.say("This kiosk knows no technician yet: sudo kiosk technician NAME"),
        }[problem]

    def test(self, choice: str) -> str:
        """What is done when a part or a device is tested, in one word or two."""
        return parts.test(self, choice)

    def touch(self, landed: Sequence[float], spots: int, trial: Trial | None) -> str:
        return parts.touch(self, landed, spots, trial)

    def trial(self, part: PartName | Device, trial: Trial) -> str:
        return parts.trial(self, part, trial)

    def part(self, name: PartName | Device) -> str:
        return parts.name(self, name)

    def part_state(self, state: PartState, part: PartName | None = None) -> str:
        """How the part is, in a few words, such as `Paper nearly out`; of a measure that it is not measured."""
        return parts.condition(self, state, part)

    def mending(self, name: PartName, state: PartState) -> str:
        """What the technician does about it; empty when there is nothing to do."""
        return repair_hints.mending(self, name, state)

    def file_refused(self) -> Explanation:
        """Frames why the kiosk.toml from the boot partition was refused."""
        return outage_text.file_refused(self)

    def out_of_order(self, why: str) -> Explanation:
        return outage_text.out_of_order(self, why)

    def receipt_problem(self, why: str, half: bool = False) -> str:
        """Why the receipt did not come out, for the patron; `why` is a reason code of the printer."""
        return outage_text.receipt_problem(self, why, half)
