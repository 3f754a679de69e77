"""Run database transactions, and repeat those that failed because of a lock or a deadlock."""

import functools
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.apps import apps
from django.db import OperationalError, transaction

Given = ParamSpec("Given")
Result = TypeVar("Result")

PATIENCE = 2.0
"""Seconds in which a transaction that met another one is repeated."""
LONGEST_PAUSE = 0.1
DEADLOCKS = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization_failure, deadlock_detected. https://www.postgresql.org/docs/current/errcodes-appendix.html"""
LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def atomic(effect: Callable[Given, Result]) -> Callable[Given, Result]:
    """Run the function in one database transaction, or in its caller's.

    A transaction of its own is repeated from the beginning if the database aborted it in favour of another one.
    """
    wrapped: Callable[Given, Result] = transaction.atomic(effect)

    @functools.wraps(effect)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        return retry_on_lock(lambda: wrapped(*args, **kwargs))

    return run


def retry_on_lock(work: Callable[[], Result]) -> Result:
    """Run the work, which is a whole transaction, again until a deadlock or a lock no longer aborts it.

    Inside a caller's transaction the work runs once, because only the caller can repeat it. The last error is raised.
    """
    connection = transaction.get_connection()
    if connection.in_atomic_block:
        return work()
    end, pause = time.monotonic() + PATIENCE, 0.005
    while True:
        try:
            with _in_turn(connection.vendor):
                return work()
        except OperationalError as error:
            if not met_another(error) or time.monotonic() > end:
                raise
        time.sleep(random.uniform(0, pause))
        pause = min(2 * pause, LONGEST_PAUSE)


@contextmanager
def _in_turn(vendor: str) -> Iterator[None]:
    """Serialise this process's writers on SQLite.

    SQLite permits one writer at a time, and waiting writers poll at growing intervals. The wait is limited, because
    another process may hold the file.
    """
    turn: threading.Lock = apps.get_app_config("core").turn
    holds_turn = vendor == "sqlite" and turn.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if holds_turn:
            turn.release()


def met_another(error: OperationalError) -> bool:
    """Return whether the transaction may succeed when it is repeated."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in LOCKED
    return getattr(cause, "sqlstate", None) in DEADLOCKS


@contextmanager
def read_snapshot() -> Iterator[None]:
    """Run the reads of a block in one read-only snapshot, whatever others commit meanwhile."""
    connection = transaction.get_connection()
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        connection.cursor().execute("BEGIN")  # atomic() would begin a write transaction and wait for other writers
        try:
            yield
        finally:
            connection.cursor().execute("ROLLBACK")
    else:
        with transaction.atomic():
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
