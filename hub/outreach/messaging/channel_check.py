"""Send a test message by a channel and report its result, for staff and for the command line."""

from dataclasses import dataclass
from uuid import uuid4

from hub.outreach.messaging.channels.base import Letter, Outcome, Sent
from hub.outreach.messaging.channels.registry import SENT_OUT, transport
from hub.outreach.messaging.reasons import reason
from hub.outreach.messaging.rendering import rendered
from hub.outreach.messaging.settings import Channels
from hub.outreach.patrons.channels import tidied
from hub.outreach.patrons.message_kinds import MessageKind


@dataclass(frozen=True, slots=True)
class Tested:
    """Result of a test message; `said` is the provider's own text."""

    passed: bool
    what: str = ""
    then: str = ""
    said: str = ""


def turned_on(channels: Channels) -> list[str]:
    """Return the channels by which the library can send."""
    return [each for each in SENT_OUT if transport(each, channels) is not None]


def test(channel: str, address: str, language: str, channels: Channels) -> Tested:
    """Send the test message now, without the outbox and regardless of quiet hours.

    Raises:
        BadAddress: If the channel cannot use the address.
    """
    address = tidied(channel, address)
    way = transport(channel, channels)
    if way is None:
        return _failed("turned_off", "")
    letter = Letter(uuid4().hex, MessageKind.TEST, address, rendered(MessageKind.TEST, language, {}), "")
    with way:
        outcome: Outcome = way.send(letter)
    return Tested(True) if isinstance(outcome, Sent) else _failed(outcome.code, outcome.words)


def _failed(code: str, said: str) -> Tested:
    found = reason(code)
    return Tested(False, found.what, found.then, said)
