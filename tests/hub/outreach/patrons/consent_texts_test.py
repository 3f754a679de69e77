"""Test that consents keep their text version, and that erasure deletes replaced addresses."""

from __future__ import annotations

from hub.circulation import operations
from hub.core.clock import hub_clock
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.erasure import erase
from hub.outreach.patrons.models import Consent, Contact, Person, Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import RecordSource
from kiosk.screens.samples import sample_details
from tests.hub.support.world import World

STAFF = RecordSource(Source.STAFF, "grace")


def person(world: World) -> Person:
    created: Person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    return created


def test_consent_to_new_text_is_stored_and_repeated_consent_is_not(world: World) -> None:
    ada = person(world)
    for version in ("1", "1", "2", "2"):
        world.advance(days=1)
        consents.give(ada, Purpose.HISTORY, "kiosk front", version)
    assert list(Consent.objects.order_by("at").values_list("given", "text_version")) == [(True, "1"), (True, "2")]


def test_erasure_with_open_loan_keeps_only_current_address(world: World) -> None:
    ada = person(world)
    records.store_contact(ada, "mail", "former@example.org", STAFF)
    records.store_contact(ada, "mail", "ada@example.org", STAFF)
    assert Contact.objects.exclude(replaced_at=None).count() == 1, "the replaced address is kept for the notice"
    assert isinstance(operations.checkout(world.by, world.ada, world.dune), operations.OperationResult)
    assert erase(ada.ref, hub_clock().now()).stays == ("open_loans",)
    assert [each.address.decrypt() for each in Contact.objects.all()] == ["ada@example.org"]


def test_sample_screens_of_the_kiosk_show_the_texts_of_the_hub() -> None:
    shipped = {each.value: {"zh": chinese, "en": english} for each, (_, chinese, english) in consents.SHIPPED.items()}
    assert {each: shipped[each] for each in sample_details.WORDS} == sample_details.WORDS
