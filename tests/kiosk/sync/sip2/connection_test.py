"""Test one connection to scripted servers: terminators, resends, lost responses, old connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from kiosk.central import CentralUnavailable
from kiosk.sync.sip2.connection import AnswerLost, Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.message import Frames, Sip2Message, Unsendable, unwrap, wrap
from kiosk.visit_player import proxy
from tests.support.patience import PATIENCE

T = TypeVar("T")
AT = "20261127    120000"
STATUS = f"98YYYYNY010003{AT}2.00AOmain|BXYYYYYYYYYYYYYYYY|"
LOGIN = Sip2Message("93", {"uid_algorithm": "0", "pwd_algorithm": "0"}, (("CN", "kiosk"), ("CO", "word")))
ITEM = Sip2Message("17", {"date": AT}, (("AO", "main"), ("AB", "3001")))
CHECKOUT = Sip2Message(
    "11",
    {"renewal_policy": "N", "no_block": "N", "date": AT, "nb_due_date": " " * 18},
    (("AO", "main"), ("AA", "card1"), ("AB", "3001"), ("AC", "")),
)
FAUST = f"18030001{AT}AB3001|AJFaust|"
LENT = f"121NNY{AT}AOmain|AAcard1|AB3001|AJFaust|AH20261225    235900|"
Reply = bytes | None | type[ConnectionError]
"""Reply of a server: bytes, None for no reply, or ConnectionError to close the connection."""
Says = Callable[[str, int | None], Reply]


@dataclass
class Server:
    """Server that answers the nth request with the nth of `says`; 93 and 99 always succeed and do not count."""

    says: Sequence[Says]
    end: bytes = b"\r"
    login: str = "941"
    """Login response; empty to send none."""
    status: str = STATUS
    received: list[str] = field(default_factory=list)
    """Received frames, in order."""
    connections: int = 0
    request_count: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        frames = Frames()
        try:
            while data := await reader.read(4096):
                for raw in frames.feed(data):
                    reply = self._answer(raw)
                    if reply is ConnectionError:
                        return
                    if isinstance(reply, bytes):
                        writer.write(reply)
                        await writer.drain()
        finally:
            writer.close()

    def _answer(self, raw: bytes) -> Reply:
        frame = unwrap(raw, "utf-8")
        self.received.append(raw.decode(errors="replace"))
        match frame.text[:2]:
            case "93":
                return wrap(self.login, frame.sequence, "utf-8", self.end) if self.login else None
            case "99":
                return wrap(self.status, frame.sequence, "utf-8", self.end)
        self.request_count += 1
        return self.says[min(self.request_count, len(self.says)) - 1](frame.text, frame.sequence)

    def codes(self) -> list[str]:
        return [each[:2] for each in self.received]


def well(text: str, end: bytes = b"\r") -> Says:
    return lambda _, sequence: wrap(text, sequence, "utf-8", end)


def plain(data: bytes) -> Says:
    return lambda _, __: data


def silent(_: str, __: int | None) -> Reply:
    return None


def hangs_up(_: str, __: int | None) -> Reply:
    return ConnectionError


def spoilt(text: str) -> Says:
    return lambda _, sequence: wrap(text, sequence or 0, "utf-8").replace(b"AB3001", b"AB3007")


@asynccontextmanager
async def serving(*says: Says, **facts: str) -> AsyncIterator[Server]:
    server = Server(says, **facts)  # type: ignore[arg-type]
    async with proxy.serving(server.serve) as server.port:
        yield server


def line(server: Server, answer: float = 5.0, **facts: object) -> Sip2Connection:
    speech = Speech(**facts)  # type: ignore[arg-type]
    return Sip2Connection(Peer("127.0.0.1", server.port), speech, LOGIN, Timing(answer=answer))


def play(story: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        return await story()

    return asyncio.run(run())


@pytest.mark.sip2_fact("G17", "G24")
def test_client_logs_in_requests_status_and_keeps_the_connection() -> None:
    async def story() -> None:
        async with serving(well(FAUST)) as server:
            talks = line(server)
            for _ in range(12):
                assert (await talks.ask(ITEM)).first("AJ") == "Faust"
            talks.close()
            assert server.connections == 1
            assert server.codes() == ["93", "99"] + ["17"] * 12
            digits = [unwrap(each.encode()).sequence for each in server.received]
            assert digits == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3]
            assert talks.status and talks.status.fixed["online"] == "Y"

    play(story)


@pytest.mark.sip2_fact("G2")
@pytest.mark.parametrize("end", [b"\r", b"\r\n", b"\n"])
def test_every_line_ending_is_accepted(end: bytes) -> None:
    async def story() -> None:
        async with serving(well(FAUST, end), end=end) as server:  # type: ignore[arg-type]
            talks = line(server)
            for _ in range(3):
                assert (await talks.ask(ITEM)).first("AJ") == "Faust"
            talks.close()

    play(story)


@pytest.mark.sip2_fact("G19")
def test_damaged_answer_is_requested_again_without_repeating_the_request() -> None:
    """G19: 97 without a sequence number; Koha then answers with number 0, others without an end."""

    async def story() -> None:
        for second in (plain(wrap(LENT, 0, "utf-8")), plain(wrap(LENT, 7, "utf-8", b""))):
            async with serving(spoilt(LENT), second) as server:
                talks = line(server)
                assert (await talks.ask(CHECKOUT)).fixed["ok"] == "1"
                assert server.codes() == ["93", "99", "11", "97"]
                assert server.received[-1] == "97AZFEF5"
                talks.close()

    play(story)


def test_answer_damaged_twice_is_lost() -> None:
    async def story() -> None:
        async with serving(spoilt(LENT)) as server:
            talks = line(server)
            with pytest.raises(AnswerLost, match="bad_checksum"):
                await talks.ask(CHECKOUT)
            assert server.codes().count("11") == 1

    play(story)


@pytest.mark.sip2_fact("G17", "G20")
def test_query_answered_by_96_is_resent_unchanged() -> None:
    async def story() -> None:
        async with serving(plain(b"96AZFEF6\r"), well(FAUST)) as server:
            talks = line(server)
            assert (await talks.ask(ITEM)).first("AJ") == "Faust"
            assert server.received[-1] == server.received[-2]
            talks.close()

    play(story)


@pytest.mark.sip2_fact("G20")
def test_checkout_answered_by_96_is_not_resent() -> None:
    async def story() -> None:
        async with serving(plain(b"96AZFEF6\r"), well(LENT)) as server:
            with pytest.raises(AnswerLost, match="not_understood"):
                await line(server).ask(CHECKOUT)
            assert server.codes().count("11") == 1

    play(story)


@pytest.mark.sip2_fact("G20")
def test_endless_96_answers_raise_an_error() -> None:
    async def story() -> None:
        async with serving(plain(b"96AZFEF6\r")) as server:
            talks = line(server)
            with pytest.raises(CentralUnavailable, match="not_understood"):
                await talks.ask(ITEM)
            assert server.connections == 1 and server.codes().count("17") == 3

    play(story)


@pytest.mark.sip2_fact("G18")
def test_answer_with_another_sequence_number_is_ignored() -> None:
    """G18: the response to an earlier request must not be taken for this one's."""

    async def story() -> None:
        def late(_: str, sequence: int | None) -> Reply:
            assert sequence is not None
            other = FAUST.replace("Faust", "Other")
            return wrap(other, (sequence - 1) % 10, "utf-8") + wrap(FAUST, sequence, "utf-8")

        async with serving(late) as server:
            talks = line(server)
            assert (await talks.ask(ITEM)).first("AJ") == "Faust"
            talks.close()

    play(story)


