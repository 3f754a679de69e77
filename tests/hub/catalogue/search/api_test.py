"""Test the search API: signed requests, and anonymous counts of unsuccessful searches."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import jsonschema
from django.test import Client

from hub.catalogue.models import Title
from hub.ils.bridge.api import MOST_TITLES
from hub.outreach.engagement.feedback.models import MissedSearch
from lending import wire
from tests.hub.support import wire_schema
from tests.hub.support.world import World


def search_as_kiosk(world: World, **query: str) -> dict[str, Any]:
    response = world.device.get(f"/api/v1/search?{urlencode(query)}")
    assert response.status_code == 200, response.content
    jsonschema.validate(response.json(), {**wire_schema.schema(), "$ref": "#/$defs/SearchAnswer"})
    wire.SearchAnswer.model_validate_json(response.content)
    found: dict[str, Any] = response.json()
    return found


def test_kiosk_finds_a_title_with_its_availability(world: World) -> None:
    (title,) = search_as_kiosk(world, q="dun")["titles"]
    assert (title["words"], title["here"], title["copies"], title["branches"]) == ("Dune", 1, 1, ["main"])
    world.upload(world.checkout(world.dune))
    (title,) = search_as_kiosk(world, q="dun")["titles"]
    assert (title["here"], title["copies"], title["branches"]) == (0, 1, [])


def test_only_submitted_searches_without_result_are_counted(world: World) -> None:
    assert search_as_kiosk(world, q="宇宙")["titles"] == []
    assert not MissedSearch.objects.exists()
    search_as_kiosk(world, q="宇宙学", sent="true")
    search_as_kiosk(world, q="dune", sent="true")
    assert (MissedSearch.objects.get().words, MissedSearch.objects.get().branch) == ("宇宙学", "main")


def test_more_results_than_listed_are_flagged(world: World) -> None:
    Title.objects.create(title="边城")
    assert not search_as_kiosk(world, q="边城")["more"]
    for number in range(MOST_TITLES):
        Title.objects.create(title=f"边城{number}")
    found = search_as_kiosk(world, q="边城")
    assert found["more"] and len(found["titles"]) == MOST_TITLES and found["titles"][0]["words"] == "边城"


def test_approximate_matches_are_flagged(world: World) -> None:
    Title.objects.create(title="额尔古纳河右岸")
    assert search_as_kiosk(world, q="额尔古纳何右岸")["close"]


def test_unsigned_request_is_refused(world: World) -> None:
    assert Client().get("/api/v1/search?q=dune").status_code == 401


def test_too_long_query_is_refused(world: World) -> None:
    assert world.device.get(f"/api/v1/search?q={'a' * 201}").status_code == 422
