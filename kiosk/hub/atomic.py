"""Django's transaction.atomic with the types kept; knows no table."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import transaction

Given = ParamSpec("Given")
Result = TypeVar("Result")


def atomic(effect: Callable[Given, Result]) -> Callable[Given, Result]:
    """Runs the effect in one database transaction, or in its caller's."""
    wrapped: Callable[Given, Result] = transaction.atomic(effect)
    return wrapped


@contextmanager
def one_moment() -> Iterator[None]:
    """Reads within it see the database as it is at one moment, whatever others commit meanwhile; it writes nothing."""
    connection = transaction.get_connection()
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        connection.cursor().execute("BEGIN")  # atomic() would begin as a writer and wait for the others
        try:
            yield
        finally:
            connection.cursor().execute("ROLLBACK")
    else:
        with transaction.atomic():
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
