"""Speaks HTTP with one host and takes nothing but a plain, small, timely answer; knows nothing of what is said."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as SlowHost

from kiosk.sync.central import CentralAway

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a host may take, in seconds."""

    connect: float = 3.0
    read: float = 10.0
    """Between two bytes."""
    whole: float = 15.0
    """For one exchange."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    etag: str
    retry_after: float


class Host:
    """One session with the host of `url`; may be used from several threads.

    `via` is where to connect instead, while URL, Host and TLS name stay.
    """

    def __init__(self, url: str, token: str, via: tuple[str, int] | None, timing: Timing) -> None:
        self._timing = timing
        parts = urlsplit(url)
        where = f"{via[0]}:{via[1]}" if via else parts.netloc
        self._base = f"{parts.scheme}://{where}{parts.path.rstrip('/')}"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(
            {
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Authorization": f"Bearer {token}",
                "Host": parts.netloc,
                "User-Agent": "library-kiosk",
            }
        )
        if via and parts.scheme == "https":
            self._session.mount("https://", NamedHost(parts.hostname or ""))

    def get(self, path: str, most: int, etag: str = "") -> Reply:
        """Raises CentralAway."""
        return self._twice("GET", path, most, headers={"If-None-Match": etag} if etag else {})

    def post(self, path: str, most: int, body: bytes, repeat: bool) -> Reply:
        """`repeat`: the request may be sent again when the connection is cut. Raises CentralAway."""
        ask = self._twice if repeat else self._once
        return ask("POST", path, most, data=body, headers={"Content-Type": "application/json"})

    def close(self) -> None:
        self._session.close()

    def _twice(self, method: str, path: str, most: int, **rest: Any) -> Reply:
        """A kept connection may have been cut since it was used: one new one is tried at once."""
        try:
            return self._once(method, path, most, **rest)
        except Cut:
            return self._once(method, path, most, **rest)

    def _once(self, method: str, path: str, most: int, **rest: Any) -> Reply:
        until = time.monotonic() + self._timing.whole
        pauses = (self._timing.connect, self._timing.read)
        try:
            with self._session.request(
                method,
                self._base + path,
                timeout=pauses,
                allow_redirects=False,
                stream=True,
                **rest,
            ) as response:
                return _read(response, most, until)
        except requests.Timeout:
            raise CentralAway("time_out") from None
        except requests.exceptions.SSLError:
            raise CentralAway("tls_failed") from None
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            raise Cut("away") from None
        except requests.RequestException:
            raise CentralAway("unusable_answer") from None


class Cut(CentralAway):
    """The connection could not be made or was cut before the answer was whole."""


class NamedHost(HTTPAdapter):
    """Expects the certificate of `host`, wherever it connects to."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, server_hostname=self._host, assert_hostname=self._host, **kwargs)


def _read(response: requests.Response, most: int, until: float) -> Reply:
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise CentralAway("unusable_answer")
    body = bytearray()
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=False):
            body += chunk
            if len(body) > most:
                raise CentralAway("too_big")
            if time.monotonic() > until:
                raise CentralAway("time_out")
    except (SlowHost, TimeoutError):
        raise CentralAway("time_out") from None
    except (HTTPError, OSError):
        raise Cut("away") from None
    return Reply(response.status_code, bytes(body), response.headers.get("ETag", ""), _seconds(response))


def _seconds(response: requests.Response) -> float:
    wish = response.headers.get("Retry-After", "")
    return float(wish) if wish.isdigit() and len(wish) < 10 else 0.0
