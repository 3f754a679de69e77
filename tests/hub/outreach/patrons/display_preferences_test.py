"""Test display preferences: encrypted, sent to kiosks with the card, deleted on request."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from hub.circulation import cards
from hub.circulation.models import Card, CardDisplayPreferences, CirculationEvent, Transaction
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import data_export, erasure
from hub.outreach.patrons.feed_consumer import person_of
from hub.outreach.patrons.models import Person
from hub.outreach.portal.my_details.models import DisplayPreferences
from hub.outreach.portal.my_details.record_view import details
from lending import card_seal
from lending.display_preferences import OFF
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import ADA_UID, LIN_UID, World

HERS, LINS = cards.hashed(ADA_UID), cards.hashed(LIN_UID)
BIG = "en large_text voice hide_titles"


@pytest.fixture
def reader(world: World) -> Reader:
    made = Reader(world.device)
    assert made.poll()
    return made


def says(world: World, answer: str) -> None:
    """As a kiosk hands it over, and once more, as after a lost answer."""
    row = world.row("said", ask="look", answer=answer, about="", card=HERS)
    for _again in range(2):
        assert world.tell(row)["outcome"] == "accepted"
        carry()


def person(world: World) -> Person:
    found = person_of(world.ada.ref)
    assert found is not None
    return found


def told(reader: Reader) -> dict[str, str]:
    """What the last poll tells, by card, opened."""
    found = {each.card: each.look for page in reader.pages for each in page.cards}
    return {card: card_seal.open_with_card(card, box) if box else "" for card, box in found.items()}


def tables_with(word: str) -> list[str]:
    """Every table in which it stands in clear."""
    found = []
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if word in repr(cursor.fetchall()):
                found.append(table)
    return found


def test_it_goes_with_their_card_alone_and_asks_for_no_consent(world: World, reader: Reader) -> None:
    says(world, BIG)
    assert reader.poll() and not reader.pages[0].whole
    assert told(reader)[HERS] == BIG and LINS not in told(reader)
    assert details(person(world), hub_clock().now()).look
    with pytest.raises(card_seal.SealBroken):
        card_seal.open_with_card(LINS, next(each.look for each in reader.pages[0].cards))
    fresh = Reader(world.device)
    fresh.poll()
    assert told(fresh)[HERS] == BIG and told(fresh)[LINS] == ""


def test_what_the_patron_changes_is_told_and_what_is_the_same_is_not(world: World, reader: Reader) -> None:
    says(world, BIG)
    assert reader.poll()
    says(world, BIG)
    assert not reader.poll()
    says(world, "zh contrast")
    assert reader.poll() and told(reader)[HERS] == "zh contrast"
    assert DisplayPreferences.objects.count() == CardDisplayPreferences.objects.count() == 1


def test_them_no_ends_it(world: World, reader: Reader) -> None:
    says(world, BIG)
    says(world, OFF)
    assert reader.poll() and told(reader).get(HERS, "") == ""
    assert not DisplayPreferences.objects.exists() and not CardDisplayPreferences.objects.exists()
    assert [each.act for each in person(world).changes.filter(what="look").order_by("pk")][-1] == "removed"


@pytest.mark.parametrize("answer", ["sideways", "en en", "en large_text large_text", "en  contrast", "OFF"])
def test_what_is_no_look_changes_nothing(world: World, reader: Reader, answer: str) -> None:
    says(world, BIG)
    says(world, answer)
    assert reader.poll() and told(reader)[HERS] == BIG


def test_nobody_reads_it_in_the_database(world: World) -> None:
    """Preferences reveal how a patron reads: no table of the hub has them in clear."""
    says(world, BIG)
    assert str(DisplayPreferences.objects.get().text).startswith("box1:")
    assert tables_with("large_text") == []
    assert "answer" not in CirculationEvent.objects.get(kind="said").data
    assert Transaction.objects.get(kind="said").body == ""
    with connection.cursor() as cursor:  # the control: a row in clear is found
        cursor.execute("UPDATE circulation_carddisplaypreferences SET text = %s", [BIG])
    assert tables_with("large_text") == ["circulation_carddisplaypreferences"]


def test_it_is_in_the_copy_that_the_patron_may_have(world: World) -> None:
    says(world, BIG)
    assert json.loads(data_export.as_json(person(world)))["portal.displaypreferences"][0]["text"] == BIG


def test_it_goes_when_the_patron_is_erased_or_stripped(world: World, reader: Reader) -> None:
    says(world, BIG)
    assert world.tell(world.borrows(world.emma))["outcome"] == "accepted"
    carry()
    assert erasure.erase(world.ada.ref, hub_clock().now()).stays, "a loan is open: their name stays, and no look"
    assert not DisplayPreferences.objects.exists() and not CardDisplayPreferences.objects.exists()
    assert reader.poll() and told(reader).get(HERS, "") == ""


def test_nothing_goes_with_a_lost_card(world: World, reader: Reader) -> None:
    says(world, BIG)
    Card.objects.filter(hash=HERS).update(status=Card.Status.LOST)
    assert reader.poll() and told(reader)[HERS] == ""


def test_a_key_that_is_lost_costs_their_look_and_keeps_no_kiosk_from_the_library(world: World, reader: Reader) -> None:
    says(world, BIG)
    foreign = "box1:" + "A" * 80
    with connection.cursor() as cursor:
        cursor.execute("UPDATE circulation_carddisplaypreferences SET text = %s", [foreign])
    assert reader.poll() and told(reader)[HERS] == ""
    says(world, "zh contrast")
    assert reader.poll() and told(reader)[HERS] == "zh contrast"
