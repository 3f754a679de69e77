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
from hub.outreach.patrons import age_transition, data_export, erasure, family_cards
from hub.outreach.patrons.feed_consumer import person_of
from hub.outreach.patrons.models import FamilyCard, Person, ProfileField, Source
from hub.outreach.patrons.record_updates import RecordSource
from hub.outreach.portal.models import Scope
from hub.outreach.portal.rate_limit import MOST
from tests.hub.outreach.portal.phone import press, start_session, token_of
from tests.hub.staff.staff_client import words
from tests.hub.support.world import LIN_UID, NOW, World

FAMILY, ADD, LOANS = reverse("portal:family"), reverse("portal:add_family"), reverse("portal:loans")
PIN, LIN = "4711", "20000000000020"
PHONE = RecordSource(Source.PHONE)


@pytest.fixture
def lin(world: World) -> Person:
    """A patron with one book, whose card has a PIN."""
    pins.set_pin(Patron.objects.get(pk=world.lin.pk), PIN)
    world.upload(world.checkout(world.emma, LIN_UID))
    carry()
    found = person_of(world.lin.ref)
    assert found is not None
    return found


@pytest.fixture
def lins_phone(lin: Person) -> Client:
    made = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
    start_session(made, lin)
    return made


def linked(ada: Person, lin: Person) -> FamilyCard:
    added = family_cards.add(ada, lin, PHONE)
    assert isinstance(added, FamilyCard)
    return added


def on_loan(world: World) -> Loan:
    return world.loans(world.emma)[0]


def test_the_cards_pin_adds_it_and_both_read_so(world: World, ada: Person, lin: Person, phone: Client) -> None:
    assert world.lin.identifier == LIN
    assert "Nobody yet" in words(phone.get(FAMILY).content)
    assert "Added." in press(phone, ADD, ADD, card=LIN, pin=PIN)
    assert "林** (0020)" in words(phone.get(FAMILY).content)
    assert list(lin.changes.values_list("what", "act", "source")) == [("family", "added", "phone")]
    assert ada.changes.filter(what="family").count() == 1
    assert "added this card already" in press(phone, ADD, ADD, card=LIN, pin=PIN)
    assert not lin.family.exists(), "it holds in one direction"


def test_what_is_wrong_does_not_tell_which_cards_exist(world: World, ada: Person, lin: Person, phone: Client) -> None:
    answers = {press(phone, ADD, ADD, card=card, pin="0000") for card in (LIN, "2999")}
    assert {each.replace(LIN, "").replace("2999", "") for each in answers} == {answers.pop()}
    assert not FamilyCard.objects.exists()
    pins.set_pin(Patron.objects.get(pk=world.ada.pk), PIN)
    assert "your own card" in press(phone, ADD, ADD, card=world.ada.identifier, pin=PIN)
    for _ in range(MOST["code"]):
        press(phone, ADD, ADD, card="2999", pin="0000")
    assert "Too many attempts" in press(phone, ADD, ADD, card=LIN, pin=PIN)


def test_loans_has_a_part_for_each_person_with_title_and_day_only(
    world: World, ada: Person, lin: Person, phone: Client
) -> None:
    Fee.objects.create(patron=world.lin, kind="other", amount=3, charged_at=NOW)
    world.place_hold(world.lin, world.utopia)
    linked(ada, lin)
    seen = words(phone.get(LOANS).content)
    assert "林** (0020) Emma Due Wed 23 Dec" in seen
    about = seen.partition("林**")[2]
    assert "Austen" not in about and "Utopia" not in about and "3.00" not in about


def test_a_book_of_the_family_is_renewed_in_its_row(world: World, ada: Person, lin: Person, phone: Client) -> None:
    card = linked(ada, lin)
    world.advance(days=20)
    fields = {"item": world.emma.barcode, "was_due": on_loan(world).due.isoformat(), "family": str(card.pk)}
    start_session(phone, ada)
    assert f'name="family" value="{card.pk}"' in phone.get(LOANS).content.decode()
    assert "Renewed to 12 Jan 2027" in press(phone, LOANS, LOANS, **fields)
    assert on_loan(world).renewals == 1
    assert "Already renewed" in press(phone, LOANS, LOANS, **fields)


