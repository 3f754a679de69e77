"""Show the progress of a long command: a bar on a terminal, otherwise one line a minute on stderr."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm
from tqdm.utils import CallbackIOWrapper

INTERVAL_S = 60.0
"""Seconds between two lines if standard error is no terminal."""
REFRESH_S = 1.0
"""Seconds between two refreshes of a bar, to keep its clock running during a long step without progress."""

_open: list[threading.Event] = []
"""One event for each piece of work in progress, the innermost last."""


@contextmanager
def progress(doing: str, unit: str, total: int | None = None) -> Iterator[tqdm[NoReturn]]:
    """Yield the counter of a long piece of work. Nested pieces share one line.

    Args:
        doing: What is being done, shown before the count.
        unit: What is counted, in the plural. Bytes are shown in k, M and G.
        total: Number expected; None if it is unknown.
    """
    terminal = sys.stderr.isatty()
    closed = threading.Event()
    bar: tqdm[NoReturn] = tqdm(
        desc=doing,
        unit=f" {unit}",
        unit_scale=unit == "bytes",
        total=total,
        leave=False,
        ncols=None if terminal else 0,
        delay=0 if terminal else math.inf,
    )

    def beat() -> None:
        while not closed.wait(REFRESH_S if terminal else INTERVAL_S):
            if terminal:
                bar.refresh()
            elif closed is _open[-1]:
                print(bar, file=sys.stderr, flush=True)

    thread = threading.Thread(target=beat, daemon=True)
    _open.append(closed)
    try:
        with bar, logging_redirect_tqdm() if terminal else nullcontext():
            thread.start()
            yield bar
    finally:
        closed.set()
        thread.join()
        _open.remove(closed)


@contextmanager
def reading(doing: str, path: Path) -> Iterator[BinaryIO]:
    """Open a file and show how much of it has been read. Raises OSError."""
    with path.open("rb") as file, progress(doing, "bytes", path.stat().st_size) as bar:
        yield cast(BinaryIO, CallbackIOWrapper(bar.update, file, "read"))
