"""Test the speaker through a substitute for aplay that records the samples."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from kiosk.config.sound import Alsa
from kiosk.hardware.aiming_tone import HIGHEST, LOWEST, Aim
from kiosk.hardware.parts import PartFault
from kiosk.hardware.speaker import RATE, AlsaSpeaker
from tests.kiosk.hardware.player_process import alive, until

APLAY = """#!/bin/sh
echo "$$ $*" >> {folder}/calls
if [ -e {folder}/broken ]; then echo "aplay: main:850: audio open error: No such file or directory" >&2; exit 1; fi
exec cat >> {folder}/heard
"""


class Room:
    """Substitute for aplay that records what is played."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self) -> None:
        program = self.folder / "aplay"
        program.write_text(APLAY.format(folder=self.folder))
        program.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def players(self) -> list[int]:
        return [int(call.split()[0]) for call in self.calls]

    def samples(self) -> np.ndarray:
        file = self.folder / "heard"
        whole = file.read_bytes() if file.exists() else b""
        return np.frombuffer(whole[: len(whole) // 2 * 2], "<i2")

    def hear(self, seconds: float) -> np.ndarray:
        """Return the next samples of this duration, in seconds."""
        before = len(self.samples())
        until(lambda: len(self.samples()) >= before + seconds * RATE)
        return self.samples()[before : before + int(seconds * RATE)]


def well(speaker: AlsaSpeaker) -> bool:
    """Return True if the speaker reports no fault."""
    try:
        speaker.check()
    except PartFault:
        return False
    return True


def hertz(samples: np.ndarray) -> float:
    """Return the strongest frequency, to a tenth of a hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 10 * RATE))
    return float(np.argmax(spectrum)) / 10


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    substitute = Room(tmp_path)
    substitute.install()
    return substitute


@contextmanager
def speaking(choice: Alsa | None = None) -> Iterator[AlsaSpeaker]:
    speaker = AlsaSpeaker(choice or Alsa(driver="alsa"))
    try:
        yield speaker
    finally:
        speaker.close()


def test_pitch_rises_with_the_stripes_in_one_player(room: Room) -> None:
    with speaking() as speaker:
        moments = iter(range(100))
        aim = Aim(speaker, lambda: float(next(moments)))
        frequencies = []
        for stripes in (0.1, 0.4, 0.7, 1.0):
            aim.see(stripes)
            room.hear(0.15)
            frequencies.append(hertz(room.hear(0.15)))
        aim.rest()
    expected = [LOWEST * (HIGHEST / LOWEST) ** stripes for stripes in (0.1, 0.4, 0.7, 1.0)]
    assert frequencies == pytest.approx(expected, rel=0.01)
    assert len(room.calls) == 1, "a change of pitch starts no new player"


def test_tone_has_the_configured_volume_and_ends_without_a_click(room: Room) -> None:
    with speaking(Alsa(driver="alsa", volume=0.5, device="plughw:1")) as speaker:
        speaker.sound(440.0)
        room.hear(0.2)
        speaker.sound(None)
        room.hear(0.1)
        quiet = room.hear(0.1)
    samples = room.samples().astype(int)
    assert "-D plughw:1" in room.calls[0]
    assert max(abs(samples)) == pytest.approx(0.5 * 32767, rel=0.01)
    assert not quiet.any(), "silent when the view ends"
    steepest = 0.5 * 32767 * 2 * np.pi * 440 / RATE
    assert np.abs(np.diff(samples)).max() <= steepest * 1.05


def test_player_does_not_start_before_the_first_tone(room: Room) -> None:
    with speaking() as speaker:
        speaker.sound(None)
    assert room.calls == []


def test_crashed_player_is_restarted(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("kiosk.hardware.speaker.AGAIN", 0.05)
    with speaking() as speaker, caplog.at_level(logging.INFO):
        speaker.sound(440.0)
        room.hear(0.1)
        os.kill(room.players[0], 9)
        until(lambda: len(room.players) == 2)
        assert hertz(room.hear(0.2)) == pytest.approx(440, rel=0.02)
        until(lambda: "the speaker plays again" in caplog.text)
        until(lambda: well(speaker))
    assert "the speaker is silent: aplay ended with code -9" in caplog.text


def test_sound_card_error_is_logged_once_with_the_aplay_message(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("kiosk.hardware.speaker.AGAIN", 0.05)
    (room.folder / "broken").touch()
    with speaking() as speaker, caplog.at_level(logging.INFO):
        speaker.sound(440.0)
        until(lambda: len(room.calls) >= 3)
        with pytest.raises(PartFault, match="driver_error"):
            speaker.check()
    said = [record.message for record in caplog.records]
    assert len(said) == 1 and "audio open error: No such file" in said[0]


def test_missing_aplay_is_reported_and_logged_once(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("kiosk.hardware.speaker.AGAIN", 0.02)
    monkeypatch.setenv("PATH", str(room.folder / "nothing"))
    with speaking() as speaker, caplog.at_level(logging.INFO):
        speaker.sound(440.0)
        until(lambda: bool(caplog.records))
        with pytest.raises(PartFault, match="driver_missing"):
            speaker.check()
    assert len(caplog.records) == 1


def test_player_ends_with_the_speaker(room: Room) -> None:
    with speaking() as speaker:
        speaker.sound(440.0)
        room.hear(0.05)
    assert not alive(room.players[0])


def test_player_ends_with_a_killed_kiosk(room: Room) -> None:
    program = (
        "from kiosk.config.sound import Alsa; from kiosk.hardware.speaker import AlsaSpeaker; import threading\n"
        "AlsaSpeaker(Alsa(driver='alsa')).sound(440.0); threading.Event().wait()"
    )
    kiosk = subprocess.Popen([sys.executable, "-c", program])
    until(lambda: bool(room.players) and len(room.samples()) > 0)
    kiosk.kill()
    kiosk.wait()
    until(lambda: not alive(room.players[0]))
