"""Format the hub's log without patron data: what failed and where, but no values.

Messages of Django, gunicorn and other libraries may contain anything, such as a path with a card's hash or the
parameters of an SQL statement. Only the place is logged for them. Nothing is sent by mail.
"""

from __future__ import annotations

import logging
import re
from copy import copy
from pathlib import Path

from lending import redacted_log

SHAPE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
WARNED = re.compile(r"(?P<file>.+?):(?P<line>[0-9]+): (?P<kind>\w+): ")
"""Beginning of a logged Python warning."""


class HubFormatter(redacted_log.RedactingFormatter):
    """Log the hub's own messages in full, and only the place of all others."""

    shape = SHAPE

    def format(self, record: logging.LogRecord) -> str:
        if not record.name.startswith(redacted_log.OURS):
            record = copy(record)
            record.msg, record.args, record.stack_info = _place(record), (), None
        return super().format(record)

    def reason(self, error: BaseException) -> str:
        """Return the system's error text for a file or a connection; other texts may contain patron data."""
        return f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""


def begin() -> None:
    """Log uncaught exceptions and warnings of this process. Django configures the rest from the settings."""
    redacted_log.begin("WARNING", HubFormatter())
    logging.captureWarnings(True)


def _place(record: logging.LogRecord) -> str:
    if record.name == "py.warnings":
        warned = WARNED.match(record.getMessage())
        return f"{warned['kind']} at {_short(warned['file'])}:{warned['line']}" if warned else "a warning"
    here = f"{_short(record.pathname)}:{record.lineno} in {record.funcName}"
    status = getattr(record, "status_code", None)
    return f"{status} at {_route(record)}" if isinstance(status, int) else here


def _route(record: logging.LogRecord) -> str:
    """Return the URL pattern, which contains nothing of the request itself."""
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    return str(getattr(match, "route", "")) or "an unknown address"


def _short(path: str) -> str:
    return "/".join(Path(path).parts[-3:])
