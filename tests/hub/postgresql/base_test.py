"""Test the hub's kept PostgreSQL connections: closed ones are not used, and frequent queries are prepared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, connections

from hub.catalogue.models import Branch
from hub.circulation.apply_transaction import item_by
from hub.postgresql.base import OFTEN

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is a file")


@pytest.fixture
def line(transactional_db: None) -> Iterator[int]:
    """The server's number of our line, which a first request has used and left open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    connection.health_check_enabled, connection.health_check_done = True, False
    yield number
    connection.health_check_enabled = False


def server_ends(line: int) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [line])
            assert cursor.fetchone() == (True,)
    finally:
        other.close()


def test_after_the_server_was_started_anew_the_first_request_is_answered(line: int) -> None:
    server_ends(line)
    assert Branch.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() != (line,)


def test_a_line_that_stands_is_kept(line: int) -> None:
    assert connection.is_usable()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() == (line,)


def test_one_that_was_closed_is_not_taken_for_one_that_stands(line: int) -> None:
    connection.connection.close()
    assert Branch.objects.count() == 0


def test_what_is_asked_often_is_read_and_planned_once(line: int) -> None:
    connection.close()
    for asked in range(OFTEN + 2):
        assert item_by(f"{asked}") is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        (found,) = cursor.fetchall()
    assert "catalogue_item" in found[0]
