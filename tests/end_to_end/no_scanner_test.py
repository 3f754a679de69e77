"""Test a real kiosk without a scanner: items are borrowed and returned by typed numbers."""

from __future__ import annotations

import pytest

from tests.support.real_kiosk import House

pytestmark = pytest.mark.long  # Whole kiosks.

NUMBERS = {"item": {"pattern": "3[0-9]{13}|LB[0-9]{4}"}, "card": {"digits": 14, "prefix": "2"}}


def test_item_is_borrowed_by_its_typed_number(library: House) -> None:
    set_up = library.set_up({"barcode_scanner": {"driver": "none"}, "numbers": NUMBERS}).with_journal()
    book = library.item("free_01")
    with set_up.kiosk() as kiosk:
        assert kiosk.tap(library.card("plain_1"))["view"] == "Borrowing"
        text = " ".join(kiosk.text.split())
        assert "Enter the number below the barcode." in text
        assert "The camera is not working." not in text
        assert {"B", "L"} <= set(kiosk.seen["texts"]), "the letters of the numbers are on the keypad"
        for digit in book:
            kiosk.ask("touch", name="key", choice=digit)
        kiosk.press("enter")
        assert library.title(book) in kiosk.text
        kiosk.press("finish")
    assert [loan["state"] for loan in library.loans(book)] == ["on_loan"]
