"""Find the transactions of a visit from the one that a receipt code names."""

from datetime import timedelta

from hub.circulation.models import Transaction
from lending import wire
from lending.transactions import Act, Checkout, Renew

BETWEEN = timedelta(minutes=5)
"""Longest pause within a visit: an untouched kiosk returns to its start screen long before."""


MOST = 200
"""Rows examined before the code's row; more than a patron can carry."""


def rows_up_to(last: Transaction) -> list[tuple[Transaction, Act | None]]:
    """Return the rows of the visit that ends with this one, oldest first.

    Go back from it at the same kiosk, since its same start, until another patron's card or a pause: a row contains
    neither where a visit began nor, for a return, its patron.
    """
    before = Transaction.objects.filter(kiosk=last.kiosk_id, journal=last.journal, boot=last.boot, seq__lte=last.seq)
    found: list[tuple[Transaction, Act | None]] = []
    card, mono_ns = None, last.mono_ns
    for row in before.order_by("-seq")[:MOST]:
        act = _act(row)
        named = act.card if isinstance(act, Checkout | Renew) else None
        pause = timedelta(microseconds=(mono_ns - row.mono_ns) / 1000)
        if pause > BETWEEN or (card and named and named != card):
            break
        card, mono_ns = card or named, row.mono_ns
        found.append((row, act))
    return found[::-1]


def _act(row: Transaction) -> Act | None:
    try:
        return wire.decode(row.kind, row.body)
    except wire.UnreadableAct:
        return None
