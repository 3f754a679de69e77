"""Test the desk page with an item pad: Chromium, a real hub, a real `kiosk pad` and a simulated reader."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.common import TimeoutException
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from kiosk.tag_simulator.tags import Tag
from lending.tags import TagData
from tests.hub.staff.clerk import Clerk
from tests.hub.staff.desk_browser_test import barcodes, on_loan, state
from tests.hub.support.browsers import DemoHub
from tests.support.desk_pad import DeskPad

IN, OUT = 0x07, 0xC2


@pytest.fixture
def pad(demo_hub: DemoHub, tmp_path: Path) -> Iterator[DeskPad]:
    pad = DeskPad(tmp_path, demo_hub.url)
    yield pad
    pad.close()


@pytest.fixture
def clerk(browser: Chrome, demo_hub: DemoHub, pad: DeskPad) -> Clerk:
    clerk = Clerk(browser, demo_hub)
    field = browser.find_element(By.NAME, "pad")
    field.send_keys(str(pad.port), Keys.ENTER)
    clerk.wait_for(lambda: said(clerk) == "Item pad ready")
    return clerk


def said(clerk: Clerk) -> str:
    return str(clerk.browser.execute_script("return document.getElementById('pad')?.textContent ?? ''"))


def settle_pile(clerk: Clerk, words: str) -> None:
    """Wait until the pile is steady, because a tag that is back before counts as not lifted."""
    steady = "return document.getElementById('pad').dataset.steady"
    clerk.wait_for(lambda: said(clerk) == words and clerk.browser.execute_script(steady) == "true")
    clerk.settled()


def see(clerk: Clerk, *states: tuple[str, str]) -> None:
    """Wait until the newest lines are these, by action and beginning of the result."""

    def are_seen() -> bool:
        rows = clerk.rows()[: len(states)]
        return [row.act for row in rows] == [act for act, _ in states] and all(
            row.state.startswith(words) for row, (_, words) in zip(rows, states, strict=True)
        )

    try:
        clerk.wait_for(are_seen)
    except TimeoutException:
        pytest.fail(f"{clerk.rows()}, {said(clerk)}")
    clerk.settled()


def lay(pad: DeskPad, *numbers: str, **faults: bool) -> list[Tag]:
    return [pad.lay(TagData(each), **faults) for each in numbers]


def open_cases(clerk: Clerk) -> str:
    clerk.browser.get(f"{clerk.hub.url}/staff/exceptions/")
    return clerk.browser.find_element(By.TAG_NAME, "main").text


def test_pile_is_checked_out_then_passes_the_gate(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    books = barcodes(demo_hub, "free_01", "free_02", "free_03")
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    tags = lay(pad, *books)
    see(clerk, *[("Check out", "Checked out The gate lets it pass.")] * 3)
    assert on_loan(demo_hub, "plain_1") == sorted(books)
    assert [tag.afi for tag in tags] == [OUT] * 3
    assert said(clerk) == "On the item pad: 3."
    clerk.picture("desk-en-pad")


def test_finished_visit_does_not_return_what_still_lies_there(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    """After Finish, the desk checks in what is scanned; the patron's books are still on the item pad."""
    (book,) = barcodes(demo_hub, "free_01")
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    (tag,) = lay(pad, book)
    see(clerk, ("Check out", "Checked out"))
    clerk.press(Keys.ESCAPE)
    lay(pad, *barcodes(demo_hub, "free_02"))
    see(clerk, ("Check in", "Back to the shelf"))
    assert on_loan(demo_hub, "plain_1") == [book] and tag.afi == OUT
    pad.field.tags.remove(tag)
    settle_pile(clerk, "On the item pad: 1.")
    pad.field.tags.append(tag)
    see(clerk, ("Check in", "Checked in"))
    assert not on_loan(demo_hub, "plain_1") and tag.afi == IN


