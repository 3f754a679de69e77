"""Two members of staff press Print at once: real connections and locks, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from hub.circulation.operations import hold_queue
from hub.core.clock import hub_clock
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, ProfileField, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.recommendations.reminders import notices
from hub.outreach.recommendations.reminders.models import OverdueNoticeStep
from hub.staff.models import HoldSlip, Letter, PrintRun
from tests.hub.outreach.recommendations.reminders.simulated_patron import lend
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World, make_world
from tests.support.patience import PATIENCE

AT_ONCE = 4


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def press_at_once(view: str) -> list[int]:
    """Let several members of staff post the form at the same moment; return the status of each answer."""
    colleagues = [Grace(role="librarian", name=f"grace{number}") for number in range(AT_ONCE)]
    together = threading.Barrier(AT_ONCE)

    def press(grace: Grace) -> int:
        try:
            together.wait(PATIENCE)
            return int(grace.client.post(reverse(view)).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(press, colleagues))


def test_hold_gets_one_slip(world: World) -> None:
    for item in (world.dune, world.emma):
        world.place_hold(world.ada, item)
        hold_queue.trap(world.by, item)
    assert press_at_once("paper:print_slips") == [302] * AT_ONCE
    assert sorted(HoldSlip.objects.values_list("item__barcode", flat=True)) == [world.dune.barcode, world.emma.barcode]
    assert not PrintRun.objects.filter(slips=None).exists()


def test_patron_gets_one_letter(world: World) -> None:
    OverdueNoticeStep.objects.get_or_create(days=1)
    lend(world, world.dune)
    world.advance(days=29)
    notices.notices(hub_clock().now())
    source = RecordSource(Source.STAFF, "grace", hub_clock().now())
    ada = Person.objects.get(ref=world.ada.ref)
    records.store_field(ada, ProfileField.Name.ADDRESS, "Sample Street 7", source)
    assert press_at_once("paper:print_letters") == [302] * AT_ONCE
    assert Letter.objects.count() == PrintRun.objects.count() == 1
    assert Message.objects.filter(person=ada, state=Message.State.SAID).count() == 1
