"""Test the log: the requested level, and no addresses from libraries."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from kiosk.system.logging_setup import begin_log


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Restore the loggers and exception hooks of the process."""
    root, library = logging.getLogger(), logging.getLogger("urllib3")
    before = root.level, root.handlers[:], library.level
    hooks = sys.excepthook, threading.excepthook
    yield
    root.level, root.handlers[:], library.level = before
    sys.excepthook, threading.excepthook = hooks


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "ERROR"])
def test_library_logs_are_disabled_at_every_level(level: str) -> None:
    logging.getLogger().handlers.clear()
    begin_log(level)
    assert logging.getLogger("kiosk.sync").getEffectiveLevel() == logging.getLevelName(level)
    assert not logging.getLogger("urllib3.connection").isEnabledFor(logging.WARNING)
