"""Test registration at a kiosk: one provisional patron with number and card, confirmed by staff."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.urls import reverse

from hub.circulation import cards
from hub.circulation.models import Card, CirculationEvent, ExceptionCase, Patron, Transaction
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import consents
from hub.outreach.patrons.channels import BadAddress, tidied
from hub.outreach.patrons.models import Consent, Contact, Person
from lending import registration
from lending.registration import Registration
from lending.transactions import TransactionId
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World

BLANK = "04C0FFEE"
LIN = Registration("林小满", "1990", "", "adult", "lin@example.org", "zh", {"digest": "2026-2"})
CHILD = Registration("林童", "2020", "林大", "adult", "13900000001", "zh", {"digest": "2026-2"})


def registers(world: World, told: Registration = LIN, uid: str = "", *, no_block: bool = False) -> dict[str, Any]:
    card = cards.hashed(uid) if uid else None
    return world.row("said", ask="register", answer=registration.written(told), about="", card=card, no_block=no_block)


def their_number(row: dict[str, Any]) -> str:
    return registration.number(TransactionId(row["id"]))


def test_the_patron_is_there_once_with_the_number_that_the_patron_was_told(world: World) -> None:
    row = registers(world, uid=BLANK)
    assert [world.tell(row)["outcome"], world.tell(row)["outcome"]] == ["accepted", "accepted"]
    patron = Patron.objects.get(name="林小满")
    assert (patron.identifier, patron.category.code, patron.status) == (their_number(row), "adult", "provisional")
    person = Person.objects.get(ref=patron.ref)
    assert (person.provisional, person.language, person.child) == (True, "zh", False)
    (contact,) = Contact.objects.filter(person=person)
    assert (contact.channel, contact.address.opened(), contact.source) == ("mail", "lin@example.org", "kiosk")
    (yes,) = Consent.objects.filter(person=person)
    assert (yes.purpose, yes.given, yes.text_version, yes.by) == ("digest", True, "2026-2", "kiosk front")
    carry()
    assert Person.objects.filter(ref=patron.ref).count() == 1


def test_their_card_opens_the_desk_when_staff_have_seen_them(world: World) -> None:
    world.tell(registers(world, uid=BLANK))
    assert world.tell(world.borrows(world.dune, BLANK))["reason"] == "card_provisional"
    person = Person.objects.get(provisional=True)
    Grace().client.post(reverse("patrons:seen", args=(person.pk,)), {"card": ""}, follow=True)
    assert world.tell(world.borrows(world.dune, BLANK))["outcome"] == "accepted"


@pytest.mark.parametrize("status", ["provisional", "blocked"])
def test_staff_are_told_whether_whoever_they_have_seen_may_borrow(world: World, status: str) -> None:
    world.tell(registers(world, uid=BLANK))
    person = Person.objects.get(provisional=True)
    Patron.objects.filter(ref=person.ref).update(status=status)
    said = words(Grace().client.post(reverse("patrons:seen", args=(person.pk,)), {"card": ""}, follow=True).content)
    blocked = status == "blocked"
    assert ("stays blocked until" in said, "The patron can borrow now" in said) == (blocked, not blocked)
    assert (world.tell(world.borrows(world.dune, BLANK))["outcome"] == "refused") is blocked


def test_a_card_that_is_somebodys_is_refused_while_the_patron_stands_there(world: World) -> None:
    answer = world.tell(registers(world, uid=ADA_UID))
    assert (answer["outcome"], answer["reason"]) == ("refused", "card_taken")
    assert not Person.objects.filter(provisional=True).exists()


def test_what_was_promised_is_taken_without_that_card(world: World) -> None:
    row = registers(world, uid=ADA_UID)
    world.tell(row)
    assert world.tell({**row, "no_block": True})["outcome"] == "accepted"
    assert Patron.objects.get(name="林小满").identifier == their_number(row)
    assert cards.taken_by(ADA_UID) == world.ada and not Card.objects.filter(patron__name="林小满", last4="").exists()


def test_nothing_of_it_stands_beside_their_record(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Neither row, feed nor log has them.

    The name is in circulation only, and the address is encrypted in the record.
    """
    with caplog.at_level(logging.DEBUG):
        row = registers(world, uid=BLANK)
        world.tell(row)
        world.tell(registers(world, uid=ADA_UID))
    carry()
    kept = json.dumps(list(Transaction.objects.values("body", "answer")), default=str)
    fed = json.dumps(list(CirculationEvent.objects.values_list("data", flat=True)), ensure_ascii=False)
    for own in ("林小满", "lin@example.org"):
        assert own not in kept + fed + caplog.text
    assert "lin@example.org" in registers(world)["body"], "so it would have been found"
    again = world.tell(row)
    assert again["outcome"] == "accepted" and Person.objects.filter(provisional=True).count() == 1


def test_a_child_agrees_to_nothing_and_waits_for_the_guardian(world: World) -> None:
    world.tell(registers(world, CHILD))
    person = Person.objects.get(provisional=True)
    assert person.child and not Consent.objects.exists() and not Contact.objects.filter(person=person).exists()
    assert {each.value.opened() for each in person.facts.all()} == {"2020", "林大, 13900000001"}
    grace, seen = Grace(), reverse("patrons:seen", args=(person.pk,))
    told = words(grace.client.post(seen, {"card": BLANK}, follow=True).content)
    assert "A child needs a guardian" in told
    assert world.tell(world.borrows(world.dune, BLANK))["outcome"] == "refused"
    guardian = {"child": "1", "card": world.ada.identifier}
    grace.client.post(reverse("patrons:guardian", args=(person.pk,)), guardian, follow=True)
    grace.client.post(seen, {"card": BLANK}, follow=True)
    assert world.tell(world.borrows(world.dune, BLANK))["outcome"] == "accepted"
    assert {each.name for each in person.facts.all()} == {"birth_year"}, "the guardian is known by a record now"


