"""Configure logging that shows where and how the program failed, without any patron or item data.

The text of a foreign exception contains whatever value was handled: `KeyError('30001…')` is a borrowed item.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from copy import copy
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)

OURS = ("kiosk.", "hub.", "lending.")

SHAPE = "%(levelname)s %(name)s: %(message)s"


class RedactingFormatter(logging.Formatter):
    """Format tracebacks with stack frames and exception types only."""

    shape = SHAPE

    def __init__(self) -> None:
        super().__init__(self.shape)

    def format(self, record: logging.LogRecord) -> str:
        """Drop `exc_text` first: another handler may have cached its own text of the exception."""
        record = copy(record)
        record.exc_text = None
        return super().format(record)

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Format a traceback without the messages of foreign exceptions."""
        return "\n".join(_lines(ei[1], self.reason)) if ei[1] is not None else ""

    def reason(self, error: BaseException) -> str:
        """Return the message of our own exceptions, which name no person, or the operating system's error text."""
        if isinstance(error, OSError) and error.strerror:
            return f": {error.strerror}"
        return f": {error}" if type(error).__module__.startswith(OURS) else ""


def begin(level: str, formatter: RedactingFormatter | None = None) -> None:
    """Configure logging for the process and log uncaught errors of threads, destructors and the main program."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter or RedactingFormatter())
    logging.basicConfig(level=level, handlers=[handler])
    sys.excepthook = _process_died
    threading.excepthook = _thread_died
    sys.unraisablehook = _unraisable


def loop_failed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an asyncio error; use as the loop's exception handler, because the default one prints the exception."""
    error = context.get("exception")
    log.error("asyncio: %s", context.get("message", ""), exc_info=error if error is not None else False)


def _process_died(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("uncaught exception, the program ends", exc_info=(kind, error, trace))


def _thread_died(args: threading.ExceptHookArgs) -> None:
    log.error("uncaught exception, a thread ends", exc_info=args.exc_value or False)


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    log.error("exception ignored in a destructor or callback", exc_info=args.exc_value or False)


def _lines(error: BaseException, reason: Callable[[BaseException], str]) -> Iterator[str]:
    """Yield the lines of an exception and its causes, oldest first, then the parts of a group."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _lines(before, reason)
        yield "and then:"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    yield f"{type(error).__module__}.{type(error).__qualname__}{reason(error)}"
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield "of which:"
            yield from _lines(part, reason)
