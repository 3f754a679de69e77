"""Hold one connection to a SIP2 server: log in, send one request at a time, reconnect when it breaks.

Never resend a request that changes state. If its response is lost, raise AnswerLost; the caller must query the item.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from dataclasses import dataclass, field

from kiosk.central import CentralUnavailable
from kiosk.sync.sip2.message import ANSWER_TO, Frames, Sip2Frame, Sip2Message, Unreadable, read, unwrap, wrap, write
from kiosk.sync.sip2.response_mapping import forbids

READ = 65536


@dataclass(slots=True)
class FrameTransport:
    """An open connection; `waiting` holds frames that were received together with an earlier one."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    frames: Frames = field(default_factory=Frames)
    waiting: list[bytes] = field(default_factory=list)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def next(self, seconds: float) -> bytes:
        """Return the next frame. Raises TimeoutError, ConnectionError at the end of the stream, Unreadable."""
        async with asyncio.timeout(seconds):
            while not self.waiting:
                data = await self.reader.read(READ)
                if not data:
                    raise ConnectionError("closed")
                self.waiting = self.frames.feed(data)
        return self.waiting.pop(0)

    async def is_silent(self) -> bool:
        """Return True if no unrequested data arrived: it would be taken for the next response."""
        with contextlib.suppress(TimeoutError):
            await self.next(0)
            return False
        return not self.frames.take_unterminated()


log = logging.getLogger(__name__)

CHANGES = frozenset({"11", "09", "29", "65", "15", "37", "35"})
"""Codes of requests that change state. A blind repeat of Checkout (11) renews the loan at Koha.

Nor does an answer 96 prove that nothing was done.
"""
REPEATS = 2
"""How often a response is requested again (97), or a message that was not understood is sent again (96)."""
UNENDED = 0.3
"""Seconds after which a response to 97 is taken as complete: some servers send it without a terminator."""
RESTED = 20.0
"""Idle seconds after which a connection may have died unnoticed and is tested before a change of state."""
RESEND = b"97AZFEF5"
STATUS = Sip2Message("99", {"status": "0", "max_print_width": "042", "protocol_version": "2.00"})
"""SC Status. Never version 1.00: Koha speaks SIP1 for the rest of such a connection."""


class AnswerLost(CentralUnavailable):
    """The request may or may not have been done: its response was lost."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Time limits in seconds."""

    connect: float = 3.0
    answer: float = 10.0
    """For one response, the login's included: a server without a free worker accepts the connection and stays silent.
    """


