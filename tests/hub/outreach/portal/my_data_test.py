"""Test the portal's list of known data with its uses: one touch changes each, for this patron only."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person, ProfileField, Source
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import RecordSource
from tests.hub.outreach.portal.phone import press, start_session, verified_ada
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

ME = "portal:known"


@pytest.fixture
def ada(world: World) -> Person:
    """Give the patron a verified address, an occupation and a consent to the digest."""
    person = verified_ada(world)
    records.store_field(
        person,
        ProfileField.Name.OCCUPATION,
        "teacher",
        RecordSource(Source.STAFF, "grace"),
        verified_at=hub_clock().now(),
    )
    consents.give(person, "digest", "phone", consents.text("digest").version)
    return person


def change_use(phone: Client, field: str, answer: str) -> str:
    return press(phone, reverse("portal:use", args=(field, answer)), reverse(ME))


def sent_to(person: Person, kind: MessageKind) -> list[str]:
    return [each.channel for each in records.usable_addresses(person, kind) if each.address]


def test_each_field_shows_purpose_and_text_version(phone: Client) -> None:
    seen = words(phone.get(reverse(ME)).content)
    assert "Digest of new titles: you agreed on" in seen and "text 2026-2" in seen
    assert "t•••" in seen and "teacher" not in seen


def test_one_touch_restricts_address_to_loans_and_another_reopens(phone: Client, ada: Person) -> None:
    assert "Used only for your loans from now on: email." in change_use(phone, "mail", "withdraw")
    assert sent_to(ada, MessageKind.DIGEST) == [] and sent_to(ada, MessageKind.OVERDUE) == ["mail"]
    assert "News can be sent to: email." in change_use(phone, "mail", "give")
    assert sent_to(ada, MessageKind.DIGEST) == ["mail"]


def test_stale_profile_field_is_confirmed_and_removed(world: World, phone: Client, ada: Person) -> None:
    world.advance(days=200)
    start_session(phone, ada)
    assert "Thank you: occupation." in change_use(phone, "occupation", "right")
    assert ProfileField.objects.get().verified_at is not None and "Removed: occupation." in change_use(
        phone, "occupation", "remove"
    )
    assert not ProfileField.objects.exists()


@pytest.mark.parametrize(
    ("field", "answer"),
    [("sms", "withdraw"), ("mail", "remove"), ("mail", "give"), ("guardian", "remove"), ("occupation", "right")],
)
def test_action_that_is_not_offered_changes_nothing(phone: Client, ada: Person, field: str, answer: str) -> None:
    records.store_field(ada, ProfileField.Name.GUARDIAN, "Lin", RecordSource(Source.STAFF, "grace"))
    press(phone, reverse("portal:use", args=(field, answer)), reverse(ME))
    assert ada.facts.count() == 2 and sent_to(ada, MessageKind.DIGEST) == ["mail"]


def test_child_sees_no_data_page(phone: Client, ada: Person) -> None:
    Person.objects.filter(pk=ada.pk).update(child=True)
    seen = words(phone.get(reverse(ME)).content)
    assert "What we know about you" not in seen
