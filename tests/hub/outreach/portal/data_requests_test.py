"""Test the copy of all data and the request to erase it on a phone: each only after a fresh proof."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation import pins
from hub.circulation.models import Fee, Library, Patron
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import erasure
from hub.outreach.patrons.models import Code, Contact, Person
from tests.hub.outreach.portal.phone import press, token_of
from tests.hub.staff.staff_client import words
from tests.hub.support.world import NOW, World

EXPORT, ERASE, ME = reverse("portal:export"), reverse("portal:erase"), reverse("portal:me")
PIN = "4711"


@pytest.fixture(autouse=True)
def pin(world: World) -> None:
    pins.set_pin(Patron.objects.get(pk=world.ada.pk), PIN)


def sends(phone: Client, url: str, **fields: str) -> tuple[int, str]:
    response = phone.post(url, {**fields, "csrfmiddlewaretoken": token_of(phone.get(url).content)})
    return response.status_code, words(response.content)


def newest_code() -> str:
    return str(Message.objects.filter(kind="code").latest("pk").told()["code"])


def test_the_copy_says_what_is_in_it_and_comes_with_the_pin(world: World, ada: Person, phone: Client) -> None:
    world.tell(world.borrows(world.dune))
    carry()
    seen = words(phone.get(EXPORT).content)
    assert "Loans 1" in seen and "Contacts 1" in seen
    assert "ada@example.org" not in seen and "Dune" not in seen, "an unattended phone shows no more than before"
    response = phone.post(EXPORT, {"pin": PIN, "csrfmiddlewaretoken": token_of(phone.get(EXPORT).content)})
    assert response["Content-Disposition"] == 'attachment; filename="my-library-data.json"'
    assert response["Cache-Control"] == "no-store, private"
    found = json.loads(response.content)
    assert found["circulation"]["loans"][0]["title"] == "Dune"
    assert found["patrons.contact"][0]["address"] == "ada@example.org"
    assert ("export", "added", "phone") in ada.changes.values_list("what", "act", "source")


def test_a_session_alone_gives_nothing_out_and_erases_nothing(world: World, ada: Person, phone: Client) -> None:
    for url in (EXPORT, ERASE):
        assert sends(phone, url)[0] == 422
        status, seen = sends(phone, url, pin="0000")
        assert (status, "The PIN is wrong" in seen) == (422, True)
    ada.refresh_from_db()
    assert ada.erase_due_at is None and not ada.changes.filter(what__in=("export", "erase")).exists()
    assert [sends(phone, EXPORT, pin="0000")[0] for _ in range(3)] == [422] * 3
    status, seen = sends(phone, EXPORT, pin=PIN)
    assert (status, "Too many wrong PINs" in seen) == (429, True), "the card rests, as at a kiosk"


def test_a_code_proves_it_without_a_pin_and_only_once(world: World, ada: Person, phone: Client) -> None:
    status, seen = sends(phone, EXPORT, send="code")
    assert (status, "We sent a 6-digit code to a•••@example.org" in seen) == (200, True)
    assert "A code was just sent" not in seen
    code = newest_code()
    assert sends(phone, EXPORT, code="x")[0] == 422
    response = phone.post(EXPORT, {"code": code, "csrfmiddlewaretoken": token_of(phone.get(EXPORT).content)})
    assert response["Content-Type"].startswith("application/json")
    assert sends(phone, ERASE, code=code)[0] == 422
    ada.refresh_from_db()
    assert ada.erase_due_at is None


def test_beside_an_ils_with_its_own_pins_the_code_is_the_way(world: World, ada: Person, phone: Client) -> None:
    Library.objects.update(followed_since=NOW)
    seen = words(phone.get(ERASE).content)
    assert "Your PIN" not in seen and "We will send a code to a•••@example.org" in seen
    assert "What the library's main system knows" in seen
    assert sends(phone, ERASE, pin=PIN)[0] == 422, "a PIN of the hub counts for nothing there"
    ada.refresh_from_db()
    assert ada.erase_due_at is None
    Contact.objects.update(bound_at=None)
    seen = words(phone.get(ERASE).content)
    assert "come to a kiosk or to the desk with your card" in seen
    assert sends(phone, ERASE, send="code")[0] == 422 and not Code.objects.exists()


def test_an_erasure_waits_and_can_be_undone_and_then_is_done(world: World, ada: Person, phone: Client) -> None:
    seen = words(phone.get(ERASE).content)
    assert "It happens after 3 days" in seen and "Name, number, card and PIN" in seen
    assert "You asked us to erase your data" in press(phone, ERASE, ERASE, pin=PIN)
    ada.refresh_from_db()
    assert ada.erase_due_at is not None and ada.erase_due_at - hub_clock().now() > erasure.WAIT - timedelta(minutes=1)
    assert Message.objects.filter(kind="erasure").count() == 1
    assert ("erase", "added", "phone") in ada.changes.values_list("what", "act", "source")
    assert phone.get(ERASE)["Location"] == ME, "it is asked for once"
    assert "Nothing is erased" in press(phone, reverse("portal:keep"), ME)
    ada.refresh_from_db()
    assert ada.erase_due_at is None
    press(phone, ERASE, ERASE, pin=PIN)
    erasure.go_on(hub_clock().now() + erasure.WAIT + timedelta(minutes=1))
    assert not Person.objects.filter(pk=ada.pk).exists()


def test_with_a_book_on_loan_it_is_refused_with_a_way_out(world: World, ada: Person, phone: Client) -> None:
    world.tell(world.borrows(world.dune))
    carry()
    seen = phone.get(ERASE).content.decode()
    assert "First return 1 book" in words(seen.encode()) and reverse("portal:loans") in seen
    assert 'name="pin"' not in seen
    status, seen = sends(phone, ERASE, pin=PIN)
    assert (status, "First return 1 book" in seen) == (409, True)
    ada.refresh_from_db()
    assert ada.erase_due_at is None


def test_unpaid_fees_are_named_as_what_stays(world: World, ada: Person, phone: Client) -> None:
    Fee.objects.create(patron=world.ada, kind="other", amount=3, charged_at=NOW)
    seen = words(phone.get(ERASE).content)
    assert "Your name, card and addresses, because you owe 3.00 CNY" in seen
    press(phone, ERASE, ERASE, pin=PIN)
    erasure.go_on(hub_clock().now() + erasure.WAIT + timedelta(minutes=1))
    left = Person.objects.get(ref=ada.ref)
    assert left.erase_asked_at is not None


def test_a_childs_data_are_given_and_erased_at_the_desk(world: World, ada: Person, phone: Client) -> None:
    Person.objects.update(child=True)
    for url in (EXPORT, ERASE):
        assert "Come to the desk together" in words(phone.get(url).content)
        assert "Come to the desk together" in sends(phone, url, pin=PIN)[1]
    ada.refresh_from_db()
    assert ada.erase_due_at is None


def test_strangers_are_asked_to_sign_in(world: World, ada: Person) -> None:
    for url, name in ((EXPORT, "export"), (ERASE, "erase")):
        assert Client().post(url, {"pin": PIN})["Location"].endswith(f"/p/in/?to={name}")
