"""Gets a code from WeChat that leads whoever scans it to the library's account, with our word in it; keeps nothing."""

from hub.outreach.delivery.channels.token_api import Unreachable
from hub.outreach.delivery.channels.wechat.transport import WeChatTransport
from hub.outreach.delivery.settings import WeChat

SECONDS = 600


def code(wechat: WeChat, word: str) -> str:
    """What the QR code holds; good for ten minutes. Raises Unreachable with WeChat's own words where it says no."""
    asked = {
        "expire_seconds": SECONDS,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": word}},
    }
    with WeChatTransport(wechat) as way:
        reply = way.server.post("/cgi-bin/qrcode/create", asked)
    url = str(reply.body.get("url") or "")
    if reply.code or not url:
        raise Unreachable(f"{reply.code} {reply.words}".strip())
    return url
