"""What the hub says of itself in its log: where something failed and how, never with what; knows no patron's words.

Others' sentences hold whatever was at hand - a path with a card's hash, the parameters of an SQL statement - so of what
Django, waitress and the libraries say only the place is told. Nothing is sent by mail.
"""

from __future__ import annotations

import logging
import re
from copy import copy
from pathlib import Path

from lending import redacted_log

SHAPE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
WARNED = re.compile(r"(?P<file>.+?):(?P<line>[0-9]+): (?P<kind>\w+): ")
"""How Python begins what it says of a warning."""


class HubFormatter(redacted_log.RedactingFormatter):
    """Tells our own sentences, and of all others where they were said."""

    shape = SHAPE

    def format(self, record: logging.LogRecord) -> str:
        if not record.name.startswith(redacted_log.OURS):
            record = copy(record)
            record.msg, record.args, record.stack_info = _place(record), (), None
        return super().format(record)

    def reason(self, error: BaseException) -> str:
        """What the system says of a file or a line, and no words of anybody's: the hub's know patrons."""
        return f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""


def begin() -> None:
    """Has whatever dies unseen in this process tell of it in the log. Django sets up the rest, by the settings."""
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
    """The pattern of the address, which holds nothing of what was asked for."""
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    return str(getattr(match, "route", "")) or "an unknown address"


def _short(path: str) -> str:
    return "/".join(Path(path).parts[-3:])
