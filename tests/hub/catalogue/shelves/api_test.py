"""Test the shelf maps API; the kiosk finds the highlighted bay itself."""

from __future__ import annotations

import jsonschema
from django.test import Client

from hub.catalogue.models import Branch, Floor
from lending import wire
from lending.call_numbers import Scheme, ShelfPosition, Span, holding, parse_call_number, parse_range
from tests.hub.catalogue.shelves.floors import a_floor
from tests.hub.support import wire_schema
from tests.hub.support.world import World

SHELVES = "/api/v1/shelves"


def test_kiosk_finds_the_same_bay_as_the_hub(world: World) -> None:
    a_floor(world)
    answer = world.client().get(SHELVES)
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    jsonschema.validate(answer.json(), {**wire_schema.schema(), "$ref": "#/$defs/ShelvesAnswer"})
    (floor,) = wire.ShelvesAnswer.model_validate_json(answer.content).floors
    assert (floor.name, floor.you, floor.scheme) == ({"zh": "二楼", "en": "Floor 2"}, (2, 11), "clc")
    scheme = Scheme(floor.scheme)
    spans = [found for each in floor.bays if isinstance(found := parse_range(each.first, each.last, scheme), Span)]
    place = parse_call_number("I247.57/12", scheme)
    assert isinstance(place, ShelfPosition)
    assert [floor.bays[number].code for number in holding(spans, place)] == ["2"]


def test_api_returns_floors_of_the_kiosks_branch_and_needs_a_signature(world: World) -> None:
    a_floor(world)
    Floor.objects.update(branch=Branch.objects.create(code="west", name="West"))
    assert world.client().get(SHELVES).json() == {"floors": []}
    assert Client().get(SHELVES).status_code == 401
