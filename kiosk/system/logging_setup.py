"""Set up the program's log on standard error, and keep its last hour in memory."""

from __future__ import annotations

import logging
import time
from collections import deque

from lending import redacted_log

HOUR = 3600.0
MOST_LINES = 5000


class TimedFormatter(redacted_log.RedactingFormatter):
    """Begin each line with the time in UTC, which the service manager's log has by itself."""

    shape = f"%(asctime)sZ {redacted_log.SHAPE}"
    converter = staticmethod(time.gmtime)


class RecentLog(logging.Handler):
    """Keep the lines of the last hour, at most MOST_LINES, redacted as in the log itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(TimedFormatter())
        self._lines: deque[tuple[float, str]] = deque(maxlen=MOST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record's text."""
        self._lines.append((time.monotonic(), self.format(record)))

    def text(self) -> str:
        """Return the lines of the last hour, oldest first."""
        since = time.monotonic() - HOUR
        return "".join(f"{line}\n" for at, line in list(self._lines) if at >= since)


def recent_log() -> RecentLog:
    """Return the log of the last hour; it is kept from the first call on."""
    root = logging.getLogger()
    kept = next((each for each in root.handlers if isinstance(each, RecentLog)), None)
    if kept is None:
        kept = RecentLog()
        root.addHandler(kept)
    return kept


def begin_log(level: str) -> None:
    """Start the log without urllib3's warnings: they contain full URLs, and a card's URL identifies the card."""
    redacted_log.begin(level)
    recent_log()
    logging.getLogger("urllib3").setLevel(max(logging.ERROR, logging.getLogger().level))
