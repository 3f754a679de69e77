"""Test that staff see each address's uses with the reason, and change them on the patron's request."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person, ProfileField, Source
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import RecordSource
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

STAFF = RecordSource(Source.STAFF, "grace")


@pytest.fixture
def ada(world: World) -> Person:
    person: Person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    records.store_contact(person, "mail", "ada@example.org", STAFF)
    consents.give(person, "digest", "kiosk front", "2026-1")
    return person


def record(person: Person) -> str:
    return words(Grace().client.get(reverse("patrons:record", args=(person.pk,))).content)


def change_use(person: Person, answer: str) -> str:
    url = reverse("patrons:use", args=(person.pk, "mail", answer))
    return words(Grace().client.post(url, follow=True).content)


def test_record_shows_date_source_and_text_of_each_use(ada: Person) -> None:
    assert "digest of new titles: since" in record(ada) and "kiosk front, text 2026-1" in record(ada)


def test_staff_restrict_address_to_loans_and_reopen(ada: Person) -> None:
    assert "Only for loans from now on: email" in change_use(ada, "withdraw")
    assert (
        "news withdrawn on" in record(ada) and records.usable_addresses(ada, MessageKind.DIGEST)[0].channel == "screen"
    )
    assert "News allowed: email" in change_use(ada, "give")
    assert records.usable_addresses(ada, MessageKind.DIGEST)[0].channel == "mail"


def test_stale_profile_field_is_listed_with_confirm_action(world: World, ada: Person) -> None:
    records.store_field(ada, ProfileField.Name.INSTITUTION, "First middle school", STAFF, verified_at=hub_clock().now())
    world.advance(days=200)
    grace, url = Grace(), reverse("patrons:lists") + "?show=told"
    seen = words(grace.client.get(url).content)
    assert "Other details to check 1" in seen and "F•••" in seen and "First middle" not in seen
    assert "1 Details to confirm" in words(grace.client.get(reverse("staff:today")).content)
    grace.client.post(reverse("patrons:fact_confirm", args=(ada.facts.get().pk,)))
    assert "All other details recently confirmed" in words(grace.client.get(url).content)
