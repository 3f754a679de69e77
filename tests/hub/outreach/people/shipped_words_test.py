"""A hub that has asked in the product's former words asks in the new ones; a library's own words stay."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps

from kiosk.hub.outreach.people import consents
from kiosk.hub.outreach.people.consent_texts import SHIPPED
from kiosk.hub.outreach.people.models import ConsentText

pytestmark = pytest.mark.django_db
MOVED = import_module("kiosk.hub.outreach.people.migrations.0007_shipped_words_as_they_are_now")
FORMER = sorted(MOVED.FORMER)


def asked(purpose: str, version: str, chinese: str, english: str, day: int = 1) -> None:
    since = datetime(2026, 1, day, tzinfo=UTC)
    ConsentText.objects.create(purpose=purpose, version=version, chinese=chinese, english=english, since=since)


@pytest.mark.parametrize(("purpose", "chinese", "english"), FORMER)
def test_the_product_s_former_words_are_followed_by_its_new_ones_and_kept(
    purpose: str, chinese: str, english: str
) -> None:
    asked(purpose, "2026-1", chinese, english)
    for _twice in range(2):
        MOVED.follow(apps, None)
    now = consents.text(purpose)
    assert (now.version, now.chinese, now.english) == SHIPPED[purpose]
    assert ConsentText.objects.filter(purpose=purpose).count() == 2, "whoever agreed to the former ones did so"


@pytest.mark.parametrize(("purpose", "chinese", "english"), FORMER)
def test_a_library_s_own_words_stay(purpose: str, chinese: str, english: str) -> None:
    """Be it a sign that it has changed, or other words that it has written behind the shipped ones."""
    asked(purpose, "2026-1", chinese, english)
    asked(purpose, "2026-2", chinese, f"{english}!", 2)
    MOVED.follow(apps, None)
    assert consents.text(purpose).english == f"{english}!"


def test_a_number_that_a_library_s_own_words_had_is_not_given_again() -> None:
    purpose, chinese, english = next(each for each in FORMER if each[0] == "history")
    asked(purpose, SHIPPED[purpose][0], "我们的话", "Our words")
    asked(purpose, "2026-4", chinese, english, 2)
    MOVED.follow(apps, None)
    now = consents.text(purpose)
    assert (now.version, now.english) == (f"{SHIPPED[purpose][0]}.2", SHIPPED[purpose][2])


def test_where_nobody_has_asked_yet_nothing_is_written() -> None:
    MOVED.follow(apps, None)
    assert not ConsentText.objects.exists()
