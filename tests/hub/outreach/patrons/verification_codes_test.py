"""Test verification codes: they prove an address, and a PIN needs one. The former one is notified."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from hub.circulation.models import Patron
from hub.circulation.pins import check
from hub.core.clock import hub_clock
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import records, verification_codes
from hub.outreach.patrons.models import Code, Contact, Person, Source
from hub.outreach.patrons.records import RecordSource, usable_addresses
from hub.outreach.patrons.verification_codes import CodeRefusalReason
from tests.hub.support.world import World

STAFF, KIOSK = RecordSource(Source.STAFF, "grace"), RecordSource(Source.KIOSK, "front")


def sent(contact: Contact) -> str:
    """Return the code in the newest message to the contact."""
    codes = [each.decrypted_facts() for each in Message.objects.filter(kind="code").order_by("-pk")]
    return str(next(each["code"] for each in codes if each["contact"] == contact.pk))


def wrong_code(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**6:06}"


def reached(person: Person) -> list[str]:
    return [each.address for each in usable_addresses(person) if each.address]


def test_kiosk_address_becomes_usable_after_correct_code(ada: Person) -> None:
    contact = records.store_contact(ada, "mail", "ada@example.org", KIOSK)
    code = verification_codes.send(contact, Code.Aim.BIND)
    assert isinstance(code, Code)
    assert sent(contact) not in code.hash
    assert verification_codes.bind(contact, wrong_code(sent(contact)), KIOSK) is CodeRefusalReason.WRONG
    assert reached(ada) == []
    assert verification_codes.bind(contact, sent(contact), KIOSK) is None
    assert reached(ada) == ["ada@example.org"]
    assert verification_codes.bind(contact, sent(contact), KIOSK) is CodeRefusalReason.OVER


def test_five_wrong_guesses_invalidate_code(ada: Person) -> None:
    contact = records.store_contact(ada, "sms", "13800000000", KIOSK)
    verification_codes.send(contact, Code.Aim.BIND)
    right = sent(contact)
    assert [verification_codes.bind(contact, wrong_code(right), KIOSK) for _try in range(5)] == [
        CodeRefusalReason.WRONG
    ] * 5
    assert verification_codes.bind(contact, right, KIOSK) is CodeRefusalReason.TOO_MANY


def test_code_expires_after_ten_minutes_and_ten_are_sent_per_day(ada: Person, world: World) -> None:
    contact = records.store_contact(ada, "sms", "13800000000", KIOSK)
    verification_codes.send(contact, Code.Aim.BIND)
    assert verification_codes.send(contact, Code.Aim.BIND) is CodeRefusalReason.TOO_SOON
    world.advance(minutes=10)
    assert verification_codes.bind(contact, sent(contact), KIOSK) is CodeRefusalReason.OVER
    for _more in range(9):
        assert isinstance(verification_codes.send(contact, Code.Aim.BIND), Code)
        world.advance(minutes=2)
    assert verification_codes.send(contact, Code.Aim.BIND) is CodeRefusalReason.TOO_MANY


def test_former_address_is_notified_of_replacement(ada: Person, world: World) -> None:
    old = records.store_contact(ada, "mail", "ada@example.org", STAFF)
    new = records.store_contact(ada, "mail", "ada@example.net", KIOSK)
    assert reached(ada) == ["ada@example.org"], "the new address is not verified yet"
    verification_codes.send(new, Code.Aim.BIND)
    verification_codes.bind(new, sent(new), KIOSK)
    assert reached(ada) == ["ada@example.net"]
    (contact_change,) = Message.objects.filter(kind="contact_changed")
    assert [
        each.address
        for each in usable_addresses(ada, "contact_changed", to=contact_change.decrypted_facts()["contact"])
    ] == ["ada@example.org"]
    world.advance(days=4)
    assert records.tidy(hub_clock().now()) == 1
    assert not Contact.objects.filter(pk=old.pk).exists()


def test_verified_address_allows_new_pin(ada: Person, world: World) -> None:
    contact = records.store_contact(ada, "mail", "ada@example.org", STAFF)
    assert verification_codes.send(contact, Code.Aim.PIN) is CodeRefusalReason.NOT_PROVED, "entered by staff only"
    verification_codes.send(contact, Code.Aim.BIND)
    verification_codes.bind(contact, sent(contact), STAFF)
    world.advance(minutes=2)
    verification_codes.send(contact, Code.Aim.PIN)
    assert verification_codes.new_pin(ada, contact, sent(contact), "12") is CodeRefusalReason.NO_PIN
    assert verification_codes.new_pin(ada, contact, wrong_code(sent(contact)), "4711") is CodeRefusalReason.WRONG
    assert verification_codes.new_pin(ada, contact, sent(contact), "4711") is None
    assert check(Patron.objects.get(pk=world.ada.pk), "4711", hub_clock().now()) == "right"


def test_verified_address_of_other_patron_cannot_set_pin(ada: Person, world: World) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    contact = records.store_contact(lin, "mail", "lin@example.org", KIOSK)
    verification_codes.send(contact, Code.Aim.BIND)
    verification_codes.bind(contact, sent(contact), KIOSK)
    assert verification_codes.new_pin(ada, contact, sent(contact), "4711") is CodeRefusalReason.NOT_PROVED
    assert Patron.objects.get(pk=world.ada.pk).pin == ""


def test_child_sets_pin_through_guardian_address(ada: Person, world: World) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), child=True, guardian=ada)
    contact = records.store_contact(ada, "mail", "ada@example.org", KIOSK)
    verification_codes.send(contact, Code.Aim.BIND)
    verification_codes.bind(contact, sent(contact), KIOSK)
    world.advance(minutes=2)
    verification_codes.send(contact, Code.Aim.PIN)
    assert verification_codes.verified_contacts(lin) == [contact]
    assert verification_codes.new_pin(lin, contact, sent(contact), "4711") is None
    assert check(Patron.objects.get(pk=world.lin.pk), "4711", hub_clock().now()) == "right"


def test_record_changes_are_logged_without_values(ada: Person) -> None:
    records.store_field(ada, "birth_year", "1990", STAFF)
    records.store_field(ada, "birth_year", "1991", STAFF)
    records.store_field(ada, "birth_year", "", STAFF)
    contact = records.store_contact(ada, "mail", f"ada-{uuid4()}@example.org", STAFF)
    records.confirm_contact(contact, STAFF)
    records.remove_contact(contact, STAFF)
    assert [(each.what, each.act) for each in ada.changes.order_by("pk")] == [
        ("birth_year", "added"),
        ("birth_year", "changed"),
        ("birth_year", "removed"),
        ("mail", "added"),
        ("mail", "confirmed"),
        ("mail", "removed"),
    ]
    assert reached(ada) == []


def test_removed_address_is_notified_at_once(ada: Person) -> None:
    contact = records.store_contact(
        ada, "mail", "ada@example.org", RecordSource(Source.STAFF, "grace", hub_clock().now() - timedelta(1))
    )
    records.remove_contact(contact, STAFF)
    (contact_change,) = Message.objects.filter(kind="contact_changed")
    assert contact_change.decrypted_facts() == {"contact": contact.pk, "channel": "mail", "what": "removed"}
