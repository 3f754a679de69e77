"""Test posters: where and when they show, the public page, the encoded picture, and the feeds."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from PIL import Image

from hub.catalogue.models import Branch
from hub.fleet import enrolment
from hub.outreach.engagement.campaigns import posters
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.campaigns.posters import BadPicture
from lending import wire
from tests.hub.outreach.engagement.campaigns.campaign_fixtures import Marketing, event, picture
from tests.hub.staff.staff_client import words
from tests.hub.support.device import enrolled_device
from tests.hub.support.world import NOW, World

TODAY = NOW.date()


def create_poster(**more: Any) -> Poster:
    base = {
        "title": {"zh": "草原摄影展", "en": "Steppe in pictures"},
        "words": {"zh": "一楼大厅"},
        "first": TODAY,
        "last": TODAY,
    }
    found: Poster = Poster.objects.create(made_at=NOW, **{**base, **more})
    return found


def get(name: str, *args: object, language: str = "en") -> Any:
    return Client(headers={"Accept-Language": language}).get(reverse(name, args=args))


def test_staff_publish_poster_with_image_stripped_of_metadata(world: World) -> None:
    grace = Marketing()
    page = grace.does(
        "new_poster", title_zh="草原摄影展", title_en="Steppe in pictures", words_zh="一楼大厅", words_en="In the hall",
        first="2026-11-25", last="2026-12-05", on_kiosks="on", file=picture(3000, 1500),
    )  # fmt: skip
    assert "Steppe in pictures" in page and "Saved" in page
    made = Poster.objects.get()
    data = bytes(made.picture)
    assert (made.width, made.height) == (1600, 800) and Image.open(BytesIO(data)).size == (1600, 800)
    assert b"Zyxmark" not in data and b"Zyxmark" in picture().read(), "EXIF data is removed"
    shared = get("portal:poster", made.pk).content.decode()
    assert f'<meta property="og:image" content="http://127.0.0.1:8000/p/posters/{made.pk}.jpg?' in shared
    assert '<meta property="og:title" content="Steppe in pictures">' in shared and "noindex" not in shared
    answer = get("portal:picture", made.pk)
    assert answer.content == data and answer["Content-Type"] == "image/jpeg"
    assert "X-Robots-Tag" not in get("portal:poster", made.pk)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (SimpleUploadedFile("x.jpg", b"GIF89a no picture"), "is not a readable picture"),
        (SimpleUploadedFile("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "is not a readable picture"),
        (picture(200, 900), "too small"),
    ],
)
def test_invalid_image_is_rejected_with_reason(world: World, file: Any, why: str) -> None:
    fields = {"title": "展", "first": "2026-11-25", "last": "2026-12-05", "file": file}
    assert why in Marketing().does("new_poster", status=422, **fields)
    assert not Poster.objects.exists()


def test_decompression_bomb_is_rejected(settings: Any) -> None:
    out = BytesIO()
    Image.new("1", (8000, 6000)).save(out, "PNG")
    assert out.tell() < 100_000
    with override("en"), pytest.raises(BadPicture, match="40 million pixels"):
        posters.encode_picture(BytesIO(out.getvalue()), out.tell())


def test_truncated_image_is_rejected() -> None:
    whole = picture().read()
    with override("en"), pytest.raises(BadPicture, match="not a readable picture"):
        posters.encode_picture(BytesIO(whole[: len(whole) // 2]), len(whole) // 2)


def test_kiosk_posters_match_dates_and_branches(world: World) -> None:
    east = Branch.objects.create(code="east", name="East")
    everywhere = create_poster()
    there = create_poster(title={"zh": "东馆"})
    there.branches.add(east)
    create_poster(title={"zh": "later"}, first=TODAY + timedelta(days=1), last=TODAY + timedelta(days=2))
    create_poster(title={"zh": "over"}, first=TODAY - timedelta(days=2), last=TODAY - timedelta(days=1))
    create_poster(title={"zh": "paper only"}, on_kiosks=False)
    assert posters.on_kiosks("main", TODAY) == [everywhere]
    assert set(posters.on_kiosks("east", TODAY)) == {everywhere, there}


def test_unpublished_poster_is_visible_to_staff_only(world: World) -> None:
    found = create_poster(first=TODAY + timedelta(days=1), last=TODAY + timedelta(days=2))
    posters.set_picture(found, posters.encode_picture(picture(), 1))
    found.save()
    assert get("portal:poster", found.pk).status_code == get("portal:picture", found.pk).status_code == 404
    grace = Marketing()
    assert grace.client.get(reverse("portal:picture", args=(found.pk,))).status_code == 200
    world.advance(days=3)
    assert "Ended on Fri 27 Nov" in words(get("portal:poster", found.pk).content)


def test_event_poster_is_generated_once_and_links_to_event(world: World) -> None:
    found, grace = event(world), Marketing()
    grace.does("event_poster", found.course_id)
    made = Poster.objects.get()
    assert (made.title["en"], made.last.isoformat()) == ("Reading circle", "2026-11-28")
    grace.does("event_poster", found.course_id)
    assert Poster.objects.count() == 1
    assert posters.address(made).endswith(f"/p/events/{found.course_id}/")
    assert get("portal:poster", made.pk).headers["Location"] == reverse("portal:event", args=(found.course_id,))
    sheet = grace.opens("print_poster", made.pk)
    assert "Sat 28 Nov" in sheet and "读书会" in sheet and "扫码报名" in sheet and "Scan to sign up" in sheet


def test_last_day_before_first_day_is_rejected(world: World) -> None:
    page = Marketing().does("new_poster", status=422, title_zh="展", first="2026-12-05", last="2026-12-01")
    assert "The last day must not be before the first day." in page


def test_feeds_list_current_posters(world: World) -> None:
    session = event(world)
    create_poster()
    create_poster(title={"zh": "later"}, first=TODAY + timedelta(days=1), last=TODAY + timedelta(days=2))
    Marketing().does("event_poster", session.course_id)
    rss = ElementTree.fromstring(get("campaigns:rss", "en").content)
    assert [each.findtext("title") for each in rss.iter("item")] == ["Steppe in pictures", "Reading circle"]
    feed = get("campaigns:json", "zh").json()
    assert feed["title"] == "Test Library活动"
    assert "周六" in feed["items"][1]["content_text"] and "一起读《边城》" in feed["items"][1]["content_text"]
    assert feed["items"][1]["url"].endswith(f"/p/events/{session.course_id}/")


def test_removed_poster_leaves_event(world: World) -> None:
    session, grace = event(world), Marketing()
    grace.does("event_poster", session.course_id)
    made = Poster.objects.get()
    assert "is removed" in grace.does("take_down", made.pk)
    assert not Poster.objects.exists()
    assert get("portal:event", session.course_id).status_code == 200


def with_picture(found: Poster) -> Poster:
    posters.set_picture(found, posters.encode_picture(picture(), 1))
    found.save()
    return found


def test_kiosk_receives_posters_of_own_branch(world: World) -> None:
    east = Branch.objects.create(code="east", name="East")
    shown, session = with_picture(create_poster()), event(world)
    of_event = posters.of_event(session.course, NOW, TODAY)
    create_poster(title={"zh": "东馆"}).branches.add(east)
    answer = world.device.get("/api/v1/posters")
    listed = wire.PostersAnswer.model_validate_json(answer.content).posters
    assert [each.id for each in listed] == [shown.pk, of_event.pk]
    assert listed[0].title == {"zh": "草原摄影展", "en": "Steppe in pictures"} and listed[0].picture is not None
    assert listed[0].picture.sha256 == shown.mark and listed[0].link.endswith(f"/p/posters/{shown.pk}/")
    assert listed[1].begins == session.begins and listed[1].place == {"zh": "Main"}
    there = enrolled_device(enrolment.add("east", east))
    assert len(wire.PostersAnswer.model_validate_json(there.get("/api/v1/posters").content).posters) == 3


def test_unchanged_posters_and_images_return_304(world: World) -> None:
    found = with_picture(create_poster())
    for path in ("/api/v1/posters", f"/api/v1/posters/{found.pk}/picture"):
        mark = world.device.get(path)["ETag"]
        again = world.device.client.get(path, HTTP_IF_NONE_MATCH=mark)
        assert (again.status_code, again.content) == (304, b"")
    mark = world.device.get("/api/v1/posters")["ETag"]
    found.title = {"zh": "草原与河流"}
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
