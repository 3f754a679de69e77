"""Create readers of a small library with consents and loans at its kiosk."""

from __future__ import annotations

from datetime import timedelta

from hub.catalogue.models import Item, Title
from hub.circulation.models import Patron
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.recommendations.reading_profiles import nightly
from tests.hub.support.world import ADA_UID, LIN_UID, World

BOTH = (Purpose.HISTORY, Purpose.RECOMMENDATIONS)


def person(patron: Patron) -> Person:
    found = person_of(patron.ref)
    assert found is not None
    return found


def give_consents(patron: Patron, *purposes: Purpose) -> Person:
    """Give these consents at the desk, or both that recommendations need."""
    own = person(patron)
    for purpose in purposes or BOTH:
        consents.give(own, purpose, "staff grace", consents.text(purpose).version)
    return own


def add_book(world: World, barcode: str, title: str, author: str, call_number: str = "813 XYZ") -> Item:
    """Add a book to the shelf."""
    described = Title.objects.create(title=title, author=author, subject=call_number[0], call_number=call_number)
    made: Item = Item.objects.create(barcode=barcode, title=described, type=world.book, branch=world.main)
    return made


def borrow_in_turn(world: World, *items: Item, uid: str = ADA_UID, back: bool = True) -> None:
    """Borrow the titles one after the other, a day each."""
    for item in items:
        row = world.checkout(item, uid, due=hub_clock().now() + timedelta(days=28))
        answer = world.upload(row)
        assert answer["outcome"] == "accepted", answer
        if back:
            world.advance(days=1)
            world.upload(world.checkin(item, "trusted"))
    carry()


def train_co_loans(world: World) -> None:
    """Let Ada and Lin borrow Dune and Utopia together, twice; then run the nightly job."""
    for uid in (ADA_UID, LIN_UID):
        borrow_in_turn(world, world.dune, world.utopia, uid=uid, back=False)
        for item in (world.dune, world.utopia):
            world.advance(days=1)
            world.upload(world.checkin(item, "trusted"))
    carry()
    nightly.nightly(hub_clock().now())
