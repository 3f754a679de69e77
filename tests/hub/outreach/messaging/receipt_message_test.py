"""Test the receipt as a message: to the first address, once, and not in addition to another message."""

from __future__ import annotations

from typing import Any

from hub.catalogue.models import Item
from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging import delivery_worker
from hub.outreach.messaging.models import Unsubscription
from hub.outreach.patrons import contacts
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Person
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.support.world import ADA_UID, World


def a_minute() -> None:
    carry()
    delivery_worker.work(hub_clock().now())


def wants(world: World, *done: tuple[str, Item]) -> None:
    told = ",".join(f"{errand}:{item.barcode}" for errand, item in done)
    row = world.row("said", ask="receipt", answer=told, about="", card=cards.hashed(ADA_UID))
    assert world.tell(row)["outcome"] == "accepted"


def offered(world: World) -> dict[str, Any] | None:
    told: dict[str, Any] = world.device.get(f"/api/v1/cards/{cards.hashed(ADA_UID)}/after").json()
    found: dict[str, Any] | None = told["message"]
    return found


def test_what_the_patron_borrowed_and_gave_back_is_in_their_box_within_the_minute(
    world: World, ada: Person, post: Mailbox
) -> None:
    world.tell(world.borrows(world.dune))
    world.tell(world.borrows(world.emma))
    world.tell(world.returns(world.emma, "trusted"))
    wants(world, ("borrow", world.dune), ("return", world.emma))
    a_minute()
    (mail,) = post.mails
    assert "Dune" in body(mail) and "23 December" in body(mail) and "Emma" in body(mail)
    world.ahead(minutes=30)
    a_minute()
    assert len(post.mails) == 1


def test_what_is_not_theirs_is_not_on_it(world: World, ada: Person, post: Mailbox) -> None:
    world.tell(world.borrows(world.dune))
    wants(world, ("borrow", world.dune), ("borrow", world.emma), ("steals", world.utopia))
    a_minute()
    (mail,) = post.mails
    assert "Dune" in body(mail) and "Emma" not in body(mail) and "Utopia" not in body(mail)
    wants(world, ("borrow", world.emma))
    a_minute()
    assert len(post.mails) == 1


def test_several_parts_of_a_long_visit_make_one_message(world: World, ada: Person, post: Mailbox) -> None:
    world.tell(world.borrows(world.dune))
    world.tell(world.borrows(world.emma))
    wants(world, ("borrow", world.dune))
    wants(world, ("borrow", world.emma))
    a_minute()
    (mail,) = post.mails
    assert "Dune" in body(mail) and "Emma" in body(mail)


def test_whoever_gets_each_receipt_by_itself_is_told_so_and_gets_no_second(
    world: World, ada: Person, post: Mailbox
) -> None:
    assert offered(world) == {"channel": "mail", "shown": "a•••@example.org", "goes": False}
    contacts.set_order(ada, "receipt", ["mail"])
    assert offered(world) == {"channel": "mail", "shown": "a•••@example.org", "goes": True}
    world.tell(world.borrows(world.dune))
    wants(world, ("borrow", world.dune))
    world.ahead(minutes=15)
    a_minute()
    assert len(post.mails) == 1


def test_it_is_offered_to_nobody_whom_nothing_reaches(world: World, ada: Person, post: Mailbox) -> None:
    contacts.set_order(ada, "", ["screen", "mail"])
    assert offered(world) is None, "the patron wants nothing sent"
    contacts.set_order(ada, "", ["mail"])
    Unsubscription.objects.create(person=ada, kind=MessageKind.RECEIPT, at=hub_clock().now())
    assert offered(world) is None, "the patron has stopped receipts"
    Unsubscription.objects.all().delete()
    ada.child = True
    ada.save()
    assert offered(world) is None, "a child's is the guardian's matter"
    world.tell(world.borrows(world.dune))
    wants(world, ("borrow", world.dune))
    a_minute()
    assert post.mails == []
