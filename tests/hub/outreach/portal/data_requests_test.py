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
from tests.hub.outreach.portal.phone import newest_code, press, start_session, token_for
from tests.hub.staff.staff_client import words
from tests.hub.support.world import NOW, World

EXPORT, ERASE, ME = reverse("portal:export"), reverse("portal:erase"), reverse("portal:me")
PIN = "4711"


@pytest.fixture(autouse=True)
def pin(world: World) -> None:
    pins.set_pin(Patron.objects.get(pk=world.ada.pk), PIN)


def submit(phone: Client, url: str, **fields: str) -> tuple[int, str]:
    response = phone.post(url, {**fields, "csrfmiddlewaretoken": token_for(phone)})
    return response.status_code, words(response.content)


def test_data_copy_lists_contents_and_requires_pin(world: World, ada: Person, phone: Client) -> None:
    world.upload(world.checkout(world.dune))
    carry()
    seen = words(phone.get(EXPORT).content)
    assert "Loans 1" in seen and "Contacts 1" in seen
    assert "ada@example.org" not in seen and "Dune" not in seen, "an unattended phone shows no details"
    response = phone.post(EXPORT, {"pin": PIN, "csrfmiddlewaretoken": token_for(phone)})
    assert response["Content-Disposition"] == 'attachment; filename="my-library-data.json"'
    assert response["Cache-Control"] == "no-store, private"
    found = json.loads(response.content)
    assert found["circulation"]["loans"][0]["title"] == "Dune"
    assert found["patrons.contact"][0]["address"] == "ada@example.org"
    assert ("export", "added", "phone") in ada.changes.values_list("what", "act", "source")


def test_session_without_proof_exports_and_erases_nothing(world: World, ada: Person, phone: Client) -> None:
    for url in (EXPORT, ERASE):
        assert submit(phone, url)[0] == 422
        status, seen = submit(phone, url, pin="0000")
        assert (status, "The PIN is wrong" in seen) == (422, True)
    ada.refresh_from_db()
    assert ada.erase_due_at is None and not ada.changes.filter(what__in=("export", "erase")).exists()
    assert [submit(phone, EXPORT, pin="0000")[0] for _ in range(3)] == [422] * 3
    status, seen = submit(phone, EXPORT, pin=PIN)
    assert (status, "Too many wrong PINs" in seen) == (429, True), "the card is locked, as at a kiosk"


def test_code_replaces_pin_and_works_once(world: World, ada: Person, phone: Client) -> None:
    status, seen = submit(phone, EXPORT, send="code")
    assert (status, "We sent a 6-digit code to a•••@example.org" in seen) == (200, True)
    assert "A code was just sent" not in seen
    page = phone.post(EXPORT, {"code": "x", "csrfmiddlewaretoken": token_for(phone)}).content.decode()
    assert f'<a href="{EXPORT}">No code? You can request a new one' in page, "the way to another code, or to the PIN"
    code = newest_code()
    assert submit(phone, EXPORT, code="x")[0] == 422
    response = phone.post(EXPORT, {"code": code, "csrfmiddlewaretoken": token_for(phone)})
    assert response["Content-Type"].startswith("application/json")
    assert submit(phone, ERASE, code=code)[0] == 422
    ada.refresh_from_db()
    assert ada.erase_due_at is None


def test_address_confirmed_in_the_session_gets_no_code(world: World, ada: Person, phone: Client) -> None:
    """A stranger with the unattended phone could confirm their own address."""
    press(phone, reverse("portal:address"), ME, channel="mail", address="stranger@example.org")
    fresh = Contact.objects.latest("pk")
    press(phone, reverse("portal:bind"), ME, contact=str(fresh.pk), code=newest_code())
    fresh.refresh_from_db()
    assert fresh.bound_at is not None
    for url in (EXPORT, ERASE, reverse("portal:pin")):
        assert submit(phone, url, send="code")[0] in (200, 422)
        assert "stranger" not in words(phone.get(url).content)
    assert set(Code.objects.values_list("aim", flat=True)) == {"bind"}
    assert "works for this 1 hour after you confirm it" in words(phone.get(reverse("portal:pin")).content)
    Library.objects.update(followed_since=NOW)
    assert "works for this 1 hour after you confirm it" in words(phone.get(EXPORT).content)
    world.advance(minutes=61)
    start_session(phone, ada)
    assert "We sent a 6-digit code to s" in submit(phone, EXPORT, send="code")[1]


