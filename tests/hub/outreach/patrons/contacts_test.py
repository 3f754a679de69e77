"""Test which addresses are used: the patron's order, a child's guardian, no bounced or unverified one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from hub.core.encrypted_fields import KeyIsAnother, keyed_hash
from hub.core.state_directory import put_secret
from hub.outreach.patrons import consents
from hub.outreach.patrons.channels import BadAddress, mask_address, normalise_address
from hub.outreach.patrons.models import Contact, Note, Order, Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import UsableAddress, mark_bounced, usable_addresses

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
    mark_bounced(UsableAddress("mail", "ada@example.org", ada), NOW)
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


def test_newest_consent_counts_and_text_version_is_kept(db: None) -> None:
    ada = person("p-ada")
    assert consents.has_consented(ada, Purpose.SERVICE)
    assert not consents.has_consented(ada, Purpose.DIGEST)
    shown = consents.text(Purpose.DIGEST)
    consents.give(ada, Purpose.DIGEST, "kiosk front", shown.version, NOW)
    assert consents.has_consented(ada, "digest")
    assert consents.all_given("digest") == {ada.pk}
    consents.withdraw(ada, Purpose.DIGEST, "phone", NOW)
    assert not consents.has_consented(ada, "digest")
    assert consents.all_given("digest") == set()
    assert [(each.given, each.text_version, each.by) for each in ada.consents.all()] == [
        (False, "", "phone"),
        (True, shown.version, "kiosk front"),
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
def test_address_is_normalised(channel: str, text: str, kept: str) -> None:
    assert normalise_address(channel, text) == kept
    assert kept not in mask_address(channel, kept)


@pytest.mark.parametrize(
    ("channel", "text"), [("mail", "ada"), ("sms", "12345"), ("wechat", "a b"), ("apprise", "ada"), ("screen", "x")]
)
def test_invalid_address_is_rejected(channel: str, text: str) -> None:
    with pytest.raises(BadAddress):
        normalise_address(channel, text)
