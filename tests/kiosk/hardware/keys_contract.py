"""Contract tests that every key driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest

from kiosk.events import Key
from kiosk.hardware.parts import Keys, PartFault
from tests.kiosk.hardware.watch_thread import Watching


class KeysOperator(ABC):
    @abstractmethod
    def open(self) -> AbstractContextManager[Keys]: ...
    @abstractmethod
    def press(self, key: Key) -> None:
        """Press and release the key."""

    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...
    @abstractmethod
    def wake(self) -> None:
        """Wake a waiting driver so that it checks for a stop request."""


@contextmanager
def watched(operator: KeysOperator) -> Iterator[Watching]:
    with operator.open() as keys:
        watching = Watching(lambda stop: keys.watch(lambda key: watching.reports.put(key), stop), operator.wake)
        with watching:
            yield watching


class KeysContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> KeysOperator:
        raise NotImplementedError

    def test_each_press_is_reported_once_and_in_order(self, operator: KeysOperator) -> None:
        with watched(operator) as seen:
            for key in (*Key, Key.NEXT, Key.NEXT):
                operator.press(key)
            assert [seen.next() for _ in range(6)] == [*Key, Key.NEXT, Key.NEXT]
            assert seen.stop()
            assert seen.reports.empty()

    def test_unplugging_raises_a_fault(self, operator: KeysOperator) -> None:
        with watched(operator) as seen:
            operator.unplug()
            assert seen.next_fault() == "unplugged"
            operator.plug()

    def test_unplugged_keys_do_not_open_and_recover_after_replugging(self, operator: KeysOperator) -> None:
        operator.unplug()
        with pytest.raises(PartFault, match="unplugged"), operator.open():
            pytest.fail("they opened")
        operator.plug()
        with watched(operator) as seen:
            operator.press(Key.CHOOSE)
            assert seen.next() is Key.CHOOSE

    def test_keys_unplugged_before_closing_can_be_reopened(self, operator: KeysOperator) -> None:
        with suppress(PartFault), operator.open():
            operator.unplug()
        operator.plug()
        with watched(operator) as seen:
            operator.press(Key.BACK)
            assert seen.next() is Key.BACK

    def test_watch_stops_on_request(self, operator: KeysOperator) -> None:
        with watched(operator) as seen:
            assert seen.stop()
