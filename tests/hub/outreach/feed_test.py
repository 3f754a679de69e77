"""Test that feed events reach outreach exactly once, in order, and a batch completely or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.ils.bridge.feed_relay import carry
from hub.outreach import feed
from hub.outreach.library_system.events import Event
from hub.outreach.library_system.registry import the_central
from hub.outreach.patrons.models import Person
from hub.outreach.response_router import Responses
from tests.hub.support.world import NOW, World


def test_a_loan_at_a_kiosk_makes_its_patron_known(world: World) -> None:
    world.tell(world.borrows(world.dune))
    assert carry() == 1
    assert [each.ref for each in Person.objects.all()] == [world.ada.ref]


def test_what_was_carried_is_not_carried_again(world: World) -> None:
    world.tell(world.borrows(world.dune))
    carry()
    assert carry() == 0


def test_an_event_that_comes_twice_is_taken_once(world: World) -> None:
    event = Event(7, NOW, "checkout", {"patron": "p-ada"})
    assert feed.take([event]) == 7
    Person.objects.all().delete()
    assert feed.take([event]) == 7
    assert not Person.objects.exists()


def test_a_part_that_fails_leaves_nothing_half_taken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(Responses):
        KINDS = frozenset({"checkout"})

        def take(self, event: Event) -> None:
            if event.number == 2:
                raise RuntimeError("no")

    monkeypatch.setattr(feed, "CONSUMERS", (*feed.CONSUMERS, Failing))
    with pytest.raises(RuntimeError):
        feed.take([Event(number, NOW, "checkout", {"patron": f"p-{number}"}) for number in (1, 2)])
    assert (feed.last(), Person.objects.count()) == (0, 0)


def test_the_account_is_asked_of_circulation(world: World) -> None:
    world.tell(world.borrows(world.dune))
    (loan,) = the_central().account(world.ada.ref).loans
    assert (loan.item, loan.words) == (world.dune.barcode, "Dune")
    world.ahead(days=1)
    assert the_central().renew(world.ada.ref, loan.item) > loan.due - timedelta(days=1)  # type: ignore[operator]
    assert the_central().renew(world.ada.ref, "30000000000029") == "not_on_loan"


def test_whoever_still_has_a_book_is_not_forgotten(world: World) -> None:
    world.tell(world.borrows(world.dune))
    assert the_central().forget(world.ada.ref) == ["open_loans"]
    world.tell(world.returns(world.dune, "trusted"))
    assert the_central().forget(world.ada.ref) == []
    carry()
    assert not Person.objects.filter(ref=world.ada.ref).exists()
    assert the_central().standing([world.ada.ref]) == {}
