"""Open the transport of a channel by the channel's name."""

from dataclasses import dataclass
from uuid import uuid4

from django.apps import apps

from hub.outreach.messaging.channels.apprise import AppriseTransport
from hub.outreach.messaging.channels.base import Letter, Outcome, SendSuccess, Transport
from hub.outreach.messaging.channels.mail import MailTransport
from hub.outreach.messaging.channels.tencent import WeChatTransport, WeComTransport
from hub.outreach.messaging.reasons import reason
from hub.outreach.messaging.rendering import Renderer
from hub.outreach.messaging.settings import Channels
from hub.outreach.patrons.channels import ADDRESSED, normalise_address
from hub.outreach.patrons.purposes import MessageKind

SENT_OUT = tuple(str(each) for each in ADDRESSED)
"""Channels that the delivery worker sends by; on-site channels wait for the patron instead."""


def transport(channel: str, channels: Channels) -> Transport | None:
    """Return the transport of this channel, or None if it is off."""
    stand_in = apps.get_app_config("messaging").stand_in
    if stand_in is not None and channels is stand_in[0]:
        return stand_in[1]() if channels.has(channel, MessageKind.TEST, "") else None
    match channel:
        case "mail" if channels.mail:
            return MailTransport(channels.mail)
        case "wechat" if channels.wechat:
            return WeChatTransport(channels.wechat)
        case "wecom" if channels.wecom:
            return WeComTransport(channels.wecom)
        case "sms" if channels.apprise and channels.apprise.sms:
            return AppriseTransport(channels.apprise, channels.apprise.sms)
        case "apprise" if channels.apprise:
            return AppriseTransport(channels.apprise, "{address}")
        case _:
            return None


@dataclass(frozen=True, slots=True)
class ChannelTestResult:
    """Result of a test message; `provider_text` is the provider's own text."""

    passed: bool
    summary: str = ""
    advice: str = ""
    provider_text: str = ""


def enabled_channels(channels: Channels) -> list[str]:
    """Return the channels by which the library can send."""
    return [each for each in SENT_OUT if transport(each, channels) is not None]


def send_test(channel: str, address: str, language: str, channels: Channels) -> ChannelTestResult:
    """Send the test message now, without the outbox and regardless of quiet hours.

    Raises:
        BadAddress: If the channel cannot use the address.
    """
    address = normalise_address(channel, address)
    way = transport(channel, channels)
    if way is None:
        return _failure("turned_off", "")
    letter = Letter(uuid4().hex, MessageKind.TEST, address, Renderer().words(MessageKind.TEST, language, {}), "")
    with way:
        outcome: Outcome = way.send(letter)
    return ChannelTestResult(True) if isinstance(outcome, SendSuccess) else _failure(outcome.code, outcome.words)


def _failure(code: str, provider_text: str) -> ChannelTestResult:
    found = reason(code)
    return ChannelTestResult(False, found.summary, found.advice, provider_text)
