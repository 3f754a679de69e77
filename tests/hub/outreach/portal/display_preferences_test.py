"""Test that the portal shows the display preferences of kiosks in words and deletes them."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from hub.circulation import cards
from hub.circulation.models import Card, CardDisplayPreferences, CirculationEvent, Transaction
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import data_export, erasure
from hub.outreach.patrons.models import Change, Person, Source
from hub.outreach.patrons.records import RecordSource, person_of
from hub.outreach.portal import display_preferences
from hub.outreach.portal.models import DisplayPreferences
from hub.outreach.portal.my_details import details
from lending import sealing
from lending.display_preferences import OFF
from tests.hub.outreach.portal.phone import press, sign_in
from tests.hub.staff.staff_client import words
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import ADA_UID, LIN_UID, World


def phone(language: str = "en") -> Client:
    return Client(headers={"Accept-Language": language}, enforce_csrf_checks=True)


def remember(person: Person, text: str) -> None:
    assert display_preferences.remember(person, text, RecordSource(Source.KIOSK, "front"))


@pytest.mark.parametrize(
    ("language", "included", "excluded"),
    [
        ("en", "English, larger text, titles hidden", "high contrast"),
        ("zh-hans", "English、大字、隐藏书名", "高对比度"),
    ],
)
def test_preferences_are_shown_in_words(world: World, ada: Person, language: str, included: str, excluded: str) -> None:
    client = phone(language)
    sign_in(client, world.ada.identifier)
    me = reverse("portal:known")
    assert 'id="look"' not in client.get(me).content.decode(), "no section without stored preferences"
    remember(ada, "en large_text hide_titles")
    page = words(client.get(me).content)
    assert included in page and excluded not in page


def test_one_touch_deletes_preferences_for_all_kiosks(world: World, ada: Person) -> None:
    client = phone()
    sign_in(client, world.ada.identifier)
    remember(ada, "zh contrast")
    assert CardDisplayPreferences.objects.filter(patron=world.ada).exists()
    me = reverse("portal:known")
    assert "The settings are no longer remembered." in press(client, reverse("portal:forget_look"), me)
    assert (
        not DisplayPreferences.objects.exists() and not CardDisplayPreferences.objects.filter(patron=world.ada).exists()
    )
    assert Change.objects.filter(person=ada, what="look", act=Change.Act.REMOVED, source=Source.PHONE).exists()
    assert "Stop remembering" not in words(client.get(me).content)


def test_deleting_preferences_requires_sign_in(world: World, ada: Person) -> None:
    remember(ada, "zh contrast")
    stranger = Client()
    stranger.post(reverse("portal:forget_look"))
    assert DisplayPreferences.objects.exists()


ADA_CARD, LIN_CARD = cards.hash_number(ADA_UID), cards.hash_number(LIN_UID)
LARGE = "en large_text voice hide_titles"


@pytest.fixture
def reader(world: World) -> Reader:
    snapshot_reader = Reader(world.device)
    assert snapshot_reader.poll()
    return snapshot_reader


def respond(world: World, answer: str) -> None:
    """Upload a response twice, as after a lost reply."""
    row = world.row("said", ask="look", answer=answer, about="", card=ADA_CARD)
    for _again in range(2):
        assert world.upload(row)["outcome"] == "accepted"
        carry()


def person(world: World) -> Person:
    found = person_of(world.ada.ref)
    assert found is not None
    return found


def opened_preferences(reader: Reader) -> dict[str, str]:
    """Return the decrypted preferences of the last poll, by card."""
    found = {each.card: each.look for page in reader.pages for each in page.cards}
    return {card: sealing.open_with_card(card, box) if box else "" for card, box in found.items()}


def tables_with(word: str) -> list[str]:
    """Return every table that contains the word in clear."""
    found = []
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if word in repr(cursor.fetchall()):
                found.append(table)
    return found


def test_preferences_are_sealed_to_own_card(world: World, reader: Reader) -> None:
    respond(world, LARGE)
    assert reader.poll() and not reader.pages[0].whole
    assert opened_preferences(reader)[ADA_CARD] == LARGE and LIN_CARD not in opened_preferences(reader)
    assert details(person(world), hub_clock().now()).look
    with pytest.raises(sealing.SealBroken):
        sealing.open_with_card(LIN_CARD, next(each.look for each in reader.pages[0].cards))
    fresh = Reader(world.device)
    fresh.poll()
    assert opened_preferences(fresh)[ADA_CARD] == LARGE and opened_preferences(fresh)[LIN_CARD] == ""


def test_changed_preferences_are_sent_and_unchanged_ones_are_not(world: World, reader: Reader) -> None:
    respond(world, LARGE)
    assert reader.poll()
    respond(world, LARGE)
    assert not reader.poll()
    respond(world, "zh contrast")
    assert reader.poll() and opened_preferences(reader)[ADA_CARD] == "zh contrast"
    assert DisplayPreferences.objects.count() == CardDisplayPreferences.objects.count() == 1


def test_opt_out_deletes_preferences(world: World, reader: Reader) -> None:
    respond(world, LARGE)
    respond(world, OFF)
    assert reader.poll() and opened_preferences(reader).get(ADA_CARD, "") == ""
    assert not DisplayPreferences.objects.exists() and not CardDisplayPreferences.objects.exists()
    assert [each.act for each in person(world).changes.filter(what="look").order_by("pk")][-1] == "removed"


@pytest.mark.parametrize("answer", ["sideways", "en en", "en large_text large_text", "en  contrast", "OFF"])
def test_invalid_preferences_are_ignored(world: World, reader: Reader, answer: str) -> None:
    respond(world, LARGE)
    respond(world, answer)
    assert reader.poll() and opened_preferences(reader)[ADA_CARD] == LARGE


def test_database_contains_no_preferences_in_clear(world: World) -> None:
    """Preferences reveal how a patron reads: no table of the hub has them in clear."""
    respond(world, LARGE)
    assert str(DisplayPreferences.objects.get().text).startswith("box1:")
    assert tables_with("large_text") == []
    assert "answer" not in CirculationEvent.objects.get(kind="said").data
    assert Transaction.objects.get(kind="said").body == ""
    with connection.cursor() as cursor:  # control: a row in clear is found
        cursor.execute("UPDATE circulation_carddisplaypreferences SET text = %s", [LARGE])
    assert tables_with("large_text") == ["circulation_carddisplaypreferences"]


def test_data_export_contains_preferences(world: World) -> None:
    respond(world, LARGE)
    assert json.loads(data_export.as_json(person(world)))["portal.displaypreferences"][0]["text"] == LARGE


def test_erasure_deletes_preferences_even_with_open_loan(world: World, reader: Reader) -> None:
    respond(world, LARGE)
    assert world.upload(world.checkout(world.emma))["outcome"] == "accepted"
    carry()
    assert erasure.erase(world.ada.ref, hub_clock().now()), "an open loan keeps the name, but not the preferences"
    assert not DisplayPreferences.objects.exists() and not CardDisplayPreferences.objects.exists()
    assert reader.poll() and opened_preferences(reader).get(ADA_CARD, "") == ""


def test_lost_card_gets_empty_preferences(world: World, reader: Reader) -> None:
    respond(world, LARGE)
    Card.objects.filter(hash=ADA_CARD).update(status=Card.Status.LOST)
    assert reader.poll() and opened_preferences(reader)[ADA_CARD] == ""


def test_undecryptable_preferences_are_sent_empty_until_set_again(world: World, reader: Reader) -> None:
    respond(world, LARGE)
    foreign = "box1:" + "A" * 80
    with connection.cursor() as cursor:
        cursor.execute("UPDATE circulation_carddisplaypreferences SET text = %s", [foreign])
    assert reader.poll() and opened_preferences(reader)[ADA_CARD] == ""
    respond(world, "zh contrast")
    assert reader.poll() and opened_preferences(reader)[ADA_CARD] == "zh contrast"
