"""Test the sign-in: guessing is slowed down, others cannot lock staff out, and sessions end."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from hub.core.models import Attempt
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

PASSWORD = "a long password"


@pytest.fixture
def grace(world: World) -> User:
    return User.objects.create_superuser("grace", password=PASSWORD)


def tries(
    password: str,
    name: str = "grace",
    door: str = "staff:sign_in",
    address: str = "10.0.0.1",
    browser: Client | None = None,
) -> HttpResponse:
    client = browser or Client(headers={"Accept-Language": "en"})
    fields = {"username": name, "password": password}
    response: HttpResponse = client.post(reverse(door), fields, REMOTE_ADDR=address)
    return response


def waits(response: HttpResponse) -> str:
    """How long the page says to wait; empty where it does not."""
    found = re.search(r"Too many wrong sign-ins. Wait (\d+ \w+), then try again.", words(response.content))
    return found[1] if found else ""


def fails(times: int, world: World, **how: str) -> None:
    """Tries wrong passwords, each as soon as the delay before it is over."""
    for _ in range(times):
        while waits(tries("wrong", **how)):
            world.ahead(seconds=1)


def failed(times: int, **how: str) -> None:
    """Has failed so often, a moment ago."""
    tries("wrong", **how)
    last = list(Attempt.objects.all())
    Attempt.objects.bulk_create(
        Attempt(who=each.who, at=each.at, until=each.until) for each in last for _ in range(times - 1)
    )


def signs_out(browser: Client) -> None:
    assert browser.post(reverse("staff:sign_out")).status_code == 302


def test_wrong_passwords_delay_the_next_try_ever_longer_and_never_lock(world: World, grace: User) -> None:
    for _ in range(3):
        assert "Wrong user name or password" in words(tries("wrong").content)
    assert waits(tries(PASSWORD)) == "1 second"
    world.ahead(seconds=1)
    assert "Wrong user name or password" in words(tries("wrong").content)
    assert waits(tries(PASSWORD)) == "2 seconds"
    fails(5, world)
    assert waits(tries(PASSWORD)) == "2 minutes", "64 seconds are left"
    world.ahead(seconds=64)
    assert tries(PASSWORD).status_code == 302


def test_a_delay_is_at_most_a_quarter_of_an_hour(world: World, grace: User) -> None:
    failed(5000)
    assert waits(tries(PASSWORD)) == "15 minutes"
    world.ahead(minutes=15)
    assert tries(PASSWORD).status_code == 302


@pytest.mark.parametrize("name", ["Grace", " grace ", "grace"])
def test_a_name_is_delayed_however_it_is_written(world: World, grace: User, name: str) -> None:
    for _ in range(3):
        tries("wrong", name=name)
    assert waits(tries(PASSWORD)) == "1 second"


def test_nobody_is_kept_out_by_what_others_try_elsewhere(world: World, grace: User) -> None:
    """Attempts from other addresses delay a new browser only after its own wrong one, a known one never."""
    known = Client(headers={"Accept-Language": "en"})
    assert tries(PASSWORD, browser=known).status_code == 302
    failed(30, address="10.1.0.1")
    assert tries(PASSWORD).status_code == 302, "a new browser at an address that has tried no wrong one"
    assert "Wrong user name or password" in words(tries("wrong").content)
    assert waits(tries(PASSWORD)) == "1 minute"
    signs_out(known)
    assert tries(PASSWORD, browser=known).status_code == 302
    world.ahead(minutes=1)
    assert tries(PASSWORD).status_code == 302


def test_patrons_who_share_an_address_delay_staff_by_seconds_alone(world: World, grace: User) -> None:
    failed(40, name="nobody")
    assert waits(tries(PASSWORD)) == "10 seconds"
    assert tries(PASSWORD, address="10.0.0.2").status_code == 302


def test_one_network_of_ipv6_is_one_address(world: World, grace: User) -> None:
    for number in range(3):
        tries("wrong", address=f"2001:db8::{number}")
    assert waits(tries(PASSWORD, address="2001:db8::ff")) == "1 second"


def test_a_known_browser_is_slowed_by_its_own_wrong_passwords(world: World, grace: User) -> None:
    """Otherwise a finder of the browser could guess without limit."""
    known = Client(headers={"Accept-Language": "en"})
    tries(PASSWORD, browser=known)
    signs_out(known)
    for number in range(3):
        tries("wrong", address=f"10.0.3.{number}", browser=known)
    assert waits(tries(PASSWORD, browser=known)) == "1 second"
    assert tries(PASSWORD).status_code == 302, "and by no other account's"


@pytest.mark.parametrize("cookie", ["", "x", "e30:1tVw2k:forged"])
def test_a_browser_that_says_it_is_known_is_not_believed(world: World, grace: User, cookie: str) -> None:
    forger = Client(headers={"Accept-Language": "en"})
    forger.cookies["staff_device"] = cookie
    for _ in range(3):
        tries("wrong", browser=forger)
    assert waits(tries(PASSWORD, browser=forger)) == "1 second"


def test_a_browser_is_known_for_the_names_that_signed_in_there(world: World, grace: User) -> None:
    User.objects.create_user("ida", password=PASSWORD, is_staff=True)
    known = Client(headers={"Accept-Language": "en"})
    tries(PASSWORD, browser=known)
    signs_out(known)
    for _ in range(3):
        tries("wrong", name="ida", browser=known)
    assert waits(tries(PASSWORD, name="ida")) == "1 second"
    kept = known.cookies["staff_device"]
    assert (kept["httponly"], kept["samesite"], "grace" in kept.value) == (True, "Lax", False)


def test_the_admins_door_is_no_way_round(world: World, grace: User) -> None:
    for _ in range(3):
        tries("wrong", door="admin:login")
    assert waits(tries(PASSWORD)) == "1 second"


def test_wrong_ones_are_forgotten_by_a_right_one_and_with_time(world: World, grace: User) -> None:
    for _ in range(2):
        tries("wrong")
    assert tries(PASSWORD).status_code == 302
    for _ in range(2):
        assert "Wrong user name or password" in words(tries("wrong").content)
    assert tries(PASSWORD).status_code == 302, "two before and two after are not four"
    world.ahead(hours=1, seconds=1)
    tries("wrong", name="lin", address="10.0.4.1")
    assert Attempt.objects.count() == 3


def test_a_wrong_sign_in_keeps_neither_name_nor_address_nor_password(world: World, grace: User) -> None:
    tries("my dogs name")
    kept = str(list(Attempt.objects.values_list()))
    assert Attempt.objects.count() == 3
    assert [text for text in ("grace", "10.0.0.1", "my dogs name") if text in kept] == []


def test_it_is_said_in_chinese(world: World, grace: User) -> None:
    for _ in range(3):
        tries("wrong")
    response = tries(PASSWORD, browser=Client(headers={"Accept-Language": "zh-hans"}))
    assert "登录错误次数过多。请等 1 秒再试。" in words(response.content)


@pytest.mark.parametrize("page", ["staff:today", "admin:index"])
def test_a_working_day_ends_after_twelve_hours_however_busy_it_was(world: World, page: str) -> None:
    grace, browser = User.objects.create_superuser("grace"), Client()
    browser.force_login(grace)
    for _ in range(24):
        world.ahead(minutes=29)
        assert browser.get(reverse(page)).status_code == 200
    world.ahead(minutes=24)
    assert browser.get(reverse(page)).status_code == 302
    browser.force_login(grace)
    assert browser.get(reverse(page)).status_code == 200


@pytest.mark.parametrize("page", ["staff:today", "admin:index", "audit:overview"])
def test_half_an_hour_without_a_request_signs_out(world: World, page: str) -> None:
    browser = Client()
    browser.force_login(User.objects.create_superuser("grace"))
    for minutes in (20, 29):
        world.ahead(minutes=minutes)
        assert browser.get(reverse(page)).status_code == 200
    world.ahead(minutes=30)
    assert browser.get(reverse(page)).status_code == 302


def test_closing_the_browser_signs_out(world: World, grace: User) -> None:
    cookie = tries(PASSWORD).cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert cookie["httponly"]