def test_unsolicited_answer_without_sequence_numbers_is_ignored() -> None:
    """Without sequence numbers, only a new connection discards the extra answer."""

    async def story() -> None:
        other = (FAUST.replace("Faust", "Other") + "\r").encode()
        async with serving(plain(FAUST.encode() + b"\r" + other), plain(FAUST.encode() + b"\r")) as server:
            talks = line(server, error_detection=False)
            assert (await talks.ask(ITEM)).first("AJ") == "Faust"
            assert (await talks.ask(ITEM)).first("AJ") == "Faust"
            assert server.connections == 2
            talks.close()

    play(story)


@pytest.mark.sip2_fact("G21", "G23")
@pytest.mark.parametrize("loses", [silent, hangs_up, plain(b"None"), plain(STATUS.encode() + b"\r")])
def test_lost_checkout_answer_is_reported_and_not_repeated(loses: Says) -> None:
    """G21, G23: a blind repeat would renew."""

    async def story() -> None:
        async with serving(loses, well(LENT)) as server:
            talks = line(server, answer=0.5)
            with pytest.raises(AnswerLost):
                await talks.ask(CHECKOUT)
            assert server.codes().count("11") == 1
            assert (await talks.ask(CHECKOUT)).fixed["ok"] == "1"
            assert server.connections == 2, "a late answer stays on the old connection"
            talks.close()

    play(story)


