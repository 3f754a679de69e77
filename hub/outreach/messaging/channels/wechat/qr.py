"""Create a WeChat QR code that leads to the library's account and carries our code word."""

from hub.outreach.messaging.channels.tencent import Unreachable
from hub.outreach.messaging.channels.wechat.transport import WeChatTransport
from hub.outreach.messaging.settings import WeChat

SECONDS = 600


def code(wechat: WeChat, word: str) -> str:
    """Return the content of the QR code, which is valid for ten minutes.

    Raises:
        Unreachable: If WeChat refuses, with WeChat's own text.
    """
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
