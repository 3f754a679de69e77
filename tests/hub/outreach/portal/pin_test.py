"""Test setting a new PIN in the portal: only with a code sent to a verified address."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation import pins
from hub.circulation.models import Library, Patron
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.models import Code, Contact, Person
from tests.hub.outreach.portal.phone import sign_in, token_for
from tests.hub.staff.staff_client import words
from tests.hub.support.world import NOW, World

ASK, SET = reverse("portal:pin"), reverse("portal:new_pin")


@pytest.fixture
def phone(ada: Person) -> Client:
    client = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
    sign_in(client, "20000000000012", "pin")
    return client


def request_code(phone: Client) -> str:
    return words(phone.post(ASK, {"csrfmiddlewaretoken": token_for(phone)}).content)


def set_pin(phone: Client, code: str, pin: str = "4711") -> str:
    token = token_for(phone)
    return words(phone.post(SET, {"code": code, "pin": pin, "csrfmiddlewaretoken": token}, follow=True).content)


def newest_code() -> str:
    return str(Message.objects.filter(kind="code").latest("pk").decrypted_facts()["code"])


def has_pin(world: World, pin: str) -> bool:
    return pins.is_pin(Patron.objects.get(pk=world.ada.pk), pin)


def test_pin_is_set_only_with_dedicated_code(world: World, ada: Person, phone: Client) -> None:
    """Neither a session nor the sign-in code is enough, and a code is valid once."""
    sign_in_code = newest_code()
    assert "to a•••@example.org" in request_code(phone)
    assert Code.objects.get(aim="pin").used_at is None
    assert "The code is wrong" in set_pin(phone, sign_in_code if sign_in_code != newest_code() else "0")
    assert not has_pin(world, "4711")
    assert "A PIN has 4 to 12 digits" in set_pin(phone, newest_code(), "47a1")
    assert "now works" in set_pin(phone, newest_code())
    assert has_pin(world, "4711")
    assert ("pin", "changed", "phone") in ada.changes.values_list("what", "act", "source")
    assert "The code is wrong" in set_pin(phone, newest_code(), "0000")
    assert not has_pin(world, "0000")


def test_pin_code_requires_verified_address(world: World, ada: Person, phone: Client) -> None:
    Contact.objects.update(bound_at=None)
    assert "staff at the desk" in request_code(phone)
    assert not Code.objects.filter(aim="pin").exists()
    assert "staff at the desk" in set_pin(phone, "000000")
    assert not has_pin(world, "4711")


def test_pin_code_is_not_sent_twice_in_a_row(world: World, ada: Person, phone: Client) -> None:
    request_code(phone)
    assert "A code was just sent" in request_code(phone)
    assert Code.objects.filter(aim="pin").count() == 1


def test_pin_kept_by_ils_cannot_be_set(world: World, ada: Person, phone: Client) -> None:
    """The kiosk asks the ILS: a PIN set here would have no effect."""
    pages = [reverse("portal:me")]
    assert all(ASK in phone.get(each).content.decode() for each in pages), "control: the link is found"
    Library.objects.update(followed_since=NOW)
    assert "Your PIN is kept in the library's main system" in request_code(phone)
    assert "Staff at the desk" in set_pin(phone, "000000")
    assert not Code.objects.filter(aim="pin").exists() and not has_pin(world, "4711")
    assert not any(ASK in phone.get(each).content.decode() for each in pages)


def test_pin_page_requires_sign_in(world: World, ada: Person) -> None:
    stranger = Client()
    for answer in (stranger.get(ASK), stranger.post(ASK), stranger.post(SET, {"code": "0", "pin": "4711"})):
        assert answer.status_code == 302 and "/p/in/?to=pin" in answer.headers["Location"]
    assert not Code.objects.exists()
