"""Remember in the session of staff which patrons are looked at, and whose card was read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from hub.core.clock import hub_clock

SESSION_KEY = "audit_looks"
"""Session key of the reasons given, by the keyed hash of the patron's pseudonym.

Each entry has the end of its time, the reason and what it opened. `card` is true if a reader read the card. `opens` is
false if staff only entered a number or chose a name at the desk: no page then opens without a reason.
"""


def by_card(request: HttpRequest, ref: str) -> bool:
    """Return whether the patron's card was read here within 15 minutes, so that the patron is present."""
    known = request.session.get(SESSION_KEY, {}).get(patron_key(ref))
    return is_fresh(known) and bool(known["card"])


def patron_key(ref: str) -> str:
    """Return the key of a patron's entry, by which the session names no patron."""
    return str(salted_hmac("looks", ref).hexdigest())


def is_fresh(known: Any) -> bool:
    """Return whether the time of an entry, or None, is not over."""
    return known is not None and bool(known["until"] > hub_clock().now().timestamp())
