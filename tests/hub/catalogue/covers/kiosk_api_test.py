"""Test that kiosks receive the names of covers, and the pictures by name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hub.catalogue.covers.drawn import hub_store
from hub.catalogue.covers.picture import encode_cover
from hub.catalogue.models import Title
from hub.circulation import cards
from hub.core.clock import hub_clock
from lending import wire
from lending.cover_store import LARGEST
from tests.hub.catalogue.covers.pictures import picture
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import ADA_UID, World


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.STATE = tmp_path


def with_cover(title: Title) -> str:
    mark = hub_store().put(encode_cover(picture()))
    Title.objects.filter(pk=title.pk).update(cover=mark)
    return mark


def test_a_kiosk_receives_the_picture_of_a_name(world: World) -> None:
    mark = with_cover(world.dune.title)
    answer = world.device.get(f"/api/v1/covers/{mark}")
    assert answer.content == hub_store().read(mark) and len(answer.content) <= LARGEST
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/webp", "no-store")


@pytest.mark.parametrize("name", ["0" * 32, "0" * 31, "..", "hub.sqlite3"])
def test_unknown_names_are_answered_with_404(world: World, name: str) -> None:
    with_cover(world.dune.title)
    assert world.device.get(f"/api/v1/covers/{name}").status_code == 404


def test_a_damaged_file_is_not_sent(world: World) -> None:
    mark = with_cover(world.dune.title)
    path = hub_store().path(mark)
    path.write_bytes(path.read_bytes()[:900])
    answer = world.device.get(f"/api/v1/covers/{mark}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "unknown_cover"})


def test_an_unsigned_request_is_refused(world: World) -> None:
    mark = with_cover(world.dune.title)
    assert Client().get(f"/api/v1/covers/{mark}").status_code == 401


def test_a_picture_found_later_is_in_the_next_snapshot(world: World) -> None:
    reader = Reader(world.device)
    reader.poll()
    assert {each.cover for each in reader.titles.values()} == {""}
    mark = with_cover(world.dune.title)
    reader.poll()
    assert reader.titles[world.dune.title_id].cover == mark
    assert reader.received_ids == set(), "neither its items nor any card is sent again"


def test_look_ups_and_new_titles_name_the_cover(world: World) -> None:
    mark = with_cover(world.dune.title)
    world.place_hold(world.ada, world.dune)
    item = wire.parse(wire.WireItem, world.device.get(f"/api/v1/items/{world.dune.barcode}").content)
    card = wire.parse(wire.CardAnswer, world.device.get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}").content)
    Title.objects.filter(pk=world.dune.title_id).update(added_at=hub_clock().now() - timedelta(days=1))
    shown = wire.parse(wire.ShowcaseAnswer, world.device.get("/api/v1/showcase").content)
    news = [each.cover for each in shown.news if each.title == world.dune.title.title]
    assert (item.cover, [each.cover for each in card.holds], news) == (mark, [mark], [mark])
