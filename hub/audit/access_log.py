"""Writes down who looked at which patron and why, and remembers a reason for a quarter of an hour; shows nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from hub.audit import alarms, hash_chain
from hub.audit.models import AccessLogEntry, Act, Reason
from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic

QUARTER = timedelta(minutes=15)
KEPT = "audit_looks"
"""Key of the session: by the pseudonym's keyed hash until when a reason holds, which one, and what it opened.

`opens` is false where staff only entered a number or chose a name at the desk: no page opens without a reason then.
"""
MOST = 200
"""Patrons whom a session remembers."""
OWN_WORDS = frozenset({Act.EXPORT})
"""What never follows from a reason that was given for something else."""


@atomic
def write(
    staff: str, ref: str, act: Act, reason: Reason, words: str = "", *, now: datetime | None = None
) -> AccessLogEntry:
    """Adds the look to the chain, and raises the alarm where it is one too many."""
    at = now or hub_clock().now()
    look = hash_chain.append(
        AccessLogEntry(at=at, staff=staff, ref=ref, act=act, reason=reason, words=words, card=reason is Reason.CARD)
    )
    alarms.heed(look)
    return look


def begin(request: HttpRequest, ref: str, act: Act, reason: Reason, words: str = "", *, opens: bool = True) -> None:
    """Writes the look and remembers the reason for this patron in this session."""
    write(request.user.get_username(), ref, act, reason, words)
    until = (hub_clock().now() + QUARTER).timestamp()
    before, whose = request.session.get(KEPT, {}), _whose(ref)
    known = before.get(whose, {}) if _fresh(before.get(whose)) else {}
    acts = sorted({*known.get("acts", []), str(act)})
    told = {name: value for name, value in before.items() if name != whose}
    told[whose] = {"until": until, "reason": str(reason), "acts": acts, "opens": opens}
    request.session[KEPT] = dict(list(told.items())[-MOST:])


def met(request: HttpRequest, ref: str, *, card: bool) -> None:
    """Write that the patron is served at the desk, once within 15 minutes.

    Args:
        request: Of the member of staff.
        ref: The patron's pseudonym.
        card: True if a reader read the card. Only then do the patron's pages open without another reason.
    """
    if (by_card(request, ref) or not card) and goes_on(request, ref, Act.DESK):
        return
    begin(request, ref, Act.DESK, Reason.CARD if card else Reason.HERE, opens=card)


def goes_on(request: HttpRequest, ref: str, act: Act) -> bool:
    """Whether a reason that was given holds for this; what it opens for the first time is written down too."""
    known = request.session.get(KEPT, {}).get(_whose(ref))
    if not _fresh(known):
        return False
    if act in known["acts"]:
        return True
    if act in OWN_WORDS or not known.get("opens"):
        return False
    write(request.user.get_username(), ref, act, Reason(known["reason"]))
    known["acts"].append(str(act))
    request.session.modified = True
    return True


def by_card(request: HttpRequest, ref: str) -> bool:
    """Whether her card was scanned at this desk within the quarter of an hour: the patron is present."""
    known = request.session.get(KEPT, {}).get(_whose(ref))
    return _fresh(known) and known["reason"] == Reason.CARD


def was_here(request: HttpRequest, ref: str) -> bool:
    """Whether the patron was opened in this session, however long ago: what was typed into her page is taken."""
    return bool(request.session.get(KEPT, {}).get(_whose(ref), {}).get("opens"))


def _whose(ref: str) -> str:
    return str(salted_hmac("looks", ref).hexdigest())


def _fresh(known: Any) -> bool:
    return known is not None and bool(known["until"] > hub_clock().now().timestamp())
