"""Identify a WeCom account by OAuth: our QR code redirects to us with a code that WeCom resolves."""

from urllib.parse import urlencode

from hub.core.public_url import public_url
from hub.outreach.messaging.channels.wecom.transport import WeComTransport
from hub.outreach.messaging.settings import WeCom

PAGE = "messaging:wecom_bound"


def code(wecom: WeCom, word: str) -> str:
    """Return the content of the QR code: WeCom's page, which redirects the patron to ours."""
    asked = {
        "appid": wecom.corp_id,
        "redirect_uri": public_url(PAGE),
        "response_type": "code",
        "scope": "snsapi_base",
        "state": word,
        "agentid": str(wecom.agent_id),
    }
    return f"{str(wecom.authorize_url).rstrip('/')}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


def user_id(wecom: WeCom, word: str) -> str:
    """Return the user's id at WeCom; empty if the code has expired or the user is not the library's.

    Raises:
        Unreachable: If WeCom gives no usable reply.
    """
    with WeComTransport(wecom) as way:
        reply = way.server.get("/cgi-bin/auth/getuserinfo", {"code": word})
    return "" if reply.code else str(reply.body.get("userid") or reply.body.get("UserId") or "")
