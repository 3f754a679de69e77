"""Send a test message by a channel and report its result, for staff and for the command line."""

from dataclasses import dataclass
from uuid import uuid4

from hub.outreach.messaging.channels.base import Letter, Outcome, SendSuccess
from hub.outreach.messaging.channels.registry import SENT_OUT, transport
from hub.outreach.messaging.reasons import reason
from hub.outreach.messaging.rendering import render_message
from hub.outreach.messaging.settings import Channels
from hub.outreach.patrons.channels import normalise_address
from hub.outreach.patrons.purposes import MessageKind


@dataclass(frozen=True, slots=True)
class ChannelTestResult:
    """Result of a test message; `said` is the provider's own text."""

    passed: bool
    what: str = ""
    then: str = ""
    said: str = ""


def enabled_channels(channels: Channels) -> list[str]:
    """Return the channels by which the library can send."""
    return [each for each in SENT_OUT if transport(each, channels) is not None]


def test(channel: str, address: str, language: str, channels: Channels) -> ChannelTestResult:
    """Send the test message now, without the outbox and regardless of quiet hours.

    Raises:
        BadAddress: If the channel cannot use the address.
    """
    address = normalise_address(channel, address)
    way = transport(channel, channels)
    if way is None:
        return _failure("turned_off", "")
    letter = Letter(uuid4().hex, MessageKind.TEST, address, render_message(MessageKind.TEST, language, {}), "")
    with way:
        outcome: Outcome = way.send(letter)
    return ChannelTestResult(True) if isinstance(outcome, SendSuccess) else _failure(outcome.code, outcome.words)


def _failure(code: str, said: str) -> ChannelTestResult:
    found = reason(code)
    return ChannelTestResult(False, found.what, found.then, said)
