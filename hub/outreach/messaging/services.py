"""Define what messaging asks of the packages above, which provide it when their apps start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from django.apps import apps
from django.db.models import QuerySet

if TYPE_CHECKING:
    from hub.outreach.messaging.models import Message
    from hub.outreach.patrons.models import Person
    from hub.outreach.patrons.purposes import MessageKind


@dataclass(frozen=True, slots=True)
class StopLink:
    """Person and kind that a link stops; `message` is the one that contained it, or 0 if unknown."""

    person: Person
    kind: MessageKind
    message: int = 0


class MessageRatings(Protocol):
    """What a patron says of an optional message, provided by recommendations."""

    def useful(self, found: StopLink) -> None:
        """Send slightly more messages of this kind."""

    def less(self, found: StopLink) -> None:
        """Send fewer messages of this kind."""

    def stop(self, found: StopLink) -> None:
        """Stop messages of this kind and withdraw the consent."""

    def last(self, found: StopLink) -> str:
        """Return the patron's last rating of this message; empty if there is none."""


class PortalLinks(Protocol):
    """Links into the patron portal, provided by it."""

    def link(self, message: Message) -> str:
        """Return the URL for the message; empty for kinds whose sender sets its own."""

    def use_up(self, mark: str, until: datetime) -> bool:
        """Record the use of a link or event by its keyed hash; return False if it was used already."""


def message_ratings() -> MessageRatings:
    """Return the ratings of messages."""
    return apps.get_app_config("messaging").ratings


def portal_links() -> PortalLinks:
    """Return the links into the portal."""
    return apps.get_app_config("messaging").portal_links


def open_loans() -> QuerySet:
    """Return the loans that are open, by their `loan`; recommendations knows them from the feed."""
    return apps.get_app_config("messaging").open_loans()
