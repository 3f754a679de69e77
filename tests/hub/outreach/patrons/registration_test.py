"""Test registration: by staff with immediate borrowing, by the patron provisional until confirmed."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from hub.circulation.models import Card, Library, Patron
from hub.circulation.operations import loan_changes
from hub.circulation.operations.context import OperationResult
from hub.ils.bridge.feed_relay import carry
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import consents, key_patrons, registration
from hub.outreach.patrons.models import Person, ProfileSettings, Source
from hub.outreach.patrons.records import RecordSource, usable_addresses
from hub.outreach.patrons.registration import Faulty, FilledForm
from tests.hub.support.world import World

STAFF, PHONE = RecordSource(Source.STAFF, "grace"), RecordSource(Source.PHONE)
ADELE = FilledForm(
    name="Adele Sample",
    category="adult",
    language="en",
    contacts={"mail": "adele@example.org", "sms": ""},
    facts={"birth_year": "1990"},
    consents=frozenset({"digest"}),
)


def test_patron_registered_by_staff_can_borrow_at_once(world: World) -> None:
    taken = registration.register(ADELE, STAFF)
    patron = Patron.objects.get(ref=taken.person.ref)
    assert (patron.name, patron.identifier) == ("Adele Sample", taken.identifier)
    assert isinstance(loan_changes.checkout(world.by, patron, world.dune), OperationResult)
    assert [each.address for each in usable_addresses(taken.person)] == ["adele@example.org", ""]
    assert consents.has_consented(taken.person, "digest")
    assert not consents.has_consented(taken.person, "campaign")
    (consent,) = taken.person.consents.all()
    assert (consent.by, consent.text_version) == ("staff grace", consents.text("digest").version)
    (fact,) = taken.person.facts.all()
    assert (fact.value.decrypt(), fact.source, bool(fact.verified_at)) == ("1990", "staff", True)


def test_self_registered_patron_can_borrow_after_staff_confirmation(world: World) -> None:
    taken = registration.register(ADELE, PHONE)
    patron = Patron.objects.get(ref=taken.person.ref)
    assert taken.person.provisional
    assert not isinstance(loan_changes.checkout(world.by, patron, world.dune), OperationResult)
    assert [each.channel for each in usable_addresses(taken.person)] == ["screen"], "the address is not verified yet"
    assert [each.verified_at for each in taken.person.facts.all()] == [None], "the ID is not checked yet"
    assert registration.confirm_identity(taken.person, STAFF, card="04FFEE01")
    (fact,) = taken.person.facts.all()
    assert (fact.source, bool(fact.verified_at)) == (PHONE.source, True)
    assert taken.person.changes.filter(what=fact.name, act="confirmed", by=STAFF.name).exists()
    patron.refresh_from_db()
    assert isinstance(loan_changes.checkout(world.by, patron, world.dune), OperationResult)
    assert the_central().by_card("04FFEE01") == patron.ref
    assert not Person.objects.get(pk=taken.person.pk).provisional


def test_card_of_other_patron_does_not_confirm_registration(world: World) -> None:
    taken = registration.register(ADELE, PHONE)
    assert not registration.confirm_identity(taken.person, STAFF, card=world.ada.identifier)
    assert Person.objects.get(pk=taken.person.pk).provisional


def test_confirmation_on_patron_page_ends_provisional_status(world: World) -> None:
    taken = registration.register(ADELE, PHONE)
    the_central().confirm(taken.person.ref, "grace")
    carry()
    assert not Person.objects.get(pk=taken.person.pk).provisional


def test_every_form_fault_is_reported_by_field_without_creating_patron(world: World) -> None:
    form = FilledForm("", "strange", contacts={"mail": "ada", "sms": "12"}, facts={"birth_year": "19"})
    with pytest.raises(Faulty) as faulty:
        registration.register(form, STAFF)
    assert set(faulty.value.faults) == {"name", "category", "mail", "sms", "birth_year"}
    assert Patron.objects.count() == 2


def test_resubmitted_form_registers_once(world: World) -> None:
    form = replace(ADELE, key=uuid4())
    first = registration.register(form, STAFF)
    assert first.new and registration.register(form, STAFF) == replace(first, new=False)
    assert Patron.objects.filter(name="Adele Sample").count() == 1


@pytest.mark.parametrize(("source", "status"), [(STAFF, "active"), (PHONE, "provisional")], ids=["staff", "portal"])
def test_confirmation_does_not_unblock_patron(world: World, source: RecordSource, status: str) -> None:
    person = registration.register(ADELE, source).person
    assert Patron.objects.get(ref=person.ref).status == status
    Patron.objects.filter(ref=person.ref).update(status="blocked")
    assert registration.confirm_identity(person, STAFF) and not person.provisional
    assert Patron.objects.get(ref=person.ref).status == "blocked"


def test_own_card_can_be_assigned_again_unless_lost(world: World) -> None:
    assert the_central().give_card(world.ada.ref, "04C0FFEE", "grace")
    assert the_central().give_card(world.ada.ref, "04C0FFEE", "grace")
    the_central().lose_cards(world.ada.ref)
    assert not the_central().give_card(world.ada.ref, "04C0FFEE", "grace"), "a lost card cannot be assigned again"


def test_child_requires_guardian_and_registration_at_desk(world: World) -> None:
    child = replace(ADELE, facts={"birth_year": "2019"}, contacts={})
    with pytest.raises(Faulty) as alone:
        registration.register(child, STAFF)
    with pytest.raises(Faulty) as outside:
        registration.register(replace(child, guardian=world.ada.ref), PHONE)
    assert (set(alone.value.faults), set(outside.value.faults)) == ({"guardian"}, {"birth_year"})
    taken = registration.register(replace(child, guardian=world.ada.ref), STAFF)
    assert (taken.person.child, taken.person.guardian.ref) == (True, world.ada.ref)


@pytest.mark.parametrize(("guardian_age", "child"), [(17, True), (16, False), (0, False)])
def test_patron_needs_a_guardian_below_the_librarys_age(world: World, guardian_age: int, child: bool) -> None:
    Library.objects.update(guardian_age=guardian_age)
    form = replace(ADELE, facts={"birth_year": "2009"}, guardian=world.ada.ref)
    assert registration.register(form, STAFF).person.child is child


def test_lost_card_is_blocked_and_new_card_keeps_loans(world: World) -> None:
    world.upload(world.checkout(world.dune))
    assert the_central().lose_cards(world.ada.ref) == 2
    assert not the_central().give_card(world.ada.ref, world.lin.identifier, "grace")
    assert not the_central().give_card(world.ada.ref, "!", "grace")
    assert the_central().give_card(world.ada.ref, "04c0ffee", "grace")
    assert the_central().by_card("04C0FFEE") == world.ada.ref
    assert [each.item for each in the_central().account(world.ada.ref).loans] == [world.dune.barcode]
    assert set(Card.objects.filter(patron=world.ada).values_list("status", flat=True)) == {"lost", "active"}
    refused = world.upload(world.checkout(world.emma))
    assert refused["outcome"] == "refused"
    assert world.upload(world.checkout(world.emma, "04C0FFEE"))["outcome"] == "accepted"


def test_key_patrons_follow_library_rule(world: World) -> None:
    ada = registration.register(ADELE, STAFF).person
    assert key_patrons.key_persons(world.by.now) == set()
    world.upload(world.checkout(world.dune))
    world.upload(world.checkout(world.emma))
    carry()
    busy = Person.objects.get(ref=world.ada.ref)
    terms = ProfileSettings.objects.create(key_loans=2)
    assert key_patrons.key_persons(world.by.now) == {busy.pk}
    assert key_patrons.is_key(busy, world.by.now)
    assert not key_patrons.is_key(ada, world.by.now)
    world.advance(days=400)
    assert key_patrons.key_persons(world.by.now) == set(), "that was more than a year ago"
    terms.key_categories = ["adult"]
    terms.save()
    assert key_patrons.key_persons(world.by.now) == {busy.pk, ada.pk}
    terms.key_categories = []
    terms.save()
    Person.objects.filter(pk=ada.pk).update(key=True)
    assert key_patrons.key_persons(world.by.now) == {ada.pk}
