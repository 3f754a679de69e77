"""Test patron responses in the feed: once, with the patron's pseudonym or anonymous."""

from __future__ import annotations

from decimal import Decimal

from hub.catalogue.models import Title
from hub.circulation import cards
from hub.circulation.models import CirculationEvent, Fee, Hold, Library, Loan, Rule
from tests.hub.support.world import ADA_UID, NOW, World


def test_repeated_response_enters_the_feed_once(world: World) -> None:
    response = world.row("said", ask="contact", answer="right", about="mail", card=cards.hash_number(ADA_UID))
    assert [world.upload(response)["outcome"], world.upload(response)["outcome"]] == ["accepted", "accepted"]
    (event,) = CirculationEvent.objects.filter(kind="said")
    assert {name: event.data[name] for name in ("patron", "ask", "answer", "about", "kiosk")} == {
        "patron": world.ada.ref, "ask": "contact", "answer": "right", "about": "mail", "kiosk": "front",
    }  # fmt: skip
    assert not Loan.objects.exists()


def test_rating_without_card_has_no_patron(world: World) -> None:
    assert world.upload(world.row("said", ask="face", answer="5"))["outcome"] == "accepted"
    assert CirculationEvent.objects.get(kind="said").data["patron"] is None


def test_unknown_card_is_refused_without_an_event(world: World) -> None:
    response = world.row("said", ask="face", answer="5", card=cards.hash_number("04FFFFFF"))
    assert world.upload(response)["reason"] == "unknown_card"
    assert world.event_kinds() == []


def hold_request(world: World, title: object, *, no_block: bool = False) -> dict[str, object]:
    return world.row(
        "said", ask="hold", answer="wanted", about=str(title), card=cards.hash_number(ADA_UID), no_block=no_block
    )


def test_hold_request_places_one_hold_and_one_event(world: World) -> None:
    response = hold_request(world, world.emma.title_id)
    assert [world.upload(response)["outcome"], world.upload(response)["outcome"]] == ["accepted", "accepted"]
    (hold,) = Hold.objects.all()
    assert (hold.patron, hold.title, hold.pickup, hold.state) == (world.ada, world.emma.title, world.main, "waiting")
    assert [each.kind for each in CirculationEvent.objects.all()] == ["hold_placed"]


def test_hold_request_for_unknown_held_or_excess_title_is_refused(world: World) -> None:
    assert world.upload(hold_request(world, 999_999))["reason"] == "unknown_item"
    assert world.upload(hold_request(world, "x"))["reason"] == "unknown_item"
    world.upload(hold_request(world, world.emma.title_id))
    assert world.upload(hold_request(world, world.emma.title_id))["reason"] == "already_yours"
    Library.objects.update(holds=1)
    answer = world.upload(hold_request(world, world.dune.title_id))
    assert (answer["reason"], answer["count"]) == ("limit", 1)


def test_hold_request_is_refused_when_an_ils_keeps_the_loans(world: World) -> None:
    """The request before the hub followed the ILS is the control."""
    assert world.upload(hold_request(world, world.emma.title_id))["outcome"] == "accepted"
    Library.objects.update(followed_since=NOW)
    assert world.upload(hold_request(world, world.dune.title_id))["reason"] == "central_refused"
    assert Hold.objects.get().title == world.emma.title


def test_hold_request_for_a_title_the_patron_cannot_borrow_is_refused(world: World) -> None:
    """As in the portal, the refusal is shown while the patron is at the kiosk."""
    bare = Title.objects.create(title="边城")
    assert world.upload(hold_request(world, bare.pk))["reason"] == "unknown_item", "the title has no items"
    fee = Fee.objects.create(patron=world.ada, kind="lost", amount=Decimal(80), charged_at=world.by.now)
    assert world.upload(hold_request(world, world.emma.title_id))["reason"] == "fees"
    fee.delete()
    Rule.objects.update(reading_room_only=True)
    assert world.upload(hold_request(world, world.emma.title_id))["reason"] == "reading_room"
    Rule.objects.all().delete()
    assert world.upload(hold_request(world, world.emma.title_id))["reason"] == "no_rule"
    assert not Hold.objects.exists()


def test_no_block_hold_request_is_placed_once_despite_the_limit(world: World) -> None:
    Library.objects.update(holds=0)
    assert world.upload(hold_request(world, world.emma.title_id, no_block=True))["outcome"] == "accepted"
    assert world.upload(hold_request(world, world.emma.title_id, no_block=True))["outcome"] == "accepted"
    assert Hold.objects.count() == 1
