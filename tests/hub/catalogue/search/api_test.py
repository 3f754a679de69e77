"""Test the search API: signed requests, and anonymous counts of unsuccessful searches."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import jsonschema
from django.test import Client

from hub import wire_schema
from hub.catalogue.models import Title
from hub.ils.bridge.search_api import MOST
from hub.outreach.engagement.feedback.models import MissedSearch
from lending import wire
from tests.hub.support.world import World


def asked(world: World, **query: str) -> dict[str, Any]:
    response = world.device.get(f"/api/v1/search?{urlencode(query)}")
    assert response.status_code == 200, response.content
    jsonschema.validate(response.json(), {**wire_schema.schema(), "$ref": "#/$defs/SearchAnswer"})
    wire.SearchAnswer.model_validate_json(response.content)
    found: dict[str, Any] = response.json()
    return found


def test_a_kiosk_finds_a_title_and_whether_it_is_here(world: World) -> None:
    (title,) = asked(world, q="dun")["titles"]
    assert (title["words"], title["here"], title["copies"], title["branches"]) == ("Dune", 1, 1, ["main"])
    world.tell(world.borrows(world.dune))
    (title,) = asked(world, q="dun")["titles"]
    assert (title["here"], title["copies"], title["branches"]) == (0, 1, [])


def test_what_is_typed_is_not_counted_and_what_is_sent_is(world: World) -> None:
    assert asked(world, q="宇宙")["titles"] == []
    assert not MissedSearch.objects.exists()
    asked(world, q="宇宙学", sent="true")
    asked(world, q="dune", sent="true")
    assert (MissedSearch.objects.get().words, MissedSearch.objects.get().branch) == ("宇宙学", "main")


def test_more_than_a_kiosk_lists_is_said(world: World) -> None:
    Title.objects.create(title="边城")
    assert not asked(world, q="边城")["more"]
    for number in range(MOST):
        Title.objects.create(title=f"边城{number}")
    found = asked(world, q="边城")
    assert found["more"] and len(found["titles"]) == MOST and found["titles"][0]["words"] == "边城"


def test_what_comes_close_says_so(world: World) -> None:
    Title.objects.create(title="额尔古纳河右岸")
    assert asked(world, q="额尔古纳何右岸")["close"]


def test_whoever_does_not_sign_finds_nothing(world: World) -> None:
    assert Client().get("/api/v1/search?q=dune").status_code == 401


def test_a_query_without_end_is_refused(world: World) -> None:
    assert world.device.get(f"/api/v1/search?q={'a' * 201}").status_code == 422
