"""Test the receipt as a message: to the first address, once, and not in addition to another message."""

from __future__ import annotations

from typing import Any

from hub.catalogue.models import Item
from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging import delivery_worker
from hub.outreach.messaging.models import Unsubscription
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.support.world import ADA_UID, World


def relay_and_deliver() -> None:
    carry()
    delivery_worker.work(hub_clock().now())


def request_receipt(world: World, *done: tuple[str, Item]) -> None:
    items = ",".join(f"{task}:{item.barcode}" for task, item in done)
    row = world.row("said", ask="receipt", answer=items, about="", card=cards.hash_number(ADA_UID))
    assert world.upload(row)["outcome"] == "accepted"


def offered(world: World) -> dict[str, Any] | None:
    answer: dict[str, Any] = world.device.get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}/after").json()
    found: dict[str, Any] | None = answer["message"]
    return found


def test_requested_receipt_arrives_once_with_loans_and_returns(world: World, ada: Person, post: Mailbox) -> None:
    world.upload(world.checkout(world.dune))
    world.upload(world.checkout(world.emma))
    world.upload(world.checkin(world.emma, "trusted"))
    request_receipt(world, ("borrow", world.dune), ("return", world.emma))
    relay_and_deliver()
    (mail,) = post.mails
    assert "Dune" in body(mail) and "23 December" in body(mail) and "Emma" in body(mail)
    world.advance(minutes=30)
    relay_and_deliver()
    assert len(post.mails) == 1


def test_receipt_omits_transactions_of_others(world: World, ada: Person, post: Mailbox) -> None:
    world.upload(world.checkout(world.dune))
    request_receipt(world, ("borrow", world.dune), ("borrow", world.emma), ("steals", world.utopia))
    relay_and_deliver()
    (mail,) = post.mails
    assert "Dune" in body(mail) and "Emma" not in body(mail) and "Utopia" not in body(mail)
    request_receipt(world, ("borrow", world.emma))
    relay_and_deliver()
    assert len(post.mails) == 1


def test_several_requests_of_one_visit_make_one_message(world: World, ada: Person, post: Mailbox) -> None:
    world.upload(world.checkout(world.dune))
    world.upload(world.checkout(world.emma))
    request_receipt(world, ("borrow", world.dune))
    request_receipt(world, ("borrow", world.emma))
    relay_and_deliver()
    (mail,) = post.mails
    assert "Dune" in body(mail) and "Emma" in body(mail)


def test_automatic_receipt_is_announced_and_not_sent_twice(world: World, ada: Person, post: Mailbox) -> None:
    assert offered(world) == {"channel": "mail", "shown": "a•••@example.org", "goes": False}
    records.set_channel_order(ada, "receipt", ["mail"])
    assert offered(world) == {"channel": "mail", "shown": "a•••@example.org", "goes": True}
    world.upload(world.checkout(world.dune))
    request_receipt(world, ("borrow", world.dune))
    world.advance(minutes=15)
    relay_and_deliver()
    assert len(post.mails) == 1


def test_receipt_offer_requires_reachable_adult_patron(world: World, ada: Person, post: Mailbox) -> None:
    records.set_channel_order(ada, "", ["screen", "mail"])
    assert offered(world) is None, "the patron wants nothing sent"
    records.set_channel_order(ada, "", ["mail"])
    Unsubscription.objects.create(person=ada, kind=MessageKind.RECEIPT, at=hub_clock().now())
    assert offered(world) is None, "the patron has stopped receipts"
    Unsubscription.objects.all().delete()
    ada.child = True
    ada.save()
    assert offered(world) is None, "a child gets no receipt message"
    world.upload(world.checkout(world.dune))
    request_receipt(world, ("borrow", world.dune))
    relay_and_deliver()
    assert post.mails == []
