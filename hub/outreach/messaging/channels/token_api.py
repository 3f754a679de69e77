"""Call an HTTP API with an access token; the API answers 200 also for errors."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

EXPIRED = frozenset({40001, 40014, 41001, 42001})
"""Tencent: credential invalid, token invalid, token missing, token expired."""
EARLY = 300.0
"""Seconds before its expiry from which a token is no longer used."""


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
