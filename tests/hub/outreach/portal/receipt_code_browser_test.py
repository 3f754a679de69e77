"""Test that a receipt's QR code, printed and on the kiosk screen, can be scanned and opens on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from selenium.webdriver import Chrome

from hub.circulation.snapshot import pages
from kiosk.hardware import receipt_raster
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Farewell, LineState, ReceiptState, Status, VisitLine, VisitTask
from kiosk.words import Words
from kiosk.words.receipt import layout
from lending.model import ItemId
from lending.transactions import receipt_code
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak, too_small
from tests.hub.support.world import NOW, World
from tests.support.drawn_sheet import render

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = (1280, 800, 5.9)


@pytest.fixture
def phone(live_server: Any, settings: Any, browser: Chrome) -> Iterator[Chrome]:
    settings.PUBLIC_URL, settings.PUBLIC = live_server.url, True
    on_a_phone(browser)
    speak(browser, "en")
    yield browser
    off_the_phone(browser)


def farewell(code: str) -> Farewell:
    """Return what the kiosk makes of the URL received from the hub."""
    line = VisitLine(ItemId("30012000000011"), VisitTask.BORROW, LineState.SAVED, "Dune")
    return Farewell((line,), receipt=ReceiptState.ON_PHONE, code=code, link=f"{pages.receipt_page()}{code}/")


def draw_screen(view: Farewell) -> Image.Image:
    return render(sheet_of(view, Status("Library", NOW, "en"), Theme(*SIZE), Words("en"), Glyphs(), 0), SIZE[:2])


def read(picture: Image.Image) -> str:
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


@pytest.mark.parametrize("where", ["384 dots of paper", "576 dots of paper", "screen"])
def test_receipt_code_opens_status_of_visit_on_phone(world: World, phone: Chrome, where: str) -> None:
    row = world.checkout(world.dune, no_block=True)
    world.upload(row)
    view = farewell(receipt_code(row["id"]))
    paper = layout(view, Status("Library", NOW, "en"), Words("en"))
    picture = draw_screen(view) if where == "screen" else receipt_raster.draw(paper, int(where[:3]))
    found = re.search(r"https?://\S+", read(picture.convert("L")))
    assert found is not None and found.group() == view.link
    phone.get(found.group())
    shown = phone.find_element("tag name", "main").text
    assert "Borrowed" in shown and "Confirmed" in shown and "Dune" not in shown
    assert too_small(phone) == [] and serious(phone) == []
