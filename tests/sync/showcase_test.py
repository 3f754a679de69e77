"""What is shown to anybody outlives the hub and the process; a picture that is another one is not kept."""

from __future__ import annotations

import asyncio
import hashlib
from io import BytesIO
from pathlib import Path

from PIL import Image

from kiosk.clock import SystemClock
from kiosk.domain.showcase import EMPTY
from kiosk.sync import wire
from kiosk.sync.central import CentralAway
from kiosk.sync.showcase import Shown

POSTER = {"title": {"zh": "展"}, "words": {}, "link": "https://library.example.org/p", "first": "2026-11-01"}


def jpeg(colour: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


class Hub:
    """Has one poster with this picture; `away` says why it does not answer."""

    def __init__(self, picture: bytes) -> None:
        self.sent = picture
        self.away = ""
        mark = {"sha256": hashlib.sha256(picture).hexdigest(), "width": 40, "height": 30}
        poster = {**POSTER, "id": 7, "last": "2026-12-01", "picture": mark}
        self.text = wire.ShowcaseAnswer.model_validate({"posters": [poster]}).model_dump_json().encode()

    async def showcase(self) -> bytes:
        if self.away:
            raise CentralAway(self.away)
        return self.text

    async def picture(self, poster: int) -> bytes:
        assert poster == 7
        return self.sent


def shown(folder: Path, hub: Hub) -> Shown:
    return Shown(folder / "showcase", hub, SystemClock())


def test_it_is_there_after_a_restart_without_the_hub(tmp_path: Path) -> None:
    hub = Hub(jpeg("red"))
    asyncio.run(shown(tmp_path, hub).refresh())
    hub.away = "refused"
    again = shown(tmp_path, hub)
    asyncio.run(again.refresh())
    (poster,) = again.now.posters
    assert poster.shape == (40, 30) and Path(poster.picture).read_bytes() == hub.sent


def test_a_picture_that_is_another_one_is_not_kept(tmp_path: Path) -> None:
    hub = Hub(jpeg("red"))
    hub.sent = jpeg("blue")
    kept = shown(tmp_path, hub)
    asyncio.run(kept.refresh())
    assert kept.now == EMPTY and not list((tmp_path / "showcase").glob("*.jpg"))


def test_what_is_shown_no_more_goes(tmp_path: Path) -> None:
    hub = Hub(jpeg("red"))
    kept = shown(tmp_path, hub)
    asyncio.run(kept.refresh())
    hub.text = wire.ShowcaseAnswer().model_dump_json().encode()
    asyncio.run(kept.refresh())
    assert kept.now == EMPTY and not list((tmp_path / "showcase").glob("*.jpg"))


def test_nonsense_changes_nothing(tmp_path: Path) -> None:
    hub = Hub(jpeg("red"))
    kept = shown(tmp_path, hub)
    asyncio.run(kept.refresh())
    hub.text = b"<html>log in first"
    asyncio.run(kept.refresh())
    assert len(kept.now.posters) == 1
    (tmp_path / "showcase" / "showcase.json").write_bytes(b"broken")
    assert shown(tmp_path, hub).now == EMPTY
