"""Test registration at a kiosk: one provisional patron with number and card, confirmed by staff."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from django.urls import reverse

from hub.circulation import cards
from hub.circulation.models import Card, CirculationEvent, ExceptionCase, Library, Patron, Transaction
from hub.ils.bridge.feed_relay import carry
from hub.ils.bridge.kiosk_requests import registration_form
from hub.outreach.patrons import consents
from hub.outreach.patrons.channels import BadAddress, normalise_address
from hub.outreach.patrons.models import Consent, Contact, Person
from lending import registration
from lending.registration import Registration
from lending.transactions import TransactionId
from lending.wire.showcase import ShowcaseAnswer, showcase_from
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World

BLANK = "04C0FFEE"
LIN = Registration("林小满", "1990", "", "adult", "lin@example.org", "zh", {"digest": "2026-2"})
CHILD = Registration("林童", "2020", "林大", "adult", "13900000001", "zh", {"digest": "2026-2"})


def registration_row(
    world: World, form: Registration = LIN, uid: str = "", *, no_block: bool = False
) -> dict[str, Any]:
    card = cards.hash_number(uid) if uid else None
    return world.row(
        "said", ask="register", answer=registration.encode_form(form), about="", card=card, no_block=no_block
    )


def patron_number(row: dict[str, Any]) -> str:
    return registration.number(TransactionId(row["id"]))


def test_repeated_registration_creates_one_provisional_patron_with_the_shown_number(world: World) -> None:
    row = registration_row(world, uid=BLANK)
    assert [world.upload(row)["outcome"], world.upload(row)["outcome"]] == ["accepted", "accepted"]
    patron = Patron.objects.get(name="林小满")
    assert (patron.identifier, patron.category.code, patron.status) == (patron_number(row), "adult", "provisional")
    person = Person.objects.get(ref=patron.ref)
    assert (person.provisional, person.language, person.child) == (True, "zh", False)
    (contact,) = Contact.objects.filter(person=person)
    assert (contact.channel, contact.address.decrypt(), contact.source) == ("mail", "lin@example.org", "kiosk")
    (yes,) = Consent.objects.filter(person=person)
    assert (yes.purpose, yes.given, yes.text_version, yes.by) == ("digest", True, "2026-2", "kiosk front")
    carry()
    assert Person.objects.filter(ref=patron.ref).count() == 1


def test_registered_card_can_borrow_after_staff_verify_the_patron(world: World) -> None:
    world.upload(registration_row(world, uid=BLANK))
    assert world.upload(world.checkout(world.dune, BLANK))["reason"] == "card_provisional"
    person = Person.objects.get(provisional=True)
    Grace().client.post(reverse("patrons:seen", args=(person.pk,)), {"card": ""}, follow=True)
    assert world.upload(world.checkout(world.dune, BLANK))["outcome"] == "accepted"


@pytest.mark.parametrize("status", ["provisional", "blocked"])
def test_staff_see_whether_the_verified_patron_can_borrow(world: World, status: str) -> None:
    world.upload(registration_row(world, uid=BLANK))
    person = Person.objects.get(provisional=True)
    Patron.objects.filter(ref=person.ref).update(status=status)
    notice = words(Grace().client.post(reverse("patrons:seen", args=(person.pk,)), {"card": ""}, follow=True).content)
    blocked = status == "blocked"
    assert ("stays blocked until" in notice, "The patron can borrow now" in notice) == (blocked, not blocked)
    assert (world.upload(world.checkout(world.dune, BLANK))["outcome"] == "refused") is blocked


def test_registration_with_a_taken_card_is_refused(world: World) -> None:
    answer = world.upload(registration_row(world, uid=ADA_UID))
    assert (answer["outcome"], answer["reason"]) == ("refused", "card_taken")
    assert not Person.objects.filter(provisional=True).exists()


def test_no_block_registration_with_a_taken_card_is_accepted_without_the_card(world: World) -> None:
    row = registration_row(world, uid=ADA_UID)
    world.upload(row)
    assert world.upload({**row, "no_block": True})["outcome"] == "accepted"
    assert Patron.objects.get(name="林小满").identifier == patron_number(row)
    assert cards.holder_of(ADA_UID) == world.ada and not Card.objects.filter(patron__name="林小满", last4="").exists()


def test_name_and_address_appear_in_no_row_event_or_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Only the patron's record has the name; the address is encrypted there."""
    with caplog.at_level(logging.DEBUG):
        row = registration_row(world, uid=BLANK)
        world.upload(row)
        world.upload(registration_row(world, uid=ADA_UID))
    carry()
    kept = json.dumps(list(Transaction.objects.values("body", "answer")), default=str)
    fed = json.dumps(list(CirculationEvent.objects.values_list("data", flat=True)), ensure_ascii=False)
    for own in ("林小满", "lin@example.org"):
        assert own not in kept + fed + caplog.text
    assert "lin@example.org" in registration_row(world)["body"], "the search would find it"
    again = world.upload(row)
    assert again["outcome"] == "accepted" and Person.objects.filter(provisional=True).count() == 1


