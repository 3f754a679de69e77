"""Perform the remote tasks of staff: send the log or a screenshot, or restart."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from kiosk.system.logging_setup import RecentLog
from lending import atomic_file
from lending.wire import fleet

log = logging.getLogger(__name__)
MOST_LOG = 39_000
"""Bytes of a log, of which the newest lines are sent."""
MOST_SCREENSHOT = 42_000
"""Bytes of a screenshot before Base64."""
SIZES = ((960, 64), (960, 16), (640, 16), (480, 8))
"""Longest side in pixels, and colours; the first screenshot that is small enough is sent."""


class RemoteTasks:
    """Perform remote tasks, each shown on the screen.

    A restart is done once: its id is stored before the hub has the answer, so that a repeated task only repeats the
    answer.

    Args:
        state: State folder.
        recent: Log of the last hour.
        capture: Reads the screen, and returns a function that makes the image in any thread.
        resting: Whether no visit is in progress.
        notify: Shows the notice with this code.
    """

    def __init__(
        self,
        state: Path,
        recent: RecentLog,
        capture: Callable[[], Callable[[], Image.Image]],
        resting: Callable[[], bool],
        notify: Callable[[str], None],
    ) -> None:
        self._file = state / "restart-task"
        self._recent = recent
        self._capture = capture
        self._resting = resting
        self._notify = notify
        self._done_before = self._file.read_text() if self._file.exists() else ""
        self.restart = asyncio.Event()
        """Set once the kiosk is to restart between two visits."""

    async def perform(self, task: fleet.RemoteTask) -> fleet.TaskResult:
        """Do the task and return what to tell the hub. A restart waits until `note_answer`."""
        try:
            return await self._perform(task)
        except Exception:  # staff who look at a kiosk must not end its program
            log.exception("remote task %s failed", task.kind)
            return fleet.TaskResult(wire=1, outcome="failed")

    async def _perform(self, task: fleet.RemoteTask) -> fleet.TaskResult:
        match task.kind:
            case "log":
                self._notify("remote_log")
                return fleet.TaskResult(wire=1, outcome="done", log=newest(self._recent.text(), MOST_LOG))
            case "screenshot":
                if not self._resting():
                    return fleet.TaskResult(wire=1, outcome="visit")
                make = self._capture()
                self._notify("remote_screenshot")
                shot = base64.b64encode(await asyncio.to_thread(lambda: small_png(make())))
                return fleet.TaskResult(wire=1, outcome="done", screenshot=shot.decode())
            case "restart":
                await asyncio.to_thread(atomic_file.write, self._file, task.id.encode())
                return fleet.TaskResult(wire=1, outcome="done")
            case _:
                return fleet.TaskResult(wire=1, outcome="unknown")

    def note_answer(self, task: fleet.RemoteTask) -> None:
        """Note that the hub has the result, or may have it."""
        if task.kind == "restart" and task.id != self._done_before:
            self._notify("remote_restart")
            self.restart.set()


def newest(text: str, most: int) -> str:
    """Return the last whole lines of the text that have at most this many bytes in UTF-8."""
    if len(text.encode()) <= most:
        return text
    kept = text.encode()[-most:].decode(errors="ignore")
    return kept.partition("\n")[2]


def small_png(image: Image.Image) -> bytes:
    """Return the image as PNG of at most MOST_SCREENSHOT bytes. Raises ValueError if it stays larger."""
    for side, colours in SIZES:
        smaller = image.convert("RGB")
        smaller.thumbnail((side, side))
        file = io.BytesIO()
        smaller.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        if file.tell() <= MOST_SCREENSHOT:
            return file.getvalue()
    raise ValueError("the screenshot is too large to send")
