"""Test the way to the shelf: bay maps, on a phone too, misplaced items, and holds on loaned ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.test import Client
from django.urls import reverse
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from hub.catalogue.models import Bay
from hub.commands import work
from hub.ils.bridge.feed_relay import carry
from hub.outreach.jobs import EVERY_MINUTE
from tests.hub.catalogue.shelves.floors import a_book, a_floor
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak
from tests.hub.outreach.portal.phone import press, sign_in, verified_ada
from tests.hub.outreach.portal.touch_browser import follow
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.browsers import DemoHub
from tests.hub.support.world import ADA_UID, LIN_UID, World
from tests.stories.pictures import Keep, of_mail, of_page
from tests.support.patience import PATIENCE


@pytest.fixture
def phone(browser: Chrome) -> Iterator[Chrome]:
    """Return the browser, restored to desktop size afterwards."""
    speak(browser, "en")
    yield browser
    off_the_phone(browser)


def within(browser: Chrome, hub: DemoHub, path: str) -> None:
    browser.get(hub.url + path)
    if "/sign-in/" in browser.current_url:
        browser.find_element("name", "username").send_keys(hub.name)
        browser.find_element("name", "password").send_keys(hub.password + "\n")
        WebDriverWait(browser, PATIENCE).until(lambda each: each.current_url.endswith(path))


def title_of(hub: DemoHub, words: str) -> int:
    """Return the id of a title of the demo library."""
    with closing(sqlite3.connect(hub.state / "hub.sqlite3")) as database:
        (number,) = database.execute("SELECT id FROM catalogue_title WHERE title = ?", (words,)).fetchone()
    return int(number)


def cell(grid: WebElement, x: float, y: float) -> tuple[int, int]:
    """Return the pointer offset of a grid cell from the centre of the grid."""
    across, down = int(grid.get_attribute("data-width") or 1), int(grid.get_attribute("data-height") or 1)
    size = grid.size
    return round(size["width"] * (x / across - 0.5)), round(size["height"] * (y / down - 0.5))


@pytest.mark.story(
    "F16",
    begins="A librarian draws a bay on the floor plan with one stroke, and enters its call numbers",
    ends="A patron's phone shows the floor plan with this bay highlighted, and the way there",
)
def test_bay_is_drawn_and_highlighted_on_a_phone(demo_hub: DemoHub, phone: Chrome, keep: Keep) -> None:
    phone.set_window_size(1280, 1100)
    within(phone, demo_hub, "/staff/shelves/")
    follow(phone, phone.find_element("link text", "East branch · Floor 1"))
    follow(phone, phone.find_element("link text", "Draw"))
    phone.find_element("css selector", "#rows tr:nth-child(2) .take-away").click()
    grid = phone.find_element("id", "grid")
    stroke = ActionChains(phone).move_to_element_with_offset(grid, *cell(grid, 15.2, 3.2)).click_and_hold()
    stroke.move_to_element_with_offset(grid, *cell(grid, 16.8, 6.8)).release().perform()
    keep(phone.get_screenshot_as_png())
    drawn = phone.find_element("css selector", "#rows tr.picked")
    fields = {name: drawn.find_element("name", name) for name in ("code", "first", "last", "x", "y", "width", "height")}
    assert [fields[name].get_attribute("value") for name in ("x", "y", "width", "height")] == ["15", "3", "2", "4"]
    for name, typed in (("code", "E9"), ("first", "800"), ("last", "829")):
        fields[name].clear()
        fields[name].send_keys(typed)
    phone.find_element("css selector", ".keep .button").click()
    WebDriverWait(phone, PATIENCE).until(lambda each: "2 bays saved." in each.page_source)
    keep(phone.get_screenshot_as_png())
    phone.delete_all_cookies()
    on_a_phone(phone)
    phone.get(f"{demo_hub.url}/p/titles/{title_of(demo_hub, 'Passing')}/")
    main = phone.find_element("tag name", "main")
    assert "Floor 1, bay E9\n813.52\nLAR" in main.text and "East branch" in main.text
    assert main.find_element("css selector", ".lit title").get_attribute("textContent") == "E9"
    assert serious(phone) == []
    keep(phone.get_screenshot_as_png())


@pytest.mark.story(
    "F16",
    begins="A patron looks up a book on their phone",
    ends="They see its call number as on the label, and the floor plan with the highlighted bay and the way there",
)
def test_phone_shows_the_way_to_the_shelf(world: World, browser: Chrome, keep: Keep) -> None:
    a_floor(world)
    book = a_book(world, "呼兰河传", "I247.57/12")
    page = Client(headers={"Accept-Language": "zh-hans"}).get(reverse("opac:title", args=(book.title_id,))).content
    assert "I247.57/12" in words(page) and "二楼、2 号书架" in words(page)
    keep(of_page(browser, page.decode(), width=390, height=844))
    (lit,) = browser.find_elements("css selector", ".shelf-map .lit title")
    assert lit.get_attribute("textContent") == "2"
    assert browser.find_elements("css selector", ".shelf-map polyline")
    on_a_phone(browser)
    assert serious(browser) == []
    off_the_phone(browser)


@pytest.mark.story(
    "F16",
    begins="A clerk scans the books of a bay in their order on the shelf",
    ends="They read which book is misplaced and where it belongs; a second scan finds nothing",
)
def test_misplaced_item_is_found_by_shelf_reading(world: World, browser: Chrome, keep: Keep) -> None:
    floor = a_floor(world)
    shelf = [a_book(world, f"第{n}种", f"I247.57/{n}") for n in (3, 12, 20, 31, 44)]
    stray = a_book(world, "史记选", "K204.2/5")
    bay: Bay = Bay.objects.get(code="2")
    clerk = Grace(language="zh-hans", role="clerk")
    standing = [shelf[0], shelf[3], shelf[1], stray, shelf[2], shelf[4]]
    scanned = {"barcodes": "\n".join(each.barcode for each in standing)}
    page = clerk.client.post(reverse("staff:shelf_reading", args=(bay.pk,)), scanned).content
    said = words(page)
    assert "有 2 册需要处理" in said
    assert f"请放在 {shelf[2].barcode} 之后" in said and "应放在Main二楼书架 4" in said
    keep(of_page(browser, page.decode(), height=1000))
    scanned = {"barcodes": "\n".join(each.barcode for each in shelf)}
    page = clerk.client.post(reverse("staff:shelf_reading", args=(bay.pk,)), scanned).content
    assert "架位全部正确" in words(page)
    floor_page = words(clerk.client.get(reverse("shelves:floor", args=(floor.pk,))).content)
    assert "5 册中 0 册错架" in floor_page


@pytest.mark.story(
    "F16",
    begins="A patron finds on their phone that the book is out, and touches Place a hold and where they pick it up",
    ends="A clerk finds the hold in the list and traps the returned copy; mail and phone say that it is ready",
)
def test_patron_places_a_hold_on_the_phone(world: World, browser: Chrome, keep: Keep) -> None:
    verified_ada(world)
    world.upload(world.checkout(world.dune, LIN_UID))
    phone = Client(headers={"Accept-Language": "zh-hans"}, enforce_csrf_checks=True)
    title = reverse("opac:title", args=(world.dune.title_id,))
    hold = reverse("opac:hold", args=(world.dune.title_id,))
    seen = phone.get(title).content
    assert "到期" in words(seen) and f'href="{hold}"' in seen.decode()
    keep(of_page(browser, seen.decode(), width=390, height=844))
    assert "在哪里取书？" in sign_in(phone, ADA_UID, f"hold-{world.dune.title_id}")
    keep(of_page(browser, phone.get(hold).content.decode(), width=390, height=844))
    assert "已预约《Dune》，您排在第 1 位。" in press(phone, hold, hold, pickup="main")
    clerk = Grace(language="zh-hans", role="clerk")
    seen = clerk.client.get(reverse("staff:holds"), {"show": "waiting"}).content
    assert "Dune" in words(seen) and "···0012" in words(seen)
    keep(of_page(browser, seen.decode()))
    world.advance(days=3)
    world.upload(world.checkin(world.dune, "trusted"))
    clerk.sign_in()
    assert "到 12月5日" in clerk.post("trap", barcode=world.dune.barcode)
    with mailbox() as box:
        carry()
        assert work.run(EVERY_MINUTE) == 0
        (mail,) = [each for each in box.mails if "Dune" in body(each)]
    keep(of_mail(browser, mail))
    sign_in(phone, ADA_UID, "loans")
    seen = phone.get(f"{reverse('portal:loans')}?show=holds").content
    assert "已到馆，保留至 12月5日" in words(seen)
    keep(of_page(browser, seen.decode(), width=390, height=844))
