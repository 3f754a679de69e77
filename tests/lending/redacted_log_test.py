"""Test that a logged failure has its place and kind, but no content."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import subprocess
import sys

import pytest

from kiosk.central import CentralUnavailable
from lending import redacted_log
from tests.support.patience import PATIENCE

SECRET = "30001000000018"


def told(error: BaseException) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(redacted_log.RedactingFormatter())
    log = logging.getLogger("tests.plain")
    log.propagate, log.handlers = False, [handler]
    log.error("it failed", exc_info=error)
    return stream.getvalue()


def raised() -> BaseException:
    """A failure in a group, which came of another, which says what it was about."""
    items: dict[str, int] = {}
    with pytest.raises(ExceptionGroup) as group:
        try:
            items[SECRET] += 1
        except KeyError as first:
            raise ExceptionGroup("two", [ValueError(SECRET), RuntimeError(SECRET)]) from first
    return group.value


def test_a_traceback_tells_frames_and_kinds_and_no_words() -> None:
    text = told(raised())
    assert SECRET not in text
    assert "in raised" in text
    assert text.count("Traceback") == 4
    for kind in ("KeyError", "ExceptionGroup", "ValueError", "RuntimeError"):
        assert f"builtins.{kind}\n" in text


def test_our_own_exceptions_and_the_systems_keep_their_reasons() -> None:
    assert "kiosk.central.CentralUnavailable: time_out" in told(CentralUnavailable("time_out"))
    assert "OSError: No space left on device" in told(OSError(28, "No space left on device", f"/{SECRET}"))
    assert SECRET not in told(OSError(28, "No space left on device", f"/{SECRET}"))


def test_a_task_whose_failure_nobody_hears_tells_no_words(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise KeyError(SECRET)

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(redacted_log.loop_failed)
        task = asyncio.ensure_future(fails())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(story())
    (record,) = caplog.records
    assert record.getMessage() == "asyncio: Task exception was never retrieved"
    record.exc_text = None  # as another formatter left it
    assert SECRET not in redacted_log.RedactingFormatter().format(record)


def test_neither_does_a_thread_nor_the_process() -> None:
    program = f"""
import threading
from lending import redacted_log as plain_log
plain_log.begin("INFO")
def fails():
    raise KeyError({SECRET!r} + "9")
thread = threading.Thread(target=fails)
thread.start()
thread.join()
fails()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert done.stderr.count("builtins.KeyError") == 2
    assert f"{SECRET}9" not in done.stderr
