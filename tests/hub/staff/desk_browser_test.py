"""The desk page in a real Chromium, served by a real hub: what a clerk does all day, without the mouse."""

import json
import urllib.request

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from tests.hub.staff.clerk import Clerk
from tests.hub.staff.conftest import DemoHub

FREE = tuple(f"free_{number:02}" for number in range(1, 61))


@pytest.fixture
def clerk(browser: Chrome, demo_hub: DemoHub) -> Clerk:
    return Clerk(browser, demo_hub)


def on_loan(hub: DemoHub, patron: str) -> list[str]:
    """Barcodes of what the patron has on loan, read from the hub and not from the page."""
    url = f"{hub.url}/api/demo/state?patrons={hub.patrons[patron]['identifier']}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        loans = json.load(answer)["loans"]
    return sorted(loan["item"] for loan in loans if loan["state"] == "on_loan")


def barcodes(hub: DemoHub, *cases: str) -> list[str]:
    return [hub.items[case]["barcode"] for case in cases]


def test_a_card_and_ten_books_by_keyboard_alone(clerk: Clerk, demo_hub: DemoHub) -> None:
    before = on_loan(demo_hub, "plain_1")
    books = barcodes(demo_hub, *FREE[: 10 - len(before)])
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    assert "Ada S." in clerk.patron()
    clerk.scan(*books)
    assert [row.state for row in clerk.rows()] == ["Borrowed"] * len(books)
    assert clerk.rows()[0].title.startswith(demo_hub.items[FREE[9 - len(before)]]["title"])
    assert on_loan(demo_hub, "plain_1") == sorted(before + books)
    assert clerk.focused()
    clerk.picture("desk-en-ten-books")
