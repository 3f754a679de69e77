"""Test that consents keep their text version, and that each field serves only the purposes consented to."""

from __future__ import annotations

import pytest

from hub.core.clock import hub_clock
from hub.outreach.patrons import consents, erasure, records
from hub.outreach.patrons.data_export import export_person
from hub.outreach.patrons.models import Consent, FieldConsent, Person, Source
from hub.outreach.patrons.purposes import MARKETING, MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource
from kiosk.screens.samples import sample_details
from tests.hub.support.world import World

STAFF = RecordSource(Source.STAFF, "grace")
VERSION = "2026-1"


@pytest.fixture
def ada(ada: Person) -> Person:
    """Give the patron an e-mail address and a mobile number."""
    records.store_contact(ada, "sms", "13800005678", STAFF)
    records.store_contact(ada, "mail", "ada@example.org", STAFF)
    return ada


def sent_to(person: Person, kind: MessageKind) -> list[str]:
    return [each.channel for each in records.usable_addresses(person, kind) if each.address]


def give_consent(person: Person, purpose: Purpose) -> None:
    consents.give(person, purpose, "kiosk front", VERSION)


def keep_for_loans(person: Person, field: str) -> None:
    consents.reserve_field(person, field, "kiosk front", hub_clock().now())


def test_address_serves_loans_only_until_consent_to_more(ada: Person) -> None:
    assert sent_to(ada, MessageKind.DIGEST) == [] and sent_to(ada, MessageKind.OVERDUE) == ["sms", "mail"]
    give_consent(ada, Purpose.DIGEST)
    assert sent_to(ada, MessageKind.DIGEST) == ["sms", "mail"]
    assert sent_to(ada, MessageKind.CAMPAIGN) == [], "each purpose needs consent"


def test_field_consent_stores_purpose_text_version_and_source(ada: Person) -> None:
    give_consent(ada, Purpose.DIGEST)
    (use,) = consents.uses_by_field(ada)["sms"].serves
    assert (use.purpose, use.text_version, use.by) == ("digest", VERSION, "kiosk front")
    assert use.at == ada.consents.get().at


def test_field_kept_for_loans_receives_no_news(ada: Person) -> None:
    give_consent(ada, Purpose.DIGEST)
    keep_for_loans(ada, "sms")
    assert sent_to(ada, MessageKind.DIGEST) == ["mail"] and sent_to(ada, MessageKind.OVERDUE) == ["sms", "mail"]
    kept = consents.uses_by_field(ada)["sms"]
    assert kept.serves == () and kept.refusal is not None and kept.more
    give_consent(ada, Purpose.CAMPAIGN)
    assert sent_to(ada, MessageKind.CAMPAIGN) == ["mail"], "later consent does not reopen a closed field"


def test_reopened_field_serves_only_consented_purposes(ada: Person) -> None:
    give_consent(ada, Purpose.DIGEST)
    keep_for_loans(ada, "sms")
    consents.allow_field(ada, "sms", "phone", hub_clock().now())
    assert consents.uses_by_field(ada)["sms"].purposes == ["digest"]
    assert sent_to(ada, MessageKind.DIGEST) == ["sms", "mail"] and sent_to(ada, MessageKind.CAMPAIGN) == []
    give_consent(ada, Purpose.CAMPAIGN)
    assert sent_to(ada, MessageKind.CAMPAIGN) == ["sms", "mail"]


def test_new_field_serves_loans_only_but_replacement_keeps_uses(ada: Person) -> None:
    give_consent(ada, Purpose.DIGEST)
    records.store_contact(ada, "wechat", "oAdaExample01", STAFF)
    assert "wechat" in sent_to(ada, MessageKind.OVERDUE) and "wechat" not in sent_to(ada, MessageKind.DIGEST)
    assert consents.uses_by_field(ada)["wechat"].more
    records.store_contact(ada, "sms", "13800000001", STAFF)
    assert [each.address for each in records.usable_addresses(ada, MessageKind.DIGEST) if each.channel == "sms"] == [
        "+8613800000001"
    ]


def test_new_address_in_emptied_field_serves_loans_until_new_consent(
    ada: Person,
) -> None:
    give_consent(ada, Purpose.DIGEST)
    number = ada.contacts.get(channel="sms")
    records.remove_contact(number, STAFF)
    records.store_contact(ada, "sms", "13800009999", STAFF)
    assert sent_to(ada, MessageKind.DIGEST) == ["mail"] and "sms" in sent_to(ada, MessageKind.OVERDUE)
    give_consent(ada, Purpose.CAMPAIGN)
    assert sorted(sent_to(ada, MessageKind.CAMPAIGN)) == ["mail", "sms"]
    assert sent_to(ada, MessageKind.DIGEST) == ["mail"]


def test_restored_address_keeps_former_uses(ada: Person) -> None:
    give_consent(ada, Purpose.DIGEST)
    number = ada.contacts.get(channel="sms")
    records.remove_contact(number, STAFF)
    assert sent_to(ada, MessageKind.DIGEST) == ["mail"]
    records.put_back_contact(number, STAFF)
    assert sent_to(ada, MessageKind.DIGEST) == ["sms", "mail"]


