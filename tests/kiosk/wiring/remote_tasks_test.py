"""The kiosk does what staff ask remotely: never a screenshot with a patron, and a restart once."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uuid6
from PIL import Image

from kiosk.system.logging_setup import RecentLog
from kiosk.wiring import remote_tasks
from kiosk.wiring.remote_tasks import MOST_SCREENSHOT, RemoteTasks, newest, small_png
from lending.wire import fleet
from tests.kiosk.sync.bench import run_async

WELCOME = Path(__file__).parents[3] / "docs/gallery/1280x800/Welcome-en-light.png"


class Site:
    """A kiosk at which a patron may be."""

    def __init__(self, state: Path) -> None:
        self.resting = True
        self.notices: list[str] = []
        self.recent = RecentLog()
        self.state = state
        self.tasks = self.started()

    def started(self) -> RemoteTasks:
        picture = Image.open(WELCOME).convert("RGB")
        notify = self.notices.append
        return RemoteTasks(self.state, self.recent, lambda: lambda: picture, lambda: self.resting, notify)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def task(kind: str) -> fleet.RemoteTask:
    return fleet.RemoteTask(id=str(uuid6.uuid7()), kind=kind, until=datetime.now(UTC))


@run_async
async def test_log_has_the_newest_whole_lines_and_no_text_of_a_foreign_exception(site: Site) -> None:
    log = logging.Logger("kiosk.desk")
    log.addHandler(site.recent)
    for number in range(3000):
        log.info("line %s", number)
    borrowed = "3000" + "1234567890"
    try:
        dict[str, str]()[borrowed]
    except KeyError:
        log.exception("a loan failed")
    result = await site.tasks.perform(task("log"))
    assert result.outcome == "done" and "a loan failed" in result.log
    assert borrowed not in result.log
    assert len(result.log.encode()) <= 40_000 and result.log.startswith("20")
    assert site.notices == ["remote_log"]


def test_cut_log_stays_within_its_bytes_in_any_script() -> None:
    text = "".join(f"{number} 重启\n" for number in range(100))
    cut = newest(text, 200)
    assert len(cut.encode()) <= 200 and text.endswith(cut) and cut[0].isdecimal()


@run_async
async def test_screenshot_is_refused_while_a_patron_is_at_the_kiosk(site: Site) -> None:
    site.resting = False
    result = await site.tasks.perform(task("screenshot"))
    assert (result.outcome, result.screenshot, site.notices) == ("visit", "", [])
    site.resting = True
    result = await site.tasks.perform(task("screenshot"))
    picture = base64.b64decode(result.screenshot)
    assert len(picture) <= MOST_SCREENSHOT and Image.open(io.BytesIO(picture)).format == "PNG"
    assert site.notices == ["remote_screenshot"]


def test_screenshot_that_cannot_be_made_small_enough_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_tasks, "MOST_SCREENSHOT", 100)
    with pytest.raises(ValueError, match="too large"):
        small_png(Image.effect_noise((1280, 800), 90).convert("RGB"))


@run_async
async def test_restart_waits_for_the_hubs_answer_and_is_done_once(site: Site) -> None:
    asked = task("restart")
    assert (await site.tasks.perform(asked)).outcome == "done"
    assert not site.tasks.restart.is_set(), "the hub does not know yet"
    site.tasks.note_answer(asked)
    assert site.tasks.restart.is_set()
    restarted = site.started()
    assert (await restarted.perform(asked)).outcome == "done", "the answer was lost: it is repeated"
    restarted.note_answer(asked)
    assert not restarted.restart.is_set(), "the kiosk would restart for ever"


@run_async
async def test_task_of_a_later_version_is_answered_as_unknown(site: Site) -> None:
    assert (await site.tasks.perform(task("dance"))).outcome == "unknown"
    await asyncio.sleep(0)
