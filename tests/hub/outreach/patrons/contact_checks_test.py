"""Test that a stale or bounced contact is asked about at the next visit and listed for staff."""

from __future__ import annotations

import pytest

from hub.core.clock import hub_clock
from hub.outreach.patrons import contact_checks, record_updates
from hub.outreach.patrons.contact_checks import Answer, Check, CheckReason
from hub.outreach.patrons.contacts import bounced, usable_addresses
from hub.outreach.patrons.models import Contact, Person, ProfileField, ProfileSettings, Source
from hub.outreach.patrons.record_updates import RecordSource
from tests.hub.support.world import World

STAFF, KIOSK = RecordSource(Source.STAFF, "grace"), RecordSource(Source.KIOSK, "front")


@pytest.fixture
def ada(world: World) -> Person:
    made: Person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    return made


def told(person: Person) -> Contact:
    return record_updates.store_contact(person, "mail", "ada@example.org", STAFF, verified_at=hub_clock().now())


def asked(person: Person) -> Check | None:
    return contact_checks.due(person.ref, hub_clock().now())


def test_what_was_right_lately_is_not_asked_about(ada: Person, world: World) -> None:
    told(ada)
    assert asked(ada) is None
    world.ahead(days=180)
    assert asked(ada) is None


def test_after_half_a_year_the_patron_is_asked_and_one_touch_confirms(ada: Person, world: World) -> None:
    contact = told(ada)
    world.ahead(days=184)
    assert asked(ada) == Check(str(contact.pk), "mail", "a•••@example.org", CheckReason.STALE)
    assert contact_checks.answer(ada.ref, str(contact.pk), Answer.RIGHT, KIOSK)
    assert asked(ada) is None
    assert ada.changes.values_list("act", "source").first() == ("confirmed", "kiosk")


def test_the_library_settles_after_how_many_months(ada: Person, world: World) -> None:
    told(ada)
    ProfileSettings.objects.create(stale_months=1)
    world.ahead(days=32)
    assert asked(ada) is not None


def test_whoever_wants_to_answer_later_is_left_alone_for_a_month(ada: Person, world: World) -> None:
    contact = told(ada)
    world.ahead(days=184)
    contact_checks.answer(ada.ref, str(contact.pk), Answer.LATER, KIOSK)
    assert asked(ada) is None
    world.ahead(days=31)
    assert asked(ada) is not None


def test_an_address_that_came_back_is_asked_about_first(ada: Person, world: World) -> None:
    told(ada)
    number = record_updates.store_contact(ada, "sms", "13800000000", STAFF)
    world.ahead(days=200)
    bounced(next(each for each in usable_addresses(ada) if each.channel == "sms"), hub_clock().now())
    assert asked(ada) == Check(str(number.pk), "sms", "•••0000", CheckReason.BOUNCED)
    assert contact_checks.answer(ada.ref, str(number.pk), Answer.WRONG, KIOSK)
    assert [each.channel for each in usable_addresses(ada)] == ["mail", "screen"]


def test_nobody_answers_for_somebody_else(ada: Person, world: World) -> None:
    assert not contact_checks.answer(world.lin.ref, str(told(ada).pk), Answer.WRONG, KIOSK)
    assert usable_addresses(ada)[0].channel == "mail"


def test_a_child_is_not_asked_about_the_guardians_address(ada: Person, world: World) -> None:
    told(ada)
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), child=True, guardian=ada)
    world.ahead(days=200)
    assert asked(lin) is None


def test_freshness_is_a_figure_and_the_list_starts_with_what_came_back(ada: Person, world: World) -> None:
    assert contact_checks.freshness(hub_clock().now()).rate is None
    told(ada)
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    world.ahead(days=200)
    record_updates.store_contact(lin, "mail", "lin@example.org", STAFF, verified_at=hub_clock().now())
    back = record_updates.store_contact(lin, "sms", "13800000000", STAFF, verified_at=hub_clock().now())
    bounced(next(each for each in usable_addresses(lin) if each.channel == "sms"), hub_clock().now())
    figure = contact_checks.freshness(hub_clock().now())
    assert (figure.fields, figure.fresh, figure.bounced) == (3, 1, 1)
    assert [each.person.ref for each in contact_checks.to_check(hub_clock().now())] == [lin.ref, ada.ref]
    assert contact_checks.to_check(hub_clock().now())[0] == back


def test_who_cannot_be_reached_is_on_a_list(ada: Person, world: World) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), child=True, guardian=ada)
    assert list(contact_checks.without_contact()) == [ada, lin]
    told(ada)
    assert list(contact_checks.without_contact()) == []


@pytest.fixture
def works(ada: Person, world: World) -> ProfileField:
    """Employer, stated at the desk 184 days ago."""
    record_updates.store_field(
        ada, ProfileField.Name.INSTITUTION, "First middle school", STAFF, verified_at=hub_clock().now()
    )
    world.ahead(days=184)
    return ProfileField.objects.get()


def test_what_else_the_patron_told_is_asked_about_too(ada: Person, works: ProfileField) -> None:
    assert asked(ada) == Check("institution", "institution", "F•••", CheckReason.STALE)
    assert list(contact_checks.facts_to_check(hub_clock().now())) == [works]
    assert contact_checks.freshness(hub_clock().now()).rate == 0
    assert contact_checks.answer(ada.ref, "institution", Answer.RIGHT, KIOSK)
    assert asked(ada) is None and not contact_checks.facts_to_check(hub_clock().now()).exists()
    assert contact_checks.freshness(hub_clock().now()).rate == 1
    assert ada.changes.values_list("what", "act", "source").first() == ("institution", "confirmed", "kiosk")


def test_what_is_not_right_any_more_is_taken_away(ada: Person, works: ProfileField, world: World) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    assert not contact_checks.answer(lin.ref, "institution", Answer.WRONG, KIOSK), "it is not theirs"
    assert contact_checks.answer(ada.ref, "institution", Answer.LATER, KIOSK) and ProfileField.objects.exists()
    assert contact_checks.answer(ada.ref, "institution", Answer.WRONG, KIOSK)
    assert not ProfileField.objects.exists()
    assert not contact_checks.answer(ada.ref, "institution", Answer.WRONG, KIOSK)


def test_each_field_that_ages_is_asked_about_and_no_other(ada: Person, world: World) -> None:
    for name in ProfileField.Name:
        record_updates.store_field(ada, name, "1990", STAFF, verified_at=hub_clock().now())
    world.ahead(days=184)
    old = set(contact_checks.facts_to_check(hub_clock().now()).values_list("name", flat=True))
    assert old == {"occupation", "institution", "address"}, "a year of birth stays, a guardian is settled at the desk"
    ProfileSettings.objects.create(stale_months=7)
    assert not contact_checks.facts_to_check(hub_clock().now()).exists()


def test_an_address_is_asked_about_before_the_rest(ada: Person, world: World) -> None:
    record_updates.store_field(ada, ProfileField.Name.OCCUPATION, "teacher", STAFF, verified_at=hub_clock().now())
    told(ada)
    world.ahead(days=184)
    found = asked(ada)
    assert found is not None and found.field == "mail"
