"""Run a throw-away hub for a visit: a copy of the demo library on a free port, used over HTTP."""

from __future__ import annotations

import asyncio
import json
import shutil
import tomllib
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import requests

from kiosk.visit_player.library import VisitLibrary
from kiosk.visit_player.processes import PATIENCE, START_SECONDS, ProgramFailed, last_words, start, stop

Listed = Mapping[str, Any]
"""Output of `kiosk-hub demo --json`."""
LISTENS = "listening on "


def require_hub() -> None:
    """Check that the hub is installed. Raises ProgramFailed, naming what to install."""
    if not (find_spec("django") and find_spec("ninja")):
        raise ProgramFailed("the demo library needs the hub: install `library-kiosk[hub]` into this environment")


class Templates:
    """Demo libraries, each built once per starting time and copied for every visit with that time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[datetime | None, asyncio.Task[tuple[Path, Listed]]] = {}

    async def copy(self, now: datetime | None, to: Path) -> VisitLibrary:
        """Copy a demo library's state directory to `to`. Raises ProgramFailed."""
        state, listed = await self._library_copy(now)
        await asyncio.to_thread(shutil.copytree, state, to)
        return VisitLibrary.from_listing(listed)

    async def library_at(self, now: datetime | None = None) -> Listed:
        """Return the patrons and items of the demo library at that time. Raises ProgramFailed."""
        _state, listed = await self._library_copy(now)
        return listed

    async def _library_copy(self, now: datetime | None) -> tuple[Path, Listed]:
        if now not in self._made:
            self._made[now] = asyncio.create_task(self._make(now, self._folder / f"library-{len(self._made)}"))
        return await self._made[now]

    async def _make(self, now: datetime | None, state: Path) -> tuple[Path, Listed]:
        state.mkdir(mode=0o700, parents=True)
        at = ("--now", now.isoformat()) if now is not None else ()
        log = state.with_suffix(".log")
        process = await start(("hub.cli", "demo", *at, "--json"), _environment(state), log, piped=True)
        try:
            listed, _ = await process.communicate()
        finally:
            await stop(process)
        if process.returncode != 0:
            raise ProgramFailed(f"kiosk-hub demo made no library: {last_words(log)}")
        return state, json.loads(listed)


def _environment(state: Path) -> Mapping[str, str]:
    return {"KIOSK_HUB_STATE": str(state), "DATABASE_URL": "", "PYTHONUNBUFFERED": "1"}


class DemoHub:
    """Control a hub in demo mode: make it refuse, move its clock, read its state."""

    def __init__(self, state: Path, hosts: str = "", phones: str | None = None, *, outbox: bool = False) -> None:
        """Prepare a hub.

        Args:
            state: State directory of the hub.
            hosts: Comma-separated host names to accept, or "" for the address alone.
            phones: Public URL for patrons' phones, or None.
            outbox: Send messages into a page of the hub.
        """
        self._state = state
        self._serve = ("hub.cli", "serve", "--demo", *(("--outbox",) if outbox else ()))
        urls = {"KIOSK_HUB_HOSTS": hosts, "KIOSK_HUB_PUBLIC_URL": phones}
        self._settings = {**_environment(state), **{name: each for name, each in urls.items() if each}}
        self._log = state.with_suffix(".log")
        self._process: Process | None = None
        self.url = ""

    async def start(self) -> None:
        """Start the hub and wait until it answers. Sets `url`, which stays the same after a restart.

        Raises ProgramFailed.
        """
        port = self.url.rpartition(":")[2] or "0"
        self._process = await start((*self._serve, "--port", port), self._settings, self._log, piped=True)
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(START_SECONDS):
                while line := (await self._process.stdout.readline()).decode().strip():
                    if line.startswith(LISTENS):
                        self.url = line.removeprefix(LISTENS).rstrip("/")
                        return
        except TimeoutError:
            pass
        raise ProgramFailed(f"the visit's hub did not start: {last_words(self._log)}")

    async def stop(self) -> None:
        if self._process is not None:
            await stop(self._process)

    async def code(self, kiosk: str) -> str:
        """Return a one-time enrolment code for this kiosk, which is added if it is new. Raises ProgramFailed."""
        return str((await self._ask("POST", "/api/demo/kiosks", {"name": kiosk})).json()["code"])

    def librarian(self) -> tuple[str, str]:
        """Return name and password for the staff pages; each demo has its own."""
        staff = tomllib.loads((self._state / "demo-staff.toml").read_text(encoding="utf-8"))["staff"]
        return staff["name"], staff["password"]

    async def refuse_next(self) -> None:
        await self._ask("POST", "/api/demo/refuse-next")

    async def set_clock(self, now: str) -> None:
        await self._ask("POST", "/api/demo/clock", {"now": now})

    async def state_of(self, patrons: Sequence[str], items: Sequence[str]) -> dict[str, Any]:
        """Return the hub's loans and exceptions of these patrons and items."""
        query = f"patrons={','.join(patrons)}&items={','.join(items)}"
        found: dict[str, Any] = (await self._ask("GET", f"/api/demo/state?{query}")).json()
        return found

    async def _ask(self, method: str, path: str, body: object = None) -> requests.Response:
        """Send a request and return the response. Raises ProgramFailed."""

        def blocking() -> requests.Response:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(method, self.url + path, json=body, timeout=PATIENCE)
                answer.raise_for_status()
                return answer

        try:
            return await asyncio.to_thread(blocking)
        except requests.RequestException as error:
            raise ProgramFailed(f"the visit's hub does not answer {path}: {error}") from error
