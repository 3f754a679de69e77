"""Test the page that writes item tags: Chromium, a real hub, a real `kiosk pad` and a simulated reader."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.common import TimeoutException
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from kiosk.tag_simulator.tags import Tag
from lending.tags import TagData, TagTrouble, Usage, decode, encode
from tests.hub.staff.clerk import Clerk
from tests.hub.staff.desk_browser_test import barcodes
from tests.hub.support.browsers import DemoHub
from tests.support.desk_pad import DeskPad


class Converter:
    """A member of staff who writes tags."""

    def __init__(self, clerk: Clerk, pad: DeskPad) -> None:
        self.clerk, self.pad, self.browser = clerk, pad, clerk.browser
        self.browser.find_element(By.NAME, "pad").send_keys(str(pad.port), Keys.ENTER)
        clerk.wait_for(lambda: self.browser.execute_script("return document.getElementById('pad')?.dataset.steady"))
        self.browser.get(f"{clerk.hub.url}/staff/items/tags/")
        self.see("Scan the label of the next item.")

    def scan(self, number: str, parts: int = 1) -> None:
        field = self.browser.find_element(By.ID, "parts")
        self.browser.execute_script("arguments[0].value = arguments[1]", field, parts)
        self.browser.find_element(By.ID, "entry").send_keys(number, Keys.ENTER)

    def see(self, words: str) -> None:
        try:
            self.clerk.wait_for(lambda: self.state() == words)
        except TimeoutException:
            pytest.fail(f"{self.state()!r}, should be {words!r}")

    def state(self) -> str:
        return str(self.browser.execute_script("return document.querySelector('#state span')?.textContent ?? ''"))

    def progress(self) -> str:
        return self.browser.find_element(By.ID, "progress").text

    def today(self) -> list[str]:
        return [each.text for each in self.browser.find_elements(By.CSS_SELECTOR, "#today tr")]

    def click(self, name: str) -> None:
        self.browser.find_element(By.ID, name).click()

    def lift(self) -> None:
        self.pad.field.tags.clear()
        pile = "const { dataset, textContent } = document.getElementById('pad'); return [dataset.steady, textContent]"
        self.clerk.wait_for(lambda: self.browser.execute_script(pile) == ["true", "On the item pad: 0."])


@pytest.fixture
def pad(demo_hub: DemoHub, tmp_path: Path) -> Iterator[DeskPad]:
    pad = DeskPad(tmp_path, demo_hub.url)
    yield pad
    pad.close()


@pytest.fixture
def page(browser: Chrome, demo_hub: DemoHub, pad: DeskPad) -> Converter:
    return Converter(Clerk(browser, demo_hub), pad)


def says(tag: Tag) -> TagData | TagTrouble:
    return decode(bytes(tag.memory), tag.dsfid)


def test_label_then_book_writes_the_tag_and_undo_takes_it_back(page: Converter, demo_hub: DemoHub) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    before = page.progress()
    page.scan(book)
    page.see("Lay it on the item pad.")
    tag = page.pad.lay(afi=0, dsfid=0)
    page.see("Written and checked")
    assert says(tag) == TagData(book, owner="DE-705") and tag.afi == 0x07
    assert page.progress().endswith("1 written today") and page.progress() != before
    assert len(page.today()) == 1 and book in page.today()[0]
    page.clerk.picture("tagging-en-written")
    page.click("undo")
    page.see("The tag is as it was before")
    assert says(tag) is TagTrouble.BLANK and tag.afi == 0
    assert page.progress() == before and not page.today()


def test_book_that_lies_there_first_is_written_after_the_scan(page: Converter, demo_hub: DemoHub) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    tag = page.pad.lay()
    page.scan(book)
    page.see("Written and checked")
    assert says(tag) == TagData(book, owner="DE-705")
    page.scan(barcodes(demo_hub, "free_02")[0])
    page.see("This tag names " + book + ".")
    assert says(tag) == TagData(book, owner="DE-705"), "the book before lies there still"


def test_set_is_recorded_when_all_its_parts_are_written(page: Converter, demo_hub: DemoHub) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    page.scan(book, parts=2)
    page.see("Lay part 1 of 2 on the item pad.")
    first = page.pad.lay()
    page.see("Part 1 of 2 is written. Take it off.")
    assert not page.today()
    page.lift()
    page.see("Lay part 2 of 2 on the item pad.")
    second = page.pad.lay()
    page.see("Written and checked")
    assert [says(first), says(second)] == [TagData(book, 2, part, "DE-705") for part in (1, 2)]
    assert len(page.today()) == 1


def test_tag_of_another_item_is_overwritten_only_when_asked(page: Converter, demo_hub: DemoHub) -> None:
    book, other = barcodes(demo_hub, "free_01", "free_02")
    tag = page.pad.lay(TagData(other))
    page.scan(book)
    page.see(f"This tag names {other}.")
    assert says(tag) == TagData(other)
    page.click("replace")
    page.see("Written and checked")
    assert says(tag) == TagData(book, owner="DE-705")


def test_patron_card_is_not_overwritten(page: Converter, demo_hub: DemoHub) -> None:
    card = TagData(demo_hub.patrons["plain_1"]["identifier"], usage=Usage.PATRON_CARD)
    tag = page.pad.lay(card)
    page.scan(barcodes(demo_hub, "free_01")[0])
    page.see("Lay it on the item pad.")
    page.pad.lay()
    page.see("More than one tag on the item pad. Leave one.")
    assert says(tag) == card and says(page.pad.field.tags[1]) is TagTrouble.BLANK


def test_tag_that_cannot_be_written_is_no_success(page: Converter, demo_hub: DemoHub) -> None:
    page.pad.lay(locked=True)
    page.scan(barcodes(demo_hub, "free_01")[0])
    page.see("Not written. Lay it in the middle of the item pad, or use another tag.")
    assert not page.today()
    page.lift()
    tag = page.pad.lay()
    page.see("Written and checked")
    assert isinstance(says(tag), TagData)


def test_item_on_loan_is_not_written(page: Converter, demo_hub: DemoHub) -> None:
    """Writing secures the tag, so the patron's book would ring."""
    tag = page.pad.lay()
    page.scan(barcodes(demo_hub, "on_loan")[0])
    page.see("On loan. Check it in first.")
    page.scan("30099999999999")
    page.see("Not in the catalogue")
    assert says(tag) is TagTrouble.BLANK


def test_tag_that_deviates_is_rewritten_without_a_scan(page: Converter, demo_hub: DemoHub) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    page.click("rewrite")
    tag = Tag(0xE004_0100_0000_0001)
    image = encode(TagData(book, 3, 2, "DK-718500"))
    turned = b"".join(image[at : at + 4][::-1] for at in range(0, len(image), 4))
    tag.memory[: len(turned)] = turned
    page.pad.field.tags.append(tag)
    page.see("Rewritten and checked")
    assert says(tag) == TagData(book, 3, 2, "DE-705") and not says(tag).deviations  # type: ignore[union-attr]


def test_right_tag_is_left_as_it_is(page: Converter, demo_hub: DemoHub) -> None:
    (book,) = barcodes(demo_hub, "free_01")
    tag = page.pad.lay(TagData(book))
    page.scan(book)
    page.see("Its tag was right already")
    assert says(tag) == TagData(book) and len(page.today()) == 1
