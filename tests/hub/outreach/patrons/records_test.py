"""Test which addresses are used: the patron's order, a child's guardian, no bounced or unverified one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import KeyIsAnother, keyed_hash
from hub.core.state_directory import put_secret
from hub.outreach.patrons import records
from hub.outreach.patrons.channels import BadAddress, mask_address, normalise_address
from hub.outreach.patrons.models import Contact, Note, Order, Person, ProfileField, ProfileSettings, Source
from hub.outreach.patrons.records import (
    Answer,
    Check,
    CheckReason,
    RecordSource,
    mark_bounced,
    usable_addresses,
)
from tests.hub.support.world import World

NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


def person(ref: str) -> Person:
    created: Person = Person.objects.create(ref=ref, since=NOW)
    return created


def add_contact(owner: Person, channel: str, address: str, source: str = "staff", **more: object) -> Contact:
    created: Contact = Contact.objects.create(
        person=owner,
        channel=channel,
        address=address,
        hash=keyed_hash(channel, address),
        source=source,
        told_at=NOW,
        **more,
    )
    return created


def reachable(owner: Person, kind: str = "") -> list[tuple[str, str]]:
    return [(each.channel, each.address) for each in usable_addresses(owner, kind)]


def test_address_is_encrypted_in_database(db: None) -> None:
    kept = add_contact(person("p-ada"), "mail", "ada@example.org")
    assert "@" not in str(kept.address)
    with connection.cursor() as cursor:
        cursor.execute("SELECT address, hash FROM patrons_contact")
        assert all("@" not in text for text in cursor.fetchone())
    assert Contact.objects.get(pk=kept.pk).address.decrypt() == "ada@example.org"


@pytest.mark.parametrize("typed", ["box1:typed by a patron", "box1:"])
def test_text_with_seal_prefix_is_encrypted_and_read_back(db: None, typed: str) -> None:
    note = Note.objects.create(person=person("p-ada"), words=typed, by="grace", at=NOW)
    assert _in_clear() != typed
    assert Note.objects.get().words.decrypt() == typed
    Note.objects.update(words=typed)
    assert _in_clear() != typed
    assert Note.objects.get().words.decrypt() == typed
    restored = Note._meta.get_field("words").to_python(_in_clear())
    Note.objects.filter(pk=note.pk).update(words=restored)
    assert Note.objects.get().words.decrypt() == typed


def _in_clear() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM patrons_note")
        found: str = cursor.fetchone()[0]
    return found


def test_other_key_raises_instead_of_returning_address(db: None, settings: object, tmp_path: object) -> None:
    kept = add_contact(person("p-ada"), "mail", "ada@example.org")
    settings.STATE = tmp_path  # type: ignore[attr-defined]
    put_secret("contact_key", "ab" * 32, tmp_path)  # type: ignore[arg-type]
    with pytest.raises(KeyIsAnother, match="contact_key is not the key"):
        Contact.objects.get(pk=kept.pk).address.decrypt()


def test_order_for_kind_precedes_default_order(db: None) -> None:
    ada = person("p-ada")
    add_contact(ada, "mail", "ada@example.org")
    add_contact(ada, "sms", "+8613800000000")
    assert reachable(ada) == [("sms", "+8613800000000"), ("mail", "ada@example.org"), ("screen", "")]
    Order.objects.create(person=ada, kind="", channels=["mail", "screen"])
    Order.objects.create(person=ada, kind="overdue", channels=["sms", "paper"])
    assert reachable(ada, "due_soon") == [("mail", "ada@example.org"), ("screen", "")]
    assert reachable(ada, "overdue") == [("sms", "+8613800000000"), ("paper", "")]


def test_kiosk_address_is_used_once_verified(db: None) -> None:
    ada = person("p-ada")
    kept = add_contact(ada, "mail", "ada@example.org", source="kiosk")
    assert reachable(ada) == [("screen", "")]
    kept.bound_at = NOW
    kept.save()
    assert reachable(ada) == [("mail", "ada@example.org"), ("screen", "")]


def test_bounced_address_is_not_used_again(db: None) -> None:
    ada = person("p-ada")
    add_contact(ada, "mail", "ada@example.org")
    mark_bounced("mail", "ada@example.org", NOW)
    assert reachable(ada) == [("screen", "")]
    assert [(each.what, each.act) for each in ada.changes.all()] == [("mail", "bounced")]


def test_messages_for_child_go_to_guardian(db: None) -> None:
    lin, ada = person("p-lin"), person("p-ada")
    add_contact(lin, "mail", "lin@example.org")
    add_contact(ada, "mail", "ada@example.org")
    lin.child = True
    assert reachable(lin) == [("screen", "")]
    lin.guardian = ada
    found = usable_addresses(lin)
    assert [(each.channel, each.address, each.person.ref) for each in found] == [
        ("mail", "ada@example.org", "p-ada"),
        ("screen", "", "p-lin"),
    ]


@pytest.mark.parametrize(
    ("channel", "text", "kept"),
    [
        ("mail", " Ada@Example.ORG ", "Ada@example.org"),
        ("sms", "138 0000 0000", "+8613800000000"),
        ("sms", "0044 (20) 7946-0000", "+442079460000"),
        ("wechat", "oAda_1-x", "oAda_1-x"),
        ("apprise", "ntfy://ada-reads", "ntfy://ada-reads"),
    ],
)
def test_address_is_normalised(world: World, channel: str, text: str, kept: str) -> None:
    assert normalise_address(channel, text) == kept
    assert kept not in mask_address(channel, kept)


@pytest.mark.parametrize(
    ("channel", "text"), [("mail", "ada"), ("sms", "12345"), ("wechat", "a b"), ("apprise", "ada"), ("screen", "x")]
)
def test_invalid_address_is_rejected(world: World, channel: str, text: str) -> None:
    with pytest.raises(BadAddress):
        normalise_address(channel, text)


STAFF, KIOSK = RecordSource(Source.STAFF, "grace"), RecordSource(Source.KIOSK, "front")


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
    mark_bounced("sms", "+8613800000000", hub_clock().now())
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
    mark_bounced("sms", "+8613800000000", hub_clock().now())
    figure = records.freshness(hub_clock().now())
    assert (figure.fields, figure.fresh, figure.bounced) == (3, 1, 1)
    assert [each.person.ref for each in records.contacts_to_check(hub_clock().now())] == [lin.ref, ada.ref]
    assert records.contacts_to_check(hub_clock().now())[0] == back


def test_unreachable_patrons_are_listed(ada: Person, world: World) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), child=True, guardian=ada)
    assert list(records.without_contact()) == [ada, lin]
    verified_mail(ada)
    assert list(records.without_contact()) == []
    mark_bounced("mail", "ada@example.org", hub_clock().now())
    assert list(records.without_contact()) == [ada, lin]


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
