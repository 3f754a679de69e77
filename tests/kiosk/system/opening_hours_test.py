"""Test opening hours in the library's time zone, also those that pass midnight."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk.system.opening_hours import Hours

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("hours", "utc", "held"),
    [
        ("07:30-21:00", "2026-11-25 23:29", False),
        ("07:30-21:00", "2026-11-25 23:30", True),
        ("07:30-21:00", "2026-11-25 12:59", True),
        ("07:30-21:00", "2026-11-25 13:00", False),
        ("18:00-02:00", "2026-11-25 09:59", False),
        ("18:00-02:00", "2026-11-25 15:59", True),
        ("18:00-02:00", "2026-11-25 16:01", True),
        ("18:00-02:00", "2026-11-25 18:00", False),
    ],
)
def test_opening_hours_apply_in_the_library_time_zone(hours: str, utc: str, held: bool) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert Hours.parse(hours).hold(moment, SHANGHAI) is held


def test_opening_hours_follow_a_daylight_saving_change() -> None:
    """In Berlin the clock jumps from 02:00 to 03:00, so half an hour later it is 03:30."""
    spring = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert Hours.parse("03:00-04:00").hold(spring, ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("text", ["", "07:30", "7:30-21:00", "07:30-24:00", "07:30-07:30", "07:30 - 21:00", "a-b"])
def test_invalid_opening_hours_are_rejected(text: str) -> None:
    with pytest.raises(ValueError):
        Hours.parse(text)
