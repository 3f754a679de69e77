"""Publishes one post on Weibo; it is off until the library has a token with the rights, and names no patron."""

from kiosk.hub.outreach.delivery.channels.base import Failed, Outcome, Sent
from kiosk.hub.outreach.delivery.channels.tokens import Tokened, Unreachable
from kiosk.hub.outreach.delivery.settings import Weibo

LONGEST = 130


def publish(weibo: Weibo, words: str, link: str) -> Outcome:
    """Shares words with a link to the library's own page: `link` is on the domain that Weibo knows."""
    server = Tokened(str(weibo.base_url), weibo.timeout, lambda asked: asked.ask("GET", "/"))
    try:
        text = f"{words[:LONGEST]} {link}"
        reply = server.ask("POST", "/2/statuses/share.json", {"access_token": weibo.token, "status": text})
    except Unreachable as error:
        return Failed("weibo_unreachable", str(error), everybody=True)
    finally:
        server.close()
    code = int(reply.body.get("error_code") or reply.code)
    if code:
        return Failed("weibo_rights" if code in (10005, 10014) else "weibo_refused", str(reply.body.get("error") or ""))
    return Sent(str(reply.body.get("idstr") or ""))
