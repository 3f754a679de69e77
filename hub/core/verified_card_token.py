"""Create and check tokens that prove to the hub that a patron has verified their card at a kiosk.

A token authenticates card, kiosk and expiry time with a secret of the hub. It is not stored, so every process of the
hub can check it.
"""

import hmac
from datetime import UTC, datetime, timedelta

from hub.core.state_directory import secret

GOOD_FOR = timedelta(minutes=20)
"""Longer than a patron uses a kiosk without interruption."""


SLACK = timedelta(minutes=5)
"""Maximum difference between a kiosk's time and the hub's."""


def issue_token(card: str, kiosk: str, now: datetime) -> str:
    until = int((now + GOOD_FOR).timestamp())
    return f"{until}.{_mark(card, kiosk, until)}"


def is_valid_token(shown: str, card: str, kiosk: str, now: datetime) -> bool:
    """Return whether the token was issued to this kiosk for this card and has not expired."""
    end = _genuine_end(shown, card, kiosk)
    return end is not None and now < end


def covers(shown: str, card: str, kiosk: str, happened: datetime) -> bool:
    """Return whether the token was valid when something happened, however late that is reported.

    Args:
        shown: The token.
        card: Hash of the card.
        kiosk: Name of the kiosk.
        happened: When it happened, as the hub determined it, at most `SLACK` off.
    """
    end = _genuine_end(shown, card, kiosk)
    return end is not None and end - GOOD_FOR - SLACK <= happened < end + SLACK


def ends(shown: str) -> datetime:
    """Return when a genuine token expires."""
    return datetime.fromtimestamp(int(shown.partition(".")[0]), UTC)


def _genuine_end(shown: str, card: str, kiosk: str) -> datetime | None:
    """Return when a token expires, or None if it is forged."""
    until, _, mark = shown.partition(".")
    if not until.isdecimal() or len(until) > 12:
        return None
    if not hmac.compare_digest(mark.encode(), _mark(card, kiosk, int(until)).encode()):
        return None
    # Parsed after the check: a forged number may lie beyond the year 9999.
    return ends(shown)


def _mark(card: str, kiosk: str, until: int) -> str:
    key = bytes.fromhex(secret("pass_key"))
    return hmac.new(key, f"{card} {kiosk} {until}".encode(), "sha256").hexdigest()
