"""Test the posters that a kiosk receives: those of its branch and day, only after a change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from hub.catalogue.models import Branch
from hub.fleet import enrolment
from hub.outreach.engagement.campaigns import posters
from hub.outreach.engagement.campaigns.models import Poster
from lending import wire
from tests.hub.outreach.engagement.campaigns.campaign_fixtures import event, picture
from tests.hub.support.device import enrolled_device
from tests.hub.support.world import NOW, World

TODAY = NOW.date()


def create_poster(**more: Any) -> Poster:
    fields = {"title": "草原摄影展", "title_en": "Steppe in pictures", "first": TODAY, "last": TODAY, "made_at": NOW}
    found: Poster = Poster.objects.create(**{**fields, **more})
    return found


def with_picture(found: Poster) -> Poster:
    posters.set_picture(found, posters.encode_picture(picture(), 1))
    found.save()
    return found


def test_kiosk_receives_posters_of_own_branch(world: World) -> None:
    east = Branch.objects.create(code="east", name="East")
    shown, session = with_picture(create_poster()), event(world)
    of_event = posters.of_event(session.course, NOW, TODAY)
    create_poster(title="东馆").branches.add(east)
    answer = world.device.get("/api/v1/posters")
    listed = wire.PostersAnswer.model_validate_json(answer.content).posters
    assert [each.id for each in listed] == [shown.pk, of_event.pk]
    assert listed[0].title == {"zh": "草原摄影展", "en": "Steppe in pictures"} and listed[0].picture is not None
    assert listed[0].picture.sha256 == shown.mark and listed[0].link.endswith(f"/p/posters/{shown.pk}/")
    assert listed[1].begins == session.begins and listed[1].place == {"zh": "Main", "en": "Main"}
    there = enrolled_device(enrolment.add("east", east))
    assert len(wire.PostersAnswer.model_validate_json(there.get("/api/v1/posters").content).posters) == 3


def test_unchanged_posters_and_images_return_304(world: World) -> None:
    found = with_picture(create_poster())
    for path in ("/api/v1/posters", f"/api/v1/posters/{found.pk}/picture"):
        mark = world.device.get(path)["ETag"]
        again = world.device.client.get(path, HTTP_IF_NONE_MATCH=mark)
        assert (again.status_code, again.content) == (304, b"")
    mark = world.device.get("/api/v1/posters")["ETag"]
    found.title = "草原与河流"
    found.save()
    assert world.device.client.get("/api/v1/posters", HTTP_IF_NONE_MATCH=mark).status_code == 200


def test_image_is_served_only_while_poster_is_shown(world: World) -> None:
    found = with_picture(create_poster())
    path = f"/api/v1/posters/{found.pk}/picture"
    answer = world.device.get(path)
    assert answer.content == bytes(found.picture) and answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "no-store"
    world.advance(days=1)
    assert world.device.get(path).json() == {"detail": "unknown_picture"}
    later = create_poster(first=TODAY + timedelta(days=1), last=TODAY + timedelta(days=1))
    assert world.device.get(f"/api/v1/posters/{later.pk}/picture").status_code == 404, "the poster has no image"


def test_poster_list_requires_signature(world: World) -> None:
    create_poster()
    assert Client().get("/api/v1/posters").status_code == 401