@dataclass(frozen=True, slots=True)
class Speech:
    """How this server encodes messages."""

    charset: str = "utf-8"
    end: bytes = b"\r"
    error_detection: bool = True
    """Send sequence numbers and checksums; those of responses are checked if present."""
    sums_by_code_points: bool = False
    """Also accept a checksum over characters instead of bytes."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Address of the server.

    `tls` None: unencrypted, for the loopback only. `name`: the name in the server's certificate.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    name: str | None = None


class _ConnectionBroken(Exception):
    """The connection is unusable; `args[0]` is the reason for the log."""


class Sip2Connection:
    """Connection that opens at the first request; `login` is None if the server requires none."""

    def __init__(self, peer: Peer, speech: Speech, login: Sip2Message | None, timing: Timing = Timing()) -> None:
        self._peer = peer
        self._speech = speech
        self._login = login
        self._timing = timing
        self._turn = asyncio.Lock()
        self._link: FrameTransport | None = None
        self._sequence = -1
        self._used = 0.0
        self.delay: float | None = None
        """Seconds that the last response took; None before the first."""
        self.status: Sip2Message | None = None
        """The last ACS Status (98): the functions of the server. None before the first connection."""

    async def ask(self, request: Sip2Message) -> Sip2Message:
        """Send a request and return the response of the matching kind, whatever it says.

        Raises:
            Unsendable: Before anything is sent.
            AnswerLost: A request that changes state got no response.
            CentralUnavailable: Another request got none, on an old connection and on a new one.
        """
        text = write(request)
        async with self._turn:
            try:
                return await self._exchange(request, text)
            except asyncio.CancelledError:
                self.close()  # otherwise its response would be taken for the next one's
                raise

    async def _exchange(self, request: Sip2Message, text: str) -> Sip2Message:
        if self._link and not await self._still_there(request.code in CHANGES):
            self.close()
        old = self._link is not None
        try:
            return await self._say(await self._open_link(), text)
        except _ConnectionBroken as broken:
            self.close()
            log.warning("No usable response to SIP2 message %s: %s", request.code, broken)
            if request.code in CHANGES:
                raise AnswerLost(str(broken)) from None
            if not old:
                raise CentralUnavailable(str(broken)) from None
        try:
            return await self._say(await self._open_link(), text)
        except _ConnectionBroken as broken:
            self.close()
            raise CentralUnavailable(str(broken)) from None

    async def tell(self, notice: Sip2Message, seconds: float) -> bool:
        """Send an optional notice and return whether it was answered within `seconds`.

        If there is no connection, nothing is sent and the result is True. Raises Unsendable before anything is sent.
        """
        text = write(notice)
        async with self._turn:
            if self._link is None or not await self._still_there(False):
                return True
            answered = False
            try:
                async with asyncio.timeout(seconds):
                    await self._say(self._link, text)
                    answered = True
            except (_ConnectionBroken, TimeoutError):
                log.warning("No response to SIP2 message %s", notice.code)
            finally:
                if not answered:
                    self.close()
            return answered

    async def greet(self) -> None:
        """Send SC Status (99); return if the server answers that it is online. Raises CentralUnavailable otherwise."""
        self.status = await self.ask(STATUS)
        if self.status.fixed["online"] == "N":
            self.close()
            raise CentralUnavailable("central_closed")

    async def keep(self, seconds: float, forbidden: float) -> None:
        """Send SC Status (99) after `seconds` without traffic, so that the server does not hang up. Runs for ever.

        While ACS Status (98) forbids a function it is requested every `forbidden` seconds, however busy the line is.
        """
        while True:
            await asyncio.sleep(forbidden)
            idle = asyncio.get_running_loop().time() - self._used
            if self._link and (idle >= seconds - forbidden or forbids(self.status)):
                with contextlib.suppress(CentralUnavailable):
                    await self.ask(STATUS)

    def close(self) -> None:
        if self._link:
            self._link.writer.close()
            self._link = None

    async def _still_there(self, asks: bool) -> bool:
        """Return whether the connection is usable; before a change of state (`asks`), an idle one is tested."""
        link = self._link
        assert link is not None
        try:
            if not await link.is_silent():
                return False
            if asks and asyncio.get_running_loop().time() - self._used > RESTED:
                self.status = await self._say(link, write(STATUS))
        except (_ConnectionBroken, OSError, Unreadable):
            return False
        return self._link is link

    async def _open_link(self) -> FrameTransport:
        if self._link is None:
            try:
                self._link = await self._connect()
            except _ConnectionBroken as broken:
                self.close()
                raise CentralUnavailable(str(broken)) from None
        return self._link

    async def _connect(self) -> FrameTransport:
        peer = self._peer
        try:
            async with asyncio.timeout(self._timing.connect):
                streams = await asyncio.open_connection(peer.host, peer.port, ssl=peer.tls, server_hostname=peer.name)
        except ssl.SSLError:
            raise CentralUnavailable("tls_failed") from None
        except TimeoutError:
            raise CentralUnavailable("time_out") from None
        except OSError:
            raise CentralUnavailable("no_answer") from None
        link = self._link = FrameTransport(*streams)
        if self._login:
            answer = await self._send_greeting(link, self._login)
            if answer.fixed["ok"] != "1":
                raise _ConnectionBroken("login_refused")
        self.status = await self._send_greeting(link, STATUS)
        if self.status.fixed["online"] == "N":
            raise _ConnectionBroken("central_closed")
        return link

    async def _send_greeting(self, link: FrameTransport, first: Sip2Message) -> Sip2Message:
        """Return the response to one of the first messages.

        Another service on the port, such as telnet, sends none. Koha closes the connection if it expects a login.
        """
        try:
            return await self._say(link, write(first))
        except _ConnectionBroken as broken:
            reason = str(broken)
            raise _ConnectionBroken(
                {"unusable_answer": "not_sip2", "no_answer": "hung_up"}.get(reason, reason)
            ) from None

    async def _say(self, link: FrameTransport, text: str) -> Sip2Message:
        """Send one message and return its response. Raises _Broken.

        After a 97 the connection is closed, though the response counts: a second one might still be on its way.
        """
        speech, again, repeated = self._speech, 0, 0
        self._sequence = (self._sequence + 1) % 10
        sequence = self._sequence if speech.error_detection else None
        data = wrap(text, sequence, speech.charset, speech.end)
        try:
            await link.send(data)
            end = asyncio.get_running_loop().time() + self._timing.answer
            while True:
                frame = unwrap(
                    await self._receive(link, end, bool(again)),
                    speech.charset,
                    by_code_points=speech.sums_by_code_points,
                )
                if not frame.sound:
                    again += 1
                    if again > REPEATS:
                        raise _ConnectionBroken("bad_checksum")
                    await link.send(RESEND + speech.end)
                elif frame.text.startswith("96"):
                    repeated += 1
                    if again or repeated > REPEATS or text[:2] in CHANGES:
                        raise _ConnectionBroken("not_understood")
                    await link.send(data)
                elif _is_another(frame, sequence) and not again:
                    log.warning("Ignored a response with another sequence number")
                else:
                    break
        except TimeoutError:
            raise _ConnectionBroken("time_out") from None
        except Unreadable:
            raise _ConnectionBroken("unusable_answer") from None
        except OSError:
            raise _ConnectionBroken("no_answer") from None
        if again:
            self.close()
        self._used = asyncio.get_running_loop().time()
        self.delay = self._used + self._timing.answer - end
        return self._read(frame, text[:2])

    async def _receive(self, link: FrameTransport, end: float, asked_again: bool) -> bytes:
        left = end - asyncio.get_running_loop().time()
        if asked_again:
            try:
                return await link.next(min(left, UNENDED))
            except TimeoutError:
                if whole := link.frames.take_unterminated():
                    return whole
        return await link.next(end - asyncio.get_running_loop().time())

    def _read(self, frame: Sip2Frame, code: str) -> Sip2Message:
        if not frame.whole:
            log.warning("A response to SIP2 message %s holds bytes that are not %s", code, self._speech.charset)
        try:
            message = read(frame.text)
        except Unreadable:
            raise _ConnectionBroken("unusable_answer") from None
        if message.code == "98":
            self.status = message
        if message.code != ANSWER_TO[code]:
            raise _ConnectionBroken("unusable_answer")
        return message


def _is_another(frame: Sip2Frame, sequence: int | None) -> bool:
    return frame.sequence is not None and sequence is not None and frame.sequence != sequence