def test_pile_is_secured_then_checked_in(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    tags = lay(pad, *barcodes(demo_hub, "on_loan"))
    tags[0].afi = OUT
    see(clerk, ("Check in", "Checked in The gate rings for it again."))
    assert tags[0].afi == IN
    assert [loan["state"] for loan in state(demo_hub, item="on_loan")] == ["returned"]


def test_books_laid_down_before_the_card_are_borrowed_with_it(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    (tag,) = lay(pad, book)
    see(clerk, ("Check in", "Back to the shelf"))
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    see(clerk, ("Check out", "Checked out"))
    assert on_loan(demo_hub, "plain_1") == [book] and tag.afi == OUT


def test_loan_whose_tag_is_not_switched_is_reported_when_the_patron_leaves(
    clerk: Clerk, demo_hub: DemoHub, pad: DeskPad
) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    lay(pad, book, locked=True)
    see(clerk, ("Check out", "Checked out The gate may ring. Lay it on the item pad again."))
    assert on_loan(demo_hub, "plain_1") == [book]
    clerk.picture("desk-en-pad-rings")
    clerk.press(Keys.ESCAPE)
    assert "On loan, but the gate may ring" in open_cases(clerk)


def test_tag_that_is_switched_at_the_second_time_is_not_reported(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    (tag,) = lay(pad, book, locked=True)
    see(clerk, ("Check out", "Checked out The gate may ring."))
    pad.field.tags.clear()
    settle_pile(clerk, "Item pad ready")
    tag.locked = False
    pad.field.tags.append(tag)
    see(clerk, ("Check out", "Checked out The gate lets it pass."))
    assert len(clerk.rows()) == 1 and tag.afi == OUT
    clerk.press(Keys.ESCAPE)
    assert "gate" not in open_cases(clerk)


def test_return_that_cannot_be_secured_is_reported(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    (tag,) = lay(pad, *barcodes(demo_hub, "on_loan"), locked=True)
    tag.afi = OUT
    see(clerk, ("Check in", "Checked in The gate may not ring for it. Put it aside."))
    assert [loan["state"] for loan in state(demo_hub, item="on_loan")] == ["returned"], "returns never stop"
    assert "Not on loan, but the gate may not ring" in open_cases(clerk)


def test_set_waits_for_its_missing_part(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    first = pad.lay(TagData(book, 2, 1))
    see(clerk, ("Check out", "Waiting Of 2 parts, missing: 2."))
    assert not on_loan(demo_hub, "plain_1") and first.afi == IN
    second = pad.lay(TagData(book, 2, 2))
    see(clerk, ("Check out", "Checked out"))
    assert [first.afi, second.afi] == [OUT, OUT]


def test_label_checks_an_incomplete_set_out(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    tag = pad.lay(TagData(book, 2, 1))
    see(clerk, ("Check out", "Waiting"))
    clerk.scan(book)
    assert clerk.rows()[0].state.startswith("Checked out The gate lets it pass.")
    assert on_loan(demo_hub, "plain_1") == [book] and tag.afi == OUT


def test_undone_loan_rings_again(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    (tag,) = lay(pad, book)
    see(clerk, ("Check out", "Checked out The gate lets it pass."))
    pad.field.tags.clear()
    settle_pile(clerk, "Item pad ready")
    clerk.undo()
    see(clerk, ("Check out", "Not undone Lay the item on the item pad first."))
    assert on_loan(demo_hub, "plain_1") == [book]
    pad.field.tags.append(tag)
    settle_pile(clerk, "On the item pad: 1.")
    clerk.undo()
    see(clerk, ("Check out", "Undone"))
    assert not on_loan(demo_hub, "plain_1") and tag.afi == IN


def test_tag_that_names_no_item_opens_nothing(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    """Anyone can write a tag: neither a card's number nor a patron's name on it opens a patron."""
    lay(pad, demo_hub.patrons["plain_1"]["identifier"])
    see(clerk, ("Check in", "Not in the catalogue"))
    assert "No patron yet" in clerk.patron()
    assert [tag.afi for tag in pad.field.tags] == [IN] and not [tag for tag in pad.field.tags if tag.writes]


def test_page_says_what_is_wrong_with_the_pad(clerk: Clerk, pad: DeskPad) -> None:
    pad.lay()
    clerk.wait_for(lambda: said(clerk) == "Tags that cannot be read: 1. Scan the label of these items.")
    pad.cable.unplug()
    clerk.wait_for(lambda: "does not work (unplugged)" in said(clerk))
    pad.cable.plug()
    clerk.wait_for(lambda: said(clerk).startswith("Tags that cannot be read"))


def test_page_connects_to_the_chosen_port_only(clerk: Clerk, demo_hub: DemoHub, pad: DeskPad) -> None:
    script = """const done = arguments[0];
        document.addEventListener('securitypolicyviolation', (event) => done(event.violatedDirective));
        try { new WebSocket('ws://127.0.0.1:1'); } catch {}
        setTimeout(() => done('allowed'), 2000);"""
    assert clerk.browser.execute_async_script(script) == "connect-src"
    clerk.browser.get(f"{demo_hub.url}/staff/items/")
    assert clerk.browser.execute_async_script(script.replace(":1'", f":{pad.port}'")) != "allowed"
