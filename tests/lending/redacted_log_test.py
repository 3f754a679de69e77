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


def log_text(error: BaseException) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(redacted_log.RedactingFormatter())
    log = logging.getLogger("tests.plain")
    log.propagate, log.handlers = False, [handler]
    log.error("it failed", exc_info=error)
    return stream.getvalue()


def nested_error() -> BaseException:
    """Return an exception group raised from another error, all with secret messages."""
    items: dict[str, int] = {}
    with pytest.raises(ExceptionGroup) as group:
        try:
            items[SECRET] += 1
        except KeyError as first:
            raise ExceptionGroup("two", [ValueError(SECRET), RuntimeError(SECRET)]) from first
    return group.value


def test_traceback_keeps_frames_and_types_without_messages() -> None:
    text = log_text(nested_error())
    assert SECRET not in text
    assert "in nested_error" in text
    assert text.count("Traceback") == 4
    for kind in ("KeyError", "ExceptionGroup", "ValueError", "RuntimeError"):
        assert f"builtins.{kind}\n" in text


def test_own_exceptions_and_os_errors_keep_their_reasons() -> None:
    assert "kiosk.central.CentralUnavailable: time_out" in log_text(CentralUnavailable("time_out"))
    assert "OSError: No space left on device" in log_text(OSError(28, "No space left on device", f"/{SECRET}"))
    assert SECRET not in log_text(OSError(28, "No space left on device", f"/{SECRET}"))


def test_failed_asyncio_task_is_logged_without_messages(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise KeyError(SECRET)

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(redacted_log.loop_failed)
        task = asyncio.ensure_future(fails())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(scenario())
    (record,) = caplog.records
    assert record.getMessage() == "asyncio: Task exception was never retrieved"
    record.exc_text = None  # as another formatter left it
    assert SECRET not in redacted_log.RedactingFormatter().format(record)


def test_failed_thread_and_process_are_logged_without_messages() -> None:
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
