"""Test that counts of wrong PINs survive restarts and power cuts, and that staff are informed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kiosk.desk.attempt_guard import A_DAY, CARD_PAUSE, KIOSK_PAUSE, TRIES, AttemptGuard
from kiosk.system.health import READY, Health, PartName, PartState
from kiosk.wiring.pin_attempts_file import GUESSED, PinAttemptsFile
from lending.model import CardRef
from tests.kiosk.sync.bench import ADA, LIN, HandClock, run_async, settle


class Kiosk:
    """One start of the kiosk process."""

    def __init__(self, folder: Path, seconds: float, boot: str = "first") -> None:
        self.clock = HandClock()
        self.clock.seconds = seconds
        self.parts: dict[PartName, PartState] = {}
        self.file = PinAttemptsFile(folder / "wrong-pins.json", self.clock, boot, Health(self.parts.__setitem__))

    def wrong(self, guard: AttemptGuard, card: CardRef, times: int) -> AttemptGuard:
        for _ in range(times):
            guard = guard.wrong_pin(card, self.clock.monotonic())
        self.file.keep(guard)
        return guard


def test_restart_keeps_failed_attempts(tmp_path: Path) -> None:
    first = Kiosk(tmp_path, 1000.0)
    guard = first.wrong(AttemptGuard(), ADA, 3)
    again = Kiosk(tmp_path, 1060.0).file.load()
    assert again == guard
    assert again.tries_left(ADA, 1060.0) == 2
    locked = first.wrong(again, ADA, 2)
    assert Kiosk(tmp_path, 1060.0).file.load() == locked
    assert locked.tries_left(ADA, 1000.0 + CARD_PAUSE) == TRIES


def test_power_cut_restarts_the_pause(tmp_path: Path) -> None:
    first = Kiosk(tmp_path, 50_000.0)
    first.wrong(AttemptGuard(), ADA, TRIES)
    again = Kiosk(tmp_path, 12.0, boot="second").file.load()
    assert again.tries_left(ADA, 12.0 + CARD_PAUSE - 1) == 0
    assert again.tries_left(ADA, 12.0 + CARD_PAUSE) == TRIES
    assert again.tries_left(LIN, 12.0) == TRIES
    for _ in range(TRIES):
        again = again.wrong_pin(ADA, 12.0 + CARD_PAUSE)
    assert len(again.cards[ADA].wrong) == A_DAY


@run_async
async def test_ten_wrong_pins_raise_an_alarm_until_the_pause_ends(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, 1000.0)
    guard = AttemptGuard()
    for number in range(9):
        guard = kiosk.wrong(guard, CardRef(f"{number:064}"), 1)
    assert PartName.PINS not in kiosk.parts
    kiosk.wrong(guard, ADA, 1)
    assert kiosk.parts[PartName.PINS] == GUESSED
    again = Kiosk(tmp_path, 1100.0)
    assert again.file.load().tries_left(LIN, 1100.0) == 0
    assert again.parts[PartName.PINS] == GUESSED
    watching = asyncio.ensure_future(again.file.run())
    await again.clock.pass_time(KIOSK_PAUSE - 101)
    assert again.parts[PartName.PINS] == GUESSED
    await again.clock.pass_time(20)
    assert again.parts[PartName.PINS] == READY
    watching.cancel()
    await settle()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"boot": "first", "at": 1e400}', b"\xff\x00"])
def test_unreadable_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wrong-pins.json").write_bytes(content)
    kiosk = Kiosk(tmp_path, 1000.0)
    assert kiosk.file.load() == AttemptGuard()
    kiosk.wrong(AttemptGuard(), ADA, 1)
    assert kiosk.file.load().tries_left(ADA, 1000.0) == 4


def test_unwritable_file_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kiosk = Kiosk(tmp_path / "missing", 1000.0)
    for _ in range(2):
        kiosk.wrong(AttemptGuard(), ADA, 1)
    assert caplog.text.count("wrong PINs are counted in memory") == 1


def test_file_contains_hashed_cards_and_no_pin(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, 1000.0)
    kiosk.wrong(AttemptGuard(), ADA, 1)
    file = tmp_path / "wrong-pins.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert '"wrong":[1000.0],"in_a_row":1' in file.read_text(encoding="utf-8")
