"""Test referrals: counted once staff have confirmed the new patron, both notified, and limited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation.models import Library
from hub.core.clock import hub_clock
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.engagement.loyalty.models import MonthlyReferrals, ReferralCode, ReferredPatron
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import registration
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal.portal_session import COOKIE
from tests.hub.outreach.portal.phone import hidden, press, sign_in, verified_ada
from tests.hub.outreach.recommendations.reading_profiles.readers import person
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import NOW, World

JOIN, MINE = "portal:join", "portal:mine"


@pytest.fixture
def code(world: World) -> str:
    """Ada's referral code."""
    return str(referrals.invite(person(world.ada), NOW).code)


def phone() -> Client:
    return Client(headers={"Accept-Language": "en"})


def submit_registration(code: str = "", client: Client | None = None, **more: str) -> Any:
    """Fill in the registration form in the portal."""
    client = client or phone()
    page = client.get(reverse(JOIN) + (f"?by={code}" if code else ""))
    fields = {"name": "Nova Example", "birth_year": "1990", "category": "adult", "channel": "mail"}
    form = {**fields, "address": "nova@example.org", "friend": code, "form": hidden(page.content, "form"), **more}
    return client.post(reverse(JOIN), form)


def newest() -> Person:
    found: Person = Person.objects.latest("pk")
    return found


def confirm_by_staff(who: Person) -> None:
    registration.confirm_identity(who, RecordSource(Source.STAFF, "grace"))


def count() -> int:
    return referrals.count(hub_clock().now())


def test_external_ils_sends_portal_applicant_to_desk(world: World) -> None:
    """A form that was opened before the ILS took over is rejected too."""
    client = phone()
    form = hidden(client.get(reverse(JOIN)).content, "form")
    Library.objects.update(followed_since=NOW)
    to_the_desk = "Bring your ID card to the desk. You get your card and can borrow straight away."
    assert to_the_desk in words(client.get(reverse(JOIN)).content)
    before = Person.objects.count()
    fields = {"name": "Nova Example", "birth_year": "1990", "category": "adult", "channel": "mail", "form": form}
    assert to_the_desk in words(client.post(reverse(JOIN), {**fields, "address": "nova@example.org"}).content)
    assert Person.objects.count() == before


def test_referral_counts_once_staff_confirm_and_both_are_thanked(world: World, code: str) -> None:
    page = words(submit_registration(code).content)
    assert "You are registered" in page and "We thank your friend" in page
    assert (count(), ReferredPatron.objects.count()) == (0, 1)
    confirm_by_staff(newest())
    assert (count(), count()) == (1, 0)
    assert ReferralCode.objects.get().brought == 1 and MonthlyReferrals.objects.get().count == 1
    assert not ReferredPatron.objects.exists(), "the referred patron is not stored"
    thanks = {each.person.ref: each.decrypted_facts() for each in Message.objects.filter(kind="thanks")}
    assert set(thanks) == {world.ada.ref, newest().ref}
    own = thanks[world.ada.ref]
    assert "a friend of yours has joined us" in own["heading"]["en"] and "1 reader has joined" in own["body"]["en"]
    assert "已有 1 位读者经您推荐办证" in own["body"]["zh"]
    assert "Nova" not in str(thanks)


def test_code_is_accepted_at_desk(world: World, code: str) -> None:
    fields = {"name": "Nova Example", "category": "adult", "language": "en"}
    grace = Grace(role="librarian")
    url = reverse("patrons:register")
    refused = grace.client.post(url, {**fields, "friend": "ZZZZZZ"})
    assert refused.status_code == 400 and "This code does not exist" in words(refused.content)
    assert Person.objects.count() == 1
    grace.client.post(url, {**fields, "friend": f" {code[:3].lower()} {code[3:]} "})
    assert count() == 1


def test_wrong_code_is_rejected_without_registration(world: World, code: str) -> None:
    answer = submit_registration("ZZZZZZ")
    assert answer.status_code == 422 and "This code does not exist" in words(answer.content)
    assert Person.objects.count() == 1


