"""Run a driver's watch in a thread and return its reports, without sleeping."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from kiosk.hardware.parts import PartFault
from tests.support.patience import PATIENCE


class Watching:
    def __init__(self, watch: Callable[[Callable[[], bool]], None], wake: Callable[[], None]) -> None:
        self.reports: queue.Queue[Any] = queue.Queue()
        self.fault: queue.Queue[str] = queue.Queue()
        self._stop = threading.Event()
        self._wake = wake
        self._thread = threading.Thread(target=self._run, args=(watch,), daemon=True)

    def _run(self, watch: Callable[[Callable[[], bool]], None]) -> None:
        try:
            watch(self._stop.is_set)
        except PartFault as fault:
            self.fault.put(fault.args[0])

    def next(self) -> Any:
        return self.reports.get(timeout=PATIENCE)

    def next_fault(self) -> str:
        return self.fault.get(timeout=PATIENCE)

    def stop(self) -> bool:
        """Request the end of the watch; return True if it ended."""
        self._stop.set()
        self._wake()
        self._thread.join(PATIENCE)
        return not self._thread.is_alive()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
