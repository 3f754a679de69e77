"""Judge a visit: each step against the screen, and what patrons were shown against the central's records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from zoneinfo import ZoneInfo

from kiosk.views import VisitTask
from kiosk.visit_player.patron_statements import PatronStatements, Statement, words_of
from kiosk.visit_player.script import Step


@dataclass(frozen=True, slots=True)
class Target:
    """An action on the screen, and whether it can be pressed."""

    name: str
    item: str | None
    choice: str | None
    enabled: bool
    uncovered: bool

    @property
    def called(self) -> str:
        item = f" item={self.item}" if self.item else ""
        choice = f" choice={self.choice}" if self.choice else ""
        return f"{self.name}{item}{choice}"


@dataclass(frozen=True, slots=True)
class SeenScreen:
    """What a patron at the kiosk sees, and the counts of its journal."""

    view: str
    signal: str | None
    """Signal on the lights; None while they are dark."""
    texts: tuple[str, ...]
    targets: tuple[Target, ...]
    journal: dict[str, int]
    language: str
    now: str
    words: tuple[Statement, ...] = ()
    """Lines shown as done or saved, newest first."""
    undone: bool = False
    """True if the screen says that something was undone."""
    phrases: tuple[tuple[str, ...], ...] = ()
    """Everything that the voice has said since the kiosk started, oldest first."""

    @classmethod
    def from_look(cls, look: dict[str, Any], signal: str | None) -> Self:
        return cls(
            view=look["view"],
            signal=signal,
            texts=tuple(look["texts"]),
            targets=tuple(Target(**target) for target in look["targets"]),
            journal=look["journal"],
            language=look["language"],
            now=look["now"],
            words=words_of(look["told"]),
            undone=look["undone"],
            phrases=tuple(tuple(each) for each in look.get("said", ())),
        )

    @property
    def pressable(self) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.enabled and target.uncovered)

    def holds(self, text: str) -> bool:
        return reads(self.texts, text)

    def describe(self) -> str:
        """Describe the screen and the actions that could have been pressed, as part of a sentence."""
        names = dict.fromkeys(target.called for target in self.pressable)
        pressed = ", ".join(names) or "nothing"
        return f"on the screen was {self.view}: {' / '.join(self.texts)}; what could have been pressed: {pressed}"


FIRST_IDEOGRAPH = "\u2e80"


def reads(lines: Sequence[str], text: str) -> bool:
    """Return True if the lines contain the text, even where it was wrapped."""
    whole = ""
    for line in lines:
        words = " ".join(line.split())
        joint = "" if whole[-1:] >= FIRST_IDEOGRAPH or words[:1] >= FIRST_IDEOGRAPH else " "
        whole += joint + words
    return " ".join(text.split()) in whole


def complaints(step: Step, seen: SeenScreen, receipt: Sequence[str] | None, heard: Sequence[str] = ()) -> list[str]:
    """Return what the step expects but did not find.

    `receipt` is the newest one since the last verb (None: none was printed). `heard` is what the voice has said since
    then.
    """
    wrong = []
    if step.expect is not None and step.expect != seen.view:
        wrong.append(f"expected {step.expect} and saw {seen.view}")
    wrong += [f"the screen lacks {text!r}" for text in step.contains if not seen.holds(text)]
    wrong += [f"the screen holds {text!r}" for text in step.lacks if seen.holds(text)]
    if missed := [text for text in step.hears if not reads(heard, text)]:
        said = " / ".join(heard) or "nothing"
        wrong += [f"the voice does not say {text!r}: it said {said}" for text in missed]
    if step.signal is not None and step.signal != seen.signal:
        wrong.append(f"expected the lights to say {step.signal} and they say {seen.signal or 'nothing: they are dark'}")
    if step.receipt_contains and receipt is None:
        wrong.append("no receipt was printed")
    elif receipt is not None:
        wrong += [f"the receipt lacks {text!r}" for text in step.receipt_contains if not reads(receipt, text)]
    return wrong


ACTS = {VisitTask.BORROW: "borrowed", VisitTask.RETURN: "returned", VisitTask.RENEW: "renewed"}
KINDS = ("checkout", "checkin", "renew")
Kept = Mapping[str, Any]
"""State read from the central.

It holds `loans` and `exceptions`, and either `transactions` or the state of each of the `items`. `patrons` maps the
numbers in `loans` to the central's references.
"""


def faults(statements: PatronStatements, before: Kept, after: Kept, zone: ZoneInfo) -> list[str]:
    """Return a sentence for each statement that is not true, and for each action that was not stated."""
    if "transactions" in after:
        taken = _ids(after, "accepted")
        shown = [word for word in statements.standing if word.transaction in taken]
        return [
            *_missing(statements, after),
            *_unstated_changes(statements, before, after),
            *_still_there(statements, after),
            *(fault for word in _last(shown) if (fault := _against_its_loans(word, after, zone))),
        ]
    if "items" in after:
        named = [word for word in statements.standing if word.item in after["items"]]
        wrong = [fault for word in _last(named) if (fault := _against_its_state(word, after))]
        return [*wrong, *_repeated_actions(statements, before, after), *_too_early(_last(named), after, zone)]
    return [f"cannot compare with the central: {after['untold']}"]


def cases(asked: int, aside: int, before: Kept, after: Kept) -> list[str]:
    """Check the number of new exceptions against the visit's.

    `aside` is the kiosk's own count, used if the central does not report exceptions.
    """
    known = {each["number"] for each in before["exceptions"]}
    new = [each for each in after["exceptions"] if each["number"] not in known and not each["resolved"]]
    n = len(new) if "transactions" in after else aside
    if n == asked:
        return []
    reasons = ", ".join(dict.fromkeys(f"{each['kind']} {each['reason']}" for each in new))
    return [f"{n} cases wait in the exception desk and {asked} were meant to{f': {reasons}' if new else ''}"]


def response_faults(meant: Sequence[str], before: Kept, after: Kept) -> list[str]:
    """Check that the central received the visit's answers (`ask answer`) and no others."""
    if "transactions" not in after:
        return []
    known = {each["id"] for each in before["transactions"]}
    new = [each["said"] for each in after["transactions"] if each["id"] not in known]
    said = [each for each in new if each and not each.endswith(" later")]
    missing, more = Counter(meant) - Counter(said), Counter(said) - Counter(meant)
    wrong = [f"the central did not receive {each!r}" for each in missing.elements()]
    return wrong + [f"the central received {each!r}, which was not meant" for each in more.elements()]


