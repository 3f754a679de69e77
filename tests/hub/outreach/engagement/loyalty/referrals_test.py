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
from hub.outreach.patrons.record_updates import RecordSource
from hub.outreach.portal.portal_session import COOKIE
from tests.hub.outreach.portal.phone import hidden, press, proved, signs_in
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


def joins(code: str = "", hand: Client | None = None, **more: str) -> Any:
    """Fill in the registration form in the portal."""
    hand = hand or phone()
    page = hand.get(reverse(JOIN) + (f"?by={code}" if code else ""))
    fields = {"name": "Nova Example", "birth_year": "1990", "category": "adult", "channel": "mail"}
    told = {**fields, "address": "nova@example.org", "friend": code, "form": hidden(page.content, "form"), **more}
    return hand.post(reverse(JOIN), told)


def newest() -> Person:
    found: Person = Person.objects.latest("pk")
    return found


def staff_see(who: Person) -> None:
    registration.seen(who, RecordSource(Source.STAFF, "grace"))


def count() -> int:
    return referrals.count(hub_clock().now())


def test_where_a_librarys_own_system_keeps_the_patrons_the_patron_is_sent_to_the_desk(world: World) -> None:
    """The control is the former form."""
    hand = phone()
    form = hidden(hand.get(reverse(JOIN)).content, "form")
    Library.objects.update(followed_since=NOW)
    to_the_desk = "Bring your ID card to the desk. You get your card and can borrow straight away."
    assert to_the_desk in words(hand.get(reverse(JOIN)).content)
    before = Person.objects.count()
    told = {"name": "Nova Example", "birth_year": "1990", "category": "adult", "channel": "mail", "form": form}
    assert to_the_desk in words(hand.post(reverse(JOIN), {**told, "address": "nova@example.org"}).content)
    assert Person.objects.count() == before


def test_counted_when_staff_have_seen_them_and_both_are_thanked(world: World, code: str) -> None:
    page = words(joins(code).content)
    assert "You are registered" in page and "We thank your friend" in page
    assert (count(), ReferredPatron.objects.count()) == (0, 1)
    staff_see(newest())
    assert (count(), count()) == (1, 0)
    assert ReferralCode.objects.get().brought == 1 and MonthlyReferrals.objects.get().count == 1
    assert not ReferredPatron.objects.exists(), "who it was is not kept"
    told = {each.person.ref: each.told() for each in Message.objects.filter(kind="thanks")}
    assert set(told) == {world.ada.ref, newest().ref}
    own = told[world.ada.ref]
    assert "a friend of yours has joined us" in own["heading"]["en"] and "1 reader has joined" in own["body"]["en"]
    assert "已有 1 位读者经您推荐办证" in own["body"]["zh"]
    assert "Nova" not in str(told)


def test_at_the_desk_the_code_is_said(world: World, code: str) -> None:
    fields = {"name": "Nova Example", "category": "adult", "language": "en"}
    grace = Grace(role="librarian")
    url = reverse("patrons:register")
    refused = grace.client.post(url, {**fields, "friend": "ZZZZZZ"})
    assert refused.status_code == 400 and "This code does not exist" in words(refused.content)
    assert Person.objects.count() == 1
    grace.client.post(url, {**fields, "friend": f" {code[:3].lower()} {code[3:]} "})
    assert count() == 1


def test_a_wrong_code_is_said_and_nobody_is_registered(world: World, code: str) -> None:
    answer = joins("ZZZZZZ")
    assert answer.status_code == 422 and "This code does not exist" in words(answer.content)
    assert Person.objects.count() == 1


def test_a_form_that_is_sent_twice_counts_once(world: World, code: str) -> None:
    hand = phone()
    form = hidden(hand.get(reverse(JOIN)).content, "form")
    joins(code, hand, form=form)
    joins(code, hand, form=form)
    assert ReferredPatron.objects.count() == 1 and Person.objects.count() == 2


def test_a_form_that_was_sent_long_ago_lets_nobody_in(world: World, code: str) -> None:
    form = hidden(phone().get(reverse(JOIN)).content, "form")
    assert COOKIE in joins(form=form).cookies
    again = joins(form=form, channel="sms", address="13900000099")
    assert again.status_code == 422 and COOKIE not in again.cookies, "nor from another phone"
    world.ahead(hours=2)
    late = joins(form=form)
    assert COOKIE not in late.cookies and "Sign in with a code" in words(late.content)
    assert Person.objects.count() == 2


def test_no_more_than_five_wait_and_twenty_of_a_year_count(world: World, code: str) -> None:
    for _each in range(referrals.WAITING + 2):
        joins(code)
    assert ReferredPatron.objects.count() == referrals.WAITING
    ReferredPatron.objects.all().delete()
    ReferralCode.objects.update(brought=referrals.A_YEAR)
    assert not referrals.came(newest(), code, NOW)
    assert referrals.came(newest(), code, NOW + timedelta(days=366))


def test_whoever_was_here_before_brings_nobody_and_nobody_brings_themselves(world: World) -> None:
    lin = person(world.lin)
    world.ahead(hours=1)
    found = referrals.invite(person(world.ada), hub_clock().now())
    assert not referrals.came(lin, found.code, hub_clock().now())
    assert not referrals.came(found.person, found.code, hub_clock().now())


def test_whom_staff_do_not_see_nobody_is_thanked_for(world: World, code: str) -> None:
    joins(code)
    world.ahead(days=61)
    assert referrals.tidy(hub_clock().now()) == 1
    staff_see(newest())
    assert count() == 0


def test_their_code_is_made_and_deleted_on_their_phone(world: World) -> None:
    proved(world)
    hand = phone()
    assert "Get a code for friends" in signs_in(hand, world.ada.identifier, "mine")
    assert "This is your code" in press(hand, reverse("portal:mine_change", args=("friends", "begin")), reverse(MINE))
    made = ReferralCode.objects.get()
    page = words(hand.get(reverse(MINE)).content)
    assert made.code in page and "0 friends have joined" in page
    assert referrals.address(made).endswith(f"/p/join/?by={made.code}")
    press(hand, reverse("portal:mine_change", args=("friends", "end")), reverse(MINE))
    assert not ReferralCode.objects.exists() and referrals.by_code(made.code) is None


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
def test_what_is_wrong_with_the_form_is_said(world: World, more: dict[str, str], why: str) -> None:
    answer = joins(**more)
    assert answer.status_code == 422 and why in words(answer.content)
    assert not Person.objects.exists()


def test_the_patron_types_the_code_that_was_sent_and_is_reached(world: World) -> None:
    hand = phone()
    page = joins("", hand)
    digits = str(Message.objects.get(kind="code").told()["code"])
    told = {"contact": hidden(page.content, "contact"), "code": digits}
    assert "We will use this address from now on" in words(hand.post(reverse("portal:bind"), told, follow=True).content)
    assert newest().provisional, "the patron may borrow when staff have seen them"


def test_nobody_registers_without_end_from_one_place(world: World) -> None:
    for _each in range(12):
        joins()
    assert joins().status_code == 429
