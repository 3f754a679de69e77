"""Test the fuzzing in a short run, and that a parser with a defect fails it."""

from __future__ import annotations

import ast

import pytest

from lending import wire
from tests.proofs.fuzz.prove import CONTROL, CONTROL_INPUTS, feed, planted, prove
from tests.proofs.fuzz.sip2 import carelessly, sent
from tests.proofs.fuzz.targets import Invented, Target, only_what_was_sent

pytestmark = pytest.mark.long

INPUTS = 3000
SEED = 20261125


@pytest.mark.judge
def test_parsers_hold_and_seeded_defects_are_found() -> None:
    records, said = prove(SEED, INPUTS, processes=1)
    assert said == []
    parsers, control, sip2, careless = records
    assert parsers.held and parsers.n >= INPUTS
    assert control.name == CONTROL and control.held
    assert sip2.held and sip2.n >= INPUTS
    assert careless.control and careless.held


def test_field_injected_by_a_label_is_detected() -> None:
    sent(b"\x021001|3001|4711|main")
    with pytest.raises(Invented, match="17 is read as another message"):
        sent(b"\x02|3001\x1cAAother", lambda message: carelessly(message).replace("\x1c", "|"))
    with pytest.raises(Invented, match="63 became 2 messages"):
        sent(b"\x021001\rX|3001", carelessly)


def test_failure_is_reported_with_a_reduced_input() -> None:
    text = feed(planted(), CONTROL_INPUTS, SEED).fault.rpartition(" out of ")[2]
    raw = ast.literal_eval(text)
    assert len(raw) < min(map(len, planted().samples))
    with pytest.raises((IndexError, ValueError)):
        planted().check(raw)


def test_invented_field_is_detected() -> None:
    def invents(raw: bytes) -> None:
        read = wire.PinAnswer(verdict="wrong")
        only_what_was_sent(read, {"detail": raw.decode(errors="replace")})

    fed = feed(Target("inventive", invents, [b"{}"]), 10, SEED)
    assert fed.fault.startswith(f"{Invented.__name__}: PinAnswer.verdict was not sent")
