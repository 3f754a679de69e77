"""Contract tests that every receipt printer driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

import pytest
from PIL import Image, ImageChops

from kiosk.hardware.parts import BrokenOff, PartFault, ReceiptPrinter

BROKEN = ("out_of_paper", "cover_open", "unplugged")


class PrinterOperator(ABC):
    asked = True
    """False for a printer without status queries: only unplugging is detected."""

    @abstractmethod
    def open(self) -> AbstractContextManager[ReceiptPrinter]: ...
    @abstractmethod
    def put(self, state: str) -> None:
        """Set the state: `ok`, `near_end`, `out_of_paper`, `cover_open`, `ends_halfway` or `unplugged`."""

    @abstractmethod
    def paper(self) -> list[Image.Image]:
        """Return the cut receipts as one-bit pictures without trailing blank paper."""


def drawing(width: int) -> Image.Image:
    """Return a picture in which any lost, moved or rotated dot is visible."""
    picture = Image.new("1", (width, 90), 1)
    for at in range(90):
        picture.putpixel((at * 4 % width, at), 0)
    picture.putpixel((width - 1, 89), 0)
    return picture


def alike(one: Image.Image, other: Image.Image) -> bool:
    """Return True if the pictures are equal dot for dot."""
    return one.size == other.size and not ImageChops.difference(one.convert("L"), other.convert("L")).getbbox()


class ReceiptPrinterContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> PrinterOperator:
        raise NotImplementedError

    def test_printed_picture_matches_the_drawing(self, operator: PrinterOperator) -> None:
        with operator.open() as printer:
            assert printer.width in (384, 576)
            picture = drawing(printer.width)
            printer.print(picture)
            printer.print(picture)
        first, second = operator.paper()
        assert alike(first, picture)
        assert alike(second, picture)

    def test_working_printer_is_ready(self, operator: PrinterOperator) -> None:
        with operator.open() as printer:
            assert printer.check() == ("ready" if operator.asked else "not_asked")

    def test_paper_near_its_end_is_reported_and_still_prints(self, operator: PrinterOperator) -> None:
        with operator.open() as printer:
            operator.put("near_end")
            assert printer.check() == ("near_end" if operator.asked else "not_asked")
            printer.print(drawing(printer.width))
        assert len(operator.paper()) == 1

    @pytest.mark.parametrize("state", BROKEN)
    def test_faulty_printer_reports_the_reason_and_prints_nothing(self, operator: PrinterOperator, state: str) -> None:
        with operator.open() as printer:
            operator.put(state)
            if not operator.asked and state != "unplugged":
                assert printer.check() == "not_asked", "no state is claimed without a query"
                return
            with pytest.raises(PartFault, match=state):
                printer.check()
            with pytest.raises(PartFault, match=state) as fault:
                printer.print(drawing(printer.width))
            assert not isinstance(fault.value, BrokenOff)
        assert operator.paper() == []

    def test_printer_prints_after_a_new_roll(self, operator: PrinterOperator) -> None:
        with operator.open() as printer:
            if operator.asked:
                operator.put("out_of_paper")
                with pytest.raises(PartFault):
                    printer.print(drawing(printer.width))
            operator.put("ok")
            printer.print(drawing(printer.width))
        assert len(operator.paper()) == 1

    def test_interrupted_receipt_is_reported_and_the_next_one_is_complete(self, operator: PrinterOperator) -> None:
        with operator.open() as printer:
            picture = drawing(printer.width)
            operator.put("ends_halfway")
            if operator.asked:
                with pytest.raises(BrokenOff, match="out_of_paper"):
                    printer.print(picture)
            operator.put("ok")
            printer.print(picture)
        *pieces, last = operator.paper()
        assert alike(last, picture)
        assert not any(piece.height >= picture.height for piece in pieces)

    def test_printer_unplugged_before_closing_can_be_reopened(self, operator: PrinterOperator) -> None:
        with operator.open() as printer:
            operator.put("unplugged")
        with pytest.raises(PartFault, match=r"unplugged|refused"), operator.open() as printer:
            printer.check()
        operator.put("ok")
        with operator.open() as printer:
            printer.check()
            printer.print(drawing(printer.width))
        assert len(operator.paper()) == 1

    def test_picture_of_the_wrong_width_raises_value_error(self, operator: PrinterOperator) -> None:
        with operator.open() as printer:
            other = 960 - printer.width
            with pytest.raises(ValueError, match=f"{printer.width} dots"):
                printer.print(drawing(other))
        assert operator.paper() == []
