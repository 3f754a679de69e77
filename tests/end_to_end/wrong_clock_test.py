"""Test a real kiosk whose clock is ten years ahead: it uses the hub's time and reports its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.librarian import Librarian
from tests.support.real_kiosk import house

pytestmark = pytest.mark.long
AHEAD = timedelta(days=3650)


def test_loans_use_hub_time_and_staff_see_the_wrong_clock() -> None:
    with house(hub=True) as library:
        item = library.item("free_01")
        options = ("--clock", (datetime.now(UTC) + AHEAD).isoformat(), "--trust", "unknown")
        with library.set_up().with_journal().kiosk(options=options) as kiosk:
            kiosk.until(lambda: kiosk.ask("look")["health"]["clock"]["reason"] == "wrong_time")
            kiosk.tap(library.card("plain_1"))
            kiosk.scan(item)
            kiosk.until(lambda: library.loans(item) != [])
            (loan,) = library.loans(item)
            due = datetime.fromisoformat(loan["due"]).replace(tzinfo=UTC)
            assert timedelta(0) < due - datetime.now(UTC) < timedelta(days=100), due
            staff = Librarian(library.hub.hub.url, library.folder / "hub")
            page = staff.kiosk("kiosk-1")
            kiosk.until(lambda: "hub time is used" in staff.page(page))
            assert "Clock wrong" in staff.page(page)
            staff.close()
