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


def sign_in(
    password: str,
    name: str = "grace",
    url_name: str = "staff:sign_in",
    address: str = "10.0.0.1",
    browser: Client | None = None,
) -> HttpResponse:
    client = browser or Client(headers={"Accept-Language": "en"})
    fields = {"username": name, "password": password}
    response: HttpResponse = client.post(reverse(url_name), fields, REMOTE_ADDR=address)
    return response


def delay_shown(response: HttpResponse) -> str:
    """Return the delay that the page states, or an empty string."""
    found = re.search(r"Too many wrong sign-ins. Wait (\d+ \w+), then try again.", words(response.content))
    return found[1] if found else ""


def fail_repeatedly(times: int, world: World, **how: str) -> None:
    """Try wrong passwords, each once the previous delay is over."""
    for _ in range(times):
        while delay_shown(sign_in("wrong", **how)):
            world.advance(seconds=1)


def add_failures(times: int, **how: str) -> None:
    """Record this many failed attempts made just now."""
    sign_in("wrong", **how)
    last = list(Attempt.objects.all())
    Attempt.objects.bulk_create(
        Attempt(who=each.who, at=each.at, until=each.until) for each in last for _ in range(times - 1)
    )


def sign_out(browser: Client) -> None:
    assert browser.post(reverse("staff:sign_out")).status_code == 302


def test_wrong_passwords_delay_the_next_attempt_increasingly_without_a_lockout(world: World, grace: User) -> None:
    for _ in range(3):
        assert "Wrong user name or password" in words(sign_in("wrong").content)
    assert delay_shown(sign_in(PASSWORD)) == "1 second"
    world.advance(seconds=1)
    assert "Wrong user name or password" in words(sign_in("wrong").content)
    assert delay_shown(sign_in(PASSWORD)) == "2 seconds"
    fail_repeatedly(5, world)
    assert delay_shown(sign_in(PASSWORD)) == "2 minutes", "64 seconds are left"
    world.advance(seconds=64)
    assert sign_in(PASSWORD).status_code == 302


def test_delay_is_capped_at_15_minutes(world: World, grace: User) -> None:
    add_failures(5000)
    assert delay_shown(sign_in(PASSWORD)) == "15 minutes"
    world.advance(minutes=15)
    assert sign_in(PASSWORD).status_code == 302


@pytest.mark.parametrize("name", ["Grace", " grace ", "grace"])
def test_delay_ignores_case_and_spaces_of_the_name(world: World, grace: User, name: str) -> None:
    for _ in range(3):
        sign_in("wrong", name=name)
    assert delay_shown(sign_in(PASSWORD)) == "1 second"


def test_attempts_from_other_addresses_do_not_lock_out_known_browsers(world: World, grace: User) -> None:
    """They delay a new browser only after its own wrong attempt, and a known one never."""
    known = Client(headers={"Accept-Language": "en"})
    assert sign_in(PASSWORD, browser=known).status_code == 302
    add_failures(30, address="10.1.0.1")
    assert sign_in(PASSWORD).status_code == 302, "a new browser at an address without wrong attempts"
    assert "Wrong user name or password" in words(sign_in("wrong").content)
    assert delay_shown(sign_in(PASSWORD)) == "1 minute"
    sign_out(known)
    assert sign_in(PASSWORD, browser=known).status_code == 302
    world.advance(minutes=1)
    assert sign_in(PASSWORD).status_code == 302


def test_wrong_names_from_a_shared_address_delay_staff_by_seconds_only(world: World, grace: User) -> None:
    add_failures(40, name="unknown")
    assert delay_shown(sign_in(PASSWORD)) == "10 seconds"
    assert sign_in(PASSWORD, address="10.0.0.2").status_code == 302


def test_addresses_of_one_ipv6_network_count_together(world: World, grace: User) -> None:
    for number in range(3):
        sign_in("wrong", address=f"2001:db8::{number}")
    assert delay_shown(sign_in(PASSWORD, address="2001:db8::ff")) == "1 second"


