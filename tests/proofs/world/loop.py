"""An event loop with virtual time: it never waits."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

RESOLUTION = 1e-9
"""No timer is early: a task that sleeps until a full minute would otherwise wake before it for ever."""


class Stuck(Exception):
    """All tasks wait, and nothing will ever happen."""


class _Nothing:
    """Stands in for the selector of a loop: nothing comes from outside, so waiting lets time pass."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> Sequence[object]:
        if timeout is None:
            raise Stuck
        self._loop.leap(timeout)
        return ()

    def close(self) -> None:
        pass


class VirtualLoop(asyncio.BaseEventLoop):
    """Event loop with one order per seed: timers by time, then by creation. Work of threads is done at once."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1000.0
        self._selector = _Nothing(self)
        self._clock_resolution = RESOLUTION
        self.broken: list[str] = []
        """Errors in callbacks, which no caller handled."""
        self.set_exception_handler(self._unheard)

    def time(self) -> float:
        return self._now

    def leap(self, seconds: float) -> None:
        """Advance the time at once: what was due meanwhile happens now, once, oldest first."""
        self._now += seconds

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - an executor carries whatever its work raises
            future.set_exception(error)
        return future

    def _unheard(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None and "handle" in context:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            self.broken.append(f"{error!r} in {Path(frame.filename).name}, line {frame.lineno}")

    def _process_events(self, event_list: Sequence[object]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass
