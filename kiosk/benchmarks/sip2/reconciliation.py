"""Compare the simulated library's actions with the kiosk's statements to patrons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from kiosk.benchmarks.sip2.simulated_patrons import UNSURE, PatronStatement
from kiosk.sip2_simulator.library import Event
from kiosk.sync.sip2.exception_store import StoredException
from kiosk.sync.sip2.pending_returns import LENT_AGAIN

ACTS = ("checkout", "renew", "checkin")


@dataclass
class Verdict:
    """Sentences about faults, by their kind."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    """Renewals that no patron requested."""
    wrong: list[str] = field(default_factory=list)
    """Actions out of order, or data in the wrong place."""
    acts: int = 0
    for_staff: int = 0
    """Number of saved transactions that were not executed and are exceptions with a reason."""

    @property
    def fine(self) -> bool:
        return not (self.lost or self.doubled or self.renewed or self.wrong)

    def add(self, other: Verdict) -> None:
        for name in ("lost", "doubled", "renewed", "wrong"):
            getattr(self, name).extend(getattr(other, name))
        self.acts += other.acts
        self.for_staff += other.for_staff

    def all(self) -> list[str]:
        return [f"{name}: {each}" for name in ("lost", "doubled", "renewed", "wrong") for each in getattr(self, name)]


def judge(told: Sequence[PatronStatement], events: Sequence[Event], for_staff: Sequence[StoredException]) -> Verdict:
    """Compare statements with events; `for_staff` are saved transactions refused later.

    Only these patrons may hold the items.
    """
    verdict = Verdict(acts=len(told), for_staff=len(for_staff))
    verdict.wrong += [
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
    sure = [each.did for each in told if each.heard == "yes"]
    unsure = Counter(each.did for each in told if each.heard == UNSURE)
    missing, more = Counter(sure) - Counter(done) - _redundant(told), Counter(done) - Counter(sure) - unsure
    how = f"{book}: told {[f'{each.did} {each.heard}' for each in told]}, done {done}"
    missing -= Counter(checkin=for_staff.count("checkout"))  # a loan that was refused later cannot be returned
    if missing.total() > len(for_staff):
        verdict.lost.append(how)
    for did in more:
        (verdict.renewed if did == "renew" else verdict.doubled).append(how)
    if Counter(done) == Counter(sure) and done != sure:
        verdict.wrong.append(how)


def _redundant(told: Sequence[PatronStatement]) -> Counter[str]:
    """Count renewals to the due date that the loan already had: whether they were executed cannot be seen."""
    needless, day = Counter[str](), None
    for each in told:
        if each.heard != "no":
            needless["renew"] += each.did == "renew" and each.day == day
            day = each.day
    return needless
