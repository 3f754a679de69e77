"""Send template and subscription messages of a WeChat official account."""

from typing import Any

from hub.outreach.messaging.channels.base import Letter, Outcome, PermanentRefusal, SendFailure
from hub.outreach.messaging.channels.tencent import Reply, TencentTransport, TokenSession
from hub.outreach.messaging.message_templates import Template
from hub.outreach.messaging.settings import WeChat, WeChatTemplate

PATHS = {
    "template": "/cgi-bin/message/template/send",
    "subscribe": "/cgi-bin/message/subscribe/bizsend",
    "once": "/cgi-bin/message/template/subscribe",
}
LONGEST = 20
"""Characters in a keyword of a subscription message; template messages allow more, but few read it."""


class WeChatTransport(TencentTransport):
    name = "wechat"

    def __init__(self, wechat: WeChat) -> None:
        self._wechat = wechat
        super().__init__(str(wechat.base_url), wechat.timeout)

    def send(self, letter: Letter) -> Outcome:
        template = self._wechat.templates.get(letter.kind)
        if template is None:
            return PermanentRefusal("wechat_no_template", letter.kind)
        if template.how == "once" and " " not in letter.address:
            return PermanentRefusal("wechat_no_subscription", "one consent for each message")
        reply = self._post(PATHS[template.how], _body(letter, template))
        if isinstance(reply, SendFailure):
            return reply
        return self._outcome(reply)

    def _token(self, server: TokenSession) -> Reply:
        return server.ask(
            "POST",
            "/cgi-bin/stable_token",
            None,
            {"grant_type": "client_credential", "appid": self._wechat.app_id, "secret": self._wechat.secret},
        )


def _body(letter: Letter, template: WeChatTemplate) -> dict[str, Any]:
    """Return the body of the request. WeChat drops a repeated `client_msg_id` within ten minutes."""
    data = {
        keyword: {"value": " ".join(Template(letter.kind, text).fill(letter.words.values))[:LONGEST]}
        for keyword, text in template.data.items()
    }
    body: dict[str, Any] = {"touser": letter.address, "template_id": template.id, "data": data}
    match template.how:
        case "subscribe":
            return body | ({"page": letter.words.link} if letter.words.link else {})
        case "once":
            openid, _, scene = letter.address.partition(" ")
            body |= {"touser": openid, "scene": scene, "title": letter.words.subject[:15]}
            body["data"] = {"content": {"value": letter.words.short[:200]}}
        case "template":
            body["client_msg_id"] = letter.key
    return body | ({"url": letter.words.link} if letter.words.link else {})
