"""The bench of a library's own system in a short dose: every figure is there, and nothing is lost on the way."""

from __future__ import annotations

import asyncio

from kiosk.bench.sip2.bench import Dose, measure, parsed

FEW = Dose(messages=2000, visits=0, kiosks=3, loans=2, queued=20)
"""The visits are those of `kiosk bench visit`."""


def test_many_kiosks_lose_no_loan_and_a_queue_is_drained() -> None:
    figures = {each.name: each for each in asyncio.run(measure(FEW))}
    assert [each for each in figures if "kiosks at once" in each] == ["3 kiosks at once: loans"]
    assert figures["... loans lost"].median == figures["... loans doubled"].median == 0
    assert figures["... answer to one message"].n == 3 * 2 * 3
    assert figures["20 queued rows drained"].ok


def test_a_parser_that_is_slow_is_told() -> None:
    assert parsed(400).budget == 20_000
