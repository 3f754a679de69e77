"""Test the voice with the real espeak-ng and a substitute player, and measure the sound."""

from __future__ import annotations

import logging
import shutil
import subprocess
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from kiosk.config.hardware import Espeak, Recordings
from kiosk.hardware.parts import PartFault
from kiosk.hardware.voice import SpokenVoice
from kiosk.words.voice_recordings import IDS, message_ids, recordable, recordings, sentences
from lending.languages import languages
from tests.kiosk.hardware.player_process import alive, until

SPOKEN = ("zh", "en")
APLAY = """#!/bin/sh
echo "$$ $*" >> {folder}/calls
if [ -e {folder}/broken ]; then echo "aplay: main:850: audio open error: No such file or directory" >&2; exit 1; fi
if [ -e {folder}/held ]; then exec sleep 60; fi
cat > {folder}/heard-$$.part && mv {folder}/heard-$$.part {folder}/heard-$$.wav
"""
FINISH = {"zh": "完成", "en": "Finish"}


class Room:
    """Substitute player that stores each run's bytes in a file, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sounds(self) -> list[bytes]:
        return [
            file.read_bytes() for file in sorted(self.folder.glob("*.wav"), key=lambda each: each.stat().st_mtime_ns)
        ]

    @property
    def players(self) -> list[int]:
        calls = self.folder / "calls"
        return [int(call.split()[0]) for call in calls.read_text().splitlines()] if calls.exists() else []

    def wait_for(self, sounds: int) -> list[bytes]:
        until(lambda: len(self.sounds()) >= sounds)
        return self.sounds()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    program = tmp_path / "aplay"
    program.write_text(APLAY.format(folder=tmp_path))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return Room(tmp_path)


@contextmanager
def speaking(choice: Espeak | Recordings | None = None) -> Iterator[SpokenVoice]:
    choice = choice or Espeak(driver="espeak")
    voice = SpokenVoice(choice, {each: recordings(choice.recordings, each) for each in SPOKEN})
    try:
        yield voice
    finally:
        voice.close()


def samples(sound: bytes) -> np.ndarray:
    """Return the samples of a WAV file; espeak-ng writes no valid length into its header."""
    return np.frombuffer(sound[44 : len(sound) // 2 * 2], "<i2").astype(float)


def spoken_by(voice: str, text: str) -> np.ndarray:
    """Return the samples of espeak-ng itself with this voice."""
    command = ["espeak-ng", "-v", voice, "-s", "150", "-a", "120", "--stdin", "--stdout"]
    return samples(subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout)


@pytest.mark.parametrize("language", SPOKEN)
def test_speech_uses_the_voice_of_its_language(room: Room, language: str) -> None:
    with speaking() as voice:
        voice.say(language, (FINISH[language],))
        (sound,) = room.wait_for(1)
        voice.check()
    measured = samples(sound)
    assert np.sqrt(np.mean(measured**2)) > 1000, "loud"
    assert len(measured) > 0.3 * 22050, "as long as a word"
    other = next(languages()[each].voice for each in SPOKEN if each != language)
    assert np.array_equal(measured, spoken_by(languages()[language].voice, FINISH[language]))
    wrong = spoken_by(other, FINISH[language])
    assert len(wrong) != len(measured) or not np.array_equal(measured, wrong), "the other voice sounds different"


def test_silence_measures_zero(room: Room) -> None:
    assert np.sqrt(np.mean(samples(bytes(44 + 22050)) ** 2)) == 0


def test_new_sentence_interrupts_the_previous_one(room: Room) -> None:
    (room.folder / "held").touch()
    with speaking() as voice:
        voice.say("en", ("All of this is never heard to its end.",))
        until(lambda: len(room.players) == 1 and bool(voice._running))
        (room.folder / "held").unlink()
        began = time.monotonic()
        voice.say("en", ("Finish",))
        assert time.monotonic() - began < 30, "the caller does not wait for the interrupted sentence"
        (sound,) = room.wait_for(1)
        assert np.array_equal(samples(sound), spoken_by("en", "Finish"))
    until(lambda: not alive(room.players[0]))


def test_hush_stops_the_player(room: Room) -> None:
    (room.folder / "held").touch()
    with speaking() as voice:
        voice.say("zh", ("请把借书证放在读卡处。",))
        until(lambda: len(room.players) == 1 and bool(voice._running))
        voice.hush()
        until(lambda: not alive(room.players[0]))
        voice.check()
    assert room.sounds() == []


def test_spoken_text_is_not_in_the_process_list(room: Room) -> None:
    (room.folder / "held").touch()
    with speaking() as voice:
        voice.say("en", ("Dune, Sun 20 Dec",))
        until(lambda: len(room.players) == 1 and bool(voice._running))
        lists = [command_line_of(file) for file in Path("/proc").glob("[0-9]*/cmdline")]
        assert any(b"espeak-ng" in each for each in lists) and not any(b"Dune, Sun" in each for each in lists)


def test_recording_replaces_synthesised_speech(room: Room, tmp_path: Path) -> None:
    """Recordings are found by message id and language; other text is synthesised."""
    file = record(tmp_path / "voice", "zh", "Finish")
    with speaking(Espeak(driver="espeak", recordings=tmp_path / "voice")) as voice:
        voice.say("zh", ("沙丘", FINISH["zh"]))
        spoken, played = room.wait_for(2)
        voice.say("en", ("Finish",))
        english = room.wait_for(3)[2]
    assert played == file.read_bytes() and spoken != played
    assert np.array_equal(samples(english), spoken_by("en", "Finish")), "there is no English recording"


def test_recordings_driver_skips_unrecorded_text(room: Room, tmp_path: Path) -> None:
    file = record(tmp_path / "voice", "en", "Finish")
    with speaking(Recordings(driver="recordings", recordings=tmp_path / "voice")) as voice:
        voice.say("en", ("Dune", "Finish"))
        assert room.wait_for(1) == [file.read_bytes()]
        voice.check()


def record(folder: Path, language: str, sentence: str) -> Path:
    file = folder / language / f"{message_ids()[sentence]}.wav"
    file.parent.mkdir(parents=True)
    sound = BytesIO()
    with wave.open(sound, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(22050)
        out.writeframes(np.full(2205, 7, "<i2").tobytes())
    file.write_bytes(sound.getvalue())
    return file


@pytest.mark.parametrize("language", SPOKEN)
def test_recordable_sentences_are_found_by_their_message_id(language: str) -> None:
    known = sentences(language)
    assert len(known) > 300
    assert known[message_ids()["Finish"]] == FINISH[language]


def test_every_message_has_a_unique_id() -> None:
    rows = [line.split("\t") for line in IDS.read_text(encoding="utf-8").splitlines()]
    texts = [text for _, text in rows if text]
    assert [name for name, _ in rows] == [f"{number:04}" for number in range(1, len(rows) + 1)], "run scripts/words"
    assert len(texts) == len(set(texts))
    assert set(texts) == set(recordable("en")), "run scripts/words; a retired id keeps its row, without a text"


def test_missing_espeak_is_reported_and_logged_once(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", str(room.folder))
    with speaking() as voice, caplog.at_level(logging.INFO):
        voice.say("en", ("Finish",))
        until(lambda: fault(voice) == "driver_missing")
        voice.say("en", ("Back",))
        voice.close()
    assert [each.message.split(":")[0] for each in caplog.records] == ["the voice is silent"]
    assert "Finish" not in caplog.text and "espeak-ng" in caplog.text


def test_sound_card_error_is_reported_and_clears(room: Room) -> None:
    (room.folder / "broken").touch()
    with speaking() as voice:
        voice.say("en", ("Finish",))
        until(lambda: fault(voice) == "driver_error")
        (room.folder / "broken").unlink()
        voice.say("en", ("Finish",))
        room.wait_for(1)
        until(lambda: fault(voice) == "")


def fault(voice: SpokenVoice) -> str:
    try:
        voice.check()
    except PartFault as found:
        return str(found.args[0])
    return ""


def command_line_of(file: Path) -> bytes:
    """Return the file's content; empty if the process has ended."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def test_espeak_is_installed() -> None:
    assert shutil.which("espeak-ng"), "scripts/setup --dev installs it"
