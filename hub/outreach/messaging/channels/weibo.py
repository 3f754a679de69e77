"""Publish a post on Weibo; off until the library has a token with the permission to share."""

import requests

from hub.outreach.messaging.channels.base import Outcome, SendFailure, SendSuccess
from hub.outreach.messaging.settings import Weibo

LONGEST = 130
NO_RIGHT = frozenset({10005, 10014})


def publish(weibo: Weibo, words: str, link: str) -> Outcome:
    """Publish a text with a link to the library's page, on the domain that is registered at Weibo."""
    post = {"access_token": weibo.token, "status": f"{words[:LONGEST]} {link}"}
    try:
        url = f"{str(weibo.base_url).rstrip('/')}/2/statuses/share.json"
        found = requests.post(url, data=post, timeout=weibo.timeout, allow_redirects=False).json()
    except (requests.RequestException, ValueError) as error:
        return SendFailure("weibo_unreachable", type(error).__name__, everybody=True)
    code = int(found.get("error_code") or 0)
    if code:
        return SendFailure("weibo_rights" if code in NO_RIGHT else "weibo_refused", str(found.get("error") or ""))
    return SendSuccess(str(found.get("idstr") or ""))
