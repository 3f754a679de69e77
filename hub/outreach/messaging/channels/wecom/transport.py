"""Send text messages of the library's own WeCom application."""

from hub.outreach.messaging.channels.base import Letter, Outcome, PermanentRefusal, SendFailure
from hub.outreach.messaging.channels.tencent import Reply, TencentTransport, TokenSession
from hub.outreach.messaging.rendering import DASHES, Words
from hub.outreach.messaging.settings import WeCom

SAME_WITHIN = 1800
"""Seconds in which WeCom drops the same text to the same user."""
LONGEST = 2048
"""Maximum length of a text message, in bytes."""


class WeComTransport(TencentTransport):
    name = "wecom"

    def __init__(self, wecom: WeCom) -> None:
        self._wecom = wecom
        super().__init__(str(wecom.base_url), wecom.timeout)

    def send(self, letter: Letter) -> Outcome:
        body = {
            "touser": letter.address,
            "msgtype": "text",
            "agentid": self._wecom.agent_id,
            "text": {"content": _cut(letter.words)},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": SAME_WITHIN,
        }
        reply = self._post("/cgi-bin/message/send", body)
        if isinstance(reply, SendFailure):
            return reply
        if reply.code == 0 and letter.address in str(reply.body.get("invaliduser") or "").split("|"):
            return PermanentRefusal("wecom_no_such_user", "invaliduser", bounced=True)
        return self._outcome(reply)

    def _token(self, server: TokenSession) -> Reply:
        return server.ask("GET", "/cgi-bin/gettoken", {"corpid": self._wecom.corp_id, "corpsecret": self._wecom.secret})


def _cut(words: Words) -> str:
    """Shorten a text that is too long; the line on how to stop such messages always remains."""
    text = words.long.strip().encode()
    if len(text) <= LONGEST:
        return text.decode()
    end = f"…{DASHES}{words.stop}" if words.stop else "…"
    return text[: LONGEST - len(end.encode())].decode(errors="ignore") + end
