"""Test the network proxy and its port over real sockets: relay, refuse, ignore, cut, delay, and lose one answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from kiosk.visit_player.proxy import LOOPBACK, Network, Port, Proxy, hub_hands_over, reset, serving
from tests.support.patience import PATIENCE

TRANSACTION = b"POST /api/v1/transactions HTTP/1.1\r\n\r\n"
QUESTION = b"GET /api/v1/items/30000000000017 HTTP/1.1\r\n\r\n"


class Central:
    """Central that answers each request with its number and records the requests."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(request)
                writer.write(b"answer %d\n" % len(self.asked))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Kiosk:
    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self.address)

    async def ask(self, request: bytes = QUESTION) -> bytes:
        """Return the response; empty if the connection was closed before."""
        reader, writer = await self.connect()
        try:
            writer.write(request)
            return await reader.readline()
        except ConnectionError:
            return b""
        finally:
            writer.close()


@asynccontextmanager
async def network(late: float = 3.0) -> AsyncIterator[tuple[Central, Proxy, Kiosk]]:
    central = Central()
    async with serving(central.connected) as port, Proxy((LOOPBACK, port), late=late) as proxy:
        yield central, proxy, Kiosk(proxy.address)


def played(scenario: Callable[[], Awaitable[None]]) -> None:
    async def within_time() -> None:
        async with asyncio.timeout(PATIENCE):
            await scenario()

    asyncio.run(within_time())


def test_open_network_passes_requests_and_responses() -> None:
    async def scenario() -> None:
        async with network() as (central, _, kiosk):
            assert await kiosk.ask() == b"answer 1\n"
            assert await kiosk.ask(TRANSACTION) == b"answer 2\n"
            assert central.asked == [QUESTION, TRANSACTION]

    played(scenario)


def test_closed_network_cuts_and_refuses_connections_until_it_is_open() -> None:
    async def scenario() -> None:
        async with network() as (central, proxy, kiosk):
            reader, writer = await kiosk.connect()
            writer.write(QUESTION)
            assert await reader.readline() == b"answer 1\n"
            await proxy.set(Network.DOWN)
            assert await reader.read() == b""
            for _ in range(3):
                with pytest.raises(ConnectionRefusedError):
                    await kiosk.connect()
            assert len(central.asked) == 1
            await proxy.set(Network.UP)
            assert await kiosk.ask() == b"answer 2\n"

    played(scenario)


def test_slow_network_delays_each_response_by_the_given_time() -> None:
    async def scenario() -> None:
        async with network(late=0.3) as (_, proxy, kiosk):
            clock = asyncio.get_running_loop().time

            async def took() -> float:
                start = clock()
                assert (await kiosk.ask()).startswith(b"answer ")
                return clock() - start

            await proxy.set(Network.SLOW)
            late = [await took() for _ in range(3)]
            assert 0.3 <= min(late) < 1.0
            await proxy.set(Network.UP)
            assert min([await took() for _ in range(3)]) < 0.3

    played(scenario)


def test_answer_lost_drops_only_the_next_transaction_response() -> None:
    async def scenario() -> None:
        async with network() as (central, proxy, kiosk):
            await proxy.set(Network.ANSWER_LOST)
            assert await kiosk.ask(QUESTION) == b"answer 1\n"
            assert await kiosk.ask(TRANSACTION) == b""
            assert central.asked == [QUESTION, TRANSACTION], "the central received it"
            assert proxy.state is Network.UP
            assert await kiosk.ask(TRANSACTION) == b"answer 3\n"

    played(scenario)


def test_transaction_on_a_reused_connection_is_recognised() -> None:
    async def scenario() -> None:
        async with network() as (central, proxy, kiosk):
            reader, writer = await kiosk.connect()
            writer.write(QUESTION)
            assert await reader.readline() == b"answer 1\n"
            await proxy.set(Network.ANSWER_LOST)
            writer.write(TRANSACTION)
            assert await reader.read() == b""
            assert central.asked[-1] == TRANSACTION

    played(scenario)


def test_encrypted_connection_cannot_drop_one_response() -> None:
    async def scenario() -> None:
        async with Proxy(("127.0.0.1", 9), hands_over=None) as proxy:
            with pytest.raises(ValueError, match="encrypted"):
                await proxy.set(Network.ANSWER_LOST)
            assert proxy.state is Network.UP

    played(scenario)


def test_unreachable_hub_closes_the_connection() -> None:
    async def scenario() -> None:
        async with network() as (_, proxy, kiosk):
            await proxy.set(Network.DOWN)
            deaf = proxy.address
            async with Proxy(deaf) as without_hub:
                assert await Kiosk(without_hub.address).ask() == b""
            assert kiosk.address == deaf

    played(scenario)


@pytest.mark.parametrize(
    ("data", "is_one"),
    [
        (TRANSACTION, True),
        (QUESTION, False),
        (b"GET /api/v1/transactions HTTP/1.1", False),
        (b"POST /api/v1/transactionsandmore HTTP/1.1", False),
        (b"", False),
    ],
)
def test_hub_transaction_is_recognised_by_its_request_line(data: bytes, is_one: bool) -> None:
    assert hub_hands_over(data) is is_one


async def close_at_once(line: socket.socket) -> None:
    line.close()


async def received(port: Port, seconds: float = 60.0) -> bytes:
    """Return the bytes that a client receives."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(*port.address)
        try:
            return await reader.read()
        finally:
            writer.close()


def test_port_accepts_refuses_and_ignores_connections_with_one_number() -> None:
    async def scenario() -> None:
        port = Port(close_at_once)
        port.open()
        address = port.address
        assert await received(port) == b""
        port.refuse()
        with pytest.raises(ConnectionRefusedError):
            await received(port)
        port.swallow()
        with pytest.raises(TimeoutError):
            await received(port, seconds=0.3)
        port.open()
        assert await received(port) == b""
        assert port.address == address
        port.close()
        with pytest.raises(ConnectionRefusedError):
            await received(port)

    asyncio.run(scenario())


def test_connection_reset_reaches_the_client() -> None:
    async def broken(line: socket.socket) -> None:
        await asyncio.get_running_loop().sock_recv(line, 1)
        reset(line)
        line.close()

    async def scenario() -> None:
        port = Port(broken)
        port.open()
        reader, writer = await asyncio.open_connection(*port.address)
        writer.write(b"?")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        port.close()

    asyncio.run(scenario())
