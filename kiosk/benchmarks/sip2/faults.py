"""Run `kiosk bench faults --central sip2`: faulty connections between kiosks and a SIP2 system."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

from kiosk.benchmarks.sip2.negative_controls import Control
from kiosk.benchmarks.sip2.report import as_text, held, records
from kiosk.benchmarks.sip2.sockets import play

ACTS = 10
CONTROLS = (Control.BLIND, Control.LOST_IS_DONE)


def bench_sip2_faults(*, kiosks: int, seed: int, as_json_text: bool) -> int:
    """Print the results; return 0 if nothing was lost or duplicated and every control was caught, else 1."""
    played = asyncio.run(play(seed, kiosks, ACTS, CONTROLS))
    print(json.dumps([asdict(each) for each in records(played, seed, 0.0)]) if as_json_text else as_text(played))
    return 0 if held(played) else 1