def test_why_it_is_not_renewed_says_nothing_about_the_other_person(
    world: World, ada: Person, lin: Person, phone: Client
) -> None:
    card = linked(ada, lin)
    Fee.objects.create(patron=world.lin, kind="other", amount=900, charged_at=NOW)
    Patron.objects.filter(pk=world.lin.pk).update(expires=NOW.date())
    world.advance(days=20)
    start_session(phone, ada)
    fields = {"item": world.emma.barcode, "was_due": on_loan(world).due.isoformat(), "family": str(card.pk)}
    seen = press(phone, LOANS, LOANS, **fields)
    assert "Not renewed. The library system did not accept this." in seen
    assert "fees" not in seen and "membership" not in seen


def test_only_the_card_that_was_added_can_be_renewed(world: World, ada: Person, lin: Person, phone: Client) -> None:
    fields = {"item": world.emma.barcode, "was_due": on_loan(world).due.isoformat()}
    for card in ("1", "x", str(10**30)):
        assert "card was removed" in press(phone, LOANS, LOANS, **fields, family=card)
    card = linked(ada, lin)
    narrow = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
    start_session(narrow, ada, Scope.LOANS)
    assert "林**" not in words(narrow.get(LOANS).content), "a message's link opens one's own loans"
    assert "card was removed" in press(narrow, LOANS, LOANS, **fields, family=str(card.pk))
    assert on_loan(world).renewals == 0


@pytest.mark.parametrize("who", ["reader", "holder"])
def test_either_of_them_ends_it(ada: Person, lin: Person, phone: Client, lins_phone: Client, who: str) -> None:
    card = linked(ada, lin)
    assert "Ada S. (0012)" in words(lins_phone.get(FAMILY).content)
    by = phone if who == "reader" else lins_phone
    assert "Removed." in press(by, reverse("portal:remove_family", args=(card.pk,)), FAMILY)
    assert not FamilyCard.objects.exists() and "林**" not in words(phone.get(LOANS).content)
    assert lin.changes.filter(what="family", act="removed").exists()


def test_nobody_else_ends_it(world: World, ada: Person, lin: Person, phone: Client) -> None:
    third = Person.objects.create(ref="third", since=hub_clock().now())
    card = linked(lin, third)
    press(phone, reverse("portal:remove_family", args=(card.pk,)), FAMILY)
    assert FamilyCard.objects.filter(pk=card.pk).exists()


def test_it_is_in_both_exports_in_both_directions(ada: Person, lin: Person) -> None:
    linked(ada, lin)
    linked(lin, ada)
    rows = data_export.exported(ada)["patrons.familycard"]
    assert [(each["reader_last4"], each["holder_last4"]) for each in rows] == [  # type: ignore[attr-defined]
        ("0012", "0020"),
        ("0020", "0012"),
    ]
    assert json.loads(data_export.as_json(lin))["patrons.familycard"]


def test_it_goes_with_either_of_them_and_when_a_child_grows_up(world: World, ada: Person, lin: Person) -> None:
    linked(ada, lin)
    assert erasure.erase(ada.ref, hub_clock().now()).done
    assert not FamilyCard.objects.exists()
    linked(other := Person.objects.create(ref="other", since=hub_clock().now()), lin)
    linked(lin, other)
    Person.objects.filter(pk=lin.pk).update(child=True)
    ProfileField.objects.create(person=lin, name="birth_year", value="1990", source="staff", told_at=NOW)
    age_transition.nightly(hub_clock().now())
    assert list(FamilyCard.objects.values_list("reader", flat=True)) == [lin.pk], "who sees the loans of the grown-up"


def test_there_is_a_limit(ada: Person) -> None:
    now = hub_clock().now()
    everybody = [Person.objects.create(ref=f"p{n}", since=now) for n in range(family_cards.MOST + 1)]
    found = [family_cards.add(ada, each, PHONE) for each in everybody]
    assert found[-1] is family_cards.NotAdded.FULL and ada.family.count() == family_cards.MOST


def test_beside_an_ils_with_its_own_pins_none_is_added(world: World, ada: Person, lin: Person, phone: Client) -> None:
    Library.objects.update(followed_since=NOW)
    seen = words(phone.get(FAMILY).content)
    assert "Cards cannot be added here" in seen and ADD not in phone.get(FAMILY).content.decode()
    token = token_of(phone.get(FAMILY).content)
    assert phone.post(ADD, {"card": LIN, "pin": PIN, "csrfmiddlewaretoken": token})["Location"] == FAMILY
    assert not FamilyCard.objects.exists()
