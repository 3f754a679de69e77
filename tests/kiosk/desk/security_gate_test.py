"""Test that the security gate opens when a loan is recorded, and only then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.views import Refused
from lending.model import ItemStatus, Reason
from tests.kiosk.desk.bench import DUNE, EMMA, LIN_REF, RULES, Bench, shown, story, under


@story
async def test_each_new_loan_opens_the_gate_once(bench: Bench) -> None:
    await bench.tap()
    assert bench.gate.pulses == 0
    await bench.scan(DUNE)
    assert bench.gate.pulses == 1
    await bench.scan(DUNE)
    assert bench.gate.pulses == 1, "it is already listed"
    await bench.scan(EMMA)
    assert bench.gate.pulses == 2


@story
async def test_offline_loan_opens_the_gate(bench: Bench) -> None:
    await bench.tap()
    await bench.network(up=False)
    await bench.scan(DUNE)
    assert bench.gate.pulses == 1


@story
async def test_refused_book_keeps_the_gate_closed(bench: Bench) -> None:
    bench.item(EMMA, reserved_for=LIN_REF, status=ItemStatus.ON_HOLD_SHELF)
    await bench.tap()
    await bench.scan(EMMA)
    shown(bench.view, Refused)
    bench.library.refuses_next = Reason.CENTRAL_REFUSED
    await bench.press("next")
    await bench.scan(DUNE)
    shown(bench.view, Refused)
    assert bench.gate.pulses == 0


@story
async def test_unrecorded_loan_keeps_the_gate_closed(bench: Bench) -> None:
    await bench.tap()
    bench.library.journal_full = True
    await bench.scan(DUNE)
    assert bench.gate.pulses == 0


@under(replace(RULES, returns="trusted"))
async def test_returns_and_renewals_keep_the_gate_closed(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    bench.item(DUNE, due=bench.clock.now() + timedelta(days=2))
    await bench.press("account")
    await bench.press("renew", item=DUNE)
    assert bench.gate.pulses == 1
    await bench.press("finish")
    await bench.press("receipt_none")
    await bench.press("return")
    await bench.scan(DUNE)
    assert bench.gate.pulses == 1
