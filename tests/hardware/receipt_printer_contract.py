"""What every driver of the receipt printer must do; a test module inherits it with hands for its driver."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

import pytest
from PIL import Image, ImageChops

from kiosk.hardware.parts import PartFault, ReceiptPrinter


class PrinterHands(ABC):
    @abstractmethod
    def open(self) -> AbstractContextManager[ReceiptPrinter]: ...
    @abstractmethod
    def put(self, state: str) -> None:
        """Makes it `ok`, `near_end`, `out_of_paper`, `cover_open` or `unplugged`."""

    @abstractmethod
    def paper(self) -> list[Image.Image]:
        """The receipts that came out, as one-bit pictures."""


def drawing(width: int) -> Image.Image:
    """A picture that shows a dot that is lost, moved or turned."""
    picture = Image.new("1", (width, 90), 1)
    for at in range(90):
        picture.putpixel((at * 4 % width, at), 0)
    picture.putpixel((width - 1, 89), 0)
    return picture


class ReceiptPrinterContract:
    @pytest.fixture
    def hands(self) -> PrinterHands:
        raise NotImplementedError

    def test_what_is_printed_comes_out_dot_for_dot(self, hands: PrinterHands) -> None:
        with hands.open() as printer:
            assert printer.width in (384, 576)
            picture = drawing(printer.width)
            printer.print(picture)
            printer.print(picture)
        first, second = hands.paper()
        assert ImageChops.difference(first.convert("L"), picture.convert("L")).getbbox() is None
        assert first.size == second.size

    def test_a_good_printer_says_ready(self, hands: PrinterHands) -> None:
        with hands.open() as printer:
            assert printer.check() == "ready"

    def test_a_roll_that_ends_is_told_and_still_prints(self, hands: PrinterHands) -> None:
        with hands.open() as printer:
            hands.put("near_end")
            assert printer.check() == "near_end"
            printer.print(drawing(printer.width))
        assert len(hands.paper()) == 1

    @pytest.mark.parametrize("state", ["out_of_paper", "cover_open", "unplugged"])
    def test_what_cannot_print_says_why_and_prints_nothing(self, hands: PrinterHands, state: str) -> None:
        with hands.open() as printer:
            hands.put(state)
            with pytest.raises(PartFault, match=state):
                printer.check()
            with pytest.raises(PartFault, match=state):
                printer.print(drawing(printer.width))
        assert hands.paper() == []

    def test_a_new_roll_prints_again(self, hands: PrinterHands) -> None:
        with hands.open() as printer:
            hands.put("out_of_paper")
            with pytest.raises(PartFault):
                printer.print(drawing(printer.width))
            hands.put("ok")
            printer.print(drawing(printer.width))
        assert len(hands.paper()) == 1
