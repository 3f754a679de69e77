"""Test that the hub answers each question that a kiosk may ask in passing, in the form that the wire declares."""

from __future__ import annotations

import pytest

from hub.circulation import cards
from lending import wire
from lending.questions import QUESTIONS
from tests.hub.support.world import ADA_UID, World


def test_every_kiosk_question_has_an_answer_model() -> None:
    assert set(wire.ANSWERS) == set(QUESTIONS)


@pytest.mark.parametrize("path", [each.path for each in QUESTIONS])
def test_hub_answer_matches_its_model(world: World, path: str) -> None:
    (question,) = (each for each in QUESTIONS if each.path == path)
    form = wire.ANSWERS[question]
    reply = world.device.get(f"/api/v1{path.format(hash=cards.hash_number(ADA_UID))}")
    assert reply.status_code == 200
    form.convert(wire.parse(form.model, reply.content))


@pytest.mark.parametrize("path", [each.path for each in QUESTIONS if "{hash}" in each.path])
def test_unknown_card_is_answered_with_unknown_card(world: World, path: str) -> None:
    assert world.device.get(f"/api/v1{path.format(hash='0' * 64)}").json() == {"detail": "unknown_card"}
