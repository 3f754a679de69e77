"""The hub's ground: a database that is there at once, a hash that is quick, and nothing of what came before."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections

from kiosk.hub.circulation.hashers import PinHasher
from kiosk.hub.clock import hub_clock
from kiosk.hub.fleet.guessing import Guessing
from tests.hub.tables import administer, tables, template
from tests.shared import made


def pytest_configure() -> None:
    settings.PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
    PinHasher.work_factor = 2  # 50 ms less for each PIN; 18 of them are in every demo library


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process ends last, and takes the template away."""
    kept = made("tables-postgresql")
    if kept and not hasattr(config, "workerinput"):
        administer(f"DROP DATABASE {(kept / 'name').read_text(encoding='ascii')}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, bool, bool]:
    """What a hub keeps while its process lives ends with each test: the clock is the machine's, nobody has guessed."""
    try:
        return (yield)
    finally:
        hub_clock().set(datetime.now(UTC))
        apps.get_app_config("fleet").guessing = Guessing()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The file is there when Django comes, and goes with the process's state directory."""
    return "sqlite" in connections.databases["default"]["ENGINE"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A test database in a file, where connections meet as in a library; Django finds nothing left to migrate."""
    database = connections.databases["default"]
    if "sqlite" in database["ENGINE"]:
        tables(Path(settings.STATE), "test.sqlite3")
        database["TEST"]["NAME"] = str(Path(settings.STATE) / "test.sqlite3")
        database["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"  # it need not outlive its test
    else:
        database["TEST"]["TEMPLATE"] = template()
