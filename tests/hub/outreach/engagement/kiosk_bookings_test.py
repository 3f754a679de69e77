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
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.messaging.models import Message
from lending import wire
from tests.hub.outreach.engagement.campaigns.campaign_fixtures import event
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, LIN_UID, World

COURSES = "/api/v1/showcase"


def booking_row(
    uid: str, session: Session, what: str = "take", *, world: World, no_block: bool = False
) -> dict[str, Any]:
    about, card = str(session.pk), cards.hash_number(uid)
    return world.row("said", ask="place", answer=what, about=about, card=card, no_block=no_block)


def states(session: Session) -> dict[str, str]:
    return {each.person.ref: each.state for each in Booking.objects.filter(session=session).select_related("person")}


def showcase(world: World) -> wire.ShowcaseAnswer:
    return wire.parse(wire.ShowcaseAnswer, world.client().get(COURSES).content)


def test_showcase_lists_opening_hours_and_closed_days_of_branch(world: World) -> None:
    world.main.opening_hours = ["", *["09:00-18:00"] * 6]
    world.main.full_clean()
    world.main.save()
    today = local_day(hub_clock().now(), zone())
    ClosedDay.objects.create(day=today + timedelta(days=1))
    ClosedDay.objects.create(day=today, branch=Branch.objects.create(code="east", name="East"))
    ClosedDay.objects.create(day=today - timedelta(days=1))
    published = showcase(world)
    assert published.week == ["", *["09:00-18:00"] * 6]
    assert published.closed == [today + timedelta(days=1)]


@pytest.mark.parametrize("hours", [["09:00-18:00"], ["18:00-09:00"] * 7, ["open"] * 7, "09:00-18:00", [9] * 7])
def test_invalid_opening_hours_are_rejected(world: World, hours: object) -> None:
    world.main.opening_hours = hours
    with pytest.raises(ValidationError, match="opening_hours"):
        world.main.full_clean()


def test_last_place_goes_to_first_patron_and_passes_to_waiting_list(world: World) -> None:
    session = event(world, places=1)
    own = booking_row(ADA_UID, session, world=world)
    first, again = world.upload(own), world.upload(own)
    assert (first["outcome"], first["became"]) == ("accepted", "booked") and again["became"] == "booked"
    second = world.upload(booking_row(LIN_UID, session, world=world))
    assert (second["outcome"], second["became"]) == ("accepted", "queue")
    assert states(session) == {world.ada.ref: "booked", world.lin.ref: "queued"}
    assert world.upload(booking_row(ADA_UID, session, "give_back", world=world))["outcome"] == "accepted"
    assert states(session) == {world.lin.ref: "booked"}, "the place moves to the waiting list"
    assert world.upload(booking_row(ADA_UID, session, "give_back", world=world))["outcome"] == "accepted", (
        "nothing to give back"
    )


def test_repeated_booking_keeps_one_place(world: World) -> None:
    session = event(world, places=2)
    world.upload(booking_row(ADA_UID, session, world=world))
    assert world.upload(booking_row(ADA_UID, session, world=world))["became"] == "booked"
    assert Booking.objects.count() == 1


@pytest.mark.parametrize("why", ["begun", "cancelled", "gone", "hidden", "nonsense"])
def test_unavailable_session_is_refused_or_set_aside_for_staff(world: World, why: str) -> None:
    session = event(world, days=1)
    row = booking_row(ADA_UID, session, world=world)
    promised = booking_row(ADA_UID, session, world=world, no_block=True)
    if why == "begun":
        world.advance(days=2)
    elif why == "cancelled":
        Session.objects.update(cancelled=True)
    elif why == "hidden":
        Course.objects.update(shown=False)
    elif why == "gone":
        session.delete()
    else:
        row["body"], promised["body"] = (each["body"].replace('"about":"', '"about":"x') for each in (row, promised))
    answer = world.upload(row)
    assert (answer["outcome"], answer["reason"]) == ("refused", "date_over")
    assert world.upload(promised)["outcome"] == "set_aside"
    assert ExceptionCase.objects.get().reason == "date_over" and not Booking.objects.exists()
    Grace().page("exceptions")


def test_offline_booking_is_answered_by_message(world: World) -> None:
    session = event(world, places=1)
    world.upload(booking_row(LIN_UID, session, world=world))
    Message.objects.all().delete()
    late = booking_row(ADA_UID, session, world=world, no_block=True)
    world.advance(hours=3)
    assert world.upload(late)["outcome"] == "accepted"
    message = Message.objects.get(person__ref=world.ada.ref)
    assert (message.kind, message.decrypted_facts()["status"]) == ("booking", "waiting")


def test_lost_card_cannot_book(world: World) -> None:
    session = event(world)
    world.ada.cards.update(status="lost")
    answer = world.upload(booking_row(ADA_UID, session, world=world))
    assert (answer["outcome"], answer["reason"]) == ("refused", "card_lost") and not Booking.objects.exists()
    assert Transaction.objects.count() == 1


def test_showcase_names_session_and_marks_full_ones(world: World) -> None:
    session = event(world, places=1)
    now = hub_clock().now()
    course = Course.objects.create(name="查资料入门", name_en="How to search")
    begins = now + timedelta(days=2)
    lesson = Session.objects.create(
        course=course, branch=world.main, begins=begins, ends=begins + timedelta(hours=1), places=3
    )
    Grace(role="marketing").client.post(f"/staff/events/{session.course_id}/poster/", follow=True)
    published = showcase(world)
    assert [(each.session, each.full) for each in published.courses] == [(lesson.pk, False)]
    assert [(each.session, each.full) for each in published.posters] == [(session.pk, False)]
    world.upload(booking_row(ADA_UID, session, world=world))
    assert [each.full for each in showcase(world).posters] == [True]
