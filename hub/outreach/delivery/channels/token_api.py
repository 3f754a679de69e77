"""Asks an HTTP provider that wants a token with every call and answers 200 also when it refuses; knows no message."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

EXPIRED = frozenset({40001, 40014, 41001, 42001})
"""Tencent: credential invalid, token invalid, token missing, token expired."""
EARLY = 300.0
"""Seconds before its end in which a token is not used any more."""


class Unreachable(Exception):
    """The provider gave no answer that can be read. `args[0]` is what happened, without the address that was asked."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`code` is the provider's own, 0 is yes."""

    code: int
    words: str
    body: Mapping[str, Any]


class Tokened:
    """Keeps the token for as long as it is good, and gets one new one when the provider calls it expired."""

    def __init__(self, base: str, timeout: float, get: Callable[["Tokened"], Reply]) -> None:
        self._base = base.rstrip("/")
        self._timeout = timeout
        self._get = get
        self._session = requests.Session()
        self._token = ""
        self._until = 0.0

    def close(self) -> None:
        self._session.close()

    def post(self, path: str, body: Mapping[str, Any]) -> Reply:
        """Posts with the token. Raises Unreachable."""
        return self._asked("POST", path, {}, body)

    def get(self, path: str, query: Mapping[str, str]) -> Reply:
        """Asks with the token. Raises Unreachable."""
        return self._asked("GET", path, query, None)

    def _asked(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None) -> Reply:
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
        """Asks once, whatever the token. Raises Unreachable."""
        try:
            answer = self._session.request(
                method, f"{self._base}{path}", params=query, json=body, timeout=self._timeout, allow_redirects=False
            )
            answer.raise_for_status()
            found = answer.json()
        except requests.HTTPError as error:
            raise Unreachable(f"HTTP {error.response.status_code}") from None
        except (requests.RequestException, ValueError) as error:
            raise Unreachable(type(error).__name__) from None  # its words hold the address, and that the token
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
