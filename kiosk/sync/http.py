"""Send HTTP requests to one host and accept only plain, small and timely answers.

Redirects, content encodings, proxies of the environment and answers above a size limit are refused.
The calls block; `run_detached` keeps them off the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as SlowHost

from kiosk.central import CentralUnavailable
from lending.request_signature import ANSWER_HEADER, Claim

CHUNK = 64 * 1024
Headers = Mapping[str, str]
Send = Callable[[str, str, int, bytes, Headers], "Reply"]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timing:
    """Time limits for a host, in seconds."""

    connect: float = 3.0
    read: float = 10.0
    """Longest pause between two bytes."""
    whole: float = 15.0
    """Limit for one whole exchange."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer; `retry_after` is in seconds, 0 if the host sent none."""

    status: int
    body: bytes
    retry_after: float
    signature: str = ""
    """The hub's signature of this answer."""
    claim: Claim | None = None
    """The signature data of the request; None if it was not signed."""
    delay: float = 0.0
    """Seconds from the request to the first byte of the answer."""


class Signs(Protocol):
    """Authenticates each request as the sender's."""

    def claim(self, method: str, target: str, body: bytes) -> Claim: ...

    def again(self, claim: Claim, said: bytes, turn: int) -> bool:
        """Return whether a request answered with 401 is worth another try. `turn` counts from 1."""
        ...


class Host:
    """One HTTP session with the host of `url`. Thread-safe.

    Args:
        url: Base address.
        signer: Signs each request. None: requests are unsigned.
        via: Host and port to connect to instead. The URL, Host header and TLS name stay.
        timing: Time limits.
        authority: PEM file of the certificates to trust, in place of the system's.
    """

    def __init__(
        self,
        url: str,
        signer: Signs | None,
        via: tuple[str, int] | None,
        timing: Timing,
        authority: Path | None = None,
    ) -> None:
        self._timing = timing
        self._signer = signer
        parts = urlsplit(url)
        where = f"{via[0]}:{via[1]}" if via else parts.netloc
        self._base = f"{parts.scheme}://{where}{parts.path.rstrip('/')}"
        self._session = requests.Session()
        self._session.trust_env = False
        if authority is not None:
            self._session.verify = str(authority)
        self._session.headers.update(
            {
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Host": parts.netloc,
                "User-Agent": "library-kiosk",
            }
        )
        if via and parts.scheme == "https":
            self._session.mount("https://", NamedHost(parts.hostname or ""))

    def get(self, path: str, most: int) -> Reply:
        """Send a GET; read at most `most` bytes. Raises CentralUnavailable."""
        return self._ask(self._twice, "GET", path, most, b"", {})

    def get_range(self, path: str, first: int, last: int) -> bytes:
        """Return a range of bytes. Raises CentralUnavailable, also if the host answers with anything else.

        Source: RFC 9110, section 14.
        """
        size = last - first + 1
        reply = self._ask(self._twice, "GET", path, size, b"", {"Range": f"bytes={first}-{last}"})
        if reply.status != 206 or len(reply.body) != size:
            raise CentralUnavailable("unusable_answer")
        return reply.body

    def post(self, path: str, most: int, body: bytes, repeat: bool) -> Reply:
        """Send a POST. `repeat`: the request may be sent again if the connection is cut. Raises CentralUnavailable."""
        once = self._twice if repeat else self._once
        return self._ask(once, "POST", path, most, body, {"Content-Type": "application/json"})

    def close(self) -> None:
        self._session.close()

    def _ask(self, send: Send, method: str, path: str, most: int, body: bytes, headers: Headers) -> Reply:
        """Send a request, again with a new signature if only that was refused: the hub has not executed it then."""
        turn = 1
        while True:
            reply = send(method, path, most, body, headers)
            if reply.status != 401 or self._signer is None or reply.claim is None:
                return reply
            if not self._signer.again(reply.claim, reply.body, turn):
                return reply
            turn += 1

    def _twice(self, method: str, path: str, most: int, body: bytes, headers: Headers) -> Reply:
        """Send a request, and once more if the connection could not be made or was cut."""
        try:
            return self._once(method, path, most, body, headers)
        except Cut:
            return self._once(method, path, most, body, headers)

    def _once(self, method: str, path: str, most: int, body: bytes, headers: Headers) -> Reply:
        claim = self._signer.claim(method, path, body) if self._signer else None
        if claim is not None:
            headers = {**headers, "Authorization": claim.header}
        until = time.monotonic() + self._timing.whole
        try:
            with self._session.request(
                method,
                self._base + path,
                data=body or None,
                headers=headers,
                timeout=(self._timing.connect, self._timing.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                delay = response.elapsed.total_seconds()
                return replace(_read(response, most, until), claim=claim, delay=delay)
        except requests.Timeout:
            raise CentralUnavailable("time_out") from None
        except requests.exceptions.SSLError:
            raise CentralUnavailable("tls_failed") from None
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            raise Cut("away") from None
        except requests.RequestException:
            raise CentralUnavailable("unusable_answer") from None


class Cut(CentralUnavailable):
    """The connection could not be made, or was cut before the answer was complete."""


class NamedHost(HTTPAdapter):
    """HTTP adapter that verifies the certificate for `host`, whatever address it connects to."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, server_hostname=self._host, assert_hostname=self._host, **kwargs)


def _read(response: requests.Response, most: int, until: float) -> Reply:
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise CentralUnavailable("unusable_answer")
    body = bytearray()
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=False):
            body += chunk
            if len(body) > most:
                raise CentralUnavailable("too_big")
            if time.monotonic() > until:
                raise CentralUnavailable("time_out")
    except (SlowHost, TimeoutError):
        raise CentralUnavailable("time_out") from None
    except (HTTPError, OSError):
        raise Cut("away") from None
    headers = response.headers
    return Reply(
        response.status_code,
        bytes(body),
        _seconds(response),
        headers.get(ANSWER_HEADER, ""),
    )


def _seconds(response: requests.Response) -> float:
    wish = response.headers.get("Retry-After", "")
    return float(wish) if wish.isdigit() and len(wish) < 10 else 0.0


async def run_detached(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call like `asyncio.to_thread`, but in a daemon thread that is not joined at exit.

    A silent host holds its thread until the time-out. A shared pool would block other work and the restart.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result, error = None, None
        try:
            result = call(*args, **kwargs)
        except BaseException as raised:  # noqa: BLE001 - re-raised in the awaiting coroutine
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed, so no coroutine awaits the result
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name="apart", daemon=True).start()
    return await answer
