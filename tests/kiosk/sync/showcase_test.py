"""Test that the start screen's content outlives hub and process, and that wrong pictures are rejected."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from kiosk.central import CentralUnavailable
from kiosk.sync.showcase import ShowcaseCache
from kiosk.system.clock import SystemClock
from lending import wire
from lending.showcase import EMPTY

POSTER = {"title": {"zh": "展"}, "words": {}, "link": "https://library.example.org/p", "first": "2026-11-01"}


def jpeg(colour: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


def answer(pictures: Mapping[int, bytes]) -> bytes:
    posters = [
        {
            **POSTER,
            "id": number,
            "last": "2026-12-01",
            "picture": {"sha256": hashlib.sha256(each).hexdigest(), "width": 40, "height": 30},
        }
        for number, each in pictures.items()
    ]
    return wire.ShowcaseAnswer.model_validate({"posters": posters}).model_dump_json().encode()


class Hub:
    """Posters with these pictures, numbered from 7; `away` and `spoilt` are errors for all or for the first picture."""

    def __init__(self, *pictures: bytes) -> None:
        self.sent = dict(enumerate(pictures, 7))
        self.away = self.spoilt = ""
        self.text = answer(self.sent)

    async def showcase(self) -> bytes:
        if self.away:
            raise CentralUnavailable(self.away)
        return self.text

    async def picture(self, poster: int) -> bytes:
        if self.spoilt and poster == 7:
            raise CentralUnavailable(self.spoilt)
        return self.sent[poster]


def open_cache(folder: Path, hub: Hub) -> ShowcaseCache:
    return ShowcaseCache(folder / "showcase", hub, SystemClock())


def test_showcase_survives_an_offline_restart(tmp_path: Path) -> None:
    hub = Hub(jpeg("red"))
    asyncio.run(open_cache(tmp_path, hub).refresh())
    hub.away = "refused"
    again = open_cache(tmp_path, hub)
    asyncio.run(again.refresh())
    (poster,) = again.now.posters
    assert poster.shape == (40, 30) and Path(poster.picture).read_bytes() == hub.sent[7]


def test_showcase_is_known_after_a_request_or_from_disk(tmp_path: Path) -> None:
    hub = Hub(jpeg("red"))
    first = open_cache(tmp_path, hub)
    assert not first.known
    asyncio.run(first.refresh())
    assert first.known and open_cache(tmp_path, hub).known
    hub.away = "refused"
    alone = open_cache(tmp_path / "new", hub)
    asyncio.run(alone.refresh())
    assert alone.known, "a failed request ends the wait"


def test_picture_with_a_wrong_hash_is_not_kept(tmp_path: Path) -> None:
    hub = Hub(jpeg("red"))
    hub.sent[7] = jpeg("blue")
    cache = open_cache(tmp_path, hub)
    asyncio.run(cache.refresh())
    assert cache.now == EMPTY and not list((tmp_path / "showcase").glob("*.jpg"))


def pictures(cache: ShowcaseCache) -> list[bytes]:
    return [Path(each.picture).read_bytes() for each in cache.now.posters]


@pytest.mark.parametrize("why", ["unusable_answer", "too_big"])
def test_unavailable_picture_stops_no_other_poster(tmp_path: Path, why: str) -> None:
    """It is fetched later although the answer is the same; a restart shows no poster without its picture."""
    hub = Hub(jpeg("red"), jpeg("blue"))
    hub.spoilt = why
    cache = open_cache(tmp_path, hub)
    asyncio.run(cache.refresh())
    assert pictures(cache) == pictures(open_cache(tmp_path, hub)) == [jpeg("blue")]
    hub.spoilt = ""
    asyncio.run(cache.refresh())
    assert pictures(cache) == [jpeg("red"), jpeg("blue")]


def test_picture_with_a_wrong_hash_stops_no_other_poster(tmp_path: Path) -> None:
    hub = Hub(jpeg("red"), jpeg("blue"))
    hub.sent[7] = jpeg("green")
    cache = open_cache(tmp_path, hub)
    asyncio.run(cache.refresh())
    assert pictures(cache) == [jpeg("blue")]


def test_hub_failing_midway_changes_nothing(tmp_path: Path) -> None:
    """Otherwise each broken connection would clear the showcase."""
    hub = Hub(jpeg("red"))
    cache = open_cache(tmp_path, hub)
    asyncio.run(cache.refresh())
    hub.sent = {7: jpeg("green"), 8: jpeg("blue")}
    hub.text, hub.spoilt = answer(hub.sent), "time_out"
    asyncio.run(cache.refresh())
    assert pictures(cache) == [jpeg("red")]


def test_removed_posters_are_deleted(tmp_path: Path) -> None:
    hub = Hub(jpeg("red"))
    cache = open_cache(tmp_path, hub)
    asyncio.run(cache.refresh())
    hub.text = wire.ShowcaseAnswer().model_dump_json().encode()
    asyncio.run(cache.refresh())
    assert cache.now == EMPTY and not list((tmp_path / "showcase").glob("*.jpg"))


def test_invalid_answer_or_file_is_ignored(tmp_path: Path) -> None:
    hub = Hub(jpeg("red"))
    cache = open_cache(tmp_path, hub)
    asyncio.run(cache.refresh())
    hub.text = b"<html>log in first"
    asyncio.run(cache.refresh())
    assert len(cache.now.posters) == 1
    (tmp_path / "showcase" / "showcase.json").write_bytes(b"broken")
    assert open_cache(tmp_path, hub).now == EMPTY
