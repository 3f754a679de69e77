"""Nobody guesses a password at the hub, and nobody stays signed in for longer than a working day."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from kiosk.hub.staff.models import WrongSignIn
from tests.hub.staff.grace import Grace, words
from tests.hub.world import World

REST = "Too many wrong sign-ins. Wait 15 minutes, then try again."


@pytest.fixture
def grace(world: World) -> User:
    return User.objects.create_superuser("grace", password="a long password")


def tries(password: str, name: str = "grace", door: str = "staff:sign_in", address: str = "10.0.0.1") -> HttpResponse:
    client = Client(headers={"Accept-Language": "en"}, REMOTE_ADDR=address)
    response: HttpResponse = client.post(reverse(door), {"username": name, "password": password})
    return response


def test_five_wrong_passwords_are_followed_by_a_rest(world: World, grace: User) -> None:
    for _ in range(5):
        assert "do not fit" in words(tries("wrong").content)
    assert REST in words(tries("a long password").content)
    world.ahead(minutes=14)
    assert REST in words(tries("a long password").content)
    world.ahead(minutes=1)
    assert tries("a long password").status_code == 302


@pytest.mark.parametrize("name", ["Grace", " grace ", "grace"])
def test_a_name_rests_wherever_it_is_tried_and_however_it_is_written(world: World, grace: User, name: str) -> None:
    for number in range(5):
        tries("wrong", name=name, address=f"10.0.0.{number}")
    assert REST in words(tries("a long password", address="10.0.1.1").content)
    assert tries("a long password", name="lin").status_code == 200


def test_an_address_rests_whatever_names_it_tries(world: World, grace: User) -> None:
    for number in range(5):
        tries("wrong", name=f"nobody{number}")
    assert REST in words(tries("a long password").content)
    assert tries("a long password", address="10.0.0.2").status_code == 302


def test_the_admins_door_is_no_way_round(world: World, grace: User) -> None:
    for _ in range(5):
        tries("wrong")
    assert REST in words(tries("a long password", door="admin:login").content)
    for number in range(5):
        tries("wrong", name="lin", door="admin:login", address=f"10.0.2.{number}")
    assert REST in words(tries("a long password", name="lin").content)


def test_wrong_ones_are_forgotten_by_a_right_one_and_with_time(world: World, grace: User) -> None:
    for number in range(4):
        tries("wrong", address=f"10.0.0.{number}")
    assert tries("a long password", address="10.0.1.1").status_code == 302
    for number in range(4):
        tries("wrong", address=f"10.0.2.{number}")
    world.ahead(minutes=16)
    assert "do not fit" in words(tries("wrong", address="10.0.3.1").content)
    assert tries("a long password", address="10.0.3.2").status_code == 302
    world.ahead(minutes=31)
    tries("wrong", name="lin", address="10.0.4.1")
    assert WrongSignIn.objects.count() == 2


def test_a_wrong_sign_in_keeps_neither_name_nor_address_nor_password(world: World, grace: User) -> None:
    tries("my dogs name")
    kept = str(list(WrongSignIn.objects.values_list()))
    assert WrongSignIn.objects.count() == 2
    assert [text for text in ("grace", "10.0.0.1", "my dogs name") if text in kept] == []


def test_it_is_said_in_chinese(world: World, grace: User) -> None:
    for _ in range(5):
        tries("wrong")
    client = Client(headers={"Accept-Language": "zh-hans"}, REMOTE_ADDR="10.0.0.1")
    response = client.post(reverse("staff:sign_in"), {"username": "grace", "password": "a long password"})
    assert "登录错误次数过多。请等 15 分钟再试。" in words(response.content)


@pytest.mark.parametrize("page", ["staff:today", "admin:index"])
def test_a_working_day_ends_after_twelve_hours_however_busy_it_was(world: World, page: str) -> None:
    User.objects.create_superuser("grace")
    grace = Grace()
    for _ in range(11):
        world.ahead(hours=1)
        assert grace.client.get(reverse(page)).status_code == 200
    world.ahead(hours=1)
    assert grace.client.get(reverse(page)).status_code == 302
    grace.signs_in()
    assert grace.client.get(reverse(page)).status_code == 200


def test_closing_the_browser_signs_out(world: World, grace: User) -> None:
    cookie = tries("a long password").cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert cookie["httponly"]
