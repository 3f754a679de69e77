"""Compare the simulated library's actions with the kiosk's statements to patrons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kiosk.benchmarks.record import Verdict
from kiosk.benchmarks.sip2.simulated_patrons import UNSURE, PatronStatement
from kiosk.sip2_simulator.library import Event
from kiosk.sync.sip2.exception_store import StoredException
from kiosk.sync.sip2.pending_returns import LENT_AGAIN

ACTS = ("checkout", "renew", "checkin")


def judge(told: Sequence[PatronStatement], events: Sequence[Event], for_staff: Sequence[StoredException]) -> Verdict:
    """Compare statements with events; `for_staff` are saved transactions refused later.

    Only these patrons may hold the items.
    """
    verdict = Verdict(acts=len(told), for_staff=len(for_staff))
    verdict.corrupt += [
        f"{each.item}: applied to another loan than the patron's" for each in for_staff if each.reason == LENT_AGAIN
    ]
    for book in {each.item for each in told}:
        staff = [each.act for each in for_staff if each.item == book]
        _book(verdict, book, [each for each in told if each.item == book], events, staff)
    return verdict


def _book(
    verdict: Verdict, book: str, told: Sequence[PatronStatement], events: Sequence[Event], for_staff: Sequence[str]
) -> None:
    done = [each.did for each in events if each.barcode == book and each.did in ACTS]
    sure = [each.did for each in told if each.shown_outcome == "yes"]
    unsure = Counter(each.did for each in told if each.shown_outcome == UNSURE)
    missing, more = Counter(sure) - Counter(done) - _redundant(told), Counter(done) - Counter(sure) - unsure
    how = f"{book}: told {[f'{each.did} {each.shown_outcome}' for each in told]}, done {done}"
    missing -= Counter(checkin=for_staff.count("checkout"))  # a loan that was refused later cannot be returned
    if missing.total() > len(for_staff):
        verdict.lost.append(how)
    for did in more:
        (verdict.renewed if did == "renew" else verdict.doubled).append(how)
    if Counter(done) == Counter(sure) and done != sure:
        verdict.corrupt.append(how)


def _redundant(told: Sequence[PatronStatement]) -> Counter[str]:
    """Count renewals to the due date that the loan already had: whether they were executed cannot be seen."""
    needless, day = Counter[str](), None
    for each in told:
        if each.shown_outcome != "no":
            needless["renew"] += each.did == "renew" and each.day == day
            day = each.day
    return needless
