"""Test services for segments: who is chosen, what ends them, and the head start of a hold."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hub.circulation import cards
from hub.circulation.domain_mapping import item_facts, patron_facts, the_policy
from hub.circulation.models import GrantedService, Hold, Patron
from hub.circulation.operations import hold_queue
from hub.core.clock import hub_clock
from hub.outreach.engagement.segments import services
from hub.outreach.engagement.segments.models import PatronSegment, SegmentService, ServiceMembership
from hub.outreach.greeting import greeting
from hub.outreach.patrons import data_export, erasure
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.records import person_of
from hub.outreach.recommendations.reading_profiles.models import Segment, SegmentGreeting
from kiosk.snapshot.snapshot import Snapshot
from kiosk.system.clock import SystemClock
from kiosk.system.health import Health
from lending import policy as law
from lending.model import CardRef, ItemId
from lending.questions import Greets
from lending.wire import policy_from
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, person
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import ADA_UID, LIN_UID, World
from tests.stories.kiosk_session import Pages

pytestmark = pytest.mark.django_db
CODE = "rules-1"


@pytest.fixture
def service(world: World) -> SegmentService:
    """Return a published service for the patrons with a loan this year: Ada, and not Lin."""
    borrow_in_turn(world, world.dune)
    now = hub_clock().now()
    segment = PatronSegment.objects.create(name="Class", rules={"loans_least": 1}, by="grace", made_at=now)
    made: SegmentService = SegmentService.objects.create(
        segment=segment.code, reason={"zh": "您为班级借书。"}, days=14, head_start=7, begins=date(2026, 1, 1),
        by="grace", made_at=now,
    )  # fmt: skip
    assert services.publish(made, "grace", now) and not services.publish(made, "grace", now)
    return made


def keys(patron: Patron) -> str:
    return str(Patron.objects.get(pk=patron.pk).services)


def run_night() -> int:
    return services.nightly(hub_clock().now())


def test_night_chooses_the_segment_and_a_withdrawal_ends_it_at_once(world: World, service: SegmentService) -> None:
    assert not keys(world.ada)
    assert run_night() == 1
    assert keys(world.ada) == str(service.pk) and not keys(world.lin)
    reader = Reader(world.device)
    assert reader.poll() and not reader.poll()
    assert run_night() == 1 and not reader.poll(), "a second night writes nothing that kiosks fetch"
    assert services.withdraw(service, hub_clock().now())
    assert not keys(world.ada) and not GrantedService.objects.exists() and not ServiceMembership.objects.exists()


def test_service_ends_with_its_last_day(world: World, service: SegmentService) -> None:
    service.ends = hub_clock().now().date() + timedelta(days=1)
    service.save()
    run_night()
    reader = Reader(world.device)
    assert reader.poll()
    assert reader.policy is not None
    policy = policy_from(reader.policy)
    assert policy.policy_at(hub_clock().now()).services
    assert not policy.policy_at(hub_clock().now() + timedelta(days=3)).services, "a kiosk offline since ends it too"
    world.advance(days=3)
    assert run_night() == 0 and not keys(world.ada)


def test_objection_ends_services_at_once_and_stays(world: World, service: SegmentService) -> None:
    run_night()
    own = person(world.ada)
    assert [str(each.pk) for each in services.services_of(own, hub_clock().now())] == [keys(world.ada)]
    services.set_objection(own, objects=True)
    assert not keys(world.ada) and not services.services_of(own, hub_clock().now())
    assert run_night() == 0
    services.set_objection(own, objects=False)
    assert run_night() == 1


def test_night_respects_what_was_refused_or_withdrawn_while_it_chose(world: World, service: SegmentService) -> None:
    own = person(world.ada)
    chosen, now = {service.pk: {own.pk}}, hub_clock().now()
    services.set_objection(own, objects=True)
    assert services._store(chosen, now) == 0 and not keys(world.ada)
    ServiceMembership.objects.create(person=own, service=service, since=now.date())
    assert not services.services_of(own, now), "an objection counts more than a stale membership"
    services.set_objection(own, objects=False)
    assert services._store(chosen, now) == 1 and keys(world.ada)
    services.withdraw(service, now)
    assert services._store(chosen, now) == 0 and not ServiceMembership.objects.exists() and not keys(world.ada)


def test_membership_is_exported_and_erased_with_the_patron(world: World, service: SegmentService) -> None:
    run_night()
    assert "engagement.servicemembership" in json.loads(data_export.as_json(person(world.ada)))
    erasure.erase(world.ada.ref, hub_clock().now())
    assert person_of(world.ada.ref) is None and not ServiceMembership.objects.exists()
    assert not Patron.objects.filter(services__contains=str(service.pk)).exists()


def test_night_needs_no_more_queries_for_more_patrons(world: World, service: SegmentService) -> None:
    PatronSegment.objects.update(rules={})
    SegmentService.objects.update(segment=PatronSegment.objects.get().code)
    run_night()
    counts = []
    for many in (5, 50):
        for number in range(many):
            made = Patron.objects.create(identifier=f"9{many}{number}", name="Invented", category=world.adult)
            Person.objects.create(ref=made.ref, since=hub_clock().now())
        with CaptureQueriesContext(connection) as queries:
            run_night()
        counts.append(len(queries))
    assert counts[0] == counts[1] and Patron.objects.exclude(services="").count() == 56


def test_head_start_is_bounded_and_passes_no_ready_hold(world: World, service: SegmentService) -> None:
    """Holds are placed in a random order; each counts as at most 7 days earlier, and none leaves the hold shelf."""
    run_night()
    chance = random.Random(7)
    patrons = [world.ada, world.lin]
    patrons += [
        Patron.objects.create(identifier=f"9{number}", name="Invented", category=world.adult,
                              services=str(service.pk) if number % 2 else "")
        for number in range(8)
    ]  # fmt: skip
    chance.shuffle(patrons)
    for patron in patrons:
        assert isinstance(hold_queue.place(world.by, patron, world.emma.title, world.main), Hold)
        hold_queue.trap(world.by, world.emma)
        world.advance(days=chance.randint(1, 5))
    queue = list(Hold.objects.filter(state=Hold.State.WAITING).order_by(Hold.PLACE, "pk"))
    ready = Hold.objects.get(state=Hold.State.READY)
    assert ready.patron == patrons[0] and ready.item == world.emma and len(queue) == 9
    for before, after in combinations(queue, 2):
        if before.placed_at > after.placed_at:
            assert before.patron.services and not after.patron.services
            assert before.placed_at - after.placed_at <= timedelta(days=7)
    assert any(before.placed_at > after.placed_at for before, after in combinations(queue, 2))


def test_staff_draft_publish_withdraw_and_undo(world: World, service: SegmentService) -> None:
    run_night()
    grace = Grace()
    row = reverse("segment_services:withdraw", args=(service.pk,))
    assert "Withdrawn" in words(grace.client.post(row, follow=True).content) and not keys(world.ada)
    grace.client.post(reverse("segment_services:restore", args=(service.pk,)))
    assert keys(world.ada) == str(service.pk), "the undo gives it back at once"
    kept = grace.client.post(
        reverse("patron_segments:drop_segment", args=(PatronSegment.objects.get().pk,)), follow=True
    )
    assert "still uses this segment" in words(kept.content)
    grace.client.post(row)
    grace.client.post(reverse("segment_services:drop", args=(service.pk,)))
    assert not SegmentService.objects.exists()
    grace.client.post(reverse("segment_services:put_back"))
    assert SegmentService.objects.get().days == 14
    nothing = {"segment": service.segment, "reason_zh": "无", "begins": "2026-01-01"} | dict.fromkeys(
        ("days", "loans", "renewals", "head_start"), "0"
    )
    answer = grace.client.post(reverse("segment_services:new_service"), nothing)
    assert answer.status_code == 422 and "at least one thing" in words(answer.content)
    history = SegmentService.history.filter(history_user=grace.user)
    assert history.count() >= 4, "each change has its staff member"


def test_offline_kiosk_decides_as_the_hub_does(world: World, service: SegmentService, tmp_path: Path) -> None:
    """The snapshot gives the kiosk the numbers and the sentence, and no segment."""
    SegmentService.objects.update(loans=2, renewals=1)
    run_night()
    reader, now = Reader(world.device), hub_clock().now()
    assert reader.poll() and not any("rules-" in each.model_dump_json() for each in reader.pages)
    snapshot = Snapshot(tmp_path / "s.db", Pages(reader.pages), SystemClock(), Health(lambda part, state: None))
    asyncio.run(snapshot.refresh(0))
    left = []
    for uid, patron in ((ADA_UID, world.ada), (LIN_UID, world.lin)):
        patron.refresh_from_db()
        known, item = snapshot.patron(CardRef(cards.hash_number(uid))), snapshot.item(ItemId(world.emma.barcode))
        assert known is not None and item is not None and snapshot.policy is not None
        here = law.checkout(snapshot.policy, known, item, "main", now)
        assert here == law.checkout(the_policy(now), patron_facts(patron), item_facts(world.emma), "main", now)
        assert isinstance(here, law.Terms)
        left.append((here.due, here.renewals_left))
    assert left[0][0] - left[1][0] == timedelta(days=14) and (left[0][1], left[1][1]) == (2, 1)


def test_service_greets_unless_the_patron_is_new(world: World, service: SegmentService) -> None:
    SegmentService.objects.update(greeting={"zh": "借期更长。", "en": "Books for your class may stay longer."})
    run_night()
    found = greeting(world.ada.ref, hub_clock().now())
    assert found is not None and found.kind is Greets.GUIDE
    SegmentGreeting.objects.update_or_create(segment=Segment.NEW, defaults={"on": False})
    found = greeting(world.ada.ref, hub_clock().now())
    assert found is not None and found.kind is Greets.SERVICE and found.words["en"].startswith("Books for your class")
    services.set_objection(person(world.ada), objects=True)
    assert greeting(world.ada.ref, hub_clock().now()) is None
