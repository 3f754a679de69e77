"""Demonstrate the kiosk against a hub of its own: as pictures, or in a window with simulated parts."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from pathlib import Path

from kiosk.app import RestartNeeded, serve
from kiosk.screens.demo_items import Book, Card, Table
from kiosk.visit_player import player
from kiosk.visit_player.environment import central_address, demo_ground
from kiosk.visit_player.hub import Templates, require_hub
from kiosk.visit_player.library import VisitLibrary
from kiosk.visit_player.processes import ProgramFailed, end_on_signals
from kiosk.visit_player.proxy import Network, Proxy
from kiosk.wiring.launch_options import LaunchOptions
from kiosk.words.terminal import language

log = logging.getLogger(__name__)

CARDS = ("plain_1", "name_zh", "name_mn", "pin", "fees", "expired")
BOOKS = ("free_01", "free_02", "free_03", "free_04", "on_loan", "held_for_other")


def demo(*, headless: bool, out: Path) -> int:
    """Run the demo; without a display play the built-in visits, as with `headless`. Raises ProgramFailed."""
    if not headless and has_display():
        return in_a_window()
    visits = player.built_in_visits()
    print(introduction(len(visits), out, headless=headless), flush=True)
    return player.play(visits, out=out)


def introduction(visits: int, out: Path, *, headless: bool) -> str:
    """Return what is played instead of a window, and how to read it."""
    why = "" if headless else "No display found, so no window opens. "
    return (
        f"{why}Playing {visits} visits of invented patrons on a simulated kiosk; this takes some minutes.\n"
        f"Each line is a step and the screen that follows. Pictures: {out}. Ctrl+C stops."
    )


def has_display() -> bool:
    """Return whether a window can open; on a console only if SDL was configured to draw there."""
    driver = os.environ.get("SDL_VIDEODRIVER", "")
    return driver not in ("offscreen", "dummy") and bool(
        driver or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def in_a_window() -> int:
    """Run the demo until its window is closed. Raises ProgramFailed if the hub is not installed."""
    require_hub()
    code = 0
    try:
        asyncio.run(_run_in_window())
    except* ProgramFailed as failures:
        print(failures.exceptions[0], file=sys.stderr)
        code = 1
    except* RestartNeeded:
        print("The kiosk restarts to apply new settings, which ends the demo. Start it again.", file=sys.stderr)
        code = 1
    except* (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped", file=sys.stderr)
        code = 1
    except* Exception:
        log.exception("the demo ends")
        code = 1
    return code


async def _run_in_window() -> None:
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="kiosk-demo-") as name:
        folder = Path(name)
        os.environ.setdefault("KIVY_HOME", str(folder / "kivy"))
        async with (
            demo_ground(Templates(folder / "templates"), folder, outbox=True) as ground,
            Proxy(central_address(ground.config)) as proxy,
            asyncio.TaskGroup() as switching,
        ):
            name, password = ground.hub.librarian()
            print(f"Staff pages of the hub: {ground.hub.url}/  (user {name}, password {password})", flush=True)
            print(f"Emails, text messages and codes: {ground.hub.url}/demo/outbox/", flush=True)
            table = _table(ground.library, proxy, switching)
            await serve(ground.config, LaunchOptions(via=proxy.address, language=language(), table=table))


def _table(library: VisitLibrary, proxy: Proxy, switching: asyncio.TaskGroup) -> Table:
    def switch(up: bool) -> None:
        switching.create_task(proxy.set(Network.UP if up else Network.DOWN))

    cards = {each.case: Card(each.card, each.name.split()[0], each.case) for each in library.patrons}
    books = {each.case: Book(each.barcode, each.title) for each in library.items}
    return Table(tuple(cards[case] for case in CARDS), tuple(books[case] for case in BOOKS), switch)
