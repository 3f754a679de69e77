"""Send messages by WeChat and WeCom, and link patrons' accounts there.

Both APIs need an access token, and answer 200 also for errors.
"""

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import urlencode

import requests

from hub.core.signed_links import public_url
from hub.outreach.messaging.channels.base import Letter, Outcome, PermanentRefusal, SendFailure, SendSuccess, Transport
from hub.outreach.messaging.message_templates import Template
from hub.outreach.messaging.rendering import DASHES, RenderedMessage
from hub.outreach.messaging.settings import WeChat, WeChatTemplate, WeCom

EXPIRED = frozenset({40001, 40014, 41001, 42001})
"""Credential invalid, token invalid, token missing, token expired."""
EARLY = 300.0
"""Seconds before its expiry from which a token is no longer used."""
BUSY = frozenset({-1, 45009, 45011, 45047, 50002, 6000})
"""System busy, daily and minute limits."""
NOT_A_USER = frozenset({40003, 40031, 46004, 60111, 81013})
"""Wrong openid, user list, no such user; WeCom: no such user, none in scope. The address is unusable."""
NOT_ALLOWED = {43004: "not_following", 43019: "not_following", 43101: "no_subscription", 43107: "no_subscription",
    43116: "no_subscription", 45015: "window_over", 47003: "template_data"}  # fmt: skip
"""The patron does not allow this message: the channel is closed for it, not for all messages."""
OURS = frozenset({40013, 40001, 40125, 40164, 41002, 41004, 48001, 48004, 40037, 40036, 60020, 40056, 43108})
"""AppID, secret, IP allow list, permission, template id: the library's settings are wrong."""


class Unreachable(Exception):
    """The provider gave no usable reply. `args[0]` is the cause without the URL (it has the token)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply; `code` is the provider's own, and 0 means success."""

    code: int
    words: str
    body: Mapping[str, Any]


class TokenSession:
    """Session that caches the token until it expires, and renews it once if the provider rejects it."""

    def __init__(self, base: str, timeout: float, get: Callable[["TokenSession"], Reply]) -> None:
        self._base = base.rstrip("/")
        self._timeout = timeout
        self._get = get
        self._session = requests.Session()
        self._token = ""
        self._until = 0.0

    def close(self) -> None:
        self._session.close()

    def post(self, path: str, body: Mapping[str, Any]) -> Reply:
        """Send a POST request with the token.

        Raises:
            Unreachable: If the provider gives no usable reply.
        """
        return self._request("POST", path, {}, body)

    def get(self, path: str, query: Mapping[str, str]) -> Reply:
        """Send a GET request with the token.

        Raises:
            Unreachable: If the provider gives no usable reply.
        """
        return self._request("GET", path, query, None)

    def _request(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None) -> Reply:
        refused = self._ensure()
        if refused is not None:
            return refused
        reply = self.ask(method, path, {**query, "access_token": self._token}, body)
        if reply.code in EXPIRED:
            self._token = ""
            refused = self._ensure()
            reply = refused or self.ask(method, path, {**query, "access_token": self._token}, body)
        return reply

    def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Reply:
        """Send one request without adding the token.

        Raises:
            Unreachable: If the provider gives no usable reply.
        """
        try:
            answer = self._session.request(
                method, f"{self._base}{path}", params=query, json=body, timeout=self._timeout, allow_redirects=False
            )
            answer.raise_for_status()
            found = answer.json()
        except requests.HTTPError as error:
            raise Unreachable(f"HTTP {error.response.status_code}") from None
        except (requests.RequestException, ValueError) as error:
            # the exception text contains the URL, and the URL the token
            raise Unreachable(type(error).__name__) from None
        if not isinstance(found, dict):
            raise Unreachable("not an object")
        return Reply(int(found.get("errcode") or 0), str(found.get("errmsg") or ""), found)

    def _ensure(self) -> Reply | None:
        if self._token and time.monotonic() < self._until:
            return None
        reply = self._get(self)
        token = reply.body.get("access_token")
        if reply.code or not token:
            return reply if reply.code else Reply(-1, "no access_token in the answer", {})
        self._token = str(token)
        self._until = time.monotonic() + max(float(reply.body.get("expires_in") or 0) - EARLY, 1.0)
        return None


