"""Implement `kiosk simulator`: serve SIP2 until terminated, then print the true state of the loans."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sip2_simulator.library import SimulatedLibrary, of_demo, of_file, small
from kiosk.sip2_simulator.server import Simulator, SimulatorControl
from kiosk.sync.sip2.message import CHARSETS

T = TypeVar("T")
LOOPBACK = "127.0.0.1"


def run(options: argparse.Namespace) -> int:
    """Run the simulator; 2 for wrong usage."""
    try:
        dialect = _one_of(DIALECTS, options.dialect, "dialect")
        charset = _one_of({each: each for each in CHARSETS}, options.charset or dialect.charset, "charset")
        library = asyncio.run(_library(options))
        simulator = Simulator(library, dialect, lambda: datetime.now(UTC), ZoneInfo(options.zone), charset)
        simulator.orders.delay = options.latency
        if options.temper:
            name, _colon, seed = options.temper.partition(":")
            simulator.orders.turn(name, int(seed or 1), library)
    except (ValueError, KeyError) as error:
        print(f"kiosk simulator: {error}", file=sys.stderr)
        return 2
    try:
        with contextlib.ExitStack() as stack:
            if options.transcript:
                simulator.log = _line_writer(stack.enter_context(options.transcript.open("w", encoding="utf-8")).write)
            asyncio.run(_serve(simulator, options.port, options.control))
    except OSError as error:
        print(f"kiosk simulator: {_cause(error)}", file=sys.stderr)
        return 2
    print(json.dumps(library.truth(), ensure_ascii=False, indent=1))
    return 0


def _cause(error: OSError) -> str:
    """Return what cannot be opened, why, and what to do."""
    why = os.strerror(error.errno) if error.errno else str(error)
    if error.filename:
        return f"cannot write {error.filename}: {why}"
    return f"cannot listen: {why}. Choose other ports with --port and --control."


def _one_of(known: Mapping[str, T], name: str, kind: str) -> T:
    """Return the named entry. Raises ValueError that lists all names."""
    if name not in known:
        raise ValueError(f"there is no {kind} {name}: {', '.join(known)}")
    return known[name]


async def _library(options: argparse.Namespace) -> SimulatedLibrary:
    now = datetime.now(UTC)
    if options.library:
        return of_file(options.library, now)
    if not options.demo_library:
        return small(now)
    from kiosk.visit_player.hub import Templates, require_hub

    require_hub()
    with tempfile.TemporaryDirectory() as name:
        return of_demo(await Templates(Path(name)).library_at(), now)


async def _serve(simulator: Simulator, port: int, control: int | None) -> None:
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    sip2 = await asyncio.start_server(simulator.serve, LOOPBACK, port)
    port = sip2.sockets[0].getsockname()[1]
    orders = await asyncio.start_server(
        SimulatorControl(simulator).serve, LOOPBACK, port + 1 if control is None else control
    )
    control_port = orders.sockets[0].getsockname()[1]
    print(f"SIP2 on {LOOPBACK}:{port}, control on {LOOPBACK}:{control_port}; press Ctrl-C to stop", flush=True)
    await end.wait()
    for server in (sip2, orders):
        server.close()


def _line_writer(write: Callable[[str], int]) -> Callable[[str], None]:
    return lambda line: (write(line + "\n"), None)[1]
