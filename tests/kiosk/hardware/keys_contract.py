"""Contract tests that every key driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest

from kiosk.events import Key
from kiosk.hardware.parts import Keys, PartFault
from tests.kiosk.hardware.watch_thread import Watching


class KeysHands(ABC):
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
def watched(hands: KeysHands) -> Iterator[Watching]:
    with hands.open() as keys:
        watching = Watching(lambda stop: keys.watch(lambda key: watching.reports.put(key), stop), hands.wake)
        with watching:
            yield watching


class KeysContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def hands(self) -> KeysHands:
        raise NotImplementedError

    def test_each_press_is_reported_once_and_in_order(self, hands: KeysHands) -> None:
        with watched(hands) as seen:
            for key in (*Key, Key.NEXT, Key.NEXT):
                hands.press(key)
            assert [seen.next() for _ in range(6)] == [*Key, Key.NEXT, Key.NEXT]
            assert seen.stop()
            assert seen.reports.empty()

    def test_unplugging_raises_a_fault(self, hands: KeysHands) -> None:
        with watched(hands) as seen:
            hands.unplug()
            assert seen.next_fault() == "unplugged"
            hands.plug()

    def test_unplugged_keys_do_not_open_and_recover_after_replugging(self, hands: KeysHands) -> None:
        hands.unplug()
        with pytest.raises(PartFault, match="unplugged"), hands.open():
            pytest.fail("they opened")
        hands.plug()
        with watched(hands) as seen:
            hands.press(Key.CHOOSE)
            assert seen.next() is Key.CHOOSE

    def test_keys_unplugged_before_closing_can_be_reopened(self, hands: KeysHands) -> None:
        with suppress(PartFault), hands.open():
            hands.unplug()
        hands.plug()
        with watched(hands) as seen:
            hands.press(Key.BACK)
            assert seen.next() is Key.BACK

    def test_watch_stops_on_request(self, hands: KeysHands) -> None:
        with watched(hands) as seen:
            assert seen.stop()
