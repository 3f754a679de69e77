"""Looks whether a kept line to PostgreSQL still stands, and asks by SQL that is prepared there; knows no table."""

import select
from typing import Any

from django.db.backends.postgresql import base, operations

OFTEN = 5
"""Times that a line has asked the same by `asking_cursor` before the server is to prepare it."""


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> Any:
        """Also of what is prepared, whose text Django does not find."""
        return super().last_executed_query(cursor, sql, params) or self.compose_sql(sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        return {**params, "prepare_threshold": OFTEN}

    def asking_cursor(self) -> Any:
        """For SQL whose text is the same each time: the server reads and plans it once for each line. Django's own
        cursors write the values into the text, and it is read and planned anew each time.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(base.ServerBindingCursor(self.connection))

    def is_usable(self) -> bool:
        """A server that has ended a line says so on it; where it has said nothing, nobody needs to ask.

        So the look costs no way there and back, which Django's question costs each request.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0) or bool(super().is_usable())
