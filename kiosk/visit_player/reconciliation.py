"""Compare what a kiosk stated to its patrons with the central's records after the visit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.views import VisitTask
from kiosk.visit_player.patron_statements import PatronStatements, Statement

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
