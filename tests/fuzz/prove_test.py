"""A short dose of the fuzzing, and that a parser with a defect does not pass."""

from __future__ import annotations

import ast

import pytest

from kiosk.sync import wire
from tests.fuzz.prove import CONTROL, CONTROL_INPUTS, feed, planted, prove
from tests.fuzz.targets import Invented, Target, only_what_was_sent

INPUTS = 3000
SEED = 20261125


def test_no_parser_fails_and_the_planted_defect_is_found() -> None:
    records, said = prove(SEED, INPUTS, processes=1)
    assert said == []
    parsers, control = records
    assert parsers.held and parsers.n >= INPUTS
    assert control.name == CONTROL and control.held


def test_a_small_input_is_told_that_does_it_again() -> None:
    told = feed(planted(), CONTROL_INPUTS, SEED).fault.rpartition(" out of ")[2]
    raw = ast.literal_eval(told)
    assert len(raw) < min(map(len, planted().samples))
    with pytest.raises((IndexError, ValueError)):
        planted().check(raw)


def test_a_field_that_was_not_sent_is_seen() -> None:
    def invents(raw: bytes) -> None:
        read = wire.PinAnswer(verdict="wrong")
        only_what_was_sent(read, {"detail": raw.decode(errors="replace")})

    fed = feed(Target("inventive", invents, [b"{}"]), 10, SEED)
    assert fed.fault.startswith(f"{Invented.__name__}: PinAnswer.verdict was not sent")
