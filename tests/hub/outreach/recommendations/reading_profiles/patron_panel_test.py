"""Test that staff see a patron's past titles only while the card is at the desk, as the consent says."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.patrons import consents
from hub.outreach.patrons.consents import SHIPPED
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles import nightly
from tests.hub.outreach.recommendations.reading_profiles.readers import (
    add_book,
    borrow_in_turn,
    give_consents,
    train_co_loans,
)
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

PAST_TITLES = ("Utopia", "Emma")


@pytest.fixture
def grace(world: World) -> Grace:
    """Open the page of Ada, who has returned two books and has recommendations based on them."""
    give_consents(world.ada)
    add_book(world, "30000000000101", "Children of Dune", "Herbert, Frank")
    train_co_loans(world)
    borrow_in_turn(world, world.emma)
    nightly.nightly(hub_clock().now())
    return Grace()


def seen(world: World, grace: Grace) -> str:
    whole = words(grace.client.get(reverse("staff:patron_reading", args=(world.ada.pk,))).content)
    return whole[whole.index("Reading") :]


def test_past_titles_are_hidden_without_card(world: World, grace: Grace) -> None:
    absent = seen(world, grace)
    assert "only while the patron is present: scan their card" in absent
    assert [title for title in PAST_TITLES if title in absent] == []
    assert "from loans" in absent, "subjects are shown for advice"
    assert "because you borrowed" not in absent


def test_past_titles_are_shown_for_fifteen_minutes_after_card_scan(world: World, grace: Grace) -> None:
    grace.enter(world.ada.identifier)
    present = seen(world, grace)
    assert [title for title in PAST_TITLES if title in present] == [*PAST_TITLES], "control: the titles are found"
    world.advance(minutes=16)
    later = seen(world, grace)
    assert [title for title in PAST_TITLES if title in later] == []


def test_consent_text_says_who_sees_history() -> None:
    _version, chinese, english = SHIPPED[Purpose.HISTORY]
    assert "only while your card is at the desk, or when you ask for a copy" in english
    assert "只在您本人持证到服务台时，或应您要求导出资料时" in chinese


def test_consent_text_has_current_version(world: World) -> None:
    assert consents.text(Purpose.HISTORY).version == "2026-4"
