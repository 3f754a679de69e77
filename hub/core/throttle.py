"""Limit attempts of one kind per address, browser, kiosk, patron or code; only keyed hashes of these are stored.

Each use is declared once, in the module of its view. An attempt is counted before it is made, and given back if it was
none:

    GUESSES = Throttle("enrolment", Limit(10, timedelta(minutes=1)))

    attempt = GUESSES.take(address, now)
    if attempt is None:
        return too_many(GUESSES.wait(address, now))
    if is_right(code):
        attempt.give_back()
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from django.db import transaction
from django.db.models import QuerySet

from hub.core.encrypted_fields import keyed_hash
from hub.core.models import Attempt
from hub.core.retrying_transaction import atomic


@dataclass(frozen=True, slots=True)
class Limit:
    """Maximum number of attempts within a span; the next has to wait until one of them is older."""

    most: int
    span: timedelta

    def free_at(self, newest_first: QuerySet) -> datetime | None:
        """Return when the next attempt is allowed, by the times of those within the span; None for now."""
        return next((each + self.span for each in newest_first[self.most - 1 : self.most]), None)


@dataclass(frozen=True, slots=True)
class Delay:
    """Pause after an attempt, by the number of attempts within a span."""

    span: timedelta
    pause: Callable[[int], timedelta]

    def free_at(self, newest_first: QuerySet) -> datetime | None:
        """Return when the next attempt is allowed, by the times of those within the span; None if there are none."""
        times = list(newest_first)
        return times[0] + self.pause(len(times)) if times else None


@dataclass(frozen=True, slots=True)
class Throttle:
    """Attempts of one kind, counted in the database for all processes together."""

    scope: str
    """Name of the kind. It separates the hashes of one key in several kinds."""
    rule: Limit | Delay
    also: Limit | Delay | None = None
    """Second rule, which has to allow an attempt too."""

    @property
    def rules(self) -> tuple[Limit | Delay, ...]:
        """All rules."""
        return (self.rule,) if self.also is None else (self.rule, self.also)

    @property
    def kept(self) -> timedelta:
        """How long an attempt is stored: the longest span of a rule."""
        return max(each.span for each in self.rules)

    @atomic
    def take(self, key: str, now: datetime, mark: str = "") -> Attempt | None:
        """Count an attempt before it is made, or return None if the key has to wait.

        Attempts at the same time wait for each other, so that no more of them pass than the rules allow.

        Args:
            key: Against whom or what the attempt counts.
            now: Time of the attempt.
            mark: Distinguishes attempts that count once each; not more than 16 characters.
        """
        self.lock(key)
        return None if self.wait(key, now) else self.count(key, now, mark)

    def lock(self, key: str) -> None:
        """Let other transactions that count for this key wait until the end of this one.

        SQLite has one writer at a time anyway. Lock several keys in their order, to prevent a deadlock.
        """
        if transaction.get_connection().vendor == "postgresql":
            number = int.from_bytes(hashlib.sha256(self._hash(key).encode()).digest()[:8], "big", signed=True)
            with transaction.get_connection().cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])

    def wait(self, key: str, now: datetime) -> timedelta:
        """Return how long the key has to wait before its next attempt; 0 if it need not."""
        found = timedelta(0)
        for rule in self.rules:
            times = self.attempts(key, now, rule.span).order_by("-at").values_list("at", flat=True)
            free_at = rule.free_at(times)
            found = max(found, free_at - now) if free_at else found
        return found

    def attempts(self, key: str, now: datetime, within: timedelta | None = None) -> QuerySet:
        """Return the attempts of the key that are stored, or those within a span."""
        return Attempt.objects.filter(who=self._hash(key), at__gt=now - (within or self.kept))

    @atomic
    def count(self, key: str, now: datetime, mark: str = "") -> Attempt:
        """Count an attempt whatever the rules say, and delete all attempts that are too old to count."""
        forget_old(now)
        return Attempt.objects.create(who=self._hash(key), mark=mark, at=now, until=now + self.kept)

    def forget(self, key: str) -> None:
        """Delete the attempts of the key."""
        Attempt.objects.filter(who=self._hash(key)).delete()

    def _hash(self, key: str) -> str:
        return keyed_hash(f"attempt {self.scope}", key)


def forget_old(now: datetime) -> None:
    """Delete the attempts that no longer count; the nightly job does it too."""
    Attempt.objects.filter(until__lte=now).delete()


def network(address: str) -> str:
    """Return the IPv4 address, or the /64 network of an IPv6 address.

    One client has all 2**64 addresses of that network.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network(f"{known}/64", strict=False))
