"""Open the transport of a channel by the channel's name."""

from django.apps import apps

from hub.outreach.messaging.channels.apprise.transport import AppriseTransport
from hub.outreach.messaging.channels.base import Transport
from hub.outreach.messaging.channels.mail.transport import MailTransport
from hub.outreach.messaging.channels.wechat.transport import WeChatTransport
from hub.outreach.messaging.channels.wecom.transport import WeComTransport
from hub.outreach.messaging.settings import Channels
from hub.outreach.patrons.channels import IN_HOUSE, Channel
from hub.outreach.patrons.purposes import MessageKind

SENT_OUT = tuple(str(each) for each in Channel if each not in IN_HOUSE)
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
