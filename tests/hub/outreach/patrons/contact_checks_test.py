"""Test that a stale or bounced contact is asked about at the next visit and listed for staff."""

from __future__ import annotations

import pytest

from hub.core.clock import hub_clock
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Contact, Person, ProfileField, ProfileSettings, Source
from hub.outreach.patrons.records import Answer, Check, CheckReason, RecordSource, mark_bounced, usable_addresses
from tests.hub.support.world import World

STAFF, KIOSK = RecordSource(Source.STAFF, "grace"), RecordSource(Source.KIOSK, "front")


@pytest.fixture
def ada(world: World) -> Person:
    person: Person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    return person


def verified_mail(person: Person) -> Contact:
    return records.store_contact(person, "mail", "ada@example.org", STAFF, verified_at=hub_clock().now())


def due_check(person: Person) -> Check | None:
    return records.due_check(person.ref, hub_clock().now())


def test_recently_verified_contact_is_not_asked_about(ada: Person, world: World) -> None:
    verified_mail(ada)
    assert due_check(ada) is None
    world.advance(days=180)
    assert due_check(ada) is None


def test_stale_contact_is_asked_about_and_confirmed_by_one_touch(ada: Person, world: World) -> None:
    contact = verified_mail(ada)
    world.advance(days=184)
    assert due_check(ada) == Check(str(contact.pk), "mail", "a•••@example.org", CheckReason.STALE)
    assert records.answer_check(ada.ref, str(contact.pk), Answer.RIGHT, KIOSK)
    assert due_check(ada) is None
    assert ada.changes.values_list("act", "source").first() == ("confirmed", "kiosk")


def test_stale_period_is_configurable(ada: Person, world: World) -> None:
    verified_mail(ada)
    ProfileSettings.objects.create(stale_months=1)
    world.advance(days=32)
    assert due_check(ada) is not None


def test_postponed_check_is_asked_again_after_a_month(ada: Person, world: World) -> None:
    contact = verified_mail(ada)
    world.advance(days=184)
    records.answer_check(ada.ref, str(contact.pk), Answer.LATER, KIOSK)
    assert due_check(ada) is None
    world.advance(days=31)
    assert due_check(ada) is not None


def test_bounced_address_is_asked_about_first(ada: Person, world: World) -> None:
    verified_mail(ada)
    number = records.store_contact(ada, "sms", "13800000000", STAFF)
    world.advance(days=200)
    mark_bounced(next(each for each in usable_addresses(ada) if each.channel == "sms"), hub_clock().now())
    assert due_check(ada) == Check(str(number.pk), "sms", "•••0000", CheckReason.BOUNCED)
    assert records.answer_check(ada.ref, str(number.pk), Answer.WRONG, KIOSK)
    assert [each.channel for each in usable_addresses(ada)] == ["mail", "screen"]


def test_patron_cannot_answer_for_other_patron(ada: Person, world: World) -> None:
    assert not records.answer_check(world.lin.ref, str(verified_mail(ada).pk), Answer.WRONG, KIOSK)
    assert usable_addresses(ada)[0].channel == "mail"


def test_child_is_not_asked_about_guardian_address(ada: Person, world: World) -> None:
    verified_mail(ada)
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), child=True, guardian=ada)
    world.advance(days=200)
    assert due_check(lin) is None


def test_freshness_is_computed_and_bounced_contacts_are_listed_first(ada: Person, world: World) -> None:
    assert records.freshness(hub_clock().now()).rate is None
    verified_mail(ada)
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    world.advance(days=200)
    records.store_contact(lin, "mail", "lin@example.org", STAFF, verified_at=hub_clock().now())
    back = records.store_contact(lin, "sms", "13800000000", STAFF, verified_at=hub_clock().now())
    mark_bounced(next(each for each in usable_addresses(lin) if each.channel == "sms"), hub_clock().now())
    figure = records.freshness(hub_clock().now())
    assert (figure.fields, figure.fresh, figure.bounced) == (3, 1, 1)
    assert [each.person.ref for each in records.contacts_to_check(hub_clock().now())] == [lin.ref, ada.ref]
    assert records.contacts_to_check(hub_clock().now())[0] == back


def test_unreachable_patrons_are_listed(ada: Person, world: World) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), child=True, guardian=ada)
    assert list(records.without_contact()) == [ada, lin]
    verified_mail(ada)
    assert list(records.without_contact()) == []


@pytest.fixture
def institution(ada: Person, world: World) -> ProfileField:
    """Create an employer that was entered at the desk 184 days ago."""
    records.store_field(ada, ProfileField.Name.INSTITUTION, "First middle school", STAFF, verified_at=hub_clock().now())
    world.advance(days=184)
    return ProfileField.objects.get()


def test_stale_profile_field_is_asked_about_and_confirmed(ada: Person, institution: ProfileField) -> None:
    assert due_check(ada) == Check("institution", "institution", "F•••", CheckReason.STALE)
    assert list(records.fields_to_check(hub_clock().now())) == [institution]
    assert records.freshness(hub_clock().now()).rate == 0
    assert records.answer_check(ada.ref, "institution", Answer.RIGHT, KIOSK)
    assert due_check(ada) is None and not records.fields_to_check(hub_clock().now()).exists()
    assert records.freshness(hub_clock().now()).rate == 1
    assert ada.changes.values_list("what", "act", "source").first() == ("institution", "confirmed", "kiosk")


def test_rejected_profile_field_is_deleted(ada: Person, institution: ProfileField, world: World) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    assert not records.answer_check(lin.ref, "institution", Answer.WRONG, KIOSK), "the field belongs to another patron"
    assert records.answer_check(ada.ref, "institution", Answer.LATER, KIOSK) and ProfileField.objects.exists()
    assert records.answer_check(ada.ref, "institution", Answer.WRONG, KIOSK)
    assert not ProfileField.objects.exists()
    assert not records.answer_check(ada.ref, "institution", Answer.WRONG, KIOSK)


def test_only_ageing_fields_are_asked_about(ada: Person, world: World) -> None:
    for name in ProfileField.Name:
        records.store_field(ada, name, "1990", STAFF, verified_at=hub_clock().now())
    world.advance(days=184)
    old = set(records.fields_to_check(hub_clock().now()).values_list("name", flat=True))
    assert old == {"occupation", "institution", "address"}, "year of birth and guardian do not age"
    ProfileSettings.objects.create(stale_months=7)
    assert not records.fields_to_check(hub_clock().now()).exists()


def test_stale_address_is_asked_about_before_other_fields(ada: Person, world: World) -> None:
    records.store_field(ada, ProfileField.Name.OCCUPATION, "teacher", STAFF, verified_at=hub_clock().now())
    verified_mail(ada)
    world.advance(days=184)
    found = due_check(ada)
    assert found is not None and found.field == "mail"
