"""Run a driver's watch in a thread, without sleeping, and test what every driver with a watch must pass."""

from __future__ import annotations

import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import pytest

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


D = TypeVar("D")


class WatchOperator(ABC, Generic[D]):
    """Operates a part with a driver of type D that watches it."""

    @abstractmethod
    def open(self) -> AbstractContextManager[D]: ...
    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...
    @abstractmethod
    def wake(self) -> None:
        """Wake a waiting driver so that it checks for a stop request."""


class WatchContract(Generic[D]):
    """Tests of every driver with a watch; a part's contract says what it watches and what shows that it works."""

    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> Any:
        raise NotImplementedError

    def watch(self, driver: D, watching: Watching, stop: Callable[[], bool]) -> None:
        """Call the driver's watch, with `watching.reports.put` for what it reports."""
        raise NotImplementedError

    def check(self, operator: Any, seen: Watching) -> None:
        """Operate the part once, and assert that the driver reports it."""
        raise NotImplementedError

    @contextmanager
    def watched(self, operator: WatchOperator[D]) -> Iterator[Watching]:
        with operator.open() as driver:
            watching = Watching(lambda stop: self.watch(driver, watching, stop), operator.wake)
            with watching:
                yield watching

    def test_unplugging_raises_a_fault(self, operator: WatchOperator[D]) -> None:
        with self.watched(operator) as seen:
            operator.unplug()
            assert seen.next_fault() == "unplugged"
            operator.plug()

    def test_unplugged_part_does_not_work_and_recovers_after_replugging(self, operator: WatchOperator[D]) -> None:
        operator.unplug()
        with pytest.raises(PartFault, match="unplugged"), self.watched(operator) as seen:
            raise PartFault(seen.next_fault())
        operator.plug()
        with self.watched(operator) as seen:
            self.check(operator, seen)

    def test_part_unplugged_before_closing_can_be_reopened(self, operator: WatchOperator[D]) -> None:
        with suppress(PartFault), operator.open():
            operator.unplug()
        operator.plug()
        with self.watched(operator) as seen:
            self.check(operator, seen)

    def test_watch_stops_on_request(self, operator: WatchOperator[D]) -> None:
        with self.watched(operator) as seen:
            assert seen.stop()
