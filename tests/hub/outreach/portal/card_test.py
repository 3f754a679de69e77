"""Test the card in the portal: a new PIN by a code sent to a verified address, and the report of a lost card."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation import pins
from hub.circulation.models import Card, Library, Patron
from hub.outreach.patrons.models import Code, Contact, Person
from tests.hub.outreach.portal.phone import newest_code, press, sign_in, token_for, token_of
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


def test_patron_blocks_own_card(world: World, ada: Person, phone: Client) -> None:
    url = reverse("portal:lost_card")
    assert "You cannot unblock it yourself" in words(phone.get(url).content)
    assert Card.objects.filter(patron=world.ada, status="active").exists()
    assert "Your card is blocked" in press(phone, url, url)
    assert not Card.objects.filter(patron=world.ada, status="active").exists()


def test_external_ils_card_cannot_be_blocked_in_portal(world: World, ada: Person, phone: Client) -> None:
    """A card blocked only in the hub would still work at a kiosk, contrary to what the patron expects."""
    url = reverse("portal:lost_card")
    token = token_of(phone.get(url).content)
    Library.objects.update(followed_since=NOW)
    page = phone.get(url).content
    assert "come to the desk now" in words(page) and "Block my card" not in words(page)
    assert reverse("portal:ask") in page.decode()
    posted = phone.post(url, {"csrfmiddlewaretoken": token})
    assert "come to the desk now" in words(posted.content)
    assert Card.objects.filter(patron=world.ada, status="active").exists()
