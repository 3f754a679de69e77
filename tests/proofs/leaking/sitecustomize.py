"""Leak files, memory and threads in a kiosk; Python runs this file first if it is on the path."""

from __future__ import annotations

import os
import sys
import threading

MOMENT = 0.2
EACH = 1_000_000
kept: list[object] = []


def leak() -> None:
    ever = threading.Event()
    while not ever.wait(MOMENT):
        kept.extend((os.open("/dev/null", os.O_RDONLY), bytearray(b"x") * EACH))
        threading.Thread(target=ever.wait, daemon=True).start()


if "kiosk.cli" in sys.orig_argv:
    threading.Thread(target=leak, daemon=True).start()
