"""Test blocking calls in a detached thread: result, exception, and exit without joining."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from kiosk.sync.http import run_detached
from tests.kiosk.sync.bench import run_async


def test_result_comes_from_another_thread() -> None:
    assert asyncio.run(run_detached(threading.get_ident)) != threading.get_ident()
    assert asyncio.run(run_detached(divmod, 7, 2)) == (3, 1)


def test_exception_is_raised_to_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(run_detached(divmod, 7, 0))


@run_async
async def test_cancelled_call_does_not_affect_the_next() -> None:
    go = threading.Event()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(run_detached(go.wait), 0)
    go.set()
    assert await run_detached(lambda: 1) == 1


def test_hanging_call_blocks_neither_other_calls_nor_exit() -> None:
    never = threading.Event()

    async def story() -> None:
        hanging = [asyncio.create_task(run_detached(never.wait, 60)) for _ in range(100)]
        await asyncio.sleep(0)
        assert await run_detached(lambda: 1) == 1
        assert not any(each.done() for each in hanging)

    began = time.monotonic()
    asyncio.run(story())
    assert time.monotonic() - began < 30
    never.set()
