"""Record which member of staff viewed which patron and why; remember a reason for 15 minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest

from hub.audit import alarms, hash_chain
from hub.audit.models import AccessLogEntry, Act, Reason
from hub.core.card_presence import SESSION_KEY, by_card, is_fresh, patron_key
from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic

QUARTER = timedelta(minutes=15)
MOST = 200
"""Patrons that one session remembers."""
OWN_WORDS = frozenset({Act.EXPORT})
"""Views for which a reason given for another view is not enough."""


@atomic
def write(
    staff: str, ref: str, act: Act, reason: Reason, words: str = "", *, now: datetime | None = None
) -> AccessLogEntry:
    """Append an entry to the access log; raise an alarm if it exceeds a limit."""
    at = now or hub_clock().now()
    look = hash_chain.append(
        AccessLogEntry(at=at, staff=staff, ref=ref, act=act, reason=reason, words=words, card=reason is Reason.CARD)
    )
    alarms.check(look)
    return look


def begin(request: HttpRequest, ref: str, act: Act, reason: Reason, words: str = "", *, opens: bool = True) -> None:
    """Record the access and remember its reason for this patron in this session."""
    write(request.user.get_username(), ref, act, reason, words)
    until = (hub_clock().now() + QUARTER).timestamp()
    before, whose = request.session.get(SESSION_KEY, {}), patron_key(ref)
    known = before.get(whose, {}) if is_fresh(before.get(whose)) else {}
    acts = sorted({*known.get("acts", []), str(act)})
    entries = {name: value for name, value in before.items() if name != whose}
    entries[whose] = {
        "until": until,
        "reason": str(reason),
        "acts": acts,
        "opens": opens,
        "card": reason is Reason.CARD,
    }
    request.session[SESSION_KEY] = dict(list(entries.items())[-MOST:])


def record_desk_view(request: HttpRequest, ref: str, *, card: bool) -> None:
    """Record that the patron is served at the desk, once within 15 minutes.

    Args:
        request: Of the member of staff.
        ref: The patron's pseudonym.
        card: True if a reader read the card. Only then do the patron's pages open without another reason.
    """
    if (by_card(request, ref) or not card) and is_covered(request, ref, Act.DESK):
        return
    begin(request, ref, Act.DESK, Reason.CARD if card else Reason.HERE, opens=card)


def is_covered(request: HttpRequest, ref: str, act: Act) -> bool:
    """Return whether an earlier reason covers this view; the first view of each kind is recorded as well."""
    known = request.session.get(SESSION_KEY, {}).get(patron_key(ref))
    if not is_fresh(known):
        return False
    if act in known["acts"]:
        return True
    if act in OWN_WORDS or not known.get("opens"):
        return False
    write(request.user.get_username(), ref, act, Reason(known["reason"]))
    known["acts"].append(str(act))
    request.session.modified = True
    return True


def was_opened(request: HttpRequest, ref: str) -> bool:
    """Return whether the patron was opened in this session, at any time.

    If so, what staff typed into the patron's page is accepted.
    """
    return bool(request.session.get(SESSION_KEY, {}).get(patron_key(ref), {}).get("opens"))
