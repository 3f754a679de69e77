"""Test the screen sleep of a real kiosk: black while idle at night, restored by a card or a key."""

from __future__ import annotations

import signal
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.patience import PATIENCE
from tests.support.real_kiosk import Kiosk, house

pytestmark = pytest.mark.long  # whole kiosks


def until(kiosk: Kiosk, lit: bool) -> None:
    end = time.monotonic() + PATIENCE
    while bool(kiosk.look()["texts"]) is not lit:
        assert time.monotonic() < end, kiosk.seen


def test_screen_sleeps_at_night_and_wakes_for_a_card_or_key() -> None:
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    awake = f"{now + timedelta(hours=6):%H:%M}-{now + timedelta(hours=12):%H:%M}"
    with (
        house(hub=False) as alone,
        alone.set_up({"screen": {"awake": awake}}).with_journal().kiosk() as kiosk,
    ):
        assert kiosk.look()["texts"]
        kiosk.wait(65)
        until(kiosk, lit=False)
        kiosk.ask("card", uid="04A1B2C3")
        kiosk.ask("lift")
        until(kiosk, lit=True)
        kiosk.wait(180)
        until(kiosk, lit=False)
        kiosk.ask("key", key="next")
        until(kiosk, lit=True)
        kiosk.wait(190)  # key presses extend the idle time to three minutes, plus the next check
        until(kiosk, lit=False)
        kiosk.wait(6.5 * 3600)
        until(kiosk, lit=True)
        assert kiosk.told(signal.SIGTERM) == 0
