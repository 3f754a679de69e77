"""Begins the program's log, on standard error; writes nothing itself."""

from __future__ import annotations

import logging

from lending import redacted_log


def begin_log(level: str) -> None:
    """What a library warns of by a whole address stays out: the address of a card names the card."""
    redacted_log.begin(level)
    logging.getLogger("urllib3").setLevel(max(logging.ERROR, logging.getLogger().level))
