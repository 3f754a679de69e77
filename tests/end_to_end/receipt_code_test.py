"""Test that the code of a receipt printed offline leads staff to the visit once it is uploaded."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.librarian import Librarian
from tests.support.real_kiosk import NO_SERVER, House, house

pytestmark = pytest.mark.long  # Whole kiosks.


@pytest.fixture
def library() -> Iterator[House]:
    with house(hub=True) as running:
        yield running


def test_receipt_code_of_an_offline_visit_is_found_after_upload(library: House) -> None:
    set_up = library.set_up().with_journal()
    with set_up.kiosk() as kiosk:
        while not set_up.config.paths.snapshot.exists():
            kiosk.wait(1)
    with set_up.kiosk(NO_SERVER) as kiosk:
        kiosk.tap(library.card("plain_1"))
        for item in ("free_01", "free_02"):
            kiosk.scan(library.item(item))
        kiosk.press("finish")
        found = re.search(r"\b([2-9A-Z]{3}) ([2-9A-Z]{3})\b", kiosk.text)
        assert found is not None, kiosk.text
    staff, page = Librarian(library.hub.hub.url, library.folder / "hub"), f"patrons/?q={found[0].lower()}"
    assert "Find receipt" in staff.page(page)
    with set_up.kiosk() as kiosk:
        kiosk.wait(30)
    receipt_page = staff.page(page)
    assert f"Receipt {found[0]}" in receipt_page
    assert receipt_page.count("Confirmed") == 2
    assert all(library.item(item) in receipt_page for item in ("free_01", "free_02"))
    staff.close()
