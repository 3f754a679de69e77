"""Test that the hub refuses to run on a PostgreSQL that may lose committed transactions."""

import pytest
from django.db import connection

from hub.core.django_setup import CannotDo, check_durable, lax

SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@pytest.mark.parametrize("wait", ["on", "local", "remote_write", "remote_apply"])
def test_every_setting_that_waits_for_the_disk_is_accepted(wait: str) -> None:
    assert lax(SAFE | {"synchronous_commit": wait}) == []


@pytest.mark.parametrize("name", SAFE)
def test_unsafe_setting_is_named(name: str) -> None:
    assert lax(SAFE | {name: "off"}) == [name]


@pytest.mark.django_db
def test_settings_of_the_database_are_read() -> None:
    """On SQLite the hub makes the safe settings itself, with each connection."""
    if connection.vendor != "postgresql":
        check_durable()
        return
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    with pytest.raises(CannotDo, match="ALTER SYSTEM SET synchronous_commit = on"):
        check_durable()