def test_known_browser_is_delayed_by_its_own_wrong_passwords(world: World, grace: User) -> None:
    """Otherwise a stolen browser would allow unlimited guesses."""
    known = Client(headers={"Accept-Language": "en"})
    sign_in(PASSWORD, browser=known)
    sign_out(known)
    for number in range(3):
        sign_in("wrong", address=f"10.0.3.{number}", browser=known)
    assert delay_shown(sign_in(PASSWORD, browser=known)) == "1 second"
    assert sign_in(PASSWORD).status_code == 302, "other browsers are not delayed"


@pytest.mark.parametrize("cookie", ["", "x", "e30:1tVw2k:forged"])
def test_forged_device_cookie_is_ignored(world: World, grace: User, cookie: str) -> None:
    forger = Client(headers={"Accept-Language": "en"})
    forger.cookies["staff_device"] = cookie
    for _ in range(3):
        sign_in("wrong", browser=forger)
    assert delay_shown(sign_in(PASSWORD, browser=forger)) == "1 second"


def test_browser_is_known_only_for_names_that_signed_in_there(world: World, grace: User) -> None:
    User.objects.create_user("ida", password=PASSWORD, is_staff=True)
    known = Client(headers={"Accept-Language": "en"})
    sign_in(PASSWORD, browser=known)
    sign_out(known)
    for _ in range(3):
        sign_in("wrong", name="ida", browser=known)
    assert delay_shown(sign_in(PASSWORD, name="ida")) == "1 second"
    kept = known.cookies["staff_device"]
    assert (kept["httponly"], kept["samesite"], "grace" in kept.value) == (True, "Lax", False)


def test_admin_login_counts_toward_the_same_delay(world: World, grace: User) -> None:
    for _ in range(3):
        sign_in("wrong", url_name="admin:login")
    assert delay_shown(sign_in(PASSWORD)) == "1 second"


def test_failed_attempts_are_deleted_by_a_success_and_after_an_hour(world: World, grace: User) -> None:
    for _ in range(2):
        sign_in("wrong")
    assert sign_in(PASSWORD).status_code == 302
    for _ in range(2):
        assert "Wrong user name or password" in words(sign_in("wrong").content)
    assert sign_in(PASSWORD).status_code == 302, "the success between them resets the count"
    world.advance(hours=1, seconds=1)
    sign_in("wrong", name="lin", address="10.0.4.1")
    assert Attempt.objects.count() == 3


def test_failed_attempt_stores_no_name_address_or_password(world: World, grace: User) -> None:
    sign_in("my dogs name")
    kept = str(list(Attempt.objects.values_list()))
    assert Attempt.objects.count() == 3
    assert [text for text in ("grace", "10.0.0.1", "my dogs name") if text in kept] == []


def test_delay_is_shown_in_chinese(world: World, grace: User) -> None:
    for _ in range(3):
        sign_in("wrong")
    response = sign_in(PASSWORD, browser=Client(headers={"Accept-Language": "zh-hans"}))
    assert "登录错误次数过多。请等 1 秒再试。" in words(response.content)


@pytest.mark.parametrize("page", ["staff:today", "admin:index"])
def test_session_ends_after_twelve_hours_of_activity(world: World, page: str) -> None:
    grace, browser = User.objects.create_superuser("grace"), Client()
    browser.force_login(grace)
    for _ in range(24):
        world.advance(minutes=29)
        assert browser.get(reverse(page)).status_code == 200
    world.advance(minutes=24)
    assert browser.get(reverse(page)).status_code == 302
    browser.force_login(grace)
    assert browser.get(reverse(page)).status_code == 200


@pytest.mark.parametrize("page", ["staff:today", "admin:index", "audit:overview"])
def test_session_ends_after_half_an_hour_without_a_request(world: World, page: str) -> None:
    browser = Client()
    browser.force_login(User.objects.create_superuser("grace"))
    for minutes in (20, 29):
        world.advance(minutes=minutes)
        assert browser.get(reverse(page)).status_code == 200
    world.advance(minutes=30)
    assert browser.get(reverse(page)).status_code == 302


def test_session_cookie_ends_with_the_browser(world: World, grace: User) -> None:
    cookie = sign_in(PASSWORD).cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert cookie["httponly"]
