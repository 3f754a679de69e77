"""A faulty hub for the proof's control: it applies a repeated row again."""

from __future__ import annotations

import sys
from typing import Any

import uuid6
from django.core.handlers.wsgi import WSGIHandler

from hub import cli


def break_it() -> None:
    """Remove the check for a known id, and the keys: every row is stored under a new id."""
    from hub.circulation.intake import encrypted_rows
    from hub.circulation.intake.transaction_intake import TransactionIntake
    from lending.wire import RowAnswer, WireRow

    def answer(self: Any, raw: dict[str, object]) -> RowAnswer:
        row = WireRow.model_validate(encrypted_rows.decrypt_row(raw))
        done: RowAnswer = self._first(row.model_copy(update={"id": str(uuid6.uuid7())}))
        return done.model_copy(update={"id": row.id})

    TransactionIntake._answer = answer  # type: ignore[method-assign]


def main() -> int:
    load = WSGIHandler.load_middleware

    def loaded(self: Any, *args: Any, **kwargs: Any) -> None:
        break_it()
        load(self, *args, **kwargs)

    WSGIHandler.load_middleware = loaded
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
