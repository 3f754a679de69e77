"""Test that technicians' codes are stored as hashes, and identify who enters one."""

from __future__ import annotations

import asyncio
import logging

import pytest

from kiosk.config.technicians import MOST_DIGITS, Technicians, hash_code
from kiosk.events import TechnicianKnown
from kiosk.views.common import LONGEST_PIN


def whose(technicians: Technicians, code: str) -> TechnicianKnown:
    return asyncio.run(technicians.known(code))


def test_each_technician_is_known_by_their_own_code() -> None:
    technicians = Technicians({"lin": hash_code("246810"), "ada": hash_code("135791")})
    assert whose(technicians, "246810") == TechnicianKnown("lin")
    assert whose(technicians, "135791") == TechnicianKnown("ada")
    assert whose(technicians, "246811") == TechnicianKnown(None)
    assert whose(technicians, "") == TechnicianKnown(None)


def test_a_kiosk_without_technicians_says_so() -> None:
    assert whose(Technicians({}), "246810") == TechnicianKnown(None, known=False)


def test_the_same_code_rests_as_another_hash_each_time() -> None:
    assert hash_code("246810") != hash_code("246810")
    assert "246810" not in hash_code("246810")


@pytest.mark.parametrize(
    "code", ["", "24681", "222222", "222244", "24681a", "２４６８１０x", "２４６８１０", "2468101214161"]
)
def test_a_code_that_is_easily_guessed_is_not_taken(code: str) -> None:
    with pytest.raises(ValueError, match="6 to 12 digits"):
        hash_code(code)


def test_the_longest_code_can_be_typed_at_the_kiosk() -> None:
    assert MOST_DIGITS == LONGEST_PIN


def test_no_code_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    whose(Technicians({"lin": hash_code("246810")}), "246810")
    whose(Technicians({"lin": hash_code("246810")}), "135791")
    assert "lin signed in" in caplog.text
    assert "246810" not in caplog.text and "135791" not in caplog.text
