"""Translate views, reasons and parts into the sentences of one language, through `Words`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from kiosk.system.health import Device, PartName, PartState
from kiosk.views import LineState, TagState, Trial, VisitLine, VisitTask
from kiosk.words import parts, refusals
from kiosk.words.localizer import UPRIGHT, CatalogueMissing, Explanation, Localizer
from lending.languages import languages
from lending.model import AppliedRule, Block
from lending.policy import Service

__all__ = ["CatalogueMissing", "Explanation", "VisitSummary", "Words"]

LONGEST_NUMBER = 2
"""Maximum length of a bin or shelf number; a longer text is a name."""


@dataclass(frozen=True, slots=True)
class VisitSummary:
    """`head` counts confirmed transactions, or saved ones if none is confirmed; `more` then counts the saved ones."""

    head: str
    more: str = ""


class Words(Localizer):
    """All sentences of one language. Texts of a single screen are in that screen, through `say`."""

    @cached_property
    def upright(self) -> Words | None:
        """The same language in vertical script; None if the language has none."""
        has = languages()[self.language].upright
        if not has:
            return None
        return Words(self.language, self._timezone, self._currency, script=UPRIGHT, policy=self._policy)

    def explain(
        self, block: Block, title: str = "", done: int = 0, errand: VisitTask = VisitTask.BORROW
    ) -> Explanation:
        """Explain a block: what happened, why, and what to do next.

        `done` is the number of other items of the visit that succeeded.
        """
        return refusals.explain(self, block, title, done, errand)

    def state(self, line: VisitLine, *, named: bool = True) -> str:
        """Return the state of an item as shown next to its mark.

        `named`: include the names of the loan rule and of the branch; otherwise use the short form.
        """
        match line.state:
            case LineState.WAITING if line.missing:
                return self.say("Incomplete")
            case LineState.WAITING if line.tag is TagState.LIFTED:
                return self.say("Put it back")
            case LineState.WAITING:
                return self.say("Waiting for your card")
            case LineState.DONE | LineState.SAVED if line.tag is TagState.OWED:
                return self.say("Borrowed. Put it back for a moment")
            case LineState.DONE | LineState.SAVED if line.tag is TagState.FAILED and line.errand is VisitTask.RETURN:
                return self.say("Returned. Hand it to staff")
            case LineState.DONE | LineState.SAVED if line.tag in (TagState.FAILED, TagState.KEPT):
                return self.say("Borrowed, may ring at the gate")
            case LineState.CHECKING if line.sent:
                return self.say("Waiting for the library")
            case LineState.CHECKING:
                return self.say("Checking")
            case LineState.SAVED if line.provisional and line.goes_on and named:
                return self.say("Being checked, then sent to {branch}", branch=self.pick(line.goes_on))
            case LineState.SAVED if line.provisional and line.goes_on:
                return self.say("Being checked, then sent on")
            case LineState.SAVED if line.provisional:
                return self.say("Returned, being checked")
            case LineState.SAVED:
                return self.say("Saved, not yet confirmed")
            case LineState.DONE:
                return self._done_text(line, named)
            case LineState.REFUSED if line.asks_fee:
                return self.say("Not borrowed, it has a fee")
            case LineState.REFUSED:
                return self._not_done(line.errand)
            case _:
                assert_never(line.state)

    def gate(self, errand: VisitTask, n: int = 1) -> str:
        """Return what to do about `n` items whose security was not switched."""
        if errand is VisitTask.RETURN:
            return self.say_n("Please hand it to staff.", "Please hand {n} books to staff.", n)
        return self.say_n(
            "It may ring at the gate. Show it to staff.", "{n} books may ring at the gate. Show them to staff.", n
        )

    def place(self, line: VisitLine) -> str:
        """Return where to put a returned item.

        A code of at most LONGEST_NUMBER characters is shown as a bin or shelf number.
        """
        number = line.place.isascii() and line.place.isalnum() and len(line.place) <= LONGEST_NUMBER
        if not number:
            return line.place
        if line.someone_waits:
            return self.say("Hold shelf {number}", number=line.place)
        return self.say("Bin {number}", number=line.place)

    def _done_text(self, line: VisitLine, named: bool) -> str:
        match line.errand:
            case VisitTask.BORROW if line.applied:
                return self._loan_text(line.applied, line.extra_days, named)
            case VisitTask.BORROW:
                return self.say("Borrowed")
            case VisitTask.RETURN if line.goes_on and named:
                return self.say("Returned, going to {branch}", branch=self.pick(line.goes_on))
            case VisitTask.RETURN if line.goes_on:
                return self.say("Returned, to be sent on")
            case VisitTask.RETURN:
                return self.say("Returned")
            case VisitTask.RENEW | VisitTask.ACCOUNT | VisitTask.HOLD | VisitTask.FIND:
                return self.say("Renewed")
            case _:
                assert_never(line.errand)

    def _loan_text(self, rule: AppliedRule, extra_days: int, named: bool) -> str:
        """Return the loan period and the name of the loan rule."""
        if rule.hours is not None:
            lent = self.say_n("Borrowed for {n} hour", "Borrowed for {n} hours", rule.hours)
        else:
            lent = self.say_n("Borrowed for {n} day", "Borrowed for {n} days", rule.days or 0)
        if extra_days and named:
            return self.say("{lent}, {extra} of them extra", lent=lent, extra=extra_days)
        return self.say("{lent}, as {kind}", lent=lent, kind=self.pick(rule.kind)) if rule.kind and named else lent

    def service(self, service: Service) -> str:
        """Say why the patron has a service, and what it adds to the loan rules."""
        found = [
            (service.days, self.say_n("loans run {n} day longer", "loans run {n} days longer", service.days)),
            (service.loans, self.say_n("{n} more loan", "{n} more loans", service.loans)),
            (service.renewals, self.say_n("{n} more renewal", "{n} more renewals", service.renewals)),
        ]
        added = self.say(", ").join(text for count, text in found if count)
        reason = self.pick(service.words)
        return self.say("{reason} For you: {added}.", reason=reason, added=added) if added else reason

    def _not_done(self, errand: VisitTask) -> str:
        match errand:
            case VisitTask.BORROW:
                return self.say("Not borrowed")
            case VisitTask.RETURN:
                return self.say("Return not accepted")
            case VisitTask.RENEW | VisitTask.ACCOUNT | VisitTask.HOLD | VisitTask.FIND:
                return self.say("Not renewed")
            case _:
                assert_never(errand)

    def tally(self, agreed: Sequence[VisitLine]) -> VisitSummary:
        """Count the lines of a visit, at least one; only what the central has confirmed counts as done."""
        saved = [line for line in agreed if line.state is LineState.SAVED and not line.provisional]
        stands = [line for line in agreed if line not in saved]
        if not stands:
            return VisitSummary(_saved_text(self, saved))
        more = self.say_n("{n} more saved, to be confirmed", "{n} more saved, to be confirmed", len(saved))
        return VisitSummary(self.say(", ").join(_standing(self, stands)), more if saved else "")

    def no_hold(self, block: Block | None) -> str:
        """Explain why a hold was refused."""
        return refusals.no_hold(self, block)

    def no_place(self, block: Block | None) -> str:
        """Explain why an event place was refused."""
        return refusals.no_place(self, block)

    def notice(self, code: str) -> str:
        """Return the sentence for a view's `notice`, "" for an empty code.

        Raises:
            KeyError: the code has no sentence.
        """
        return {
            "": "",
            "already_listed": self.say("This book is already on your list."),
            "card_random": self.say("A phone's card number changes each time. Please use your library card."),
            "card_unclear": self.say("The card cannot be read. Place it again, or choose another way."),
            "card_unreadable": self.say("The card was not read. Please keep it still on the reader."),
            "finish_unread": self.say(
                "Some books on the tray are not on your list. To leave without them, touch Finish again."
            ),
            "identify": self.say("Staff: you are looking for this kiosk."),
            "remote_log": self.say("Staff are reading this kiosk's log. It names no patron."),
            "remote_screenshot": self.say("Staff have taken a screenshot of this kiosk."),
            "remote_restart": self.say("Staff are restarting this kiosk."),
            "mistyped": self.say("Not a library number. Please check the digits."),
            "not_this_code": self.say("Wrong barcode. Use the library label."),
            "one_book_please": self.say("One book at a time, please."),
            "one_card_please": self.say("One card at a time, please."),
            "take_your_card": self.say("Please take your card with you."),
            "turn_the_book": self.say("Cannot read the barcode. Turn or tilt the book."),
            "undone": self.say("Undone. Everything is as before."),
            "unreadable": self.say("This is not a library label. Please show the library label."),
            "put_back_to_undo": self.say("Put the book back on the tray first."),
            "wait_for_checking": self.say("Please wait. The last book is still being checked."),
        }[code]

    def sign_in(self, problem: str, minutes: int = 0) -> str:
        """Return the prompt for the technician's code, or why the last code was rejected.

        `minutes` is the remaining lock time in minutes.
        """
        return {
            "": self.say("Technician: enter your code"),
            "wrong_code": self.say("Unknown code. Please enter it again."),
            "codes_paused": self.say_n(
                "Too many wrong codes. Please wait a minute.", "Too many wrong codes. Please wait {n} minutes.", minutes
            ),
            "no_technician": self.say("No technician is registered yet. Register one on the machine itself."),
        }[problem]

    def touch(self, landed: Sequence[float], spots: int, trial: Trial | None) -> str:
        return parts.touch(self, landed, spots, trial)

    def trial(self, part: PartName | Device, trial: Trial) -> str:
        return parts.trial(self, part, trial)

    def part(self, name: PartName | Device) -> str:
        return parts.name(self, name)

    def part_state(self, state: PartState, part: PartName | None = None) -> str:
        """Describe a part's condition in a few words, such as `Paper nearly out`.

        `part` is needed to say of a measurement that it is not available.
        """
        return parts.condition(self, state, part)

    def mending(self, name: PartName, state: PartState) -> str:
        """Return what the technician does about a fault; "" if there is nothing to do."""
        return parts.repair_hint(self, name, state)

    def file_refused(self) -> Explanation:
        """Return the text around the reason why the kiosk.toml from the boot partition was refused."""
        return parts.file_refused(self)

    def out_of_order(self, why: str) -> Explanation:
        return parts.out_of_order(self, why)

    def receipt_problem(self, why: str, half: bool = False) -> str:
        """Explain to the patron why no receipt was printed; `why` is a reason code of the printer."""
        return parts.receipt_problem(self, why, half)


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
