"""One connection to a SIP2 server: logged in, one question at a time, revived when it breaks; knows no lending.

What a question changes is never asked twice here: where its answer is lost, whoever asked has to look how things stand.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from dataclasses import dataclass

from kiosk.central import CentralAway
from kiosk.sync.sip2.frame import Frame, unwrap, wrap
from kiosk.sync.sip2.frame_transport import FrameTransport
from kiosk.sync.sip2.message import Message, Unreadable, read, write
from kiosk.sync.sip2.message_layouts import ANSWER_TO
from kiosk.sync.sip2.response_mapping import forbids

log = logging.getLogger(__name__)

CHANGES = frozenset({"11", "09", "29", "65", "15", "37", "35"})
"""Requests that do something. A blind repeat of 11 renews the loan at Koha; nor is a 96 believed to say that nothing
was done."""
REPEATS = 2
"""How often an answer is asked for again (97), or a message that was not understood is sent again (96)."""
UNENDED = 0.3
"""Seconds after which an answer to 97 is taken as it stands: some servers send it without an end."""
RESTED = 20.0
"""Seconds after which a connection may have died unseen, so that it is tried before anything is changed over it."""
RESEND = b"97AZFEF5"
STATUS = Message("99", {"status": "0", "max_print_width": "042", "protocol_version": "2.00"})
"""Never 1.00: Koha speaks SIP1 for the rest of such a connection."""


class AnswerLost(CentralAway):
    """What was asked may have been done, or not: nobody heard the answer."""


@dataclass(frozen=True, slots=True)
class Timing:
    """In seconds."""

    connect: float = 3.0
    answer: float = 10.0
    """To one message; the login's too, for a server without a free worker accepts and says nothing."""


