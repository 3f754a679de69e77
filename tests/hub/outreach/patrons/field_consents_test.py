"""Test that each field serves only the purposes consented to, and none if reserved for loans."""

from __future__ import annotations

import pytest

from hub.core.clock import hub_clock
from hub.outreach.patrons import consents, contacts, erasure, field_consents, record_updates
from hub.outreach.patrons.data_export import exported
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import FieldConsent, Person, Source
from hub.outreach.patrons.purposes import MARKETING, Purpose
from hub.outreach.patrons.record_updates import RecordSource
from tests.hub.support.world import World

STAFF = RecordSource(Source.STAFF, "grace")
VERSION = "2026-1"


@pytest.fixture
def ada(world: World) -> Person:
    """Give the patron an e-mail address and a mobile number."""
    made: Person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    record_updates.store_contact(made, "sms", "13800005678", STAFF)
    record_updates.store_contact(made, "mail", "ada@example.org", STAFF)
    return made


def goes_to(person: Person, kind: MessageKind) -> list[str]:
    return [each.channel for each in contacts.usable_addresses(person, kind) if each.address]


def agrees(person: Person, purpose: Purpose) -> None:
    consents.give(person, purpose, "kiosk front", VERSION)


def keeps(person: Person, field: str) -> None:
    field_consents.withdraw(person, field, "kiosk front", hub_clock().now())


def test_an_address_is_for_their_loans_until_the_patron_agrees_to_more(ada: Person) -> None:
    assert goes_to(ada, MessageKind.DIGEST) == [] and goes_to(ada, MessageKind.OVERDUE) == ["sms", "mail"]
    agrees(ada, Purpose.DIGEST)
    assert goes_to(ada, MessageKind.DIGEST) == ["sms", "mail"]
    assert goes_to(ada, MessageKind.CAMPAIGN) == [], "each purpose by itself"


def test_each_use_keeps_its_words_who_noted_it_and_when(ada: Person) -> None:
    agrees(ada, Purpose.DIGEST)
    (use,) = field_consents.standing(ada)["sms"].serves
    assert (use.purpose, use.text_version, use.by) == ("digest", VERSION, "kiosk front")
    assert use.at == ada.consents.get().at


def test_one_field_is_kept_for_their_loans(ada: Person) -> None:
    agrees(ada, Purpose.DIGEST)
    keeps(ada, "sms")
    assert goes_to(ada, MessageKind.DIGEST) == ["mail"] and goes_to(ada, MessageKind.OVERDUE) == ["sms", "mail"]
    kept = field_consents.standing(ada)["sms"]
    assert kept.serves == () and kept.kept is not None and kept.more
    agrees(ada, Purpose.CAMPAIGN)
    assert goes_to(ada, MessageKind.CAMPAIGN) == ["mail"], "a later yes does not open what the patron has closed"


def test_the_patron_opens_it_again_to_what_the_patron_agrees_to_and_no_more(ada: Person) -> None:
    agrees(ada, Purpose.DIGEST)
    keeps(ada, "sms")
    field_consents.allow(ada, "sms", "phone", hub_clock().now())
    assert field_consents.standing(ada)["sms"].purposes == ["digest"]
    assert goes_to(ada, MessageKind.DIGEST) == ["sms", "mail"] and goes_to(ada, MessageKind.CAMPAIGN) == []
    agrees(ada, Purpose.CAMPAIGN)
    assert goes_to(ada, MessageKind.CAMPAIGN) == ["sms", "mail"]


def test_a_field_that_the_patron_fills_later_is_for_their_loans(ada: Person) -> None:
    agrees(ada, Purpose.DIGEST)
    record_updates.store_contact(ada, "wechat", "oAdaExample01", STAFF)
    assert "wechat" in goes_to(ada, MessageKind.OVERDUE) and "wechat" not in goes_to(ada, MessageKind.DIGEST)
    assert field_consents.standing(ada)["wechat"].more
    record_updates.store_contact(ada, "sms", "13800000001", STAFF)
    assert [each.address for each in contacts.usable_addresses(ada, MessageKind.DIGEST) if each.channel == "sms"] == [
        "+8613800000001"
    ]


