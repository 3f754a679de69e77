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
from PIL import Image

from kiosk.config.hardware import Alsa
from kiosk.hardware.barcodes.decoder_cascade import Cascade
from kiosk.hardware.barcodes.model import BarcodeHunt, Frame, Symbology
from kiosk.hardware.parts import PartFault
from kiosk.hardware.speaker import FAINT, HIGHEST, LOWEST, RATE, Aim, AlsaSpeaker, pitch
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
        "from kiosk.config.hardware import Alsa; from kiosk.hardware.speaker import AlsaSpeaker; import threading\n"
        "AlsaSpeaker(Alsa(driver='alsa')).sound(440.0); threading.Event().wait()"
    )
    kiosk = subprocess.Popen([sys.executable, "-c", program])
    until(lambda: bool(room.players) and len(room.samples()) > 0)
    kiosk.kill()
    kiosk.wait()
    until(lambda: not alive(room.players[0]))


PHOTOGRAPHS = Path(__file__).resolve().parents[2] / "real_camera" / "photographs"
SIZE = 640, 480
HUNT = BarcodeHunt(frozenset({Symbology.CODE128, Symbology.EAN13, Symbology.ITF, Symbology.CODE39, Symbology.CODABAR}))
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Visible share of the photograph's width, from the left."""


def seen(path: Path, share: float) -> float:
    """Return the decoder's stripe level for a partly visible photograph."""
    with Image.open(path) as opened:
        photograph = opened.convert("L")
        photograph.thumbnail((SIZE[0] // 2, SIZE[1] // 2))
    frame = Image.new("L", SIZE, 90)
    shown = photograph.crop((0, 0, max(1, round(photograph.width * share)), photograph.height)) if share else None
    if shown is not None:
        frame.paste(shown, ((SIZE[0] - photograph.width) // 2, (SIZE[1] - photograph.height) // 2))
    return Cascade().decode(Frame(*SIZE, SIZE[0], frame.tobytes()), HUNT).stripes


def tones_of(path: Path) -> list[float]:
    """Return the tone in hertz for each share; 0 is silence."""
    return [pitch(each) if each >= FAINT else 0.0 for each in (seen(path, share) for share in SHARES)]


def test_tone_rises_with_the_visible_share_of_a_photograph() -> None:
    """Average three photographs: print near the bars makes the tone of a single one waver."""
    tones = [tones_of(path) for path in sorted(PHOTOGRAPHS.glob("*.jpg"))]
    assert len(tones) == 3
    assert [each[0] for each in tones] == [0.0] * 3, "silent without a photograph"
    assert [each[-1] for each in tones] == pytest.approx([HIGHEST] * 3), "the whole code is read"
    thirds = [sum(sum(each[at : at + 3]) for each in tones) / 9 for at in (0, 3, 6)]
    assert thirds[0] < 0.6 * thirds[1] and thirds[1] < 0.95 * thirds[2]
    assert all(LOWEST <= min(filter(None, each)) < 0.8 * HIGHEST for each in tones)


def test_noise_without_stripes_is_silent() -> None:
    """Control: a picture without stripes gives no tone."""
    grain = Image.effect_noise(SIZE, 40)
    assert Cascade().decode(Frame(*SIZE, SIZE[0], grain.tobytes()), HUNT).stripes < FAINT
