"""Define what patrons' records ask of the packages above, which provide it when their apps start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.apps import apps

if TYPE_CHECKING:
    from hub.outreach.patrons.models import Person
    from hub.outreach.patrons.purposes import MessageKind


class Outbox(Protocol):
    """Messages to patrons, provided by messaging."""

    def queue_message(
        self,
        person: Person,
        kind: MessageKind,
        key: str,
        facts: Mapping[str, Any],
        *,
        at: datetime | None = None,
        until: datetime | None = None,
    ) -> object:
        """Queue a message once: an earlier one with the same kind and key stays unchanged."""

    def withdraw_message(self, kind: MessageKind, key: str) -> bool:
        """Withdraw a message that has not been sent; False if it is too late or there is none."""


class TextLimits(Protocol):
    """Limits of text messages, provided by messaging."""

    @property
    def countries(self) -> tuple[str, ...]:
        """Country codes of numbers to which texts are sent, each with its plus sign; empty for the library's own."""

    @property
    def a_day(self) -> int:
        """Most codes by text in 24 hours."""


class Referrals(Protocol):
    """Patrons who bring a friend, provided by engagement."""

    def by_code(self, typed: str) -> object | None:
        """Return the referral code, or None if there is no such code."""

    def came(self, newcomer: Person, typed: str, now: datetime) -> bool:
        """Record that a new patron registered with this code."""


def outbox() -> Outbox:
    """Return the outbox of messages to patrons."""
    return apps.get_app_config("patrons").outbox


def text_limits() -> TextLimits:
    """Return the limits of text messages, as they are configured now."""
    return apps.get_app_config("patrons").text_limits()


def referrals() -> Referrals:
    """Return the referrals."""
    return apps.get_app_config("patrons").referrals
