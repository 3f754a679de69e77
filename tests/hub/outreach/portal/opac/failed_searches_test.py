"""Test that searches without results are counted for staff, and that one visitor cannot flood them."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from hub.outreach.engagement.feedback.models import MissedSearch
from hub.outreach.portal.rate_limit import MOST
from tests.hub.support.world import World


def test_failed_searches_of_one_visitor_are_limited(world: World) -> None:
    for number in range(MOST["missed"] + 5):
        page = Client().get(reverse("opac:find"), {"q": f"qqzzxx {number}"})
        assert page.status_code == 200
    assert MissedSearch.objects.count() == MOST["missed"]
