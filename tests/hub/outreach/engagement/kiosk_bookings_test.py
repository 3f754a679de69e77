"""Test event bookings at a kiosk: the hub's answer at once, and messages for offline bookings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from hub.catalogue.models import Branch
from hub.circulation import cards
from hub.circulation.models import ClosedDay, ExceptionCase, Transaction
from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.models import Booking, Course, Session
from hub.outreach.library_system.library_time import local_day, zone
from hub.outreach.messaging.models import Message
from lending import wire
from tests.hub.outreach.engagement.campaigns.campaign_fixtures import event
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, LIN_UID, World

COURSES = "/api/v1/showcase"


def asks(uid: str, session: Session, what: str = "take", *, world: World, no_block: bool = False) -> dict[str, Any]:
    about, card = str(session.pk), cards.hashed(uid)
    return world.row("said", ask="place", answer=what, about=about, card=card, no_block=no_block)


def states(session: Session) -> dict[str, str]:
    return {each.person.ref: each.state for each in Booking.objects.filter(session=session).select_related("person")}


def showcase(world: World) -> wire.ShowcaseAnswer:
    return wire.parse(wire.ShowcaseAnswer, world.client().get(COURSES).content)


def test_a_kiosk_learns_when_its_branch_is_open(world: World) -> None:
    world.main.opening_hours = ["", *["09:00-18:00"] * 6]
    world.main.full_clean()
    world.main.save()
    today = local_day(hub_clock().now(), zone())
    ClosedDay.objects.create(day=today + timedelta(days=1))
    ClosedDay.objects.create(day=today, branch=Branch.objects.create(code="east", name="East"))
    ClosedDay.objects.create(day=today - timedelta(days=1))
    told = showcase(world)
    assert told.week == ["", *["09:00-18:00"] * 6]
    assert told.closed == [today + timedelta(days=1)]


@pytest.mark.parametrize("hours", [["09:00-18:00"], ["18:00-09:00"] * 7, ["open"] * 7, "09:00-18:00", [9] * 7])
def test_opening_hours_that_cannot_be_read_are_refused(world: World, hours: object) -> None:
    world.main.opening_hours = hours
    with pytest.raises(ValidationError, match="opening_hours"):
        world.main.full_clean()


def test_who_comes_first_has_the_place_and_the_next_one_waits_for_it(world: World) -> None:
    session = event(world, places=1)
    own = asks(ADA_UID, session, world=world)
    first, again = world.tell(own), world.tell(own)
    assert (first["outcome"], first["became"]) == ("accepted", "booked") and again["became"] == "booked"
    second = world.tell(asks(LIN_UID, session, world=world))
    assert (second["outcome"], second["became"]) == ("accepted", "queue")
    assert states(session) == {world.ada.ref: "booked", world.lin.ref: "queued"}
    assert world.tell(asks(ADA_UID, session, "give_back", world=world))["outcome"] == "accepted"
    assert states(session) == {world.lin.ref: "booked"}, "and the place went on"
    assert world.tell(asks(ADA_UID, session, "give_back", world=world))["outcome"] == "accepted", "nothing to give back"


def test_whoever_has_one_already_is_told_so_and_takes_no_second(world: World) -> None:
    session = event(world, places=2)
    world.tell(asks(ADA_UID, session, world=world))
    assert world.tell(asks(ADA_UID, session, world=world))["became"] == "booked"
    assert Booking.objects.count() == 1


@pytest.mark.parametrize("why", ["begun", "cancelled", "gone", "hidden", "nonsense"])
def test_what_is_over_is_refused_and_when_it_was_promised_staff_see_it(world: World, why: str) -> None:
    session = event(world, days=1)
    row = asks(ADA_UID, session, world=world)
    promised = asks(ADA_UID, session, world=world, no_block=True)
    if why == "begun":
        world.ahead(days=2)
    elif why == "cancelled":
        Session.objects.update(cancelled=True)
    elif why == "hidden":
        Course.objects.update(shown=False)
    elif why == "gone":
        session.delete()
    else:
        row["body"], promised["body"] = (each["body"].replace('"about":"', '"about":"x') for each in (row, promised))
    answer = world.tell(row)
    assert (answer["outcome"], answer["reason"]) == ("refused", "date_over")
    assert world.tell(promised)["outcome"] == "set_aside"
    assert ExceptionCase.objects.get().reason == "date_over" and not Booking.objects.exists()
    Grace().sees("exceptions")


def test_what_was_asked_for_without_the_hub_is_answered_by_message(world: World) -> None:
    session = event(world, places=1)
    world.tell(asks(LIN_UID, session, world=world))
    Message.objects.all().delete()
    late = asks(ADA_UID, session, world=world, no_block=True)
    world.ahead(hours=3)
    assert world.tell(late)["outcome"] == "accepted"
    told = Message.objects.get(person__ref=world.ada.ref)
    assert (told.kind, told.told()["status"]) == ("booking", "waiting")


def test_a_lost_card_takes_no_place(world: World) -> None:
    session = event(world)
    world.ada.cards.update(status="lost")
    answer = world.tell(asks(ADA_UID, session, world=world))
    assert (answer["outcome"], answer["reason"]) == ("refused", "card_lost") and not Booking.objects.exists()
    assert Transaction.objects.count() == 1


def test_a_kiosk_is_told_by_which_number_a_place_is_asked_for_and_what_is_full(world: World) -> None:
    session = event(world, places=1)
    now = hub_clock().now()
    course = Course.objects.create(name="查资料入门", name_en="How to search")
    begins = now + timedelta(days=2)
    taught = Session.objects.create(
        course=course, branch=world.main, begins=begins, ends=begins + timedelta(hours=1), places=3
    )
    Grace(role="marketing").client.post(f"/staff/events/{session.course_id}/poster/", follow=True)
    told = showcase(world)
    assert [(each.session, each.full) for each in told.courses] == [(taught.pk, False)]
    assert [(each.session, each.full) for each in told.posters] == [(session.pk, False)]
    world.tell(asks(ADA_UID, session, world=world))
    assert [each.full for each in showcase(world).posters] == [True]
