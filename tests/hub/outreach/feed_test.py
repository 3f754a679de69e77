"""Test that feed events reach outreach exactly once, in order, and a batch completely or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.ils.bridge.feed_relay import carry
from hub.outreach import feed
from hub.outreach.library_system.central import the_central
from hub.outreach.library_system.events import Event
from hub.outreach.patrons.models import Person
from hub.outreach.response_router import Responses
from tests.hub.support.world import NOW, World


def test_kiosk_checkout_creates_person_for_patron(world: World) -> None:
    world.upload(world.checkout(world.dune))
    assert carry() == 1
    assert [each.ref for each in Person.objects.all()] == [world.ada.ref]


def test_second_carry_relays_no_event_again(world: World) -> None:
    world.upload(world.checkout(world.dune))
    carry()
    assert carry() == 0


def test_repeated_event_is_applied_once(world: World) -> None:
    event = Event(7, NOW, "checkout", {"patron": "p-ada"})
    assert feed.take([event]) == 7
    Person.objects.all().delete()
    assert feed.take([event]) == 7
    assert not Person.objects.exists()


def test_failing_consumer_rolls_back_whole_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(Responses):
        KINDS = frozenset({"checkout"})

        def take(self, event: Event) -> None:
            if event.number == 2:
                raise RuntimeError("no")

    monkeypatch.setattr(feed, "CONSUMERS", (*feed.CONSUMERS, Failing))
    with pytest.raises(RuntimeError):
        feed.take([Event(number, NOW, "checkout", {"patron": f"p-{number}"}) for number in (1, 2)])
    assert (feed.last(), Person.objects.count()) == (0, 0)


def test_account_and_renewal_come_from_circulation(world: World) -> None:
    world.upload(world.checkout(world.dune))
    (loan,) = the_central().account(world.ada.ref).loans
    assert (loan.item, loan.words) == (world.dune.barcode, "Dune")
    world.advance(days=1)
    assert the_central().renew(world.ada.ref, loan.item) > loan.due - timedelta(days=1)  # type: ignore[operator]
    assert the_central().renew(world.ada.ref, "30000000000029") == "not_on_loan"


def test_patron_with_open_loan_is_forgotten_only_after_return(world: World) -> None:
    world.upload(world.checkout(world.dune))
    assert the_central().forget(world.ada.ref) == ["open_loans"]
    world.upload(world.checkin(world.dune, "trusted"))
    assert the_central().forget(world.ada.ref) == []
    carry()
    assert not Person.objects.filter(ref=world.ada.ref).exists()
    assert the_central().standing([world.ada.ref]) == {}
