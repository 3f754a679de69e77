"""Test that staff order the questions after a visit or switch them off, and that kiosks follow."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hub.audit import role_groups
from hub.core.roles import Role
from hub.outreach.engagement.feedback.models import Asking
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.outreach.post_visit_test import after, old_address
from tests.hub.support.world import World

pytestmark = pytest.mark.django_db


def shows_a_face(world: World) -> bool:
    """Return whether a kiosk shows the smileys to a patron without a card."""
    shown: bool = world.device.get("/api/v1/showcase").json()["face"]
    return shown


def test_question_kind_moves_within_list_by_buttons(world: World) -> None:
    grace = Librarian()
    assert "1 · Replies the library owes" in grace.reads("asks")
    assert "Moved up" in grace.does("change_ask", "face", "up")
    assert Asking.order() == ["message", "contact", "face", "channel", "questionnaire", "pick"]
    grace.does("change_ask", "message", "down")
    assert Asking.order()[:2] == ["contact", "message"]
    for kind, how in (("contact", "up"), ("pick", "down")):
        before = Asking.order()
        grace.does("change_ask", kind, how)
        assert Asking.order() == before
    assert Asking.objects.count() == 1


def test_first_due_question_is_asked_at_next_visit(world: World) -> None:
    old_address(world)
    grace = Librarian()
    assert after(world)["ask"]["kind"] == "contact"
    for _ in range(2):
        grace.does("change_ask", "face", "up")
    assert after(world)["ask"]["kind"] == "face"


def test_disabled_question_is_not_asked_until_enabled(world: World) -> None:
    grace = Librarian()
    assert after(world)["ask"]["kind"] == "face" and shows_a_face(world)
    page = grace.does("change_ask", "face", "off")
    assert "No longer asked" in page and "Visit rating not asked" in page
    assert after(world)["ask"] is None and not shows_a_face(world)
    grace.does("change_ask", "face", "off")
    grace.does("change_ask", "face", "up")
    assert "face" not in Asking.order()
    grace.does("change_ask", "face", "on")
    assert Asking.order()[-1] == "face"
    assert after(world)["ask"]["kind"] == "face" and shows_a_face(world)


def test_replies_to_patron_cannot_be_disabled(world: World) -> None:
    grace = Librarian()
    grace.does("change_ask", "message", "off")
    assert Asking.order() == list(Asking.USUAL)
    assert reverse("feedback:change_ask", args=("message", "off")) not in grace.last


@pytest.mark.parametrize(("kind", "how"), [("song", "up"), ("face", "away")])
def test_unknown_kind_or_action_returns_404(world: World, kind: str, how: str) -> None:
    Librarian().does("change_ask", kind, how, status=404)
    assert not Asking.objects.exists()


def test_question_settings_require_the_right_role(world: World) -> None:
    grace = Librarian()
    assert reverse("feedback:asks") in (grace.reads("feedback") and grace.last)
    role_groups.give(grace.user, Role.LIBRARIAN)
    assert grace.client.get(reverse("feedback:asks")).status_code == 403
    assert grace.client.post(reverse("feedback:change_ask", args=("face", "off"))).status_code == 403
    assert reverse("feedback:asks") not in (grace.reads("feedback") and grace.last)
    assert not Asking.objects.exists()
