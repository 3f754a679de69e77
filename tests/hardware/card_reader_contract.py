"""What every driver of the card reader must do; a test module inherits it with hands for its driver."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from kiosk.hardware.parts import CardReader, PartFault
from tests.hardware.watching import Watching

ADA, LIN = "04A1B2C3D4E580", "0EF1A2B3"
REMOVED = "removed"


class CardReaderHands(ABC):
    @abstractmethod
    def open(self) -> AbstractContextManager[CardReader]: ...
    @abstractmethod
    def lay(self, uid: str) -> None: ...
    @abstractmethod
    def lift(self) -> None: ...
    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...
    @abstractmethod
    def wake(self) -> None:
        """Makes a driver that waits look whether it shall stop, where it needs that."""


@contextmanager
def watched(hands: CardReaderHands) -> Iterator[Watching]:
    with hands.open() as reader:
        watching = Watching(
            lambda stop: reader.watch(lambda uid: watching.told.put(uid), lambda: watching.told.put(REMOVED), stop),
            hands.wake,
        )
        with watching:
            yield watching


class CardReaderContract:
    @pytest.fixture
    def hands(self) -> CardReaderHands:
        raise NotImplementedError

    def test_a_card_is_told_once_and_its_removal_once(self, hands: CardReaderHands) -> None:
        with watched(hands) as seen:
            hands.lay(ADA)
            assert seen.next() == ADA
            hands.lift()
            assert seen.next() == REMOVED
            hands.lay(LIN)
            assert seen.next() == LIN
            assert seen.told.empty()

    def test_another_card_on_the_same_place_removes_the_first(self, hands: CardReaderHands) -> None:
        with watched(hands) as seen:
            hands.lay(ADA)
            hands.lay(LIN)
            assert [seen.next(), seen.next(), seen.next()] == [ADA, REMOVED, LIN]

    def test_a_card_that_lay_there_before_is_seen(self, hands: CardReaderHands) -> None:
        hands.lay(ADA)
        with watched(hands) as seen:
            assert seen.next() == ADA

    def test_a_pulled_plug_is_a_fault(self, hands: CardReaderHands) -> None:
        with watched(hands) as seen:
            hands.unplug()
            assert seen.next_fault() == "unplugged"

    def test_an_unplugged_reader_does_not_open_and_heals(self, hands: CardReaderHands) -> None:
        hands.unplug()
        with pytest.raises(PartFault, match="unplugged"), watched(hands) as seen:
            seen.next_fault()
            raise PartFault("unplugged")
        hands.plug()
        with watched(hands) as seen:
            hands.lay(ADA)
            assert seen.next() == ADA

    def test_it_stops_when_asked(self, hands: CardReaderHands) -> None:
        with watched(hands) as seen:
            assert seen.stop()
