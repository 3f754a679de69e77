"""Simulate WeChat and WeCom on loopback: expiring tokens, refusals, and errors inside an HTTP 200."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.loopback import QuietHandler, serving


@dataclass
class Tencent:
    """Fake API: returns `codes` for the next messages in order, then accepts; `expire` invalidates the token."""

    url: str = ""
    token: str = "token-0"
    tokens: int = 0
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)
    token_code: int = 0
    raw: bytes = b""
    status: int = 200
    invalid: str = ""
    scenes: list[str] = field(default_factory=list)
    """The code words for which QR codes were requested."""
    members: dict[str, str] = field(default_factory=dict)
    """WeCom user ids by the one-time code with which a phone returns."""

    def expire(self) -> None:
        """Invalidate the token without a notice to the client."""
        self.token = "another"

    def answer(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> dict[str, Any]:
        if path in ("/cgi-bin/stable_token", "/cgi-bin/gettoken"):
            if self.token_code:
                return {"errcode": self.token_code, "errmsg": "invalid credential"}
            self.tokens += 1
            self.token = f"token-{self.tokens}"
            return {"access_token": self.token, "expires_in": 7200}
        if query.get("access_token") != [self.token]:
            return {"errcode": 42001, "errmsg": "access_token expired"}
        if path == "/cgi-bin/auth/getuserinfo":
            name = self.members.pop(query.get("code", [""])[0], "")
            return {"errcode": 0, "userid": name} if name else {"errcode": 40029, "errmsg": "invalid code"}
        self.asked.append((path, body))
        if self.codes and (code := self.codes.pop(0)):
            return {"errcode": code, "errmsg": "no"}
        if path == "/cgi-bin/qrcode/create":
            self.scenes.append(body["action_info"]["scene"]["scene_str"])
            return {"ticket": "t", "expire_seconds": 600, "url": f"http://weixin.qq.com/q/{len(self.scenes)}"}
        key = str(body.get("client_msg_id") or json.dumps(body, sort_keys=True))
        self.taken.setdefault(key, body)
        return {"errcode": 0, "errmsg": "ok", "msgid": len(self.taken), "invaliduser": self.invalid}


@contextlib.contextmanager
def tencent() -> Iterator[Tencent]:
    """Serve the fake API on a free port until the end of the test."""
    state = Tencent()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self.respond({})

        def do_POST(self) -> None:
            self.respond(json.loads(self.body()))

        def respond(self, body: dict[str, Any]) -> None:
            parts = urlsplit(self.path)
            words = state.raw or json.dumps(state.answer(parts.path, parse_qs(parts.query), body)).encode()
            self.reply(state.status, words)

    with serving(Handler) as port:
        state.url = f"http://127.0.0.1:{port}"
        yield state
