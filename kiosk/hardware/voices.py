"""Open the voice that kiosk.toml configures, and list the languages that it speaks."""

from __future__ import annotations

from typing import assert_never

from kiosk.config import section, voice
from kiosk.hardware.absent import AbsentVoice
from kiosk.hardware.rig import Rig
from kiosk.hardware.voice import SpokenVoice, Voice
from kiosk.words.voice_recordings import languages_recorded, recorded
from lending.languages import languages


def open_voice(choice: voice.Voice, rig: Rig) -> Voice:
    """Open the voice of `[voice]` in kiosk.toml."""
    match choice:
        case voice.Espeak() | voice.Recordings():
            return SpokenVoice(choice, {each: recorded(choice.recordings, each) for each in languages()})
        case section.Simulated():
            from kiosk.hardware.simulated import SimulatedVoice

            return SimulatedVoice(rig)
        case section.Absent():
            return AbsentVoice()
        case _:
            assert_never(choice)


def spoken_by(choice: voice.Voice) -> frozenset[str]:
    """Return the codes of the languages that the voice speaks."""
    match choice:
        case voice.Espeak():
            return frozenset({*_synthetic(), *languages_recorded(choice.recordings)})
        case voice.Recordings():
            return languages_recorded(choice.recordings)
        case section.Simulated():
            return _synthetic()
        case _:
            return frozenset()


def _synthetic() -> frozenset[str]:
    """Return the codes of the languages for which espeak-ng has a voice."""
    return frozenset(code for code, each in languages().items() if each.voice)
