"""Run `kiosk simulator` as a process, with a library large enough for a benchmark."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.benchmarks.sip2.library import books, cards
from kiosk.visit_player.loopback_port import LOOPBACK
from kiosk.visit_player.processes import ProgramFailed


@dataclass(frozen=True, slots=True)
class System:
    """A running simulator: its dialect, SIP2 port and control port."""

    dialect: str
    port: int
    control: int

    async def truth(self) -> Mapping[str, Any]:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.control, limit=1 << 26)
        writer.write(b'{"do": "truth"}\n')
        truth: Mapping[str, Any] = json.loads(await reader.readline())
        writer.close()
        return truth


@asynccontextmanager
async def running(folder: Path, dialect: str, kiosks: int, each: int) -> AsyncIterator[System]:
    """Run the simulator with `each` items per kiosk. Raises ProgramFailed."""
    file = folder / f"library-{kiosks}.json"
    people = [
        {"identifier": card, "name": "Invented Reader", "pin": "1234", "card": "", "case": ""}
        for kiosk in range(kiosks)
        for card in cards(kiosk)
    ]
    items = [
        {"barcode": book, "title": f"Invented Title {book}", "branch": "main", "type": "book", "case": ""}
        for kiosk in range(kiosks)
        for book in books(kiosk, each)
    ]
    file.write_text(json.dumps({"patrons": people, "items": items}), encoding="utf-8")
    options = ("--port", "0", "--control", "0", "--dialect", dialect, "--library", str(file))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kiosk.cli", "simulator", *options,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout and process.stderr
    try:
        ports = re.findall(rb":(\d+)", await process.stdout.readline())
        if len(ports) != 2:
            raise ProgramFailed(f"the simulator did not start: {(await process.stderr.read()).decode()}")
        yield System(dialect, int(ports[0]), int(ports[1]))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
