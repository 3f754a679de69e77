"""Contract tests that every card reader driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from kiosk.hardware.parts import CardReader, PartFault
from tests.kiosk.hardware.watch_thread import Watching

ADA, LIN = "04A1B2C3D4E580", "0EF1A2B3"
REMOVED = "removed"
SEVERAL = "several"


class CardReaderOperator(ABC):
    sees_the_card = True
    """False for a reader that only receives numbers: it detects neither presence nor a second card."""

    @abstractmethod
    def open(self) -> AbstractContextManager[CardReader]: ...
    @abstractmethod
    def lay(self, *uids: str) -> None:
        """Place exactly these cards on the reader, and return once a watching reader has polled them."""

    @abstractmethod
    def rest(self) -> None:
        """Leave the cards in place for a long time."""

    def lift(self) -> None:
        self.lay()

    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...
    @abstractmethod
    def wake(self) -> None:
        """Wake a waiting driver so that it checks for a stop request."""


@contextmanager
def watched(operator: CardReaderOperator) -> Iterator[Watching]:
    with operator.open() as reader:
        watching = Watching(
            lambda stop: reader.watch(
                watching.reports.put, lambda: watching.reports.put(REMOVED), watching.reports.put, stop
            ),
            operator.wake,
        )
        with watching:
            yield watching


class CardReaderContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> CardReaderOperator:
        raise NotImplementedError

    def test_card_and_its_removal_are_reported_once_each(self, operator: CardReaderOperator) -> None:
        with watched(operator) as seen:
            operator.lay(ADA)
            assert seen.next() == ADA
            operator.lift()
            assert seen.next() == REMOVED
            operator.lay(LIN)
            assert seen.next() == LIN
            assert seen.reports.empty()

    def test_card_that_stays_is_reported_once(self, operator: CardReaderOperator) -> None:
        with watched(operator) as seen:
            operator.lay(LIN)
            assert seen.next() == LIN
            operator.rest()
            assert seen.reports.empty()
            operator.lift()
            assert seen.next() == REMOVED

    def test_replacement_card_removes_the_first(self, operator: CardReaderOperator) -> None:
        with watched(operator) as seen:
            operator.lay(ADA)
            operator.lay(LIN)
            assert [seen.next(), seen.next(), seen.next()] == [ADA, REMOVED, LIN]

    def test_card_present_before_watching_is_reported(self, operator: CardReaderOperator) -> None:
        operator.lay(ADA)
        with watched(operator) as seen:
            if operator.sees_the_card:
                assert seen.next() == ADA
            operator.lay(LIN)
            assert seen.next() == (REMOVED if operator.sees_the_card else LIN)

    def test_two_cards_at_once_are_reported_as_several(self, operator: CardReaderOperator) -> None:
        with watched(operator) as seen:
            if not operator.sees_the_card:
                return
            operator.lay(ADA, LIN)
            assert seen.next() == SEVERAL
            operator.rest()
            assert seen.reports.empty()
            operator.lay(LIN)
            assert seen.next() == LIN

    def test_second_card_is_reported_and_keeps_the_first(self, operator: CardReaderOperator) -> None:
        with watched(operator) as seen:
            if not operator.sees_the_card:
                return
            operator.lay(ADA)
            operator.lay(ADA, LIN)
            operator.rest()
            operator.lay(ADA)
            operator.rest()
            operator.lift()
            assert [seen.next(), seen.next(), seen.next()] == [ADA, SEVERAL, REMOVED]

    def test_unplugging_raises_a_fault(self, operator: CardReaderOperator) -> None:
        with watched(operator) as seen:
            operator.unplug()
            assert seen.next_fault() == "unplugged"

    def test_unplugged_reader_does_not_open_and_recovers_after_replugging(self, operator: CardReaderOperator) -> None:
        operator.unplug()
        with pytest.raises(PartFault, match="unplugged"), watched(operator) as seen:
            seen.next_fault()
            raise PartFault("unplugged")
        operator.plug()
        with watched(operator) as seen:
            operator.lay(ADA)
            assert seen.next() == ADA

    def test_reader_unplugged_before_closing_can_be_reopened(self, operator: CardReaderOperator) -> None:
        with operator.open():
            operator.unplug()
        operator.plug()
        with watched(operator) as seen:
            operator.lay(ADA)
            assert seen.next() == ADA

    def test_watch_stops_on_request(self, operator: CardReaderOperator) -> None:
        with watched(operator) as seen:
            assert seen.stop()
