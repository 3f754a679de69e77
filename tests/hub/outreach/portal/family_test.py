"""Test family cards on a phone: added with the card's PIN, shown as titles and due dates, ended by either."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation import pins
from hub.circulation.models import Fee, Library, Loan, Patron
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import data_export, erasure, family_cards
from hub.outreach.patrons.models import FamilyCard, Person, ProfileField, Source
from hub.outreach.patrons.records import RecordSource, person_of
from hub.outreach.portal.models import Scope
from hub.outreach.portal.rate_limit import MOST
from tests.hub.outreach.portal.phone import press, start_session, token_for
from tests.hub.staff.staff_client import words
from tests.hub.support.world import LIN_UID, NOW, World

FAMILY, ADD, LOANS = reverse("portal:family"), reverse("portal:add_family"), reverse("portal:loans")
PIN, LIN = "4711", "20000000000020"
PHONE = RecordSource(Source.PHONE)


@pytest.fixture
def lin(world: World) -> Person:
    """Give Lin's card a PIN and one loan."""
    pins.set_pin(Patron.objects.get(pk=world.lin.pk), PIN)
    world.upload(world.checkout(world.emma, LIN_UID))
    carry()
    found = person_of(world.lin.ref)
    assert found is not None
    return found


@pytest.fixture
def lin_phone(lin: Person) -> Client:
    client = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
    start_session(client, lin)
    return client


def link_cards(ada: Person, lin: Person) -> FamilyCard:
    added = family_cards.add(ada, lin, PHONE)
    assert isinstance(added, FamilyCard)
    return added


def on_loan(world: World) -> Loan:
    return world.loans(world.emma)[0]


def test_card_is_added_by_pin_and_logged_in_both_records(world: World, ada: Person, lin: Person, phone: Client) -> None:
    assert world.lin.identifier == LIN
    assert "No cards added yet" in words(phone.get(FAMILY).content)
    assert "Added." in press(phone, ADD, ADD, card=LIN, pin=PIN)
    assert "林** (0020)" in words(phone.get(FAMILY).content)
    assert list(lin.changes.values_list("what", "act", "source")) == [("family", "added", "phone")]
    assert ada.changes.filter(what="family").count() == 1
    assert "added this card already" in press(phone, ADD, ADD, card=LIN, pin=PIN)
    assert not lin.family.exists(), "the link has one direction"


def test_failed_attempts_do_not_disclose_which_cards_exist(
    world: World, ada: Person, lin: Person, phone: Client
) -> None:
    answers = {press(phone, ADD, ADD, card=card, pin="0000") for card in (LIN, "2999")}
    assert {each.replace(LIN, "").replace("2999", "") for each in answers} == {answers.pop()}
    assert not FamilyCard.objects.exists()
    pins.set_pin(Patron.objects.get(pk=world.ada.pk), PIN)
    assert "your own card" in press(phone, ADD, ADD, card=world.ada.identifier, pin=PIN)
    for _ in range(MOST["family"]):
        press(phone, ADD, ADD, card="2999", pin="0000")
    assert "Too many attempts" in press(phone, ADD, ADD, card=LIN, pin=PIN)


def test_loans_page_shows_title_and_due_date_of_family_card_only(
    world: World, ada: Person, lin: Person, phone: Client
) -> None:
    Fee.objects.create(patron=world.lin, kind="other", amount=3, charged_at=NOW)
    world.place_hold(world.lin, world.utopia)
    link_cards(ada, lin)
    seen = words(phone.get(LOANS).content)
    assert "林** (0020) Emma Due Wed 23 Dec" in seen
    about = seen.partition("林**")[2]
    assert "Austen" not in about and "Utopia" not in about and "3.00" not in about


def test_loan_of_family_card_is_renewed_in_place(world: World, ada: Person, lin: Person, phone: Client) -> None:
    card = link_cards(ada, lin)
    world.advance(days=20)
    fields = {"item": world.emma.barcode, "was_due": on_loan(world).due.isoformat(), "family": str(card.pk)}
    start_session(phone, ada)
    assert f'name="family" value="{card.pk}"' in phone.get(LOANS).content.decode()
    assert "Renewed to 12 Jan 2027" in press(phone, LOANS, LOANS, **fields)
    assert on_loan(world).renewals == 1
    assert "Already renewed" in press(phone, LOANS, LOANS, **fields)


def test_refused_renewal_discloses_no_reason_of_other_patron(
    world: World, ada: Person, lin: Person, phone: Client
) -> None:
    card = link_cards(ada, lin)
    Fee.objects.create(patron=world.lin, kind="other", amount=900, charged_at=NOW)
    Patron.objects.filter(pk=world.lin.pk).update(expires=NOW.date())
    world.advance(days=20)
    start_session(phone, ada)
    fields = {"item": world.emma.barcode, "was_due": on_loan(world).due.isoformat(), "family": str(card.pk)}
    seen = press(phone, LOANS, LOANS, **fields)
    assert "Not renewed. The library system did not accept this." in seen
    assert "fees" not in seen and "membership" not in seen


