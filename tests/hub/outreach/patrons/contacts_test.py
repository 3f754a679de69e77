"""Test which addresses are used: the patron's order, a child's guardian, no bounced or unverified one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from hub.core.encrypted_fields import KeyIsAnother, keyed
from hub.core.state_directory import put_secret
from hub.outreach.patrons import consents
from hub.outreach.patrons.channels import BadAddress, masked, tidied
from hub.outreach.patrons.contacts import UsableAddress, bounced, usable_addresses
from hub.outreach.patrons.models import Contact, Note, Order, Person
from hub.outreach.patrons.purposes import Purpose

NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


def person(ref: str) -> Person:
    made: Person = Person.objects.create(ref=ref, since=NOW)
    return made


def told(who: Person, channel: str, address: str, source: str = "staff", **more: object) -> Contact:
    made: Contact = Contact.objects.create(
        person=who, channel=channel, address=address, hash=keyed(channel, address), source=source, told_at=NOW, **more
    )
    return made


def reached(who: Person, kind: str = "") -> list[tuple[str, str]]:
    return [(each.channel, each.address) for each in usable_addresses(who, kind)]


def test_an_address_is_not_to_be_read_in_the_database(db: None) -> None:
    kept = told(person("p-ada"), "mail", "ada@example.org")
    assert "@" not in str(kept.address)
    with connection.cursor() as cursor:
        cursor.execute("SELECT address, hash FROM patrons_contact")
        assert all("@" not in text for text in cursor.fetchone())
    assert Contact.objects.get(pk=kept.pk).address.opened() == "ada@example.org"


@pytest.mark.parametrize("typed", ["box1:typed by somebody", "box1:"])
def test_what_only_looks_sealed_is_sealed_and_read_again(db: None, typed: str) -> None:
    note = Note.objects.create(person=person("p-ada"), words=typed, by="grace", at=NOW)
    assert _in_clear() != typed
    assert Note.objects.get().words.opened() == typed
    Note.objects.update(words=typed)
    assert _in_clear() != typed
    assert Note.objects.get().words.opened() == typed
    restored = Note._meta.get_field("words").to_python(_in_clear())
    Note.objects.filter(pk=note.pk).update(words=restored)
    assert Note.objects.get().words.opened() == typed


def _in_clear() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM patrons_note")
        found: str = cursor.fetchone()[0]
    return found


def test_without_its_key_an_address_is_not_guessed_at(db: None, settings: object, tmp_path: object) -> None:
    kept = told(person("p-ada"), "mail", "ada@example.org")
    settings.STATE = tmp_path  # type: ignore[attr-defined]
    put_secret("contact_key", "ab" * 32, tmp_path)  # type: ignore[arg-type]
    with pytest.raises(KeyIsAnother, match="contact_key is not the key"):
        Contact.objects.get(pk=kept.pk).address.opened()


def test_their_order_for_a_kind_goes_before_their_usual_one(db: None) -> None:
    ada = person("p-ada")
    told(ada, "mail", "ada@example.org")
    told(ada, "sms", "+8613800000000")
    assert reached(ada) == [("sms", "+8613800000000"), ("mail", "ada@example.org"), ("screen", "")]
    Order.objects.create(person=ada, kind="", channels=["mail", "screen"])
    Order.objects.create(person=ada, kind="overdue", channels=["sms", "paper"])
    assert reached(ada, "due_soon") == [("mail", "ada@example.org"), ("screen", "")]
    assert reached(ada, "overdue") == [("sms", "+8613800000000"), ("paper", "")]


def test_what_the_patron_told_at_a_kiosk_is_used_once_it_is_bound(db: None) -> None:
    ada = person("p-ada")
    kept = told(ada, "mail", "ada@example.org", source="kiosk")
    assert reached(ada) == [("screen", "")]
    kept.bound_at = NOW
    kept.save()
    assert reached(ada) == [("mail", "ada@example.org"), ("screen", "")]


def test_an_address_that_came_back_is_not_tried_again(db: None) -> None:
    ada = person("p-ada")
    told(ada, "mail", "ada@example.org")
    bounced(UsableAddress("mail", "ada@example.org", ada), NOW)
    assert reached(ada) == [("screen", "")]
    assert [(each.what, each.act) for each in ada.changes.all()] == [("mail", "bounced")]


def test_what_is_for_a_child_goes_to_the_guardian(db: None) -> None:
    lin, ada = person("p-lin"), person("p-ada")
    told(lin, "mail", "lin@example.org")
    told(ada, "mail", "ada@example.org")
    lin.child = True
    assert reached(lin) == [("screen", "")]
    lin.guardian = ada
    found = usable_addresses(lin)
    assert [(each.channel, each.address, each.person.ref) for each in found] == [
        ("mail", "ada@example.org", "p-ada"),
        ("screen", "", "p-lin"),
    ]


def test_the_newest_word_counts_and_its_text_is_kept(db: None) -> None:
    ada = person("p-ada")
    assert consents.given(ada, Purpose.SERVICE)
    assert not consents.given(ada, Purpose.DIGEST)
    shown = consents.text(Purpose.DIGEST)
    consents.give(ada, Purpose.DIGEST, "kiosk front", shown.version, NOW)
    assert consents.given(ada, "digest")
    assert consents.all_given("digest") == {ada.pk}
    consents.withdraw(ada, Purpose.DIGEST, "phone", NOW)
    assert not consents.given(ada, "digest")
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
def test_the_same_address_is_always_the_same_text(channel: str, text: str, kept: str) -> None:
    assert tidied(channel, text) == kept
    assert kept not in masked(channel, kept)


@pytest.mark.parametrize(
    ("channel", "text"), [("mail", "ada"), ("sms", "12345"), ("wechat", "a b"), ("apprise", "ada"), ("screen", "x")]
)
def test_what_is_no_address_is_named_with_its_remedy(channel: str, text: str) -> None:
    with pytest.raises(BadAddress):
        tidied(channel, text)
