"""Test services for segments: from what staff grant to the due date at the kiosk, and to the patron who refuses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation.models import Patron
from hub.core.clock import hub_clock
from hub.outreach.engagement.segments.models import PatronSegment, SegmentService
from hub.outreach.jobs import NIGHTLY
from kiosk.views import Farewell
from tests.hub.outreach.portal.phone import press, sign_in, verified_ada
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, LIN_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_page

REASON = "You borrow for a school class."


def publish_service(grace: Grace, **fields: str) -> SegmentService:
    """Write a segment of patrons with a loan this year, and publish a service for it."""
    grace.client.post(reverse("patron_segments:new_segment"), {"loans_least": "1", "months": "12", "name": "Class"})
    zeros = dict.fromkeys(("days", "loans", "renewals", "head_start"), "0")
    texts = {"segment": PatronSegment.objects.get().code, "reason_zh": "您为班级借书。", "reason_en": REASON}
    made = grace.client.post(
        reverse("segment_services:new_service"), zeros | texts | {"begins": "2026-01-01"} | fields, follow=True
    )
    assert "Draft saved" in words(made.content), words(made.content)
    service: SegmentService = SegmentService.objects.get()
    assert "Published" in words(
        grace.client.post(reverse("segment_services:publish", args=(service.pk,)), follow=True).content
    )
    return service


def run_night() -> None:
    for _name, job in NIGHTLY:
        job(hub_clock().now())


def borrow(kiosk: KioskSession, uid: str, barcode: str) -> str:
    """Borrow at the kiosk; return the words of the list before the patron finishes."""
    kiosk.tap(uid)
    kiosk.scan(barcode)
    seen = kiosk.words
    kiosk.press("finish")
    assert isinstance(kiosk.view, Farewell)
    return seen


@pytest.mark.story(
    "F5",
    begins="A librarian grants the patrons who borrow for a class 14 more days, says why, and publishes it",
    ends="At the kiosk their book is due 14 days later, and the account says why; another patron's is due as ever",
)
def test_segment_has_longer_loans(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    borrow_in_turn(world, world.dune)
    grace = Grace()
    publish_service(grace, days="14", renewals="1")
    run_night()
    seen = grace.client.get(reverse("segment_services:services")).content
    assert "loans 14 days longer, 1 more renewal" in words(seen)
    keep(of_page(browser, seen.decode(), height=700))
    kiosk = KioskSession(world, tmp_path)
    assert "Borrowed for 42 days, 14 of them extra" in borrow(kiosk, ADA_UID, world.dune.barcode)
    assert world.loans(world.dune)[-1].renewals == 0
    other = KioskSession(world, tmp_path)
    assert "Borrowed for 28 days" in borrow(other, LIN_UID, world.emma.barcode)
    days = [(world.loans(each)[-1].due - hub_clock().now()).days for each in (world.dune, world.emma)]
    assert days[0] - days[1] == 14
    again = KioskSession(world, tmp_path)
    again.tap(ADA_UID)
    again.press("account")
    assert REASON in again.words and "loans run 14 days longer" in again.words


@pytest.mark.story(
    "F5",
    begins="On their phone a patron reads that their loans run 14 days longer and why, and refuses such services",
    ends="Their next loan at the kiosk runs as everyone's; the one that they have keeps its due date",
)
@pytest.mark.usefixtures("channels")
def test_patron_refuses_a_service(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    verified_ada(world)
    borrow_in_turn(world, world.dune)
    publish_service(Grace(), days="14")
    run_night()
    borrow(KioskSession(world, tmp_path), ADA_UID, world.dune.barcode)
    due = world.loans(world.dune)[-1].due
    phone, page = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True), reverse("portal:services")
    sign_in(phone, ADA_UID)
    seen = words(phone.get(page).content)
    assert REASON in seen and "Loans 14 days longer" in seen
    keep(of_page(browser, phone.get(page).content.decode(), width=390, height=760))
    assert "Services for you 1 service" in words(phone.get(reverse("portal:me")).content)
    after = press(phone, reverse("portal:allow_services", args=("off",)), page)
    assert "You have no such services from now on" in after and REASON not in after
    keep(of_page(browser, phone.get(page).content.decode(), width=390, height=760))
    assert "Borrowed for 28 days" in borrow(KioskSession(world, tmp_path), ADA_UID, world.emma.barcode)
    assert world.loans(world.dune)[-1].due == due
    run_night()
    assert not Patron.objects.get(pk=world.ada.pk).services
