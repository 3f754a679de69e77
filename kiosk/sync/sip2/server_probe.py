"""Looks how a SIP2 server behaves and whose manners that is; asks only what changes nothing, on a line of its own.

What tells them apart was measured at running servers, or read in their sources: a likeness, and no proof.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType

from kiosk.central import CentralAway
from kiosk.sync.sip2.connection import RESEND, STATUS, Peer, Speech
from kiosk.sync.sip2.frame import unwrap, wrap
from kiosk.sync.sip2.message import Message, Unreadable, read, write
from kiosk.sync.sip2.response_mapping import denies, forbids

SECONDS = 5.0
"""For an answer that has to come."""
SILENCE = 1.0
"""After which no more is expected."""
UNKNOWN = "ZZ"
"""No message of SIP2."""


@dataclass(frozen=True, slots=True)
class ServerBehaviour:
    """Each value is a short code; what could not be seen is empty."""

    end: str = ""
    """How an answer ends: `cr` or `crlf`."""
    resend: str = ""
    """What 97 brings: the last answer with the number `zero`, `same` or `none`, or one `unended`."""
    unknown: str = ""
    """What becomes of a message that it does not know: `96`, `closed`, `silence`."""


KNOWN: Mapping[str, ServerBehaviour] = MappingProxyType(
    {
        "koha": ServerBehaviour("crlf", "zero", "96"),
        "evergreen": ServerBehaviour("cr", "zero", "closed"),
        "folio": ServerBehaviour("cr", "same", "silence"),
    }
)


@dataclass(frozen=True, slots=True)
class ProbeResult:
    manners: ServerBehaviour
    status: Message
    """Its 98."""
    delay: float = 0.0
    """Seconds until the first byte of its 98."""

    @property
    def looks_like(self) -> str:
        """The profile that has most of it; `generic` where none has all that could be seen."""
        return next((name for name in KNOWN if not self.differs(name)), "generic")

    def differs(self, profile: str) -> Sequence[tuple[str, str, str]]:
        """What is otherwise than with that profile: which habit, how it is here, how it is there."""
        known = KNOWN.get(profile)
        if known is None:
            return ()
        pairs = [
            (each.name, getattr(self.manners, each.name), getattr(known, each.name)) for each in fields(ServerBehaviour)
        ]
        return [(name, here, there) for name, here, there in pairs if here and here != there]

    def forbids(self) -> Sequence[str]:
        """What 98 says that it does not do, of what a kiosk wants."""
        return forbids(self.status)

    def denies(self) -> Sequence[str]:
        """What 98 says that it does not answer, though no kiosk can do without: `patron`, `item`."""
        return denies(self.status)


async def look(peer: Peer, speech: Speech, login: Message | None) -> ProbeResult:
    """Raises CentralAway."""
    try:
        async with asyncio.timeout(SECONDS):
            streams = await asyncio.open_connection(peer.host, peer.port, ssl=peer.tls, server_hostname=peer.name)
    except (OSError, TimeoutError):
        raise CentralAway("no_answer") from None
    talk = _Talk(*streams, speech)
    try:
        if login is not None:
            answer = _read(await talk.said(write(login)), speech, "94")
            if answer.fixed["ok"] != "1":
                raise CentralAway("login_refused")
        raw = await talk.said(write(STATUS))
        status, delay = _read(raw, speech, "98"), talk.delay
        if status.fixed["online"] == "N":
            raise CentralAway("central_closed")
        end = "crlf" if raw.endswith(b"\r\n") else "cr"
        return ProbeResult(ServerBehaviour(end, await talk.resent(), await talk.bewildered()), status, delay)
    except (OSError, TimeoutError, Unreadable, KeyError):
        raise CentralAway("unusable_answer") from None
    finally:
        talk.close()


def _read(data: bytes, speech: Speech, code: str) -> Message:
    """An answer of that kind. Another service on the port, such as telnet, gives none. Raises CentralAway."""
    try:
        message = read(unwrap(data, speech.charset).text)
    except Unreadable:
        raise CentralAway("not_sip2" if data else "unusable_answer") from None
    if message.code != code:
        raise CentralAway("unusable_answer")
    return message


class _Talk:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, speech: Speech) -> None:
        self._reader = reader
        self._writer = writer
        self._speech = speech
        self._sequence = 0
        self.delay = 0.0
        """Seconds until the first byte of the last answer."""

    async def said(self, text: str) -> bytes:
        """One message, and all that comes for it."""
        self._sequence += 1
        return await self._heard(wrap(text, self._sequence, self._speech.charset, self._speech.end), SECONDS)

    async def resent(self) -> str:
        again = await self._heard(RESEND + self._speech.end, SECONDS)
        if not again.endswith(b"\r") and not again.endswith(b"\n"):
            return "unended"
        sequence = unwrap(again.strip(b"\r\n"), self._speech.charset).sequence
        return "none" if sequence is None else "zero" if sequence == 0 else "same"

    async def bewildered(self) -> str:
        """An answer that is neither 96 nor an end tells nothing: the message was taken for another one."""
        try:
            heard = (await self.said(UNKNOWN)).strip(b"\r\n")
        except TimeoutError:
            return "silence"
        except OSError:
            return "closed"
        return "96" if heard.startswith(b"96") else "" if heard else "closed"

    async def _heard(self, data: bytes, seconds: float) -> bytes:
        """Raises TimeoutError where nothing comes at all; empty where the line is closed."""
        self._writer.write(data)
        await self._writer.drain()
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(seconds):
            heard = await self._reader.read(65536)
        self.delay = asyncio.get_running_loop().time() - began
        while heard and not self._reader.at_eof():
            try:
                async with asyncio.timeout(SILENCE):
                    heard += await self._reader.read(65536)
            except TimeoutError:
                break
        return heard

    def close(self) -> None:
        self._writer.close()