def test_child_has_no_consent_and_cannot_borrow_until_a_guardian_is_linked(world: World) -> None:
    world.upload(registration_row(world, CHILD))
    person = Person.objects.get(provisional=True)
    assert person.child and not Consent.objects.exists() and not Contact.objects.filter(person=person).exists()
    assert {each.value.decrypt() for each in person.facts.all()} == {"2020", "林大, 13900000001"}
    grace, seen = Grace(), reverse("patrons:seen", args=(person.pk,))
    notice = words(grace.client.post(seen, {"card": BLANK}, follow=True).content)
    assert "A child needs a guardian" in notice
    assert world.upload(world.checkout(world.dune, BLANK))["outcome"] == "refused"
    guardian = {"child": "1", "card": world.ada.identifier}
    grace.client.post(reverse("patrons:guardian", args=(person.pk,)), guardian, follow=True)
    grace.client.post(seen, {"card": BLANK}, follow=True)
    assert world.upload(world.checkout(world.dune, BLANK))["outcome"] == "accepted"
    assert {each.name for each in person.facts.all()} == {"birth_year"}, "the guardian is known by a record now"


def test_kiosk_asks_for_guardians_by_the_librarys_age(world: World) -> None:
    teenager = Registration("林童", "2010", "林大", "adult", "13900000001", "zh")
    assert registration_form().guardian_age == 14
    Library.objects.update(guardian_age=18)
    assert registration_form().guardian_age == 18
    world.upload(registration_row(world, teenager))
    assert Person.objects.get(provisional=True).child


def test_kiosk_without_guardian_age_from_an_older_hub_asks_below_14() -> None:
    fields = ShowcaseAnswer.model_validate({"registers": {"groups": []}})
    registers = showcase_from(fields, lambda _poster: "").registers
    assert registers is not None and registers.guardian_age == registration.GUARDIAN_AGE


def test_child_without_guardian_is_refused_or_set_aside_if_no_block(world: World) -> None:
    """The kiosk asks for a guardian; a no-block row without one goes to staff."""
    bare = Registration("林童", "2020", "", "adult", "", "zh")
    assert world.upload(registration_row(world, bare))["outcome"] == "refused"
    assert world.upload(registration_row(world, bare, no_block=True))["outcome"] == "set_aside"
    assert ExceptionCase.objects.filter(resolved_at=None).count() == 1


def test_resolved_registration_exception_erases_the_name(world: World) -> None:
    row = registration_row(world, Registration("Lin Invented", "2020", "", "adult", "", "zh"), no_block=True)
    assert world.upload(row)["outcome"] == "set_aside"
    case = ExceptionCase.objects.get()
    assert "Lin Invented" in case.raw and "Lin Invented" in Transaction.objects.get().body
    Grace().client.post(reverse("staff:fix", args=(case.pk,)), {"fix": "settle", "note": "registered at the desk"})
    case.refresh_from_db()
    assert case.resolved_at is not None
    assert (case.raw, Transaction.objects.get().body) == ("", "")
    assert world.upload(row)["outcome"] == "set_aside"


@pytest.mark.parametrize("answer", ["x", "[]", '{"name":1}', '{"nome":"x"}', "{}"])
def test_unreadable_registration_is_refused(world: World, answer: str) -> None:
    row = world.row("said", ask="register", answer=answer, about="", card=None)
    assert world.upload(row)["reason"] == "unreadable"
    assert not Person.objects.filter(provisional=True).exists()


def test_consent_to_an_unknown_text_version_is_ignored(world: World) -> None:
    form = Registration("林小满", "1990", "", "adult", "", "zh", {"digest": "1999-1", "history": "2026-2"})
    world.upload(registration_row(world, form))
    assert Person.objects.filter(provisional=True).exists() and not Consent.objects.exists()


