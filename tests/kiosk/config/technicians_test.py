"""Test that technicians' codes are stored as hashes, and identify who enters one."""

from __future__ import annotations

import asyncio
import logging

import pytest

from kiosk.config.technicians import Technicians
from kiosk.events import TechnicianKnown
from kiosk.views.common import LONGEST_PIN
from lending.technician_codes import MOST_DIGITS, hash_code


def technician_of(technicians: Technicians, code: str) -> TechnicianKnown:
    return asyncio.run(technicians.verify(code))


def test_code_identifies_its_technician() -> None:
    technicians = Technicians({"lin": hash_code("246810"), "ada": hash_code("135791")})
    assert technician_of(technicians, "246810") == TechnicianKnown("lin")
    assert technician_of(technicians, "135791") == TechnicianKnown("ada")
    assert technician_of(technicians, "246811") == TechnicianKnown(None)
    assert technician_of(technicians, "") == TechnicianKnown(None)


def test_kiosk_without_technicians_reports_none_configured() -> None:
    assert technician_of(Technicians({}), "246810") == TechnicianKnown(None, known=False)


def test_same_code_is_hashed_with_a_new_salt() -> None:
    assert hash_code("246810") != hash_code("246810")
    assert "246810" not in hash_code("246810")


@pytest.mark.parametrize(
    "code", ["", "24681", "222222", "222244", "24681a", "２４６８１０x", "２４６８１０", "2468101214161"]
)
def test_guessable_code_is_rejected(code: str) -> None:
    with pytest.raises(ValueError, match="6 to 12 digits"):
        hash_code(code)


def test_longest_code_fits_the_kiosk_keypad() -> None:
    assert MOST_DIGITS == LONGEST_PIN


def test_codes_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    technician_of(Technicians({"lin": hash_code("246810")}), "246810")
    technician_of(Technicians({"lin": hash_code("246810")}), "135791")
    assert "lin signed in" in caplog.text
    assert "246810" not in caplog.text and "135791" not in caplog.text
