"""Simulate loans at a kiosk of a small library, and read the messages about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.catalogue.models import Item
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reminders import forecasts
from hub.outreach.recommendations.reminders.models import OpenLoan
from tests.hub.support.world import ADA_UID, World

TUESDAY = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
"""14:00 in Shanghai."""


def lend(world: World, item: Item, uid: str = ADA_UID) -> OpenLoan:
    """Check the item out at the kiosk; return the loan as the feed delivers it."""
    world.upload(world.checkout(item, uid, due=hub_clock().now() + timedelta(days=28)))
    carry()
    found: OpenLoan = OpenLoan.objects.get(item=item.barcode)
    return found


def give_back(world: World, item: Item) -> None:
    world.upload(world.checkin(item, "trusted"))
    carry()


def give_consent(person: Person) -> None:
    consents.give(person, Purpose.REMINDERS, "staff grace", consents.text(Purpose.REMINDERS).version)


def train_habit(world: World, times: int = 6) -> None:
    """Give the consent, let Ada borrow on Tuesdays and return after two weeks, `times` times; then train the model."""
    hub_clock().set(TUESDAY)
    for _time in range(times):
        give_consent(lend(world, world.emma).person)
        world.advance(days=14)
        give_back(world, world.emma)
    forecasts.nightly(hub_clock().now())


def waiting_messages(kind: MessageKind = MessageKind.DUE_SOON) -> list[Message]:
    """Return the waiting messages, oldest first."""
    return list(Message.objects.filter(kind=kind, state=Message.State.WAITING))
