"""Leads whoever scans our code by WeCom back to us with a word of WeCom's, and asks WeCom whose that is."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from hub.outreach.delivery.channels.wecom.transport import WeComTransport
from hub.outreach.delivery.settings import WeCom

PAGE = "delivery:wecom_bound"


def code(wecom: WeCom, word: str) -> str:
    """What the QR code holds: WeCom's page, which sends her on to ours."""
    asked = {
        "appid": wecom.corp_id,
        "redirect_uri": f"{settings.PUBLIC_URL.rstrip('/')}{reverse(PAGE)}",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": word,
        "agentid": str(wecom.agent_id),
    }
    return f"{str(wecom.authorize_url).rstrip('/')}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


def who(wecom: WeCom, word: str) -> str:
    """Her name at WeCom; empty for a word that is over or for somebody outside of the library's WeCom.

    Raises Unreachable.
    """
    with WeComTransport(wecom) as way:
        reply = way.server.get("/cgi-bin/auth/getuserinfo", {"code": word})
    return "" if reply.code else str(reply.body.get("userid") or reply.body.get("UserId") or "")
