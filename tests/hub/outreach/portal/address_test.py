"""Test changing an address in the portal: verified by a code, with a notice to the former address."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.test import Client
from django.urls import reverse

from hub.outreach.messaging.models import Message
from hub.outreach.messaging.settings import FILE
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Contact, Person
from tests.hub.outreach.portal.phone import hidden, newest_code, press, token_of
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World


def reached(person: Person) -> list[str]:
    return [each.address for each in records.usable_addresses(person) if each.address]


def submit_address(phone: Client, channel: str, address: str) -> bytes:
    url = reverse("portal:address")
    form = {"channel": channel, "address": address, "csrfmiddlewaretoken": token_of(phone.get(url).content)}
    return bytes(phone.post(url, form).content)


def test_new_address_is_used_after_code_and_former_one_notified(ada: Person, phone: Client) -> None:
    page = submit_address(phone, "mail", "ada@example.net")
    assert "to a•••@example.net" in words(page)
    assert reached(ada) == ["ada@example.org"]
    form = {"contact": hidden(page, "contact"), "code": "1", "csrfmiddlewaretoken": token_of(page)}
    assert "The code is wrong" in words(phone.post(reverse("portal:bind"), form).content)
    assert "Confirmed" in words(phone.post(reverse("portal:bind"), form | {"code": newest_code()}, follow=True).content)
    assert reached(ada) == ["ada@example.net"]
    assert Message.objects.filter(kind="contact_changed").count() == 1


def test_invalid_address_is_rejected_with_example(ada: Person, phone: Client) -> None:
    assert "name@example.org" in words(submit_address(phone, "mail", "ada at home"))
    assert "Not a valid mobile number" in words(submit_address(phone, "sms", "12"))
    assert "Choose email or SMS" in words(submit_address(phone, "apprise", "ntfy://x"))
    assert Contact.objects.count() == 1


def test_contact_of_other_patron_cannot_be_verified(world: World, ada: Person, phone: Client) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=ada.since)
    other = Contact.objects.create(
        person=lin, channel="mail", address="lin@example.org", hash="x", source="staff", told_at=ada.since
    )
    assert "Your new address" in press(
        phone, reverse("portal:bind"), reverse("portal:me"), contact=str(other.pk), code="1"
    )
    other.refresh_from_db()
    assert other.bound_at is None


def test_child_is_referred_to_guardian(ada: Person, phone: Client) -> None:
    Person.objects.filter(pk=ada.pk).update(child=True)
    assert "Messages for a child go to the guardian" in words(phone.get(reverse("portal:address"), follow=True).content)


def test_message_is_sent_once_per_minute(ada: Person, phone: Client) -> None:
    for _each in range(2):
        assert "sent" in press(phone, reverse("portal:test"), reverse("portal:me"))
    assert Message.objects.filter(kind="test").count() == 1


def test_page_without_channels_offers_no_code(ada: Person, phone: Client) -> None:
    (Path(settings.STATE) / FILE).write_text("", encoding="utf-8")
    said = words(phone.get(reverse("portal:address"), follow=True).content)
    assert "We cannot send messages yet" in said
