"""Contract tests that every drop sensor driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest

from kiosk.hardware.parts import Bin, PartFault
from tests.kiosk.hardware.watch_thread import Watching

FELL = "fell"


class BinOperator(ABC):
    @abstractmethod
    def open(self) -> AbstractContextManager[Bin]: ...
    @abstractmethod
    def drop(self) -> None:
        """Drop an item past the sensor."""

    @abstractmethod
    def block(self) -> None:
        """Block the sensor for longer than an item takes to fall."""

    @abstractmethod
    def clear(self) -> None: ...
    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...
    @abstractmethod
    def wake(self) -> None:
        """Wake a waiting driver so that it checks for a stop request."""


@contextmanager
def watched(operator: BinOperator) -> Iterator[Watching]:
    with operator.open() as sensor:
        watching = Watching(lambda stop: sensor.watch(lambda: watching.reports.put(FELL), stop), operator.wake)
        with watching:
            yield watching


class BinContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> BinOperator:
        raise NotImplementedError

    def test_each_dropped_item_is_reported_once(self, operator: BinOperator) -> None:
        with watched(operator) as seen:
            operator.drop()
            assert seen.next() == FELL
            operator.drop()
            assert seen.next() == FELL
            assert seen.stop()
            assert seen.reports.empty()

    def test_blocked_bin_is_a_fault_until_it_is_cleared(self, operator: BinOperator) -> None:
        with watched(operator) as seen:
            operator.block()
            assert seen.next_fault() == "blocked"
        with suppress(PartFault), watched(operator) as seen:
            assert seen.next_fault() == "blocked"
        operator.clear()
        with watched(operator) as seen:
            operator.drop()
            assert seen.next() == FELL

    def test_unplugging_raises_a_fault(self, operator: BinOperator) -> None:
        with watched(operator) as seen:
            operator.unplug()
            assert seen.next_fault() == "unplugged"
            operator.plug()

    def test_unplugged_sensor_does_not_open_and_recovers_after_replugging(self, operator: BinOperator) -> None:
        operator.unplug()
        with pytest.raises(PartFault, match="unplugged"), operator.open():
            pytest.fail("it opened")
        operator.plug()
        with watched(operator) as seen:
            operator.drop()
            assert seen.next() == FELL

    def test_sensor_unplugged_before_closing_can_be_reopened(self, operator: BinOperator) -> None:
        with suppress(PartFault), operator.open():
            operator.unplug()
        operator.plug()
        with watched(operator) as seen:
            operator.drop()
            assert seen.next() == FELL

    def test_watch_stops_on_request(self, operator: BinOperator) -> None:
        with watched(operator) as seen:
            assert seen.stop()
