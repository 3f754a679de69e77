"""Run the decoder's process, and restart it after a crash or a hang."""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Self

from kiosk.hardware.barcodes import model
from kiosk.hardware.barcodes.model import BarcodeHunt, Frame, Reading
from kiosk.hardware.parts import PartFault

log = logging.getLogger(__name__)

DECODE_SECONDS = 1.0
"""Seconds after which a frame's decoding counts as hung: the slowest takes a tenth of this on a Pi 4."""
START_SECONDS = 15.0
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds between two starts; doubled for a process that lived for less than this."""
MOST_FAILED_STARTS = 5


class DecoderWorker:
    """Decoder whose crashes cost one frame each.

    Create, use and close it in one thread: the process ends with that thread.
    """

    def __init__(
        self,
        *,
        seconds: float = DECODE_SECONDS,
        now: Callable[[], float] = time.monotonic,
        module: str = "kiosk.hardware.barcodes.worker",
    ) -> None:
        """Start the program `module` as the decoder."""
        self._seconds = seconds
        self._now = now
        self._module = module
        self._shared = os.memfd_create("frame")
        self._memory: mmap.mmap | None = None
        self._pause = FIRST_PAUSE
        self._next_start = now()
        self._failed_starts = 0
        self._child: Child | None = None
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        return self._child.process.pid if self._child else None

    def close(self) -> None:
        if self._child:
            self._child.end()
            self._child = None
        if self._memory is not None:
            self._memory.close()
        os.close(self._shared)

    def ready(self, seconds: float = 0.0) -> bool:
        """Wait at most `seconds` until the process can decode.

        Raises PartFault `no_decoder` after repeated failed starts.
        """
        if self._child is None and self._now() >= self._next_start:
            self._start()
        child = self._child
        if child is None or child.ready:
            return child is not None
        line = child.line(seconds)
        if line is None and self._now() - child.began <= START_SECONDS:
            return False
        if line != model.READY:
            self._did_not_start("it is not ready in time" if line is None else "it ended at once")
            return False
        child.ready = True
        self._failed_starts = 0
        return True

    def decode(self, frame: Frame, hunt: BarcodeHunt) -> Reading | None:
        """Decode a frame; None while no process is ready, and after a crash or hang. Raises PartFault like `ready`."""
        if not self.ready() or self._child is None:
            return None
        self._share(frame)
        try:
            self._child.ask(model.write_request(frame, hunt))
            answer = self._child.line(self._seconds)
            if answer is not None:
                return model.read_reading(answer)
            self._end("it hung")
        except (OSError, ValueError):
            self._end("it crashed")
        return None

    def _share(self, frame: Frame) -> None:
        size = frame.height * frame.stride
        if self._memory is None or len(self._memory) < size:
            os.ftruncate(self._shared, size)
            if self._memory is not None:
                self._memory.close()
            self._memory = mmap.mmap(self._shared, size)
        self._memory[:size] = memoryview(frame.luma).cast("B")[:size]

    def _start(self) -> None:
        try:
            self._child = Child(self._module, self._shared, self._now())
        except OSError as error:
            self._did_not_start(str(error))

    def _did_not_start(self, why: str) -> None:
        self._end(why)
        self._failed_starts += 1
        if self._failed_starts >= MOST_FAILED_STARTS:
            raise PartFault("no_decoder")

    def _end(self, why: str) -> None:
        log.warning("Restarting the barcode decoder: %s", why)
        now = self._now()
        lived = now - self._child.began if self._child else 0.0
        if self._child:
            self._child.end()
            self._child = None
        self._pause = FIRST_PAUSE if lived > LONGEST_PAUSE else min(2 * self._pause, LONGEST_PAUSE)
        self._next_start = now + self._pause


class Child:
    """One decoder process, from start to end."""

    def __init__(self, module: str, shared: int, began: float) -> None:
        self.began = began
        self.ready = False
        self._rest = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, str(shared), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            pass_fds=[shared],
            start_new_session=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )

    def ask(self, line: str) -> None:
        """Send one request. Raises OSError if the process is gone."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    def line(self, seconds: float) -> str | None:
        """Return the next line: "" if the process has ended, None if the time is over."""
        assert self.process.stdout is not None
        until = time.monotonic() + seconds
        while b"\n" not in self._rest:
            if not select.select([self.process.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
                return None
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                return ""
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
