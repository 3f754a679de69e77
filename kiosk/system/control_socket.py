"""Serve commands as JSON lines over a Unix socket that only its owner may open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, Self

from kiosk.system.health import Health

log = logging.getLogger(__name__)

LONGEST = 4 * 1024 * 1024
"""Longest line in bytes: a screen full of text is some kilobytes."""

Facts = dict[str, Any]
Command = Callable[[Facts], Awaitable[Facts]]
"""Receives the arguments next to `do` and returns the answer. Raises CommandRefused with a sentence."""


class CommandRefused(Exception):
    """The command cannot be done now. `args[0]` is a sentence for a person."""


class KioskSilent(Exception):
    """No kiosk answers on this socket. `args[0]` says which one."""


class KioskRunning(Exception):
    """Another kiosk already answers on this socket. `args[0]` says which one."""


class Counts(Protocol):
    """Number of transactions that are queued, acknowledged, and in the exception desk."""

    @property
    def queued(self) -> int: ...
    @property
    def acknowledged(self) -> int: ...
    @property
    def exceptions(self) -> int: ...
    @property
    def oldest(self) -> datetime | None:
        """When the oldest queued transaction was made."""
        ...


def technician_commands(health: Health, counts: Callable[[], Awaitable[Counts]]) -> dict[str, Command]:
    """Return the commands that a technician may use at any time; no answer names a patron."""

    async def parts(_: Facts) -> Facts:
        states = health.states.items()
        return {"parts": {name.value: {"condition": state.condition, "reason": state.reason} for name, state in states}}

    async def queue(_: Facts) -> Facts:
        now = await counts()
        oldest = now.oldest.isoformat() if now.oldest else None
        return {
            "queued": now.queued,
            "acknowledged": now.acknowledged,
            "exceptions": now.exceptions,
            "oldest": oldest,
        }

    return {"health": parts, "queue": queue}


class ControlServer:
    """Answers one request a line: `{"do": "health"}` -> `{"ok": true, ...}` or `{"ok": false, "why": "..."}`."""

    def __init__(self, path: Path, commands: Mapping[str, Command]) -> None:
        self._path = path
        self._commands = commands

    async def run(self) -> None:
        """Serve until cancelled. The socket of a killed kiosk is replaced. Raises KioskRunning."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(KioskSilent):
            (await Control.connect(self._path)).close()
            raise KioskRunning(f"a kiosk is already running: it answers on {self._path}")
        self._path.unlink(missing_ok=True)
        ours = self._bind()
        try:
            server = await asyncio.start_unix_server(self._serve_connection, sock=ours, limit=LONGEST)
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                server.close()
        finally:
            self._path.unlink(missing_ok=True)

    def _bind(self) -> socket.socket:
        ours = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            ours.bind(str(self._path))
        finally:
            os.umask(mask)
        return ours

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError, asyncio.CancelledError) as error:
            # Python 3.11 raises an error of its own for a cancelled readline when the kiosk ends before its client.
            log.debug("Control connection ended: %s", error)
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> Facts:
        try:
            asked = json.loads(line)
            command = self._commands[asked.pop("do")]
        except (ValueError, AttributeError, KeyError, TypeError):
            return {"ok": False, "why": f"unknown command; known are {', '.join(sorted(self._commands))}"}
        try:
            return {"ok": True, **await command(asked)}
        except CommandRefused as refused:
            return {"ok": False, "why": str(refused)}


class Control:
    """Client of the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, path: Path) -> Self:
        """Connect to a kiosk. Raises KioskSilent."""
        try:
            return cls(*await asyncio.open_unix_connection(path, limit=LONGEST))
        except OSError as error:
            raise KioskSilent(f"no kiosk answers on {path}: {error.strerror or error}") from error

    async def ask(self, do: str, **facts: Any) -> Facts:
        """Send a command. Raises CommandRefused with the kiosk's text, KioskSilent if the kiosk is gone."""
        try:
            self._writer.write(json.dumps({"do": do, **facts}).encode() + b"\n")
            await self._writer.drain()
            line = await self._reader.readline()
        except (ConnectionError, ValueError) as error:
            raise KioskSilent(f"the kiosk stopped during {do}: {error}") from error
        if not line:
            raise KioskSilent(f"the kiosk stopped during {do}")
        answer: Facts = json.loads(line)
        if not answer.pop("ok"):
            raise CommandRefused(answer["why"])
        return answer

    def close(self) -> None:
        self._writer.close()


def ask(path: Path, do: str, **facts: Any) -> Facts:
    """Send one command to the running kiosk and return its answer. Raises KioskSilent, CommandRefused."""

    async def once() -> Facts:
        control = await Control.connect(path)
        try:
            return await control.ask(do, **facts)
        finally:
            control.close()

    return asyncio.run(once())
