"""Test that only staff whose role needs them open the pages that print."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hub.staff.paper.urls import urlpatterns
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

SAMPLES = {"run": UUID("018f0000-0000-7000-8000-000000000000"), "pk": 1}


def paths() -> list[str]:
    return [
        reverse(f"paper:{each.name}", kwargs={name: SAMPLES[name] for name in each.pattern.converters})
        for each in urlpatterns
    ]


def test_only_staff_print(world: World) -> None:
    stranger = Client()
    stranger.force_login(User.objects.create_user("mallory"))
    for path in paths():
        for response in (Client().get(path), Client().post(path)):
            assert response.status_code == 405 or response["Location"].startswith(reverse("staff:sign_in")), path
        answers = {stranger.get(path).status_code, stranger.post(path).status_code}
        assert 403 in answers and answers <= {403, 405}, path


def test_marketing_prints_nothing_of_patrons_and_items(world: World) -> None:
    marketing = Grace(role="marketing", name="kay").client
    for path in paths():
        assert {marketing.get(path).status_code, marketing.post(path).status_code} <= {403, 405}, path
