"""Test the hub's kept PostgreSQL connections: closed ones are not used, and frequent queries are prepared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, connections

from hub.catalogue.models import Branch
from hub.circulation.intake.apply_transaction import item_by
from hub.postgresql.base import OFTEN

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is a file")


@pytest.fixture
def server_pid(transactional_db: None) -> Iterator[int]:
    """Return the server's process id of the connection that an earlier request left open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    connection.health_check_enabled, connection.health_check_done = True, False
    yield number
    connection.health_check_enabled = False


def terminate_connection(server_pid: int) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [server_pid])
            assert cursor.fetchone() == (True,)
    finally:
        other.close()


def test_request_succeeds_after_a_server_restart(server_pid: int) -> None:
    terminate_connection(server_pid)
    assert Branch.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() != (server_pid,)


def test_open_connection_is_kept(server_pid: int) -> None:
    assert connection.is_usable()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() == (server_pid,)


def test_closed_connection_is_replaced(server_pid: int) -> None:
    connection.connection.close()
    assert Branch.objects.count() == 0


def test_frequent_query_is_prepared_once(server_pid: int) -> None:
    connection.close()
    for asked in range(OFTEN + 2):
        assert item_by(f"{asked}") is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        (found,) = cursor.fetchall()
    assert "catalogue_item" in found[0]
