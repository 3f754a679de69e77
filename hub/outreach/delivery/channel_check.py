"""Sends a test message by a channel and says what came of it, for staff and for the command line; keeps nothing."""

from dataclasses import dataclass
from uuid import uuid4

from hub.outreach.delivery.channels.base import Letter, Outcome, Sent
from hub.outreach.delivery.channels.registry import SENT_OUT, transport
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.reasons import reason
from hub.outreach.delivery.rendering import rendered
from hub.outreach.delivery.settings import Channels
from hub.outreach.profiles.channels import tidied


@dataclass(frozen=True, slots=True)
class Tested:
    """`said` are the provider's own words."""

    passed: bool
    what: str = ""
    then: str = ""
    said: str = ""


def turned_on(channels: Channels) -> list[str]:
    """The channels by which the library can send."""
    return [each for each in SENT_OUT if transport(each, channels) is not None]


def test(channel: str, address: str, language: str, channels: Channels) -> Tested:
    """Sends the test message now, past outbox and quiet hours. Raises BadAddress."""
    address = tidied(channel, address)
    way = transport(channel, channels)
    if way is None:
        return _told("turned_off", "")
    letter = Letter(uuid4().hex, MessageKind.TEST, address, rendered(MessageKind.TEST, language, {}), "")
    with way:
        outcome: Outcome = way.send(letter)
    return Tested(True) if isinstance(outcome, Sent) else _told(outcome.code, outcome.words)


def _told(code: str, said: str) -> Tested:
    found = reason(code)
    return Tested(False, found.what, found.then, said)
