"""What a patron answers at a kiosk goes into the feed, once, under her pseudonym or under nobody's."""

from __future__ import annotations

from kiosk.hub.circulation import cards
from kiosk.hub.circulation.models import CirculationEvent, Loan
from tests.hub.world import ADA_UID, World


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
