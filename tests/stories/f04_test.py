"""Test that inferred interests are shown with their reasons, and that the patron can change them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.core.clock import hub_clock
from hub.outreach.jobs import NIGHTLY
from hub.outreach.patrons.purposes import Purpose
from tests.hub.outreach.portal.phone import press, sign_in, verified_ada
from tests.hub.outreach.recommendations.reading_profiles.readers import add_book, borrow_in_turn, give_consents
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World
from tests.stories.pictures import Keep, of_page


def night() -> None:
    for _name, job in NIGHTLY:
        job(hub_clock().now())


@pytest.mark.story(
    "F4",
    begins="A patron who agreed borrows at the kiosk, and at night the library infers what they read about",
    ends="Staff see each interest with its titles; an added one brings a recommendation, a removed one disappears",
)
def test_inferred_interests_are_explained_and_can_be_changed(world: World, browser: Chrome, keep: Keep) -> None:
    add_book(world, "30000000000101", "A Silk Road", "Sample, Ann", "950 SAM")
    person = give_consents(world.ada)
    borrow_in_turn(world, world.dune)
    night()
    grace = Grace()
    page = reverse("staff:patron_reading", args=(world.ada.pk,))
    absent = words(grace.client.get(page).content)
    assert "Literature (813) from loans" in absent and "from Dune" not in absent
    grace.enter(world.ada.identifier)
    seen = grace.client.get(page).content.decode()
    assert "Literature (813) from Dune" in words(seen.encode())
    assert "A Silk Road" not in seen
    add = {"subject": "950", "back": page}
    grace.client.post(reverse("reading_profiles:interest", args=(person.pk, "add")), add)
    seen = grace.client.get(page).content.decode()
    keep(of_page(browser, seen, height=2000))
    assert "A Silk Road Sample, Ann because you read about this: History and geography (950)" in words(seen.encode())
    grace.client.post(reverse("reading_profiles:interest", args=(person.pk, "remove")), add)
    assert "A Silk Road" not in grace.client.get(page).content.decode()
    grace.client.post(reverse("patrons:consent", args=(person.pk, Purpose.HISTORY, "withdraw")))
    seen = grace.client.get(page).content.decode()
    keep(of_page(browser, seen, height=2000))
    assert "No history and no recommendations. Missing consent: reading history" in words(seen.encode())
    assert "Literature (813)" not in words(seen.encode())


@pytest.mark.story(
    "F4",
    begins="On their phone a patron chooses how many of their loans are kept, and an interest from "
    "what the library has",
    ends="Their phone recommends a book of that interest; when they choose None, staff read that nothing is kept",
)
def test_patron_sets_history_and_interests_on_the_phone(world: World, browser: Chrome, keep: Keep) -> None:
    add_book(world, "30000000000101", "敦煌", "样本甲", "950 SAM")
    verified_ada(world)
    give_consents(world.ada, Purpose.RECOMMENDATIONS)
    phone = Client(headers={"Accept-Language": "zh-hans"}, enforce_csrf_checks=True)
    page = reverse("portal:reading")
    assert "我的阅读" in sign_in(phone, ADA_UID, "reading")
    assert "已保存您的选择" in press(phone, reverse("portal:kept_loans"), page, loans="20")
    borrow_in_turn(world, world.dune)
    night()
    sign_in(phone, ADA_UID, "reading")
    seen = phone.get(page).content
    assert "文学（813） 依据：Dune" in words(seen) and "目前保留 1 个书名" in words(seen)
    keep(of_page(browser, seen.decode(), width=390, height=1700))
    seen = phone.get(reverse("portal:add_interest"), {"of": "9"}).content
    assert "历史与地理（950） 1 种，如《敦煌》" in words(seen)
    keep(of_page(browser, seen.decode(), width=390, height=844))
    press(phone, reverse("portal:interest", args=("add",)), page, subject="950")
    seen = phone.get(reverse("portal:for_you")).content
    assert "敦煌" in words(seen)
    keep(of_page(browser, seen.decode(), width=390, height=844))
    assert "今后不再保留书名，也不再推荐图书。已删除 1 个书名。" in press(
        phone, reverse("portal:kept_loans"), page, loans="none"
    )
    seen = Grace(language="zh-hans").client.get(reverse("staff:patron_reading", args=(world.ada.pk,))).content
    assert "敦煌" not in words(seen) and "不保留书名，也不推荐" in words(seen)
    keep(of_page(browser, seen.decode(), height=1600))
