"""Set up the program's log on standard error."""

from __future__ import annotations

import logging

from lending import redacted_log


def begin_log(level: str) -> None:
    """Start the log without urllib3's warnings: they contain full URLs, and a card's URL identifies the card."""
    redacted_log.begin(level)
    logging.getLogger("urllib3").setLevel(max(logging.ERROR, logging.getLogger().level))
