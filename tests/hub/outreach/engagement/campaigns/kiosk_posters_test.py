"""Test the posters that a kiosk receives: those of its branch and day, only after a change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from hub.catalogue.models import Branch
from hub.fleet import enrolment
from hub.outreach.engagement.campaigns import image_encoding, posters
from hub.outreach.engagement.campaigns.models import Poster
from lending import wire
from tests.hub.outreach.engagement.campaigns.campaign_fixtures import event, picture
from tests.hub.support.device import enrolled
from tests.hub.support.world import NOW, World

TODAY = NOW.date()


def hung(**more: Any) -> Poster:
    told = {"title": "草原摄影展", "title_en": "Steppe in pictures", "first": TODAY, "last": TODAY, "made_at": NOW}
    found: Poster = Poster.objects.create(**{**told, **more})
    return found


def with_picture(found: Poster) -> Poster:
    posters.set_picture(found, image_encoding.encoded(picture(), 1))
    found.save()
    return found


def test_a_kiosk_is_told_of_the_posters_of_its_branch(world: World) -> None:
    east = Branch.objects.create(code="east", name="East")
    shown, session = with_picture(hung()), event(world)
    of_event = posters.of_event(session.course, NOW, TODAY)
    hung(title="东馆").branches.add(east)
    answer = world.device.get("/api/v1/posters")
    told = wire.PostersAnswer.model_validate_json(answer.content).posters
    assert [each.id for each in told] == [shown.pk, of_event.pk]
    assert told[0].title == {"zh": "草原摄影展", "en": "Steppe in pictures"} and told[0].picture is not None
    assert told[0].picture.sha256 == shown.mark and told[0].link.endswith(f"/p/posters/{shown.pk}/")
    assert told[1].begins == session.begins and told[1].place == {"zh": "Main", "en": "Main"}
    there = enrolled(enrolment.add("east", east))
    assert len(wire.PostersAnswer.model_validate_json(there.get("/api/v1/posters").content).posters) == 3


def test_unchanged_it_is_not_told_again(world: World) -> None:
    found = with_picture(hung())
    for path in ("/api/v1/posters", f"/api/v1/posters/{found.pk}/picture"):
        mark = world.device.get(path)["ETag"]
        again = world.device.client.get(path, HTTP_IF_NONE_MATCH=mark)
        assert (again.status_code, again.content) == (304, b"")
    mark = world.device.get("/api/v1/posters")["ETag"]
    found.title = "草原与河流"
    found.save()
    assert world.device.client.get("/api/v1/posters", HTTP_IF_NONE_MATCH=mark).status_code == 200


def test_a_picture_only_while_it_is_shown_here(world: World) -> None:
    found = with_picture(hung())
    path = f"/api/v1/posters/{found.pk}/picture"
    answer = world.device.get(path)
    assert answer.content == bytes(found.picture) and answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "no-store"
    world.ahead(days=1)
    assert world.device.get(path).json() == {"detail": "unknown_picture"}
    later = hung(first=TODAY + timedelta(days=1), last=TODAY + timedelta(days=1))
    assert world.device.get(f"/api/v1/posters/{later.pk}/picture").status_code == 404, "it has no picture"


def test_nobody_is_told_without_a_signature(world: World) -> None:
    hung()
    assert Client().get("/api/v1/posters").status_code == 401
