"""Test online editions: read on a phone by a code, counted anonymously, dead links corrected."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import zxingcpp
from django.test import Client, override_settings
from django.urls import reverse
from PIL import Image
from selenium.webdriver import Chrome

from hub.catalogue.models import DEAD_AFTER, Edition, Title
from hub.catalogue.online_editions import link_checker
from hub.cli import main
from hub.core.clock import hub_clock
from tests.hub.catalogue.marc_test import cnmarc
from tests.hub.catalogue.online_editions.sites import BOOK, HERE, Site, a_site
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.stories.pictures import Keep, of_page
from tests.support.patience import PATIENCE


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as found, override_settings(LINK_NETWORKS=(HERE,)):
        yield found


def imported(site: Site, tmp_path: Path) -> Title:
    """Import a CNMARC record in GB 18030 with the site's address in field 856."""
    file = tmp_path / "new.iso"
    file.write_bytes(cnmarc(f856=[f"u{site.url()}", "2电子书"]))
    assert main(["import-marc", str(file)]) == 0
    found: Title = Title.objects.get(title="呼兰河传")
    return found


def a_phone() -> Client:
    """Return a phone that is not signed in."""
    return Client(headers={"Accept-Language": "zh-hans"})


@pytest.mark.story(
    "F13",
    begins="A librarian imports a record with field 856; a phone scans the code next to the printed copy",
    ends="The phone shows the book itself, and the librarian sees one e-loan of that day, without a name",
)
def test_phone_opens_an_ebook_by_its_qr_code(
    world: World, site: Site, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    title = imported(site, tmp_path)
    grace = Grace(language="zh-hans", role="librarian")
    of_title = reverse("online_editions:of_title", args=(title.pk,))
    page = grace.client.get(of_title).content
    assert "供读者手机扫描" in words(page) and "这段时间没有人打开" in words(page)
    keep(of_page(browser, page.decode(), height=1000))
    code = browser.find_element("css selector", ".codes svg").screenshot_as_png
    (read,) = zxingcpp.read_barcodes(Image.open(BytesIO(code)).convert("L"))
    answer = a_phone().get(urlsplit(read.text).path)
    assert answer.status_code == 302
    with urlopen(answer["Location"], timeout=PATIENCE) as book:
        assert book.read() == BOOK
    page = grace.client.get(of_title).content
    assert "1 次打开，不记录由谁打开" in words(page)
    keep(of_page(browser, page.decode(), height=1000))


@pytest.mark.story(
    "F13",
    begins="The link of an e-book stops working, and three nights pass",
    ends="No phone is sent there; a librarian finds it in today's tasks and corrects it, and phones can read it again",
)
def test_dead_link_is_corrected(world: World, site: Site, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    title = imported(site, tmp_path)
    on_phone = reverse("opac:title", args=(title.pk,))
    assert "立即阅读" in words(a_phone().get(on_phone).content)
    site.answers["/book.pdf"] = 404
    for _night in range(DEAD_AFTER):
        world.advance(days=1)
        link_checker.nightly(hub_clock().now())
    page = a_phone().get(on_phone).content
    assert "立即阅读" not in words(page)
    grace = Grace(language="zh-hans", role="librarian")
    today = grace.client.get(reverse("staff:today")).content
    assert "无法访问的电子版" in words(today)
    dead = grace.client.get(reverse("online_editions:editions") + "?show=dead").content
    assert "页面已不存在（404）" in words(dead)
    keep(of_page(browser, dead.decode()))
    (edition,) = Edition.objects.all()
    change = reverse("online_editions:change", args=(edition.pk,))
    answer = grace.client.post(change, {"url": site.url("/moved.pdf")}, follow=True).content
    assert "网址可以访问，已向读者提供。" in words(answer)
    page = a_phone().get(on_phone).content
    assert "立即阅读" in words(page)
    keep(of_page(browser, page.decode(), width=390, height=844))
    with urlopen(
        a_phone().get(reverse("portal:read_edition", args=(edition.pk,)))["Location"], timeout=PATIENCE
    ) as book:
        assert book.read() == BOOK
