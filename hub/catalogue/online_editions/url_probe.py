"""Check whether a URL answers (HEAD, then GET, and again after every redirect), or fetch a small file from it.

The URL comes from a record that anyone may have written (SSRF). A host is therefore resolved once and contacted by the
address that was checked: a private network is not reached unless the library has configured it, whatever a redirect or
a second resolution says.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from hub.catalogue.online_editions.fields import usable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
KEPT = "/%:?@!$&'()*+,;=~-._"
"""Characters of a URL that are kept; every other one is percent-encoded."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
GONE = frozenset({404, 410})
ASKED_FOR_MORE = frozenset({401, 402, 403, 407, 429})
"""The site exists and requires a sign-in, or limits the rate: patrons may still be able to read."""


class LinkFault(StrEnum):
    """Why a patron would find nothing at the URL."""

    NONE = ""
    GONE = "gone"
    STATUS = "status"
    NO_HOST = "no_host"
    NO_ANSWER = "no_answer"
    TLS = "tls"
    REDIRECTS = "redirects"
    INSIDE = "inside"
    """The host is in a private network that the library has not configured."""
    NO_ADDRESS = "no_address"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class LinkProbeResult:
    """The result; `fault` is empty if a patron would find something."""

    fault: LinkFault = LinkFault.NONE
    status: int | None = None
    media_type: str = ""
    body: bytes = b""
    """What was fetched; empty after a check."""


Answer = tuple[int, dict[str, str], bytes]
"""Status, headers by their names in lower case, and body."""


class _ProbeError(Exception):
    """Resolution or connection failed; the first argument is the fault."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Checks URLs and fetches from them.

    `patience` is the limit in seconds for a URL with all its redirects. `inside` are permitted private networks, and
    `agent` is the name that sites are given.
    """

    patience: float = 15.0
    inside: Sequence[Network] = ()
    agent: str = "library-kiosk-link-check/1"

    def ask(self, url: str) -> LinkProbeResult:
        """Follow the URL to its end."""
        return self._follow(url, 0)

    def fetch(self, url: str, most: int) -> LinkProbeResult:
        """Follow the URL to its end and read what is there, at most `most` bytes."""
        return self._follow(url, most)

    def _follow(self, url: str, most: int) -> LinkProbeResult:
        """Follow the redirects; `most` is 0 for a check."""
        until = time.monotonic() + self.patience
        for _hop in range(MOST_REDIRECTS + 1):
            if not usable(url):
                return LinkProbeResult(LinkFault.NO_ADDRESS)
            try:
                status, headers, body = self._answer(urlsplit(url), until, most)
            except _ProbeError as refused:
                return LinkProbeResult(refused.args[0])
            where = headers.get("location", "")
            if status not in REDIRECTS or not where:
                return _classify(status, headers.get("content-type", ""), body)
            url = urljoin(url, quote(where.strip().encode("latin-1", "replace"), safe=f"{KEPT}#[]"))
        return LinkProbeResult(LinkFault.REDIRECTS)

    def _answer(self, parts: SplitResult, until: float, most: int) -> Answer:
        """Send HEAD, and then GET if HEAD does not succeed; only GET to fetch.

        Raises:
            _Refused: Resolution or connection failed, or the body is too large.
        """
        number = self._resolve(parts)
        if most:
            return self._request_once(parts, number, "GET", until, most)
        try:
            found = self._request_once(parts, number, "HEAD", until)
            if found[0] < 400:
                return found
        except _ProbeError as refused:
            if refused.args[0] is LinkFault.TLS:
                raise
        return self._request_once(parts, number, "GET", until)

    def _resolve(self, parts: SplitResult) -> str:
        """Resolve the host; every address that it has must be permitted."""
        try:
            found = socket.getaddrinfo(_host(parts), _port(parts), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise _ProbeError(LinkFault.NO_HOST) from None
        numbers = [str(each[4][0]).partition("%")[0] for each in found]
        if not all(self._is_permitted(ipaddress.ip_address(each)) for each in numbers):
            raise _ProbeError(LinkFault.INSIDE)
        return numbers[0]

    def _is_permitted(self, number: Address) -> bool:
        plain = getattr(number, "ipv4_mapped", None) or number
        public = plain.is_global and not plain.is_multicast
        return public or any(plain in each for each in self.inside if each.version == plain.version)

    def _request_once(self, parts: SplitResult, number: str, method: str, until: float, most: int = 0) -> Answer:
        """Send one request; read the head of the response, and at most `most` bytes of a successful one.

        Raises:
            _Refused: The connection failed, or the body is too large.
        """
        left = until - time.monotonic()
        if left <= 0:
            raise _ProbeError(LinkFault.NO_ANSWER)
        try:
            with (
                socket.create_connection((number, _port(parts)), timeout=left) as plain,
                _deadline(left, plain),
                closing(http.client.HTTPConnection(_host(parts))) as connection,
            ):
                connection.sock = _wrap_tls(parts, plain.dup())
                connection.request(
                    method, _target(parts), headers={"Host": _host_text(parts), "User-Agent": self.agent}
                )
                answer = connection.getresponse()
                body = answer.read(most + 1) if most and answer.status == http.HTTPStatus.OK else b""
                if body and answer.length and len(body) <= most:
                    raise _ProbeError(LinkFault.NO_ANSWER)  # the connection ended within the body
        except ssl.SSLCertVerificationError:
            raise _ProbeError(LinkFault.TLS) from None
        except (OSError, http.client.HTTPException, ValueError):
            raise _ProbeError(LinkFault.NO_ANSWER) from None
        if len(body) > most:
            raise _ProbeError(LinkFault.TOO_LARGE)
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def _host(parts: SplitResult) -> str:
    """Return the host in ASCII.

    Raises:
        UnicodeError: It is no host name.
    """
    name = parts.hostname or ""
    return name if name.isascii() else name.encode("idna").decode()


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme.lower() == "https" else 80)


@contextmanager
def _deadline(seconds: float, plain: socket.socket) -> Iterator[None]:
    """Limit the duration of a whole exchange.

    A socket's timeout restarts with each byte, so a slow site could block for ever.
    """

    def end() -> None:
        with suppress(OSError):
            plain.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _wrap_tls(parts: SplitResult, plain: socket.socket) -> socket.socket:
    if parts.scheme.lower() != "https":
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=_host(parts))


def _target(parts: SplitResult) -> str:
    query = f"?{quote(parts.query, safe=KEPT)}" if parts.query else ""
    return quote(parts.path or "/", safe=KEPT) + query


def _host_text(parts: SplitResult) -> str:
    """Return the host as the URL has it, without a user name and password."""
    name = parts.netloc.rpartition("@")[2]
    return name if name.isascii() else _host(parts) + (f":{parts.port}" if parts.port else "")


def _classify(status: int, media_type: str, body: bytes) -> LinkProbeResult:
    if status in GONE:
        return LinkProbeResult(LinkFault.GONE, status)
    if status >= 400 and status not in ASKED_FOR_MORE:
        return LinkProbeResult(LinkFault.STATUS, status)
    return LinkProbeResult(LinkFault.NONE, status, media_type.partition(";")[0].strip().lower()[:100], body)
