"""The hub's own ground: a test database in a file, where connections meet as in a library, and a hash that is quick."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from kiosk.hub.clock import hub_clock
from tests.hub.guarded import cleaned_up
from tests.hub.world import World, make_world

__all__ = ["cleaned_up"]


def pytest_configure() -> None:
    database = connections.databases["default"]
    if "sqlite" in database["ENGINE"]:
        database["TEST"]["NAME"] = str(Path(settings.STATE) / "test.sqlite3")
    settings.PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A small library in a database of its own."""
    yield make_world()
    hub_clock().set(datetime.now(UTC))
