"""Test that staff see each address's uses with the reason, and change them on the patron's request."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.patrons import consents, contacts, record_updates
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Person, ProfileField, Source
from hub.outreach.patrons.record_updates import RecordSource
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

STAFF = RecordSource(Source.STAFF, "grace")


@pytest.fixture
def ada(world: World) -> Person:
    made: Person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    record_updates.store_contact(made, "mail", "ada@example.org", STAFF)
    consents.give(made, "digest", "kiosk front", "2026-1")
    return made


def record(person: Person) -> str:
    return words(Grace().client.get(reverse("patrons:record", args=(person.pk,))).content)


def used(person: Person, answer: str) -> str:
    url = reverse("patrons:use", args=(person.pk, "mail", answer))
    return words(Grace().client.post(url, follow=True).content)


def test_the_record_says_since_when_by_whom_and_in_which_words(ada: Person) -> None:
    assert "digest of new titles: since" in record(ada) and "kiosk front, text 2026-1" in record(ada)


def test_staff_keep_it_for_their_loans_and_the_record_says_who_did(ada: Person) -> None:
    assert "Only for loans from now on: email" in used(ada, "withdraw")
    assert (
        "news withdrawn on" in record(ada) and contacts.usable_addresses(ada, MessageKind.DIGEST)[0].channel == "screen"
    )
    assert "News allowed: email" in used(ada, "give")
    assert contacts.usable_addresses(ada, MessageKind.DIGEST)[0].channel == "mail"


def test_what_else_the_patron_told_long_ago_is_on_a_list_with_its_one_action(world: World, ada: Person) -> None:
    record_updates.store_field(
        ada, ProfileField.Name.INSTITUTION, "First middle school", STAFF, verified_at=hub_clock().now()
    )
    world.ahead(days=200)
    grace, url = Grace(), reverse("patrons:lists") + "?show=told"
    seen = words(grace.client.get(url).content)
    assert "Other details to check 1" in seen and "F•••" in seen and "First middle" not in seen
    assert "1 Details to confirm" in words(grace.client.get(reverse("staff:today")).content)
    grace.client.post(reverse("patrons:fact_confirm", args=(ada.facts.get().pk,)))
    assert "All other details recently confirmed" in words(grace.client.get(url).content)