def test_renewal_requires_added_card_and_full_session(world: World, ada: Person, lin: Person, phone: Client) -> None:
    fields = {"item": world.emma.barcode, "was_due": on_loan(world).due.isoformat()}
    for card in ("1", "x", str(10**30)):
        assert "card was removed" in press(phone, LOANS, LOANS, **fields, family=card)
    card = link_cards(ada, lin)
    narrow = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
    start_session(narrow, ada, Scope.LOANS)
    assert "林**" not in words(narrow.get(LOANS).content), "a message link opens the own loans only"
    assert "card was removed" in press(narrow, LOANS, LOANS, **fields, family=str(card.pk))
    assert on_loan(world).renewals == 0


def test_loan_of_other_patron_is_neither_renewed_nor_disclosed(
    world: World, ada: Person, lin: Person, phone: Client
) -> None:
    third = Person.objects.create(ref="third", since=hub_clock().now())
    card = link_cards(third, lin)
    world.advance(days=20)
    start_session(phone, ada)
    for fields in ({}, {"family": str(card.pk)}):
        for was_due in (on_loan(world).due.isoformat(), ""):
            seen = press(phone, LOANS, LOANS, item=world.emma.barcode, was_due=was_due, **fields)
            assert "no longer" in seen and "renewed" not in seen
    assert on_loan(world).renewals == 0


@pytest.mark.parametrize("who", ["reader", "holder"])
def test_reader_or_holder_removes_family_card(
    ada: Person, lin: Person, phone: Client, lin_phone: Client, who: str
) -> None:
    card = link_cards(ada, lin)
    assert "Ada S. (0012)" in words(lin_phone.get(FAMILY).content)
    by = phone if who == "reader" else lin_phone
    assert "Removed." in press(by, reverse("portal:remove_family", args=(card.pk,)), FAMILY)
    assert not FamilyCard.objects.exists() and "林**" not in words(phone.get(LOANS).content)
    assert lin.changes.filter(what="family", act="removed").exists()


def test_third_patron_cannot_remove_family_card(world: World, ada: Person, lin: Person, phone: Client) -> None:
    third = Person.objects.create(ref="third", since=hub_clock().now())
    card = link_cards(lin, third)
    press(phone, reverse("portal:remove_family", args=(card.pk,)), FAMILY)
    assert FamilyCard.objects.filter(pk=card.pk).exists()


def test_family_card_is_exported_for_reader_and_holder(ada: Person, lin: Person) -> None:
    link_cards(ada, lin)
    link_cards(lin, ada)
    rows = data_export.export_person(ada)["patrons.familycard"]
    assert [(each["reader_last4"], each["holder_last4"]) for each in rows] == [  # type: ignore[attr-defined]
        ("0012", "0020"),
        ("0020", "0012"),
    ]
    assert json.loads(data_export.as_json(lin))["patrons.familycard"]


def test_family_card_ends_with_erasure_and_with_childhood_of_holder(world: World, ada: Person, lin: Person) -> None:
    link_cards(ada, lin)
    assert not erasure.erase(ada.ref, hub_clock().now())
    assert not FamilyCard.objects.exists()
    link_cards(other := Person.objects.create(ref="other", since=hub_clock().now()), lin)
    link_cards(lin, other)
    Person.objects.filter(pk=lin.pk).update(child=True)
    ProfileField.objects.create(person=lin, name="birth_year", value="1990", source="staff", told_at=NOW)
    family_cards.nightly(hub_clock().now())
    assert list(FamilyCard.objects.values_list("reader", flat=True)) == [lin.pk], (
        "the reader loses access to a former child's loans"
    )
    for each in (lin, other):
        assert each.changes.filter(what="family", act="removed").count() == 1, "both records say so"


def test_number_of_family_cards_is_limited(ada: Person) -> None:
    now = hub_clock().now()
    people = [Person.objects.create(ref=f"p{n}", since=now) for n in range(family_cards.MOST + 1)]
    found = [family_cards.add(ada, each, PHONE) for each in people]
    assert found[-1] is family_cards.NotAdded.FULL and ada.family.count() == family_cards.MOST


def test_one_patron_cannot_try_a_common_pin_on_many_cards(
    world: World, ada: Person, lin: Person, phone: Client
) -> None:
    """The limit of each card does not stop one guess for each of many cards, and the network's is wide."""
    for number in range(5):
        assert "Card number or PIN is wrong" in press(phone, ADD, ADD, card=f"2999{number}", pin=PIN)
    assert "Too many attempts" in press(phone, ADD, ADD, card=LIN, pin=PIN)
    start_session(other := Client(headers={"Accept-Language": "en"}), ada)
    assert "Too many attempts" in press(other, ADD, ADD, card=LIN, pin=PIN), "another browser changes nothing"
    assert not FamilyCard.objects.exists()
    world.advance(minutes=16)
    start_session(phone, ada)
    assert "Added." in press(phone, ADD, ADD, card=LIN, pin=PIN)


def test_ils_with_own_pins_prevents_adding_cards(world: World, ada: Person, lin: Person, phone: Client) -> None:
    Library.objects.update(followed_since=NOW)
    seen = words(phone.get(FAMILY).content)
    assert "Cards cannot be added here" in seen and ADD not in phone.get(FAMILY).content.decode()
    token = token_for(phone)
    assert phone.post(ADD, {"card": LIN, "pin": PIN, "csrfmiddlewaretoken": token})["Location"] == FAMILY
    assert not FamilyCard.objects.exists()
