"""Record which stories ran, and store their pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from hub.core.clock import hub_clock
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from tests.hub.outreach.messaging.mailbox import Mailbox, mailbox
from tests.hub.outreach.portal.phone import configured_channels
from tests.hub.support.browsers import browser, chromium, demo_hub, served_demo
from tests.hub.support.trigger_cleanup import trigger_cleanup
from tests.hub.support.world import World, make_world
from tests.stories.functions import FUNCTIONS, PICTURES, RECORD, Story, record

__all__ = ["browser", "chromium", "demo_hub", "served_demo", "trigger_cleanup"]
SEEN = pytest.StashKey[list[str]]()


@pytest.fixture
def world(db: None) -> World:
    """Create a small library in the test database."""
    return make_world()


@pytest.fixture
def box(world: World) -> Iterator[Mailbox]:
    """Run a mail server and return the mailbox of everyone."""
    with mailbox() as running:
        yield running


@pytest.fixture
def ada_box(box: Mailbox, world: World) -> Mailbox:
    """Return the mailbox after staff recorded Ada's address; the patron reads English."""
    person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now(), language="en")
    records.store_contact(person, "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"))
    return box


@pytest.fixture
def channels() -> Iterator[None]:
    """Enable channels that can send codes."""
    with configured_channels():
        yield


@pytest.fixture
def keep(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[bytes], Path]:
    """Return a function that stores a PNG and returns its path; without a record it is temporary."""
    seen = request.node.stash.setdefault(SEEN, [])
    marker = request.node.get_closest_marker("story")

    def kept(png: bytes) -> Path:
        assert png.startswith(b"\x89PNG"), "pictures are stored as PNG"
        folder = PICTURES if os.environ.get(RECORD) else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{marker.args[0]}-{request.node.name.removeprefix('test_')}-{len(seen) + 1}.png"
        (folder / name).write_bytes(png)
        seen.append(name)
        return folder / name

    return kept


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    marker = item.get_closest_marker("story")
    if marker and report.when == "call" and report.passed:
        (function,) = marker.args
        assert function in FUNCTIONS, f"{function} is not in FUNCTIONS"
        seen = item.stash.setdefault(SEEN, [])
        record(Story(function, marker.kwargs["begins"], marker.kwargs["ends"], item.nodeid, tuple(seen)))
    return report
