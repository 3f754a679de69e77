"""Leak files, memory and threads in a kiosk; Python runs this file first if it is on the path."""

from __future__ import annotations

import os
import sys
import threading

INTERVAL_S = 0.2
BYTES = 1_000_000
leaked: list[object] = []


def leak() -> None:
    never = threading.Event()
    while not never.wait(INTERVAL_S):
        leaked.extend((os.open("/dev/null", os.O_RDONLY), bytearray(b"x") * BYTES))
        threading.Thread(target=never.wait, daemon=True).start()


if "kiosk.cli" in sys.orig_argv:
    threading.Thread(target=leak, daemon=True).start()