def _ids(kept: Kept, *outcomes: str) -> set[str]:
    return {each["id"] for each in kept["transactions"] if each["outcome"] in outcomes}


def _missing(statements: PatronStatements, after: Kept) -> list[str]:
    """Set-aside transactions are not reported: they are counted as exceptions."""
    has = _ids(after, "accepted", "set_aside")
    return [
        f"{word.item} was shown as {ACTS[word.errand]}, and the central has nothing of it"
        for word in statements.standing
        if word.transaction not in has
    ]


def _unstated_changes(statements: PatronStatements, before: Kept, after: Kept) -> list[str]:
    """Exceptions of the kind `untold` are not reported: they are counted as exceptions."""
    known = {each["id"] for each in before["transactions"]}
    known |= {word.transaction for word in (*statements.standing, *statements.undone)}
    known |= {each["transaction"] for each in after["exceptions"] if each["kind"] == "untold"}
    acts = [
        f"the central took a {each['kind']} of {each['item']} that no patron was shown"
        for each in after["transactions"]
        if each["id"] not in known and each["kind"] in KINDS and each["outcome"] == "accepted"
    ]
    more = Counter(map(_name, after["loans"])) - Counter(map(_name, before["loans"]))
    loans = [
        f"the central has a loan of {item} too many"
        for (_, item, transaction), n in more.items()
        if n > 1 or transaction not in known
    ]
    return acts + loans


def _name(loan: Kept) -> tuple[str, str, str | None]:
    return loan["patron"], loan["item"], loan["transaction"]


def _still_there(statements: PatronStatements, after: Kept) -> list[str]:
    lent = {loan["transaction"] for loan in after["loans"]}
    return [
        f"{word.item} was shown as not {ACTS[word.errand]} after all, and the central still has the loan"
        for word in statements.undone
        if word.transaction in lent
    ]


def _last(words: Sequence[Statement]) -> list[Statement]:
    return list({word.item: word for word in words}.values())


def _against_its_loans(word: Statement, after: Kept, zone: ZoneInfo) -> str | None:
    loans = [loan for loan in after["loans"] if loan["item"] == word.item and loan["state"] == "on_loan"]
    if word.errand is VisitTask.RETURN:
        return f"{word.item} was shown as returned, and the central has it on loan" if loans else None
    if len(loans) != 1:
        return f"{word.item} was shown as {ACTS[word.errand]}, and the central has it on {len(loans)} loans"
    if fault := _against_its_patron(word, loans[0], after):
        return fault
    due = word.due.astimezone(zone).date().isoformat() if word.due else ""
    if loans[0]["due"] < due:
        return f"{word.item} was shown as due on {due}, and at the central it is due on {loans[0]['due']}"
    return None


def _against_its_state(word: Statement, after: Kept) -> str | None:
    """Compare with a central that does not report transactions: one loan if borrowed, none if returned."""
    state = after["items"][word.item]
    loans = [loan for loan in after["loans"] if loan["item"] == word.item and loan["state"] == "on_loan"]
    lent, back = state == "on_loan" and len(loans) == 1, state != "on_loan" and not loans
    if back if word.errand is VisitTask.RETURN else lent:
        return None if back else _against_its_patron(word, loans[0], after)
    has = f"{state.replace('_', ' ')}, on {len(loans)} loans of these patrons"
    return f"{word.item} was shown as {ACTS[word.errand]}, and at the central it is {has}"


DONE = {VisitTask.BORROW: "checkout", VisitTask.RETURN: "checkin", VisitTask.RENEW: "renew"}


def _repeated_actions(statements: PatronStatements, before: Kept, after: Kept) -> list[str]:
    """Compare with a central that reports its actions without their transactions."""
    done = Counter(map(_act, after.get("acts", ()))) - Counter(map(_act, before.get("acts", ())))
    shown = Counter((DONE[word.errand], word.item) for word in (*statements.standing, *statements.undone))
    return [
        f"the central did a {did} of {item} {n} times, and {shown[did, item]} were shown"
        for (did, item), n in done.items()
        if did in ("checkout", "renew") and n > shown[did, item]
    ]


def _act(each: Kept) -> tuple[str, str]:
    return each["did"], each["item"]


def _too_early(words: Sequence[Statement], after: Kept, zone: ZoneInfo) -> list[str]:
    """Compare due dates, if the central's loans are known to be from this visit."""
    days = {loan["item"]: loan["due"] for loan in after["loans"] if "acts" in after}
    return [
        f"{word.item} was shown as due on {due}, and at the central it is due on {days[word.item]}"
        for word in words
        if word.due and (due := word.due.astimezone(zone).date().isoformat()) > days.get(word.item, due)
    ]


def _against_its_patron(word: Statement, loan: Kept, after: Kept) -> str | None:
    if after["patrons"].get(loan["patron"]) == word.patron:
        return None
    return f"{word.item} was shown as {ACTS[word.errand]}, and the central has it on loan to another patron"