def test_address_restored_next_to_replacement_does_not_open_field(ada: Person) -> None:
    give_consent(ada, Purpose.DIGEST)
    number = ada.contacts.get(channel="sms")
    records.remove_contact(number, STAFF)
    records.store_contact(ada, "sms", "13800009999", STAFF)
    records.put_back_contact(number, STAFF)
    assert sent_to(ada, MessageKind.DIGEST) == ["mail"] and sent_to(ada, MessageKind.OVERDUE) == ["sms", "sms", "mail"]


def test_refusal_for_emptied_field_is_kept(ada: Person) -> None:
    for purpose in sorted(MARKETING):
        give_consent(ada, Purpose(purpose))
    records.remove_contact(ada.contacts.get(channel="sms"), STAFF)
    records.store_contact(ada, "sms", "13800009999", STAFF)
    keep_for_loans(ada, "sms")
    give_consent(ada, Purpose.DIGEST)
    assert consents.refused_fields(ada) == {"sms"} and sent_to(ada, MessageKind.DIGEST) == ["mail"]


def test_field_kept_for_loans_stays_so_after_replacement(ada: Person) -> None:
    give_consent(ada, Purpose.DIGEST)
    keep_for_loans(ada, "sms")
    records.remove_contact(ada.contacts.get(channel="sms"), STAFF)
    records.store_contact(ada, "sms", "13800009999", STAFF)
    give_consent(ada, Purpose.CAMPAIGN)
    assert sent_to(ada, MessageKind.CAMPAIGN) == ["mail"]


def test_withdrawn_purpose_leaves_field_without_uses(ada: Person) -> None:
    give_consent(ada, Purpose.DIGEST)
    consents.withdraw(ada, Purpose.DIGEST, "phone")
    assert consents.uses_by_field(ada)["sms"] == consents.FieldConsentState()


def test_repeated_refusal_is_stored_once(ada: Person) -> None:
    give_consent(ada, Purpose.DIGEST)
    keep_for_loans(ada, "sms")
    before = FieldConsent.objects.count()
    keep_for_loans(ada, "sms")
    assert FieldConsent.objects.count() == before == 2 + len(MARKETING)


def test_child_messages_follow_field_consents_of_guardian(ada: Person, world: World) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), child=True, guardian=ada)
    assert sent_to(lin, MessageKind.DIGEST) == []
    give_consent(lin, Purpose.DIGEST)
    assert sent_to(lin, MessageKind.DIGEST) == ["sms", "mail"]
    keep_for_loans(ada, "sms")
    assert sent_to(lin, MessageKind.DIGEST) == ["mail"]
    consents.allow_field(ada, "sms", "phone", hub_clock().now())
    assert sent_to(lin, MessageKind.DIGEST) == ["sms", "mail"], "the guardian's own consent does not matter"


def test_field_consents_are_exported_and_erased(ada: Person, world: World) -> None:
    give_consent(ada, Purpose.DIGEST)
    keep_for_loans(ada, "sms")
    rows = export_person(ada)["patrons.fieldconsent"]
    assert isinstance(rows, list) and {(each["field"], each["given"]) for each in rows} == {
        ("sms", True), ("mail", True), ("sms", False)
    }  # fmt: skip
    erasure.erase(ada.ref, hub_clock().now())
    assert not FieldConsent.objects.exists()


def test_newest_consent_counts_and_text_version_is_kept(ada: Person) -> None:
    assert consents.has_consented(ada, Purpose.SERVICE)
    assert not consents.has_consented(ada, Purpose.DIGEST)
    shown = consents.text(Purpose.DIGEST)
    consents.give(ada, Purpose.DIGEST, "kiosk front", shown.version)
    assert consents.has_consented(ada, "digest")
    assert consents.all_given("digest") == {ada.pk}
    consents.withdraw(ada, Purpose.DIGEST, "phone")
    assert not consents.has_consented(ada, "digest")
    assert consents.all_given("digest") == set()
    assert [(each.given, each.text_version, each.by) for each in ada.consents.all()] == [
        (False, "", "phone"),
        (True, shown.version, "kiosk front"),
    ]


def test_consent_to_new_text_is_stored_and_repeated_consent_is_not(ada: Person, world: World) -> None:
    for version in ("1", "1", "2", "2"):
        world.advance(days=1)
        consents.give(ada, Purpose.HISTORY, "kiosk front", version)
    assert list(Consent.objects.order_by("at").values_list("given", "text_version")) == [(True, "1"), (True, "2")]


def test_sample_screens_of_the_kiosk_show_the_texts_of_the_hub() -> None:
    shipped = {each.value: {"zh": chinese, "en": english} for each, (_, chinese, english) in consents.SHIPPED.items()}
    assert {each: shipped[each] for each in sample_details.WORDS} == sample_details.WORDS