@dataclass(frozen=True, slots=True)
class Speech:
    """How this server writes."""

    charset: str = "utf-8"
    end: bytes = b"\r"
    error_detection: bool = True
    """Sequence numbers and checksums are sent; what comes is checked where it carries any."""
    sums_by_code_points: bool = False
    """A checksum over characters instead of bytes is believed too."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Where the server is. `tls` is None on a line in clear, which is for the loopback; `name` is what its certificate
    must say."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    name: str | None = None


class _Broken(Exception):
    """The connection is of no more use; `args[0]` is the reason for the log."""


class Sip2Connection:
    """Connects when it is first asked; `login` is None where the server wants none."""

    def __init__(self, peer: Peer, speech: Speech, login: Message | None, timing: Timing = Timing()) -> None:
        self._peer = peer
        self._speech = speech
        self._login = login
        self._timing = timing
        self._turn = asyncio.Lock()
        self._link: FrameTransport | None = None
        self._sequence = -1
        self._used = 0.0
        self.delay: float | None = None
        """Seconds that the last answer took; None before the first."""
        self.status: Message | None = None
        """The last 98: what the server is able to do. None before the first connection."""

    async def ask(self, request: Message) -> Message:
        """The answer of the right kind, whatever it says.

        Raises Unsendable before anything is sent; AnswerLost where a request that changes something got no answer;
        CentralAway where any other got none, on an old connection and on a new one.
        """
        text = write(request)
        async with self._turn:
            try:
                return await self._asked(request, text)
            except asyncio.CancelledError:
                self.close()  # its answer would be taken for the next one's
                raise

    async def _asked(self, request: Message, text: str) -> Message:
        if self._link and not await self._still_there(request.code in CHANGES):
            self.close()
        old = self._link is not None
        try:
            return await self._say(await self._connected(), text)
        except _Broken as broken:
            self.close()
            log.warning("%s was not answered: %s", request.code, broken)
            if request.code in CHANGES:
                raise AnswerLost(str(broken)) from None
            if not old:
                raise CentralAway(str(broken)) from None
        try:
            return await self._say(await self._connected(), text)
        except _Broken as broken:
            self.close()
            raise CentralAway(str(broken)) from None

    async def tell(self, notice: Message, seconds: float) -> bool:
        """Whether it was answered in so many seconds; for what nothing hangs on.

        No connection is made for it: where there is none, nothing is said. Raises Unsendable before anything is sent.
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
            except (_Broken, TimeoutError):
                log.warning("%s was not answered", notice.code)
            finally:
                if not answered:
                    self.close()
            return answered

    async def greet(self) -> None:
        """Returns when the server answers and says that it is there. Raises CentralAway."""
        self.status = await self.ask(STATUS)
        if self.status.fixed["online"] == "N":
            self.close()
            raise CentralAway("central_closed")

    async def keep(self, seconds: float, forbidden: float) -> None:
        """Never returns: says 99 whenever the line was idle for so long, so that the server does not hang up.

        While 98 forbids something it is asked for anew after `forbidden` seconds, however busy the line is.
        """
        while True:
            await asyncio.sleep(forbidden)
            idle = asyncio.get_running_loop().time() - self._used
            if self._link and (idle >= seconds - forbidden or forbids(self.status)):
                with contextlib.suppress(CentralAway):
                    await self.ask(STATUS)

    def close(self) -> None:
        if self._link:
            self._link.writer.close()
            self._link = None

    async def _still_there(self, asks: bool) -> bool:
        """Whether the connection may be used; where something is to be changed, one that rested is asked first."""
        link = self._link
        assert link is not None
        try:
            if not await link.is_silent():
                return False
            if asks and asyncio.get_running_loop().time() - self._used > RESTED:
                self.status = await self._say(link, write(STATUS))
        except (_Broken, OSError, Unreadable):
            return False
        return self._link is link

    async def _connected(self) -> FrameTransport:
        if self._link is None:
            try:
                self._link = await self._opened()
            except _Broken as broken:
                self.close()
                raise CentralAway(str(broken)) from None
        return self._link

    async def _opened(self) -> FrameTransport:
        peer = self._peer
        try:
            async with asyncio.timeout(self._timing.connect):
                streams = await asyncio.open_connection(peer.host, peer.port, ssl=peer.tls, server_hostname=peer.name)
        except ssl.SSLError:
            raise CentralAway("tls_failed") from None
        except TimeoutError:
            raise CentralAway("time_out") from None
        except OSError:
            raise CentralAway("no_answer") from None
        link = self._link = FrameTransport(*streams)
        if self._login:
            answer = await self._greeted(link, self._login)
            if answer.fixed["ok"] != "1":
                raise _Broken("login_refused")
        self.status = await self._greeted(link, STATUS)
        if self.status.fixed["online"] == "N":
            raise _Broken("central_closed")
        return link

    async def _greeted(self, link: FrameTransport, first: Message) -> Message:
        """The answer to one of the first messages. Another service on the port, such as telnet, gives none."""
        try:
            return await self._say(link, write(first))
        except _Broken as broken:
            if str(broken) == "unusable_answer":
                raise _Broken("not_sip2") from None
            raise

    async def _say(self, link: FrameTransport, text: str) -> Message:
        """One message and its answer. Raises _Broken.

        After a 97 the connection is given up, though the answer counts: a second one might still be on its way.
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
                    await self._heard(link, end, bool(again)), speech.charset, by_code_points=speech.sums_by_code_points
                )
                if not frame.sound:
                    again += 1
                    if again > REPEATS:
                        raise _Broken("bad_checksum")
                    await link.send(RESEND + speech.end)
                elif frame.text.startswith("96"):
                    repeated += 1
                    if again or repeated > REPEATS or text[:2] in CHANGES:
                        raise _Broken("not_understood")
                    await link.send(data)
                elif _is_another(frame, sequence) and not again:
                    log.warning("an answer with another sequence number was left out")
                else:
                    break
        except TimeoutError:
            raise _Broken("time_out") from None
        except Unreadable:
            raise _Broken("unusable_answer") from None
        except OSError:
            raise _Broken("no_answer") from None
        if again:
            self.close()
        self._used = asyncio.get_running_loop().time()
        self.delay = self._used + self._timing.answer - end
        return self._read(frame, text[:2])

    async def _heard(self, link: FrameTransport, end: float, asked_again: bool) -> bytes:
        left = end - asyncio.get_running_loop().time()
        if asked_again:
            try:
                return await link.next(min(left, UNENDED))
            except TimeoutError:
                if whole := link.frames.unended():
                    return whole
        return await link.next(end - asyncio.get_running_loop().time())

    def _read(self, frame: Frame, code: str) -> Message:
        if not frame.whole:
            log.warning("an answer to %s holds bytes that are not %s", code, self._speech.charset)
        try:
            message = read(frame.text)
        except Unreadable:
            raise _Broken("unusable_answer") from None
        if message.code == "98":
            self.status = message
        if message.code != ANSWER_TO[code]:
            raise _Broken("unusable_answer")
        return message


def _is_another(frame: Frame, sequence: int | None) -> bool:
    return frame.sequence is not None and sequence is not None and frame.sequence != sequence
