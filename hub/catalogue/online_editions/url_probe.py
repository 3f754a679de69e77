"""Asks whether an address on the web answers: HEAD, then GET, and after every redirect anew; keeps and tells nothing.

An address comes out of a record that anybody may have written. So a host is looked up once and called by the number
that was judged: a private network is not reached unless the library named it, whatever a redirect or a second look-up
says.
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
"""Signs of an address that go as they are; every other one is written as %XX."""
AGENT = "library-kiosk-link-check/1"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
GONE = frozenset({404, 410})
ASKED_FOR_MORE = frozenset({401, 402, 403, 407, 429})
"""The site is there and wants a sign-in, or wants to be asked less often: a patron may well read."""


class Fault(StrEnum):
    """Why a patron would find nothing there."""

    NONE = ""
    GONE = "gone"
    STATUS = "status"
    NO_HOST = "no_host"
    NO_ANSWER = "no_answer"
    TLS = "tls"
    REDIRECTS = "redirects"
    INSIDE = "inside"
    """It is in a private network that the library has not named."""
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class Reached:
    """What became of it; `fault` is empty where a patron would find something."""

    fault: Fault = Fault.NONE
    status: int | None = None
    media_type: str = ""


class _Refused(Exception):
    """The look-up or the connection came to nothing; the first argument is the fault."""


@dataclass(frozen=True, slots=True)
class Probe:
    """`patience` is in seconds, for an address with all its redirects; `inside`: private networks to be asked too."""

    patience: float = 15.0
    inside: Sequence[Network] = ()

    def ask(self, url: str) -> Reached:
        """Follows the address to its end."""
        until = time.monotonic() + self.patience
        for _hop in range(MOST_REDIRECTS + 1):
            if not usable(url):
                return Reached(Fault.NO_ADDRESS)
            try:
                status, headers = self._answer(urlsplit(url), until)
            except _Refused as refused:
                return Reached(refused.args[0])
            where = headers.get("location", "")
            if status not in REDIRECTS or not where:
                return _judged(status, headers.get("content-type", ""))
            url = urljoin(url, quote(where.strip().encode("latin-1", "replace"), safe=f"{KEPT}#[]"))
        return Reached(Fault.REDIRECTS)

    def _answer(self, parts: SplitResult, until: float) -> tuple[int, dict[str, str]]:
        """HEAD; and GET, where the site does not say yes to HEAD. Raises _Refused."""
        number = self._looked_up(parts)
        try:
            status, headers = _one(parts, number, "HEAD", until)
            if status < 400:
                return status, headers
        except _Refused as refused:
            if refused.args[0] is Fault.TLS:
                raise
        return _one(parts, number, "GET", until)

    def _looked_up(self, parts: SplitResult) -> str:
        """The number of the host; every number that it has must be one that may be asked."""
        try:
            found = socket.getaddrinfo(_host(parts), _port(parts), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise _Refused(Fault.NO_HOST) from None
        numbers = [str(each[4][0]).partition("%")[0] for each in found]
        if not all(self._may_ask(ipaddress.ip_address(each)) for each in numbers):
            raise _Refused(Fault.INSIDE)
        return numbers[0]

    def _may_ask(self, number: Address) -> bool:
        plain = getattr(number, "ipv4_mapped", None) or number
        public = plain.is_global and not plain.is_multicast
        return public or any(plain in each for each in self.inside if each.version == plain.version)


def _host(parts: SplitResult) -> str:
    """Raises UnicodeError where it is no name."""
    name = parts.hostname or ""
    return name if name.isascii() else name.encode("idna").decode()


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme.lower() == "https" else 80)


def _one(parts: SplitResult, number: str, method: str, until: float) -> tuple[int, dict[str, str]]:
    """Asks once and reads the head of the answer alone. Raises _Refused."""
    left = until - time.monotonic()
    if left <= 0:
        raise _Refused(Fault.NO_ANSWER)
    try:
        with (
            socket.create_connection((number, _port(parts)), timeout=left) as plain,
            _ended_after(left, plain),
            closing(http.client.HTTPConnection(_host(parts))) as connection,
        ):
            connection.sock = _secured(parts, plain.dup())
            connection.request(method, _target(parts), headers={"Host": _named(parts), "User-Agent": AGENT})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    except ssl.SSLCertVerificationError:
        raise _Refused(Fault.TLS) from None
    except (OSError, http.client.HTTPException, ValueError):
        raise _Refused(Fault.NO_ANSWER) from None


@contextmanager
def _ended_after(seconds: float, plain: socket.socket) -> Iterator[None]:
    """A time-out of a socket begins anew with each byte: a site that sends one now and then would hold us for ever."""

    def end() -> None:
        with suppress(OSError):
            plain.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _secured(parts: SplitResult, plain: socket.socket) -> socket.socket:
    if parts.scheme.lower() != "https":
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=_host(parts))


def _target(parts: SplitResult) -> str:
    query = f"?{quote(parts.query, safe=KEPT)}" if parts.query else ""
    return quote(parts.path or "/", safe=KEPT) + query


def _named(parts: SplitResult) -> str:
    """As the host is called in the address, but without a name and a password before it."""
    name = parts.netloc.rpartition("@")[2]
    return name if name.isascii() else _host(parts) + (f":{parts.port}" if parts.port else "")


def _judged(status: int, media_type: str) -> Reached:
    if status in GONE:
        return Reached(Fault.GONE, status)
    if status >= 400 and status not in ASKED_FOR_MORE:
        return Reached(Fault.STATUS, status)
    return Reached(Fault.NONE, status, media_type.partition(";")[0].strip().lower()[:100])
