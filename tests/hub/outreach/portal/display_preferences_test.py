"""Test that the portal shows the display preferences of kiosks in words and deletes them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation.models import CardDisplayPreferences
from hub.outreach.patrons.models import Change, Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal import display_preferences
from hub.outreach.portal.models import DisplayPreferences
from tests.hub.outreach.portal.phone import press, sign_in
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World


def phone(language: str = "en") -> Client:
    return Client(headers={"Accept-Language": language}, enforce_csrf_checks=True)


def remember(person: Person, text: str) -> None:
    assert display_preferences.remember(person, text, RecordSource(Source.KIOSK, "front"))


@pytest.mark.parametrize(
    ("language", "included", "excluded"),
    [
        ("en", "English, larger text, titles hidden", "high contrast"),
        ("zh-hans", "English、大字、隐藏书名", "高对比度"),
    ],
)
def test_preferences_are_shown_in_words(world: World, ada: Person, language: str, included: str, excluded: str) -> None:
    client = phone(language)
    sign_in(client, world.ada.identifier)
    me = reverse("portal:known")
    assert 'id="look"' not in client.get(me).content.decode(), "no section without stored preferences"
    remember(ada, "en large_text hide_titles")
    page = words(client.get(me).content)
    assert included in page and excluded not in page


def test_one_touch_deletes_preferences_for_all_kiosks(world: World, ada: Person) -> None:
    client = phone()
    sign_in(client, world.ada.identifier)
    remember(ada, "zh contrast")
    assert CardDisplayPreferences.objects.filter(patron=world.ada).exists()
    me = reverse("portal:known")
    assert "The settings are no longer remembered." in press(client, reverse("portal:forget_look"), me)
    assert (
        not DisplayPreferences.objects.exists() and not CardDisplayPreferences.objects.filter(patron=world.ada).exists()
    )
    assert Change.objects.filter(person=ada, what="look", act=Change.Act.REMOVED, source=Source.PHONE).exists()
    assert "Stop remembering" not in words(client.get(me).content)


def test_deleting_preferences_requires_sign_in(world: World, ada: Person) -> None:
    remember(ada, "zh contrast")
    stranger = Client()
    stranger.post(reverse("portal:forget_look"))
    assert DisplayPreferences.objects.exists()
