"""Run blocking calls in daemon threads that delay neither the event loop nor the exit of the process."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def run_detached(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call like `asyncio.to_thread`, but in a daemon thread that is not joined at exit.

    A silent host holds its thread until the time-out. A shared pool would block other work and the restart.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result, error = None, None
        try:
            result = call(*args, **kwargs)
        except BaseException as raised:  # noqa: BLE001 - re-raised in the awaiting coroutine
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed, so no coroutine awaits the result
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name="apart", daemon=True).start()
    return await answer
