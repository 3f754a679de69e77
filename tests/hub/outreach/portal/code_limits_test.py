"""Test the limits on codes by text message: countries, number per day, and attempts per network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from hub.core.clock import hub_clock
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import verification_codes
from hub.outreach.patrons.models import Code, Person
from hub.outreach.portal.portal_session import COOKIE
from hub.outreach.portal.rate_limit import MOST, take_attempt
from hub.staff import today
from tests.hub.outreach.portal.phone import hidden
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

JOIN = "portal:join"


@pytest.fixture(autouse=True)
def english(world: World) -> Iterator[None]:
    with translation.override("en"):
        yield


def phone() -> Client:
    return Client(headers={"Accept-Language": "en"})


def register(number: str, client: Client | None = None, form: str = "") -> Any:
    client = client or phone()
    fresh_form = hidden(client.get(reverse(JOIN)).content, "form")
    fields = {"name": "Nova Example", "birth_year": "1990", "category": "adult", "channel": "sms", "address": number}
    return client.post(reverse(JOIN), {**fields, "form": form or fresh_form})


def sent() -> int:
    return int(Message.objects.filter(kind="code").count())


@pytest.fixture
def daily_limit(world: World) -> int:
    """Configure three codes per day."""
    (Path(settings.STATE) / "channels.toml").write_text("[texts]\na_day = 3\n", encoding="utf-8")
    return 3


def test_code_to_foreign_number_is_refused_without_registration(world: World) -> None:
    answer = register("+882 1300 0000 12")
    assert answer.status_code == 422 and "no text messages to this country" in words(answer.content)
    assert (sent(), Person.objects.count()) == (0, 0)
    assert register("13900000099").status_code == 200 and sent() == 1, "control"


def test_daily_budget_stops_codes_and_staff_get_task(world: World, daily_limit: int) -> None:
    for number in range(daily_limit):
        assert today.texts(None, hub_clock().now()) is None
        assert register(f"139000000{number:02}").status_code == 200
    answer = register("13900000099")
    assert answer.status_code == 422 and "by text message today" in words(answer.content)
    assert sent() == daily_limit
    task = today.texts(None, hub_clock().now())
    assert task is not None and task.count == daily_limit
    world.advance(hours=25)
    assert register("13900000098").status_code == 200, "the next day"


def test_verified_number_gets_code_beyond_budget(world: World, daily_limit: int) -> None:
    register("13900000050")
    contact = Code.objects.get().contact
    contact.bound_at = hub_clock().now()
    contact.save()
    for number in range(daily_limit):
        register(f"139000000{number:02}")
    assert isinstance(verification_codes.send(contact, Code.Aim.SIGN), Code)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_ipv6_network_counts_as_one_address(world: World, one: str, other: str, same: bool) -> None:
    for _each in range(MOST["join"]):
        assert take_attempt(RequestFactory().get("/", REMOTE_ADDR=one), "join") is not None
    assert (take_attempt(RequestFactory().get("/", REMOTE_ADDR=other), "join") is None) is same


def test_resubmitted_form_signs_in_same_browser_only(world: World) -> None:
    own, stranger = phone(), phone()
    form = hidden(own.get(reverse(JOIN)).content, "form")
    fields = {"name": "Nova Example", "birth_year": "1990", "category": "adult", "channel": "sms"}
    first = own.post(reverse(JOIN), {**fields, "address": "13900000099", "form": form})
    assert COOKIE in first.cookies
    again = register("13900000011", stranger, form)
    assert COOKIE not in again.cookies and "Sign in with a code" in words(again.content)
    twice = own.post(reverse(JOIN), {**fields, "address": "13900000099", "form": form})
    assert COOKIE in twice.cookies, "control: a double touch on the same phone"
