"""Decode frames in a separate process: pixels in shared memory, one line per request and per reply."""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import signal
import sys
from dataclasses import replace

from kiosk.hardware.barcodes import model
from kiosk.hardware.barcodes.decoder_cascade import Cascade

PR_SET_PDEATHSIG = 1


def main(shared: int, parent: int) -> None:
    """Answer requests until the input ends; `shared` is the descriptor of the frame's memory."""
    _end_with(parent)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _load_readers()
    cascade = Cascade()
    print(model.READY, flush=True)
    for line in sys.stdin:
        asked, hunt = model.read_request(line)
        size = asked.height * asked.stride
        with mmap.mmap(shared, size, access=mmap.ACCESS_READ) as memory, memoryview(memory) as luma:
            print(model.write_reading(cascade.decode(replace(asked, luma=luma), hunt)), flush=True)


def _load_readers() -> None:
    """Import the decoders now: if one is missing, the process never reports that it is ready."""
    import pyzbar.pyzbar  # noqa: F401
    import zxingcpp  # noqa: F401


def _end_with(parent: int) -> None:
    """Let the kernel kill this process when its parent thread ends (prctl(2)); exit if it has ended already."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
