"""Contract tests that every card reader driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from kiosk.hardware.parts import CardReader
from tests.kiosk.hardware.watch_thread import WatchContract, Watching, WatchOperator

ADA, LIN = "04A1B2C3D4E580", "0EF1A2B3"
REMOVED = "removed"
SEVERAL = "several"


class CardReaderOperator(WatchOperator[CardReader]):
    sees_the_card = True
    """False for a reader that only receives numbers: it detects neither presence nor a second card."""

    @abstractmethod
    def lay(self, *uids: str) -> None:
        """Place exactly these cards on the reader, and return once a watching reader has polled them."""

    @abstractmethod
    def rest(self) -> None:
        """Leave the cards in place for a long time."""

    def lift(self) -> None:
        self.lay()


class CardReaderContract(WatchContract[CardReader]):
    def watch(self, driver: CardReader, watching: Watching, stop: Callable[[], bool]) -> None:
        driver.watch(watching.reports.put, lambda: watching.reports.put(REMOVED), watching.reports.put, stop)

    def check(self, operator: CardReaderOperator, seen: Watching) -> None:
        operator.lay(ADA)
        assert seen.next() == ADA

    def test_card_and_its_removal_are_reported_once_each(self, operator: CardReaderOperator) -> None:
        with self.watched(operator) as seen:
            operator.lay(ADA)
            assert seen.next() == ADA
            operator.lift()
            assert seen.next() == REMOVED
            operator.lay(LIN)
            assert seen.next() == LIN
            assert seen.reports.empty()

    def test_card_that_stays_is_reported_once(self, operator: CardReaderOperator) -> None:
        with self.watched(operator) as seen:
            operator.lay(LIN)
            assert seen.next() == LIN
            operator.rest()
            assert seen.reports.empty()
            operator.lift()
            assert seen.next() == REMOVED

    def test_replacement_card_removes_the_first(self, operator: CardReaderOperator) -> None:
        with self.watched(operator) as seen:
            operator.lay(ADA)
            operator.lay(LIN)
            assert [seen.next(), seen.next(), seen.next()] == [ADA, REMOVED, LIN]

    def test_card_present_before_watching_is_reported(self, operator: CardReaderOperator) -> None:
        operator.lay(ADA)
        with self.watched(operator) as seen:
            if operator.sees_the_card:
                assert seen.next() == ADA
            operator.lay(LIN)
            assert seen.next() == (REMOVED if operator.sees_the_card else LIN)

    def test_two_cards_at_once_are_reported_as_several(self, operator: CardReaderOperator) -> None:
        with self.watched(operator) as seen:
            if not operator.sees_the_card:
                return
            operator.lay(ADA, LIN)
            assert seen.next() == SEVERAL
            operator.rest()
            assert seen.reports.empty()
            operator.lay(LIN)
            assert seen.next() == LIN

    def test_second_card_is_reported_and_keeps_the_first(self, operator: CardReaderOperator) -> None:
        with self.watched(operator) as seen:
            if not operator.sees_the_card:
                return
            operator.lay(ADA)
            operator.lay(ADA, LIN)
            operator.rest()
            operator.lay(ADA)
            operator.rest()
            operator.lift()
            assert [seen.next(), seen.next(), seen.next()] == [ADA, SEVERAL, REMOVED]
