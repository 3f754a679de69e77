"""Test patron responses in the feed: once, with the patron's pseudonym or anonymous."""

from __future__ import annotations

from decimal import Decimal

from hub.catalogue.models import Title
from hub.circulation import cards
from hub.circulation.models import CirculationEvent, Fee, Hold, Library, Loan, Rule
from tests.hub.support.world import ADA_UID, NOW, World


def test_an_answer_goes_into_the_feed_once(world: World) -> None:
    said = world.row("said", ask="contact", answer="right", about="mail", card=cards.hashed(ADA_UID))
    assert [world.tell(said)["outcome"], world.tell(said)["outcome"]] == ["accepted", "accepted"]
    (event,) = CirculationEvent.objects.filter(kind="said")
    assert {name: event.data[name] for name in ("patron", "ask", "answer", "about", "kiosk")} == {
        "patron": world.ada.ref, "ask": "contact", "answer": "right", "about": "mail", "kiosk": "front",
    }  # fmt: skip
    assert not Loan.objects.exists()


def test_a_face_without_a_card_is_nobodys(world: World) -> None:
    assert world.tell(world.row("said", ask="face", answer="5"))["outcome"] == "accepted"
    assert CirculationEvent.objects.get(kind="said").data["patron"] is None


def test_a_card_that_is_nobodys_says_nothing(world: World) -> None:
    said = world.row("said", ask="face", answer="5", card=cards.hashed("04FFFFFF"))
    assert world.tell(said)["reason"] == "unknown_card"
    assert world.happened() == []


def wish(world: World, title: object, *, no_block: bool = False) -> dict[str, object]:
    return world.row(
        "said", ask="hold", answer="wanted", about=str(title), card=cards.hashed(ADA_UID), no_block=no_block
    )


def test_a_title_that_the_patron_wants_is_kept_for_them_once_and_staff_are_told(world: World) -> None:
    said = wish(world, world.emma.title_id)
    assert [world.tell(said)["outcome"], world.tell(said)["outcome"]] == ["accepted", "accepted"]
    (hold,) = Hold.objects.all()
    assert (hold.patron, hold.title, hold.pickup, hold.state) == (world.ada, world.emma.title, world.main, "waiting")
    assert [each.kind for each in CirculationEvent.objects.all()] == ["hold_placed"]


def test_what_the_patron_may_not_have_kept_is_refused_while_the_patron_stands_there(world: World) -> None:
    assert world.tell(wish(world, 999_999))["reason"] == "unknown_item"
    assert world.tell(wish(world, "x"))["reason"] == "unknown_item"
    world.tell(wish(world, world.emma.title_id))
    assert world.tell(wish(world, world.emma.title_id))["reason"] == "already_yours"
    Library.objects.update(holds=1)
    answer = world.tell(wish(world, world.dune.title_id))
    assert (answer["reason"], answer["count"]) == ("limit", 1)


def test_a_wish_of_which_a_librarys_own_system_would_never_hear_is_refused(world: World) -> None:
    """The control is the wish before the system was followed."""
    assert world.tell(wish(world, world.emma.title_id))["outcome"] == "accepted"
    Library.objects.update(followed_since=NOW)
    assert world.tell(wish(world, world.dune.title_id))["reason"] == "central_refused"
    assert Hold.objects.get().title == world.emma.title


def test_nobody_waits_for_what_never_goes_out_to_them(world: World) -> None:
    """As in the portal, the refusal is shown while the patron is at the kiosk."""
    bare = Title.objects.create(title="边城")
    assert world.tell(wish(world, bare.pk))["reason"] == "unknown_item", "there is no copy of it"
    fee = Fee.objects.create(patron=world.ada, kind="lost", amount=Decimal(80), charged_at=world.by.now)
    assert world.tell(wish(world, world.emma.title_id))["reason"] == "fees"
    fee.delete()
    Rule.objects.update(reading_room_only=True)
    assert world.tell(wish(world, world.emma.title_id))["reason"] == "reading_room"
    Rule.objects.all().delete()
    assert world.tell(wish(world, world.emma.title_id))["reason"] == "no_rule"
    assert not Hold.objects.exists()


def test_what_was_promised_to_their_offline_is_kept(world: World) -> None:
    Library.objects.update(holds=0)
    assert world.tell(wish(world, world.emma.title_id, no_block=True))["outcome"] == "accepted"
    assert world.tell(wish(world, world.emma.title_id, no_block=True))["outcome"] == "accepted"
    assert Hold.objects.count() == 1
