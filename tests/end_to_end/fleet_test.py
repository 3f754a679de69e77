"""Test closing and reopening a real kiosk from the hub during a visit, and its call for help."""

from __future__ import annotations

import pytest

from tests.support.librarian import Librarian
from tests.support.real_kiosk import House

pytestmark = pytest.mark.long  # Whole kiosks.


def test_kiosk_closes_after_the_visit_and_reopens_on_command(library: House) -> None:
    set_up = library.set_up().with_journal()
    staff = Librarian(library.hub.hub.url, library.folder / "hub")
    dune = library.item("free_01")
    with set_up.kiosk() as kiosk:
        page = staff.kiosk("kiosk-1")
        kiosk.until(lambda: "Working" in staff.page(page))
        kiosk.tap(library.card("plain_1"))
        assert kiosk.scan(dune)["view"] == "Borrowing"
        staff.post(f"{page}close/", closing_zh="正在搬迁", closing_en="We are moving to the hall")
        for _ in range(3):
            kiosk.wait(19)
            assert kiosk.press("account")["view"] == "Account", "the visit continues"
            assert kiosk.press("back")["view"] == "Borrowing"
        kiosk.press("finish")
        kiosk.press("receipt_none")
        kiosk.until(lambda: kiosk.look()["view"] == "OutOfOrder")
        assert "We are moving to the hall" in kiosk.text
        assert kiosk.tap(library.card("plain_2"))["view"] == "OutOfOrder"
        assert [loan["state"] for loan in library.loans(dune)] == ["on_loan"]
        kiosk.until(lambda: "Out of service" in staff.page(page).split("Parts")[0])
        staff.post(f"{page}reopen/")
        kiosk.until(lambda: kiosk.look()["view"] == "Welcome")
        assert kiosk.tap(library.card("plain_1"))["view"] == "Borrowing"
        kiosk.press("help")
        kiosk.until(lambda: "kiosk-1, Main library: 1 staff call" in staff.page("kiosks/"))
    staff.close()


def test_restart_without_the_hub_keeps_the_kiosk_closed(library: House) -> None:
    set_up = library.set_up().with_journal()
    staff = Librarian(library.hub.hub.url, library.folder / "hub")
    with set_up.kiosk() as kiosk:
        page = staff.kiosk(f"kiosk-{library.kiosks}")
        kiosk.until(lambda: "Working" in staff.page(page))
        staff.post(f"{page}close/", closing_zh="正在搬迁", closing_en="We are moving to the hall")
        kiosk.until(lambda: kiosk.look()["view"] == "OutOfOrder")
    with set_up.kiosk(via=("127.0.0.1", 9)) as kiosk:
        assert kiosk.look()["view"] == "OutOfOrder"
        assert "We are moving to the hall" in kiosk.text
        assert kiosk.tap(library.card("plain_2"))["view"] == "OutOfOrder"
        staff.post(f"{page}reopen/")
    with set_up.kiosk() as kiosk:
        kiosk.until(lambda: kiosk.look()["view"] == "Welcome")
    staff.close()


def test_revoked_kiosk_closes_and_gives_the_reason(library: House) -> None:
    set_up = library.set_up().with_journal()
    staff = Librarian(library.hub.hub.url, library.folder / "hub")
    with set_up.kiosk() as kiosk:
        page = staff.kiosk(f"kiosk-{library.kiosks}")
        kiosk.until(lambda: "Working" in staff.page(page))
        staff.post(f"{page}revoke/")
        kiosk.until(lambda: kiosk.look()["view"] == "OutOfOrder")
        assert "no longer accepts data from it" in kiosk.text
    staff.close()


def test_staff_fetch_log_and_picture_and_restart_the_kiosk_between_visits(library: House) -> None:
    set_up = library.set_up().with_journal()
    staff = Librarian(library.hub.hub.url, library.folder / "hub")
    with set_up.kiosk() as kiosk:
        page = staff.kiosk(f"kiosk-{library.kiosks}")
        kiosk.until(lambda: "Working" in staff.page(page))
        staff.post(f"{page}tasks/screenshot/")
        kiosk.until(lambda: "Staff have taken a screenshot of this kiosk" in str(kiosk.look()["texts"]))
        kiosk.until(lambda: "Received" in staff.page(page))
        staff.post(f"{page}tasks/log/")
        kiosk.until(lambda: staff.page(page).count("Received") == 2)
        kiosk.tap(library.card("plain_1"))

        def says(words: str) -> bool:
            """Return whether the page says so; the patron goes on meanwhile."""
            kiosk.press("account")
            kiosk.press("back")
            return words in staff.page(page)

        staff.post(f"{page}tasks/screenshot/")
        kiosk.until(lambda: says("A patron was at the kiosk"))
        staff.post(f"{page}tasks/restart/")
        kiosk.until(lambda: says("Restarts after the visit in progress"))
        assert kiosk.look()["view"] == "Borrowing", "the visit continues"
        kiosk.press("finish")
        for _ in range(4):
            kiosk.let_pass(20)
        assert kiosk.ended() == 1
    with set_up.kiosk() as kiosk:
        for _ in range(3):
            kiosk.wait(61)
        assert kiosk.look()["view"] == "Welcome", "it restarts once"
    staff.close()