class TencentTransport(Transport):
    """One session with one access token; `name` begins the codes of its outcomes."""

    name: ClassVar[str]

    def __init__(self, base: str, timeout: float) -> None:
        self.server = TokenSession(base, timeout, self._token)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.close()

    @abstractmethod
    def _token(self, server: TokenSession) -> Reply: ...

    def _post(self, path: str, body: Mapping[str, Any]) -> Reply | SendFailure:
        try:
            return self.server.post(path, body)
        except Unreachable as error:
            return SendFailure(f"{self.name}_unreachable", str(error), everybody=True)

    def _outcome(self, reply: Reply) -> Outcome:
        return outcome(self.name, reply, str(reply.body.get("msgid") or ""))


def outcome(prefix: str, reply: Reply, number: str) -> Outcome:
    """Return the outcome for a reply with HTTP status 200."""
    words = f"{reply.code} {reply.words}".strip()
    if reply.code == 0:
        return SendSuccess(number)
    if reply.code in NOT_ALLOWED:
        return PermanentRefusal(f"{prefix}_{NOT_ALLOWED[reply.code]}", words)
    if reply.code in NOT_A_USER:
        return PermanentRefusal(f"{prefix}_no_such_user", words, bounced=True)
    if reply.code in OURS or reply.code in EXPIRED:
        return SendFailure(f"{prefix}_settings", words, everybody=True)
    if reply.code in BUSY:
        return SendFailure(f"{prefix}_busy", words, everybody=True)
    return SendFailure(f"{prefix}_unknown", words)


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


def wechat_qr_code(wechat: WeChat, word: str) -> str:
    """Return the content of the QR code, which is valid for ten minutes.

    Raises:
        Unreachable: If WeChat refuses, with WeChat's own text.
    """
    asked = {
        "expire_seconds": 600,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": word}},
    }
    with WeChatTransport(wechat) as way:
        reply = way.server.post("/cgi-bin/qrcode/create", asked)
    url = str(reply.body.get("url") or "")
    if reply.code or not url:
        raise Unreachable(f"{reply.code} {reply.words}".strip())
    return url


SAME_WITHIN = 1800
"""Seconds in which WeCom drops the same text to the same user."""
LONGEST_TEXT = 2048
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


def _cut(words: RenderedMessage) -> str:
    """Shorten a text that is too long; the line on how to stop such messages always remains."""
    text = words.long.strip().encode()
    if len(text) <= LONGEST_TEXT:
        return text.decode()
    end = f"…{DASHES}{words.stop}" if words.stop else "…"
    return text[: LONGEST_TEXT - len(end.encode())].decode(errors="ignore") + end


def wecom_qr_code(wecom: WeCom, word: str) -> str:
    """Return the content of the QR code: WeCom's page, which redirects the patron to ours."""
    asked = {
        "appid": wecom.corp_id,
        "redirect_uri": public_url("messaging:wecom_bound"),
        "response_type": "code",
        "scope": "snsapi_base",
        "state": word,
        "agentid": str(wecom.agent_id),
    }
    return f"{str(wecom.authorize_url).rstrip('/')}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


def wecom_user_id(wecom: WeCom, word: str) -> str:
    """Return the user's id at WeCom; empty if the code has expired or the user is not the library's.

    Raises:
        Unreachable: If WeCom gives no usable reply.
    """
    with WeComTransport(wecom) as way:
        reply = way.server.get("/cgi-bin/auth/getuserinfo", {"code": word})
    return "" if reply.code else str(reply.body.get("userid") or reply.body.get("UserId") or "")
