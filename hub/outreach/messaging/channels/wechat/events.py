"""Handle events of a patron's WeChat account, once each: scan of our code, follow, unfollow."""

from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from django.utils import translation
from django.utils.translation import gettext as _

from hub.core.encrypted_fields import keyed_hash
from hub.outreach.messaging import account_linking
from hub.outreach.messaging.services import portal_links
from hub.outreach.patrons.channels import OPEN_ID, Channel

PREFIX = "qrscene_"
"""Prefix of the code if the patron began to follow by the same scan."""
KEPT = timedelta(minutes=15)


def first_time(timestamp: str, nonce: str, signature: str, now: datetime) -> bool:
    """Return False for an event that came before: it may be a replay."""
    mark = keyed_hash("wechat event", f"{timestamp} {nonce} {signature}")
    return portal_links().use_up(mark, now + KEPT)


def take(event: dict[str, str], now: datetime) -> str:
    """Process an event; return the immediate reply in both languages, or an empty text."""
    account, name, key = event.get("FromUserName", ""), event.get("Event", "").lower(), event.get("EventKey", "")
    if event.get("MsgType") != "event" or not OPEN_ID.fullmatch(account):
        return ""
    if name == "unsubscribe":
        account_linking.mark_unfollowed(Channel.WECHAT, account, now)
        return ""
    if name == "scan" or (name == "subscribe" and key.startswith(PREFIX)):
        return _both(account_linking.take(Channel.WECHAT, key.removeprefix(PREFIX), account, now))
    if name == "subscribe":
        account_linking.came_back(Channel.WECHAT, account, now)
    return ""


def _both(end: account_linking.End) -> str:
    said = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said.append(words(end))
    return "\n".join(said)


def words(end: account_linking.End) -> str:
    """Return the result of a scan as text for the patron."""
    match end:
        case account_linking.End.BOUND:
            return _("Linked. Library messages will come here from now on.")
        case account_linking.End.TAKEN:
            return _("This account is linked to another card. Unlink it there first, or ask at the desk.")
        case account_linking.End.OVER:
            return _("This code has expired. Show a new code on your library page and scan it.")


def reply(event: dict[str, str], said: str, now: datetime) -> str:
    """Return a text reply to the patron, as WeChat's XML."""
    return (
        f"<xml><ToUserName>{escape(event.get('FromUserName', ''))}</ToUserName>"
        f"<FromUserName>{escape(event.get('ToUserName', ''))}</FromUserName>"
        f"<CreateTime>{int(now.timestamp())}</CreateTime><MsgType>text</MsgType><Content>{escape(said)}</Content></xml>"
    )
