"""Decode frames (hex, line by line) with pysip2's codec in its environment; print JSON."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

pysip2: Any = importlib.import_module("pysip2")
msgspec: Any = importlib.import_module("msgspec")

for line in sys.stdin:
    charset, data = line.split()
    frame = bytes.fromhex(data)
    decoded = pysip2.decode_message(frame, encoding=charset)
    values = msgspec.to_builtins(decoded.message)
    sound = pysip2.verify_checksum(frame[:-1])
    print(
        json.dumps(
            {
                "kind": type(decoded.message).__name__,
                "values": values,
                "sequence": decoded.sequence_number,
                "sound": sound,
            }
        )
    )
