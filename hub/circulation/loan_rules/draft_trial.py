"""Apply a draft of the loan rules to the loans of the last 30 days, without changing them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Q

from hub.circulation import anonymous_patron
from hub.circulation.domain_mapping import the_policy
from hub.circulation.loan_rules.replay import Past, Replay, RuleOutcome
from hub.circulation.models import Loan, PendingReturn, Renewal
from lending.policy import Rule

MONTH = timedelta(days=30)
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What the draft would have changed from `first` to `end`."""

    first: datetime
    end: datetime
    outcomes: tuple[RuleOutcome, ...]

    def total(self, figure: str) -> int:
        return sum(getattr(each, figure) for each in self.outcomes)


def last_month(rules: tuple[Rule, ...], now: datetime) -> TrialReport:
    """Replay the last 30 days by these rules, and compare them with the rules in force on each day."""
    first = now - MONTH
    replay = Replay(the_policy(), rules, first, now)
    return TrialReport(first, now, tuple(replay.run(_past(first, now))))


def _past(first: datetime, end: datetime) -> Iterator[Past]:
    """Yield the loans that began in that time or were open at its beginning."""
    meant = Q(closed_at=None) | Q(closed_at__gte=first)
    loans = Loan.objects.filter(meant, checked_out_at__lte=end).exclude(state=Loan.State.UNDONE)
    handed_in = _handed_in(first)
    renewed = _renewals(first)
    columns = (
        "pk", "patron_id", "patron__identifier", "patron__category__code", "item__type__code", "branch__code",
        "checked_out_at", "closed_at",
    )  # fmt: skip
    for pk, patron, number, category, kind, branch, out, closed in (
        loans.order_by("pk").values_list(*columns).iterator(chunk_size=CHUNK)
    ):
        yield Past(
            -pk if number.startswith(anonymous_patron.NUMBER) else patron,
            category,
            kind,
            branch,
            out,
            min(filter(None, (closed, handed_in.get(pk))), default=None),
            tuple(renewed.get(pk, ())),
        )


def _handed_in(first: datetime) -> dict[int, datetime]:
    """Return when each loan was first returned, from which time it no longer counts towards limits.

    Returns that turned out to be wrong, and whose loan was reopened, are left out.
    """
    rows = PendingReturn.objects.exclude(state=PendingReturn.State.REOPENED)
    rows = rows.filter(Q(loan__closed_at=None) | Q(loan__closed_at__gte=first))
    return dict(rows.order_by().values_list("loan").annotate(at=Min("at")))


def _renewals(first: datetime) -> dict[int, list[datetime]]:
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    rows = Renewal.objects.filter(undone=False).filter(Q(loan__closed_at=None) | Q(loan__closed_at__gte=first))
    for loan, at in rows.order_by("at").values_list("loan", "at").iterator(chunk_size=CHUNK):
        found[loan].append(at)
    return found
