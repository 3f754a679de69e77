"""What a kiosk is given when a patron has proved that her card is hers, and shows to be told what is hers alone.

It is made of the card, the kiosk and a time, and kept by nobody; so every process of the hub knows it.
"""

import hmac
from datetime import UTC, datetime, timedelta

from hub.core.state_directory import secret

GOOD_FOR = timedelta(minutes=20)
"""Longer than anybody stands before a kiosk who goes on touching it."""


SLACK = timedelta(minutes=5)
"""So far a kiosk's time may lie from the hub's."""


def given(card: str, kiosk: str, now: datetime) -> str:
    until = int((now + GOOD_FOR).timestamp())
    return f"{until}.{_mark(card, kiosk, until)}"


def good(shown: str, card: str, kiosk: str, now: datetime) -> bool:
    """Whether this kiosk was given it for this card, and not too long ago."""
    end = _genuine_end(shown, card, kiosk)
    return end is not None and now < end


def covers(shown: str, card: str, kiosk: str, happened: datetime) -> bool:
    """Return whether this kiosk had a valid pass for this card when something happened, however late it is reported.

    Args:
        happened: When it happened, as the hub worked it out; `SLACK` off at most.
    """
    end = _genuine_end(shown, card, kiosk)
    return end is not None and end - GOOD_FOR - SLACK <= happened < end + SLACK


def ends(shown: str) -> datetime:
    """Return when a genuine pass ends."""
    return datetime.fromtimestamp(int(shown.partition(".")[0]), UTC)


def _genuine_end(shown: str, card: str, kiosk: str) -> datetime | None:
    """Return when a pass ends, or None if its mark is forged."""
    until, _, mark = shown.partition(".")
    if not until.isdecimal() or len(until) > 12:
        return None
    if not hmac.compare_digest(mark.encode(), _mark(card, kiosk, int(until)).encode()):
        return None
    # Only now: a forged number may lie beyond the year 9999.
    return ends(shown)


def _mark(card: str, kiosk: str, until: int) -> str:
    key = bytes.fromhex(secret("pass_key"))
    return hmac.new(key, f"{card} {kiosk} {until}".encode(), "sha256").hexdigest()
