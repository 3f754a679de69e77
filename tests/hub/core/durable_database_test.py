"""Test that a hub does not serve on a PostgreSQL that may lose confirmed transactions."""

import pytest
from django.db import connection

from hub.core.django_setup import CannotDo, check_durable, lax

SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@pytest.mark.parametrize("wait", ["on", "local", "remote_write", "remote_apply"])
def test_whoever_waits_for_the_disk_in_any_way_is_served(wait: str) -> None:
    assert lax(SAFE | {"synchronous_commit": wait}) == []


@pytest.mark.parametrize("name", SAFE)
def test_each_setting_that_forgets_is_named(name: str) -> None:
    assert lax(SAFE | {name: "off"}) == [name]


@pytest.mark.django_db
def test_the_database_itself_is_asked() -> None:
    """SQLite's own setting is the hub's, made with each connection."""
    if connection.vendor != "postgresql":
        check_durable()
        return
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    with pytest.raises(CannotDo, match="ALTER SYSTEM SET synchronous_commit = on"):
        check_durable()
