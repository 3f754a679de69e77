"""Test loan rules: drafted, tried on last month, in force from a day on, at an offline kiosk too."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.catalogue.models import Branch, Item, ItemType
from hub.circulation.models import Loan
from hub.circulation.snapshot import pages as pages
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from kiosk.hardware import receipt_raster
from kiosk.snapshot.snapshot import Snapshot
from kiosk.system.health import Health
from kiosk.views import Farewell, LineState
from kiosk.words import Words
from kiosk.words.receipt import Receipt, layout
from lending import wire
from lending.model import ItemId
from lending.transactions import Checkout
from lending.wire import SnapshotPage
from tests.hub.outreach.portal.phone import sign_in, verified_ada
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.kiosk.desk.bench import ADA_UID, RULES, running_bench, shown
from tests.kiosk.desk.central import NOON
from tests.kiosk.sync.bench import HandClock
from tests.stories.pictures import Keep, of_page

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY, TOMORROW = date(2026, 11, 25), date(2026, 11, 26)
A_WEEK = {"days": "7", "hours": "", "limit": "3", "type_limit": "", "renewals": "1", "fee_threshold": "10"}


class StoredPages:
    """Snapshot pages that the hub sent before the kiosk went offline."""

    def __init__(self) -> None:
        self._pages, known = {}, ""
        while (text := pages.page(known, hub_clock().now(), Branch.objects.all()[0])) is not None:
            self._pages[known] = page = wire.parse(SnapshotPage, text)
            known = page.mark
            if not page.more:
                break

    async def snapshot_page(self, since: str) -> SnapshotPage | None:
        return self._pages.get(since)


async def at_the_kiosk(source: StoredPages, folder: Path, now: datetime, item: str) -> tuple[datetime, Receipt]:
    """Borrow at a kiosk that is offline since yesterday; return the promised date and the receipt."""
    clock = HandClock()
    snapshot = Snapshot(folder / "snapshot.db", source, clock, Health(lambda _part, _state: None))
    await snapshot.refresh(watermark=0)
    await clock.jump((now - clock.now()).total_seconds())
    async with running_bench(replace(RULES, language="en")) as kiosk:
        kiosk.library.policy = snapshot.policy
        kiosk.item(ItemId(item), title="Utopia", type="dvd")
        kiosk.clock.move((now - NOON).total_seconds())
        await kiosk.network(False)
        await kiosk.tap(ADA_UID)
        await kiosk.scan(item)
        await kiosk.press("finish")
        farewell = shown(kiosk.view, Farewell)
        (act,) = [act for act, _outcome in kiosk.library.acts if isinstance(act, Checkout)]
        assert [line.state for line in farewell.lines] == [LineState.SAVED]
        return act.due, layout(farewell, kiosk.desk.status, Words("en", RULES.timezone))


def day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


@pytest.mark.story(
    "F18",
    begins="A librarian drafts a loan period of a week for DVDs, sees what that would have changed, and has "
    "it published",
    ends="From the next day on, an offline kiosk checks a DVD out for a week: receipt and phone say so, and "
    "earlier loans keep their due dates",
)
def test_published_rule_applies_offline_from_its_date(
    world: World, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    dvd = ItemType.objects.create(code="dvd", name="DVD")
    Item.objects.filter(pk__in=(world.emma.pk, world.utopia.pk)).update(type=dvd)
    verified_ada(world)
    world.upload(world.checkout(world.emma))
    librarian, grace = Grace(role="librarian", name="lina"), Grace()

    librarian.client.post(reverse("loan_rules:begin"))
    asked = {"group": "adult", "kind": "dvd", "branch": "*", **A_WEEK}
    drafted = librarian.client.post(reverse("loan_rules:cell"), asked, follow=True).content.decode()
    keep(of_page(browser, drafted))
    tried = librarian.client.get(reverse("loan_rules:try")).content.decode()
    keep(of_page(browser, tried))
    assert "25 Nov at Main: due 2 Dec, not 23 Dec" in words(tried.encode())
    publication = {"since": TOMORROW.isoformat(), "note": "DVDs go round"}
    published = grace.client.post(reverse("loan_rules:publish"), publication, follow=True).content.decode()
    keep(of_page(browser, published))
    assert "Valid from Thu 26 Nov" in words(published.encode())

    known = StoredPages()
    world.advance(days=1)
    promised, receipt = asyncio.run(at_the_kiosk(known, tmp_path, hub_clock().now(), world.utopia.barcode))
    assert day(promised) == TOMORROW + timedelta(days=7)
    assert "Due Thu 3 Dec" in receipt.text
    printed = BytesIO()
    receipt_raster.draw(receipt, 576).convert("L").save(printed, "PNG")
    keep(printed.getvalue())

    world.upload(world.checkout(world.utopia, no_block=True, due=promised))
    carry()
    assert {each.item.barcode: day(each.due) for each in Loan.objects.select_related("item")} == {
        world.emma.barcode: TODAY + timedelta(days=28),
        world.utopia.barcode: TOMORROW + timedelta(days=7),
    }
    phone = Client(headers={"Accept-Language": "en"})
    sign_in(phone, "20000000000012", "loans")
    own = phone.get(reverse("portal:loans")).content
    assert "Due Thu 3 Dec 7 days left" in words(own)
    assert "Due Wed 23 Dec 27 days left" in words(own)
    keep(of_page(browser, own.decode(), 390, 844))