def test_staff_find_a_registration_by_number_and_see_possible_duplicates(world: World) -> None:
    first, again = registration_row(world), registration_row(world)
    world.upload_all(first, again)
    older, newer = Person.objects.filter(provisional=True).order_by("pk")
    grace = Grace()
    shown = grace.client.get(reverse("patrons:record", args=(newer.pk,))).content
    assert "Possible duplicates" in words(shown) and "same address" in words(shown)
    listed = words(grace.client.get(reverse("patrons:lists"), {"show": "unseen"}).content)
    assert "possible duplicate" in listed
    number = patron_number(first)
    for typed in (number.lower(), f"{number[:4]} {number[4:7]} {number[7:]}"):
        found = grace.client.get(reverse("staff:patrons"), {"q": typed}, follow=True).content
        assert f"林** ···{number[-4:]}" in words(found)
    Person.objects.filter(pk=older.pk).delete()
    Patron.objects.filter(ref=older.ref).delete()
    assert "Possible duplicates" not in words(grace.client.get(reverse("patrons:record", args=(newer.pk,))).content)


def test_card_of_a_duplicate_opens_the_former_record_after_a_merge(world: World) -> None:
    """The card used at the kiosk belongs to another patron as long as the second record exists."""
    world.upload_all(registration_row(world), registration_row(world, uid=BLANK))
    older, newer = Person.objects.filter(provisional=True).order_by("pk")
    grace = Grace()
    shown = grace.client.get(reverse("patrons:record", args=(newer.pk,)))
    assert "Compare and merge" in words(shown.content)
    grace.client.post(reverse("patrons:new_card", args=(older.pk,)), {"card": BLANK}, follow=True)
    assert not Card.objects.filter(patron__ref=older.ref, hash=cards.hash_number(BLANK)).exists()
    stays, goes = Patron.objects.get(ref=older.ref), Patron.objects.get(ref=newer.ref)
    grace.page("merge_choose", goes.pk)
    grace.page("merge_choose", stays.pk)
    assert "Records merged" in grace.post("merge_act", stays.pk, goes.pk, same="on")
    assert not Person.objects.filter(pk=newer.pk).exists()
    assert Card.objects.filter(patron__ref=older.ref, hash=cards.hash_number(BLANK)).exists()


def test_showcase_lists_registration_purposes_texts_and_categories(world: World) -> None:
    offer = world.device.get("/api/v1/showcase").json()["registers"]
    assert [each["code"] for each in offer["purposes"]] == ["reminders", "digest", "campaign"]
    digest = offer["purposes"][1]
    shown = consents.text("digest")
    assert (digest["version"], digest["words"]) == (shown.version, {"zh": shown.chinese, "en": shown.english})
    assert digest["name"]["zh"] != digest["name"]["en"]
    assert "adult" in [each["code"] for each in offer["groups"]]
    assert re.fullmatch(offer["mobile"], "13900000001")


@pytest.mark.parametrize(
    "address",
    ["lin@example.org", "a.b+c@sub.example.co", "13900000001", "+97699112233", "0097699112233", "139 0000 0001"],
)
def test_address_accepted_at_the_kiosk_is_accepted_by_the_hub(world: World, address: str) -> None:
    assert registration.contact_fault(address, registration_form().mobile, needed=True) is None
    assert normalise_address(registration.channel(address), address)


@pytest.mark.parametrize(
    "address", ["lin@", "lin@example", "@example.org", "a..b@example.org", "a@-x.org", "12345", "1390000000", "hello"]
)
def test_address_rejected_at_the_kiosk_is_rejected_by_the_hub(world: World, address: str) -> None:
    assert registration.contact_fault(address, registration_form().mobile, needed=True)
    with pytest.raises(BadAddress):
        normalise_address(registration.channel(address), address)


@pytest.mark.parametrize(
    ("timezone", "number", "stored"),
    [("Europe/Copenhagen", "26 00 00 01", "+4526000001"), ("Europe/Paris", "06 12 34 56 78", "+33612345678")],
)
def test_mobile_numbers_are_entered_as_dialled_in_the_country(
    world: World, timezone: str, number: str, stored: str
) -> None:
    assert registration.contact_fault(number, registration_form().mobile, needed=True)
    Library.objects.update(timezone=timezone)
    assert registration.contact_fault(number, registration_form().mobile, needed=True) is None
    assert normalise_address("sms", number) == stored
