"""Check kept connections without a round trip, and prepare repeated SQL on the server."""

import select
from typing import Any

from django.db.backends.postgresql import base, operations

OFTEN = 5
"""Executions of the same SQL on a connection after which psycopg prepares it on the server."""


class DatabaseOperations(operations.DatabaseOperations):
    """Django's operations, extended for prepared statements."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> Any:
        """Return the last SQL, also of prepared statements, whose text Django does not find."""
        return super().last_executed_query(cursor, sql, params) or self.compose_sql(sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection, with prepared statements and a cheaper health check."""

    ops_class = DatabaseOperations

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        return {**params, "prepare_threshold": OFTEN}

    def asking_cursor(self) -> Any:
        """Return a cursor for SQL whose text is constant, so that the server parses and plans it once per connection.

        Django's own cursors interpolate the values, and the server parses and plans each statement again.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(base.ServerBindingCursor(self.connection))

    def is_usable(self) -> bool:
        """Return False if the server has closed the connection.

        A server that ends a connection sends data on it, so a silent socket is usable. This saves the round trip of
        Django's own check per request.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0) or bool(super().is_usable())
