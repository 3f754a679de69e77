"""Provide the hub tests' environment: a prebuilt database, a fast password hash, and no state of earlier tests."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from hub.circulation.pins import PinHasher
from hub.core.clock import hub_clock
from tests.hub.support.prebuilt_database import administer, copy_tables, template
from tests.support.shared import existing


def pytest_configure() -> None:
    settings.PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
    PinHasher.work_factor = 2  # 50 ms less for each PIN; 18 of them are in every demo library


def pytest_unconfigure(config: pytest.Config) -> None:
    """Drop the template database in the main process, which ends last."""
    kept = existing("tables-postgresql")
    if kept and not hasattr(config, "workerinput"):
        administer(f"DROP DATABASE {(kept / 'name').read_text(encoding='ascii')}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, bool, bool]:
    """Reset what a hub keeps in its process after each test: its clock."""
    try:
        return (yield)
    finally:
        hub_clock().set(datetime.now(UTC))


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Keep the prebuilt SQLite file, which is deleted with the process's state directory."""
    return "sqlite" in connections.databases["default"]["ENGINE"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Use a prebuilt database file, which connections share as in production and which needs no migration."""
    database = connections.databases["default"]
    if "sqlite" in database["ENGINE"]:
        copy_tables(Path(settings.STATE), "test.sqlite3")
        database["TEST"]["NAME"] = str(Path(settings.STATE) / "test.sqlite3")
        database["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"  # test data need not survive a crash
    else:
        database["TEST"]["TEMPLATE"] = template()