def test_another_address_in_a_field_that_was_emptied_is_for_their_loans_until_the_patron_agrees_again(
    ada: Person,
) -> None:
    agrees(ada, Purpose.DIGEST)
    number = ada.contacts.get(channel="sms")
    record_updates.remove(number, STAFF)
    record_updates.store_contact(ada, "sms", "13800009999", STAFF)
    assert goes_to(ada, MessageKind.DIGEST) == ["mail"] and "sms" in goes_to(ada, MessageKind.OVERDUE)
    agrees(ada, Purpose.CAMPAIGN)
    assert sorted(goes_to(ada, MessageKind.CAMPAIGN)) == ["mail", "sms"] and goes_to(ada, MessageKind.DIGEST) == [
        "mail"
    ]


def test_an_address_that_is_put_back_serves_what_it_did(ada: Person) -> None:
    agrees(ada, Purpose.DIGEST)
    number = ada.contacts.get(channel="sms")
    record_updates.remove(number, STAFF)
    assert goes_to(ada, MessageKind.DIGEST) == ["mail"]
    record_updates.put_back(number, STAFF)
    assert goes_to(ada, MessageKind.DIGEST) == ["sms", "mail"]


def test_one_that_is_put_back_beside_another_opens_that_one_to_nothing(ada: Person) -> None:
    agrees(ada, Purpose.DIGEST)
    number = ada.contacts.get(channel="sms")
    record_updates.remove(number, STAFF)
    record_updates.store_contact(ada, "sms", "13800009999", STAFF)
    record_updates.put_back(number, STAFF)
    assert goes_to(ada, MessageKind.DIGEST) == ["mail"] and goes_to(ada, MessageKind.OVERDUE) == ["sms", "sms", "mail"]


def test_their_own_no_to_a_field_that_was_emptied_is_kept(ada: Person) -> None:
    for purpose in sorted(MARKETING):
        agrees(ada, Purpose(purpose))
    record_updates.remove(ada.contacts.get(channel="sms"), STAFF)
    record_updates.store_contact(ada, "sms", "13800009999", STAFF)
    keeps(ada, "sms")
    agrees(ada, Purpose.DIGEST)
    assert field_consents.kept_for_loans(ada) == {"sms"} and goes_to(ada, MessageKind.DIGEST) == ["mail"]


def test_what_the_patron_kept_for_their_loans_stays_so_when_it_is_emptied(ada: Person) -> None:
    agrees(ada, Purpose.DIGEST)
    keeps(ada, "sms")
    record_updates.remove(ada.contacts.get(channel="sms"), STAFF)
    record_updates.store_contact(ada, "sms", "13800009999", STAFF)
    agrees(ada, Purpose.CAMPAIGN)
    assert goes_to(ada, MessageKind.CAMPAIGN) == ["mail"]


def test_what_the_patron_takes_back_as_a_whole_serves_nothing(ada: Person) -> None:
    agrees(ada, Purpose.DIGEST)
    consents.withdraw(ada, Purpose.DIGEST, "phone")
    assert field_consents.standing(ada)["sms"] == field_consents.FieldConsentState()


def test_the_same_word_twice_is_one(ada: Person) -> None:
    agrees(ada, Purpose.DIGEST)
    keeps(ada, "sms")
    before = FieldConsent.objects.count()
    keeps(ada, "sms")
    assert FieldConsent.objects.count() == before == 2 + len(MARKETING)


def test_what_is_a_childs_goes_where_its_guardian_allows_it(ada: Person, world: World) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), child=True, guardian=ada)
    assert goes_to(lin, MessageKind.DIGEST) == []
    agrees(lin, Purpose.DIGEST)
    assert goes_to(lin, MessageKind.DIGEST) == ["sms", "mail"]
    keeps(ada, "sms")
    assert goes_to(lin, MessageKind.DIGEST) == ["mail"]
    field_consents.allow(ada, "sms", "phone", hub_clock().now())
    assert goes_to(lin, MessageKind.DIGEST) == ["sms", "mail"], "their own no to the digest is not the child's"


def test_their_copy_has_them_and_erasure_takes_them(ada: Person, world: World) -> None:
    agrees(ada, Purpose.DIGEST)
    keeps(ada, "sms")
    told = exported(ada)["patrons.fieldconsent"]
    assert isinstance(told, list) and {(each["field"], each["given"]) for each in told} == {
        ("sms", True), ("mail", True), ("sms", False)
    }  # fmt: skip
    erasure.erase(ada.ref, hub_clock().now())
    assert not FieldConsent.objects.exists()
