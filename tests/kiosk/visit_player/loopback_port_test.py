"""Test the loopback port: it accepts, refuses or ignores connections and keeps its number."""

from __future__ import annotations

import asyncio
import socket

import pytest

from kiosk.visit_player.loopback_port import Port, reset


async def served(line: socket.socket) -> None:
    line.close()


async def connect(port: Port, seconds: float = 60.0) -> bytes:
    """Return the bytes that a client receives."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(*port.address)
        try:
            return await reader.read()
        finally:
            writer.close()


def test_port_accepts_refuses_and_ignores_connections_with_one_number() -> None:
    async def scenario() -> None:
        port = Port(served)
        port.open()
        address = port.address
        assert await connect(port) == b""
        port.refuse()
        with pytest.raises(ConnectionRefusedError):
            await connect(port)
        port.swallow()
        with pytest.raises(TimeoutError):
            await connect(port, seconds=0.3)
        port.open()
        assert await connect(port) == b""
        assert port.address == address
        port.close()
        with pytest.raises(ConnectionRefusedError):
            await connect(port)

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