def test_resubmitted_form_counts_once(world: World, code: str) -> None:
    client = phone()
    form = hidden(client.get(reverse(JOIN)).content, "form")
    submit_registration(code, client, form=form)
    submit_registration(code, client, form=form)
    assert ReferredPatron.objects.count() == 1 and Person.objects.count() == 2


def test_old_form_does_not_sign_in(world: World, code: str) -> None:
    form = hidden(phone().get(reverse(JOIN)).content, "form")
    assert COOKIE in submit_registration(form=form).cookies
    again = submit_registration(form=form, channel="sms", address="13900000099")
    assert again.status_code == 422 and COOKIE not in again.cookies, "no sign-in from another phone"
    world.advance(hours=2)
    late = submit_registration(form=form)
    assert COOKIE not in late.cookies and "Sign in with a code" in words(late.content)
    assert Person.objects.count() == 2


def test_at_most_five_referrals_wait_and_twenty_count_a_year(world: World, code: str) -> None:
    for _each in range(referrals.WAITING + 2):
        submit_registration(code)
    assert ReferredPatron.objects.count() == referrals.WAITING
    ReferredPatron.objects.all().delete()
    ReferralCode.objects.update(brought=referrals.A_YEAR)
    assert not referrals.came(newest(), code, NOW)
    assert referrals.came(newest(), code, NOW + timedelta(days=366))


def test_existing_patron_and_referrer_cannot_be_referred(world: World) -> None:
    lin = person(world.lin)
    world.advance(hours=1)
    found = referrals.invite(person(world.ada), hub_clock().now())
    assert not referrals.came(lin, found.code, hub_clock().now())
    assert not referrals.came(found.person, found.code, hub_clock().now())


def test_unconfirmed_referral_expires_without_thanks(world: World, code: str) -> None:
    submit_registration(code)
    world.advance(days=61)
    assert referrals.tidy(hub_clock().now()) == 1
    confirm_by_staff(newest())
    assert count() == 0


def test_code_is_created_and_deleted_in_portal(world: World) -> None:
    verified_ada(world)
    client = phone()
    assert "Get a code for friends" in sign_in(client, world.ada.identifier, "mine")
    assert "This is your code" in press(client, reverse("portal:mine_change", args=("friends", "begin")), reverse(MINE))
    invitation = ReferralCode.objects.get()
    page = words(client.get(reverse(MINE)).content)
    assert invitation.code in page and "0 friends have joined" in page
    assert referrals.address(invitation).endswith(f"/p/join/?by={invitation.code}")
    press(client, reverse("portal:mine_change", args=("friends", "end")), reverse(MINE))
    assert not ReferralCode.objects.exists() and referrals.by_code(invitation.code) is None


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"birth_year": ""}, "children register with a parent or guardian"),
        ({"birth_year": "2020"}, "Register children at the desk"),
        ({"address": "nowhere"}, "Not a valid email address"),
        ({"address": ""}, "Enter an address where we can reach you"),
        ({"name": " "}, "Enter the name as on the ID card"),
    ],
)
def test_invalid_form_names_reason(world: World, more: dict[str, str], why: str) -> None:
    answer = submit_registration(**more)
    assert answer.status_code == 422 and why in words(answer.content)
    assert not Person.objects.exists()


def test_registration_on_a_phone_follows_the_librarys_guardian_age(world: World) -> None:
    Library.objects.update(guardian_age=18)
    assert "Register children at the desk" in words(submit_registration(birth_year="2010").content)
    Library.objects.update(guardian_age=0)
    assert "Year of birth" not in words(Client().get(reverse(JOIN)).content)
    assert submit_registration(birth_year="").status_code == 200
    assert not Person.objects.get().child


def test_verification_code_confirms_address_of_provisional_patron(world: World) -> None:
    client = phone()
    page = submit_registration("", client)
    digits = str(Message.objects.get(kind="code").decrypted_facts()["code"])
    form = {"contact": hidden(page.content, "contact"), "code": digits}
    assert "We will use this address from now on" in words(
        client.post(reverse("portal:bind"), form, follow=True).content
    )
    assert newest().provisional, "borrowing requires confirmation by staff"


def test_registrations_from_one_address_are_limited(world: World) -> None:
    for _each in range(12):
        submit_registration()
    assert submit_registration().status_code == 429