@pytest.mark.sip2_fact("G26")
def test_query_is_resent_on_a_new_connection() -> None:
    """G26: the server closes idle connections."""

    async def story() -> None:
        async with serving(well(FAUST), hangs_up, well(FAUST)) as server:
            talks = line(server)
            await talks.ask(ITEM)
            assert (await talks.ask(ITEM)).first("AJ") == "Faust"
            assert server.connections == 2
            talks.close()

    play(story)


@pytest.mark.sip2_fact("G26")
def test_idle_connection_is_kept_open_by_sc_status() -> None:
    async def story() -> None:
        async with serving(well(FAUST)) as server:
            talks = line(server)
            await talks.ask(ITEM)
            before = server.codes()
            keeping = asyncio.ensure_future(talks.keep(0.02, 0.01))
            async with asyncio.timeout(PATIENCE):
                while len(server.received) < len(before) + 3:
                    await asyncio.sleep(0)
            keeping.cancel()
            assert server.codes()[len(before) :][:3] == ["99"] * 3
            assert server.connections == 1
            talks.close()

    play(story)


def test_query_fails_if_the_new_connection_fails_too() -> None:
    async def story() -> None:
        async with serving(well(FAUST), hangs_up) as server:
            talks = line(server)
            await talks.ask(ITEM)
            with pytest.raises(CentralUnavailable, match="no_answer"):
                await talks.ask(ITEM)
            assert server.connections == 2

    play(story)


def test_refused_login_and_silent_login_are_reported() -> None:
    async def story() -> None:
        async with serving(well(FAUST), login="940") as server:
            with pytest.raises(CentralUnavailable, match="login_refused"):
                await line(server).ask(CHECKOUT)
            assert "11" not in server.codes()
        async with serving() as server:
            server.login = ""
            with pytest.raises(CentralUnavailable, match="time_out"):
                await line(server, answer=0.2).ask(ITEM)

    play(story)


def test_closed_port_is_reported() -> None:
    async def story() -> None:
        async with serving() as server:
            pass
        with pytest.raises(CentralUnavailable, match="no_answer"):
            await line(server).ask(ITEM)

    play(story)


def test_invalid_field_value_is_never_sent() -> None:
    async def story() -> None:
        async with serving(well(FAUST)) as server:
            talks = line(server)
            with pytest.raises(Unsendable):
                await talks.ask(Sip2Message("17", {"date": AT}, (("AO", "main"), ("AB", "3001|AAother"))))
            assert server.received == []

    play(story)


def test_concurrent_queries_get_their_own_answers() -> None:
    async def story() -> None:
        def echo(text: str, sequence: int | None) -> Reply:
            barcode = text.partition("|AB")[2].partition("|")[0]
            return wrap(f"18030001{AT}AB{barcode}|AJTitle {barcode}|", sequence, "utf-8")

        async with serving(echo) as server:
            talks = line(server)
            items = [str(3000 + each) for each in range(30)]
            requests = [Sip2Message("17", {"date": AT}, (("AO", "main"), ("AB", each))) for each in items]
            answers = await asyncio.gather(*(talks.ask(each) for each in requests))
            assert [each.first("AJ") for each in answers] == [f"Title {each}" for each in items]
            talks.close()

    play(story)


def test_cancelled_query_leaves_no_answer_for_the_next() -> None:
    async def story() -> None:
        async with serving(silent, well(FAUST)) as server:
            talks = line(server)
            asking = asyncio.ensure_future(talks.ask(ITEM))
            while server.request_count == 0:
                await asyncio.sleep(0.01)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert (await talks.ask(ITEM)).first("AJ") == "Faust"
            assert server.connections == 2
            talks.close()

    play(story)
