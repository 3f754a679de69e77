"""A face that a patron touched at a kiosk is counted, and then nobody's: nothing of it stands beside her loan."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kiosk.domain.transactions import Said
from kiosk.hub.carrier.events import carry
from kiosk.hub.circulation.models import CirculationEvent, Transaction
from kiosk.hub.outreach.voice.models import Face
from kiosk.sync import wire
from tests.hub.world import World

pytestmark = pytest.mark.django_db


def kept() -> str:
    """What the hub keeps of all that kiosks handed over, and of all that happened."""
    bodies = Transaction.objects.values_list("body", "body_hash", "answer")
    return json.dumps([*CirculationEvent.objects.values_list("kind", "data"), *bodies])


def says(world: World, said: Said) -> dict[str, Any]:
    kind, body = wire.encode(said)
    return world.row(kind, **json.loads(body))


def test_a_face_is_counted_and_forgotten_and_still_taken_only_once(world: World) -> None:
    world.tell(world.borrows(world.dune))
    row = says(world, Said("face", "2\nToo dark"))
    first = world.tell(row)
    assert "Too dark" in kept(), "until it is carried"
    carry()
    assert [each.face for each in Face.objects.all()] == [2]
    assert "Too dark" not in kept()
    assert wire.body_hash(row["kind"], row["body"]) not in kept(), "a hash of five faces is no secret"
    assert world.tell(row) == first
    carry()
    assert Face.objects.count() == 1
    assert world.happened() == ["checkout", "said"]


def test_what_she_said_of_her_contact_is_kept(world: World) -> None:
    row = says(world, Said("contact", "right", "1"))
    world.tell(row)
    carry()
    assert "right" in kept()
    other = {**row, "body": says(world, Said("contact", "wrong", "1"))["body"]}
    assert world.tell(other)["outcome"] != "accepted", "another body under the same number is never taken"