def test_external_ils_pin_is_replaced_by_code(world: World, ada: Person, phone: Client) -> None:
    Library.objects.update(followed_since=NOW)
    seen = words(phone.get(ERASE).content)
    assert "Your PIN" not in seen and "We will send a code to a•••@example.org" in seen
    assert "Data in the library's main system" in seen
    assert submit(phone, ERASE, pin=PIN)[0] == 422, "a PIN of the hub is not accepted"
    ada.refresh_from_db()
    assert ada.erase_due_at is None
    Contact.objects.update(bound_at=None)
    seen = words(phone.get(ERASE).content)
    assert "come to a kiosk or to the desk with your card" in seen
    assert submit(phone, ERASE, send="code")[0] == 422 and not Code.objects.exists()


def test_requested_erasure_can_be_undone_and_completes_after_waiting_period(
    world: World, ada: Person, phone: Client
) -> None:
    seen = words(phone.get(ERASE).content)
    assert "Your data is erased after 3 days" in seen and "Name, number, card and PIN" in seen
    assert "You asked us to erase your data" in press(phone, ERASE, ERASE, pin=PIN)
    ada.refresh_from_db()
    assert ada.erase_due_at is not None and ada.erase_due_at - hub_clock().now() > erasure.WAIT - timedelta(minutes=1)
    assert Message.objects.filter(kind="erasure").count() == 1
    assert ("erase", "added", "phone") in ada.changes.values_list("what", "act", "source")
    assert phone.get(ERASE)["Location"] == ME, "a second request is not offered"
    assert "Nothing is erased" in press(phone, reverse("portal:keep"), ME)
    ada.refresh_from_db()
    assert ada.erase_due_at is None
    press(phone, ERASE, ERASE, pin=PIN)
    erasure.go_on(hub_clock().now() + erasure.WAIT + timedelta(minutes=1))
    assert not Person.objects.filter(pk=ada.pk).exists()


def test_open_loan_prevents_erasure_and_links_to_loans(world: World, ada: Person, phone: Client) -> None:
    world.upload(world.checkout(world.dune))
    carry()
    seen = phone.get(ERASE).content.decode()
    assert "First return 1 book" in words(seen.encode()) and reverse("portal:loans") in seen
    assert 'name="pin"' not in seen
    status, seen = submit(phone, ERASE, pin=PIN)
    assert (status, "First return 1 book" in seen) == (409, True)
    ada.refresh_from_db()
    assert ada.erase_due_at is None


def test_unpaid_fees_are_named_as_reason_for_kept_data(world: World, ada: Person, phone: Client) -> None:
    Fee.objects.create(patron=world.ada, kind="other", amount=3, charged_at=NOW)
    seen = words(phone.get(ERASE).content)
    assert "Your name, card and addresses, because you owe 3.00 CNY" in seen
    press(phone, ERASE, ERASE, pin=PIN)
    erasure.go_on(hub_clock().now() + erasure.WAIT + timedelta(minutes=1))
    left = Person.objects.get(ref=ada.ref)
    assert left.erase_asked_at is not None


def test_child_is_referred_to_desk(world: World, ada: Person, phone: Client) -> None:
    Person.objects.update(child=True)
    for url in (EXPORT, ERASE):
        assert "Come to the desk together" in words(phone.get(url).content)
        assert "Come to the desk together" in submit(phone, url, pin=PIN)[1]
    ada.refresh_from_db()
    assert ada.erase_due_at is None


def test_pages_require_sign_in(world: World, ada: Person) -> None:
    for url, name in ((EXPORT, "export"), (ERASE, "erase")):
        assert Client().post(url, {"pin": PIN})["Location"].endswith(f"/p/in/?to={name}")
