"""Test that the speaker's self-test rises in pitch and ends in silence, even after a failure."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kiosk.config import Config, load, write_example
from kiosk.events import PartTried
from kiosk.hardware.driver_factory import Parts
from kiosk.hardware.parts import PartFault
from kiosk.hardware.rig import Rig
from kiosk.hardware.self_tests import PartSelfTests, sample_receipt
from kiosk.hardware.speaker import HIGHEST, LOWEST
from kiosk.system.health import Device, Health


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(write_example(tmp_path / "kiosk.toml", tmp_path / "state", tmp_path / "run", "http://127.0.0.1:9"))


class RecordedSpeaker:
    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.tones: list[float | None] = []

    def sound(self, hertz: float | None) -> None:
        self.tones.append(hertz)

    def check(self) -> None:
        if self.fault:
            raise PartFault(self.fault)

    def close(self) -> None:
        self.tones.append(None)


def tried(config: Config, speaker: RecordedSpeaker) -> PartTried:
    parts = Parts(config, lambda event: None, Health(lambda part, state: None), Rig())
    parts.speaker.close()
    parts.speaker = speaker
    try:
        return asyncio.run(PartSelfTests(parts, lambda: sample_receipt([]), shine=0).try_part(Device.SPEAKER))
    finally:
        parts.close()


def test_speaker_test_rises_from_the_lowest_to_the_highest_tone(config: Config) -> None:
    speaker = RecordedSpeaker()
    assert tried(config, speaker) == PartTried(Device.SPEAKER)
    assert speaker.tones[:4] == [LOWEST, (LOWEST * HIGHEST) ** 0.5, HIGHEST, None]


def test_failed_speaker_test_ends_in_silence(config: Config) -> None:
    speaker = RecordedSpeaker("driver_missing")
    assert tried(config, speaker) == PartTried(Device.SPEAKER, failed=True)
    assert speaker.tones[3] is None