def test_a_child_without_a_guardian_is_no_registration(world: World) -> None:
    """A desk asks for one; a row that says otherwise goes to staff when it was promised."""
    bare = Registration("林童", "2020", "", "adult", "", "zh")
    assert world.tell(registers(world, bare))["outcome"] == "refused"
    assert world.tell(registers(world, bare, no_block=True))["outcome"] == "set_aside"
    assert ExceptionCase.objects.filter(resolved_at=None).count() == 1


def test_what_staff_have_settled_keeps_no_name_beside_a_record(world: World) -> None:
    """It had to stay for as long as they looked after it."""
    row = registers(world, Registration("Lin Invented", "2020", "", "adult", "", "zh"), no_block=True)
    assert world.tell(row)["outcome"] == "set_aside"
    case = ExceptionCase.objects.get()
    assert "Lin Invented" in case.raw and "Lin Invented" in Transaction.objects.get().body
    Grace().client.post(reverse("staff:fix", args=(case.pk,)), {"fix": "settle", "note": "registered at the desk"})
    case.refresh_from_db()
    assert case.resolved_at is not None
    assert (case.raw, Transaction.objects.get().body) == ("", "")
    assert world.tell(row)["outcome"] == "set_aside", "and it is known when it comes again"


@pytest.mark.parametrize("answer", ["x", "[]", '{"name":1}', '{"nome":"x"}', "{}"])
def test_what_cannot_be_read_is_refused(world: World, answer: str) -> None:
    row = world.row("said", ask="register", answer=answer, about="", card=None)
    assert world.tell(row)["reason"] == "unreadable"
    assert not Person.objects.filter(provisional=True).exists()


def test_words_that_nobody_was_shown_are_no_consent(world: World) -> None:
    told = Registration("林小满", "1990", "", "adult", "", "zh", {"digest": "1999-1", "history": "2026-2"})
    world.tell(registers(world, told))
    assert Person.objects.filter(provisional=True).exists() and not Consent.objects.exists()


def test_staff_find_them_by_the_number_and_see_whom_the_patron_may_be(world: World) -> None:
    first, again = registers(world), registers(world)
    world.hand_over(first, again)
    older, newer = Person.objects.filter(provisional=True).order_by("pk")
    grace = Grace()
    shown = grace.client.get(reverse("patrons:record", args=(newer.pk,))).content
    assert "Possible duplicates" in words(shown) and "same address" in words(shown)
    listed = words(grace.client.get(reverse("patrons:lists"), {"show": "unseen"}).content)
    assert "possible duplicate" in listed
    number = their_number(first)
    for typed in (number.lower(), f"{number[:4]} {number[4:7]} {number[7:]}"):
        found = grace.client.get(reverse("staff:patrons"), {"q": typed}, follow=True).content
        assert f"林** ···{number[-4:]}" in words(found)
    Person.objects.filter(pk=older.pk).delete()
    Patron.objects.filter(ref=older.ref).delete()
    assert "Possible duplicates" not in words(grace.client.get(reverse("patrons:record", args=(newer.pk,))).content)


def test_the_card_of_whoever_was_there_already_is_theirs_in_the_order_that_their_record_says(world: World) -> None:
    """The card used at the kiosk belongs to another patron as long as the second record exists."""
    world.hand_over(registers(world), registers(world, uid=BLANK))
    older, newer = Person.objects.filter(provisional=True).order_by("pk")
    grace = Grace()
    gives = reverse("patrons:new_card", args=(older.pk,))
    shown = words(grace.client.get(reverse("patrons:record", args=(newer.pk,))).content)
    assert "erase this record first, then issue the card in the other record" in shown
    grace.client.post(gives, {"card": BLANK}, follow=True)
    assert not Card.objects.filter(patron__ref=older.ref, last4=BLANK[-4:]).exists()
    grace.client.post(reverse("patrons:erase", args=(newer.pk,)), follow=True)
    assert not Person.objects.filter(pk=newer.pk).exists()
    grace.client.post(gives, {"card": BLANK}, follow=True)
    assert Card.objects.filter(patron__ref=older.ref, last4=BLANK[-4:]).exists()


def test_a_kiosk_is_told_what_to_ask_and_in_which_words(world: World) -> None:
    told = world.device.get("/api/v1/showcase").json()["registers"]
    assert [each["code"] for each in told["purposes"]] == ["reminders", "digest", "campaign"]
    digest = told["purposes"][1]
    shown = consents.text("digest")
    assert (digest["version"], digest["words"]) == (shown.version, {"zh": shown.chinese, "en": shown.english})
    assert digest["name"]["zh"] != digest["name"]["en"]
    assert "adult" in [each["code"] for each in told["groups"]]


@pytest.mark.parametrize(
    "address",
    ["lin@example.org", "a.b+c@sub.example.co", "13900000001", "+97699112233", "0097699112233", "139 0000 0001"],
)
def test_what_the_desk_takes_for_an_address_the_hub_takes_too(address: str) -> None:
    assert registration.contact_fault(address, needed=True) is None
    assert tidied(registration.channel(address), address)


@pytest.mark.parametrize(
    "address", ["lin@", "lin@example", "@example.org", "a..b@example.org", "a@-x.org", "12345", "1390000000", "hello"]
)
def test_what_is_no_address_is_said_at_the_desk_as_at_the_hub(address: str) -> None:
    assert registration.contact_fault(address, needed=True)
    with pytest.raises(BadAddress):
        tidied(registration.channel(address), address)
