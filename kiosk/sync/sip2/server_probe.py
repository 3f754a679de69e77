"""Probe how a SIP2 server behaves and which product that resembles, over a connection of its own.

Only requests that change nothing are sent. The differences were measured at running servers or read in their sources:
a resemblance is no proof.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType

from kiosk.central import CentralUnavailable
from kiosk.sync.sip2.connection import RESEND, STATUS, Peer, Speech
from kiosk.sync.sip2.message import Sip2Message, Unreadable, read, unwrap, wrap, write
from kiosk.sync.sip2.response_mapping import denies, forbids

SECONDS = 5.0
"""Time limit for a response that must come, in seconds."""
SILENCE = 1.0
"""Seconds of silence after which no more data is expected."""
UNKNOWN = "ZZ"
"""A code that is no SIP2 message."""


@dataclass(frozen=True, slots=True)
class ServerBehaviour:
    """Short codes of observed behaviour; empty if it could not be observed."""

    end: str = ""
    """Terminator of a response: `cr` or `crlf`."""
    resend: str = ""
    """Result of 97: the last response with sequence number `zero`, `same` or `none`, or one `unended`."""
    unknown: str = ""
    """Reaction to an unknown message: `96`, `closed`, `silence`."""


KNOWN: Mapping[str, ServerBehaviour] = MappingProxyType(
    {
        "koha": ServerBehaviour("crlf", "zero", "96"),
        "evergreen": ServerBehaviour("cr", "zero", "closed"),
        "folio": ServerBehaviour("cr", "same", "silence"),
    }
)


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What was observed of a server."""

    manners: ServerBehaviour
    status: Sip2Message
    """The server's ACS Status (98)."""
    delay: float = 0.0
    """Seconds until the first byte of its 98."""

    @property
    def looks_like(self) -> str:
        """The profile that matches all observations; `generic` if none does."""
        return next((name for name in KNOWN if not self.differs(name)), "generic")

    def differs(self, profile: str) -> Sequence[tuple[str, str, str]]:
        """Return the differences from that profile: property, value here, value there."""
        known = KNOWN.get(profile)
        if known is None:
            return ()
        pairs = [
            (each.name, getattr(self.manners, each.name), getattr(known, each.name)) for each in fields(ServerBehaviour)
        ]
        return [(name, here, there) for name, here, there in pairs if here and here != there]

    def forbids(self) -> Sequence[str]:
        """Return the functions that 98 forbids."""
        return forbids(self.status)

    def denies(self) -> Sequence[str]:
        """Return the indispensable messages that 98 says are unsupported: `patron`, `item`."""
        return denies(self.status)


async def look(peer: Peer, speech: Speech, login: Sip2Message | None) -> ProbeResult:
    """Probe a server. Raises CentralUnavailable."""
    try:
        async with asyncio.timeout(SECONDS):
            streams = await asyncio.open_connection(peer.host, peer.port, ssl=peer.tls, server_hostname=peer.name)
    except (OSError, TimeoutError):
        raise CentralUnavailable("no_answer") from None
    talk = _Dialogue(*streams, speech)
    try:
        if login is not None:
            answer = _read(await talk.exchange(write(login)), speech, "94")
            if answer.fixed["ok"] != "1":
                raise CentralUnavailable("login_refused")
        raw = await talk.exchange(write(STATUS))
        status, delay = _read(raw, speech, "98"), talk.delay
        if status.fixed["online"] == "N":
            raise CentralUnavailable("central_closed")
        end = "crlf" if raw.endswith(b"\r\n") else "cr"
        return ProbeResult(
            ServerBehaviour(end, await talk.resend_behaviour(), await talk.unknown_behaviour()), status, delay
        )
    except TimeoutError:
        raise CentralUnavailable("time_out") from None
    except OSError:
        raise CentralUnavailable("hung_up") from None
    except (Unreadable, KeyError):
        raise CentralUnavailable("unusable_answer") from None
    finally:
        talk.close()


def _read(data: bytes, speech: Speech, code: str) -> Sip2Message:
    """Parse a response of that kind.

    Raise CentralUnavailable if another service, such as telnet, answers, or if the server has closed the connection.
    """
    try:
        message = read(unwrap(data, speech.charset).text)
    except Unreadable:
        raise CentralUnavailable("not_sip2" if data else "hung_up") from None
    if message.code != code:
        raise CentralUnavailable("unusable_answer")
    return message


class _Dialogue:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, speech: Speech) -> None:
        self._reader = reader
        self._writer = writer
        self._speech = speech
        self._sequence = 0
        self.delay = 0.0
        """Seconds until the first byte of the last response."""

    async def exchange(self, text: str) -> bytes:
        """Send one message and return all data received for it."""
        self._sequence += 1
        return await self._exchange(wrap(text, self._sequence, self._speech.charset, self._speech.end), SECONDS)

    async def resend_behaviour(self) -> str:
        again = await self._exchange(RESEND + self._speech.end, SECONDS)
        if not again.endswith(b"\r") and not again.endswith(b"\n"):
            return "unended"
        sequence = unwrap(again.strip(b"\r\n"), self._speech.charset).sequence
        return "none" if sequence is None else "zero" if sequence == 0 else "same"

    async def unknown_behaviour(self) -> str:
        """Return the reaction to an unknown message; empty if the server took it for another one."""
        try:
            received = (await self.exchange(UNKNOWN)).strip(b"\r\n")
        except TimeoutError:
            return "silence"
        except OSError:
            return "closed"
        return "96" if received.startswith(b"96") else "" if received else "closed"

    async def _exchange(self, data: bytes, seconds: float) -> bytes:
        """Send data and collect the response; empty if the connection closes. Raises TimeoutError if none comes."""
        self._writer.write(data)
        await self._writer.drain()
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(seconds):
            received = await self._reader.read(65536)
        self.delay = asyncio.get_running_loop().time() - began
        while received and not self._reader.at_eof():
            try:
                async with asyncio.timeout(SILENCE):
                    received += await self._reader.read(65536)
            except TimeoutError:
                break
        return received

    def close(self) -> None:
        self._writer.close()
