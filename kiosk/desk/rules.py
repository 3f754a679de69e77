"""Settings of the library and kiosk that the desk uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kiosk.views import Release
from lending.languages import text_for, usual
from lending.number_patterns import Numbers


@dataclass(frozen=True, slots=True)
class DeskRules:
    """Settings that the desk reads at every step."""

    kiosk: str
    branch: str
    names: Mapping[str, str]
    """The library's name by language code."""
    timezone: str
    """IANA time zone name."""
    numbers: Numbers
    language: str = "zh"
    languages: tuple[str, ...] = field(default_factory=usual)
    """Languages offered, in the order of the switch."""
    returns: Literal["off", "provisional", "bin", "trusted"] = "provisional"
    pin: Literal["never", "always", "account"] = "never"
    offline_pin: Literal["refuse", "lend_capped"] = "refuse"
    face: bool = True
    """Ask for a smiley (one of five) after a visit without a card."""
    tall: bool = False
    """The screen is too tall for everyone to reach its upper part."""
    hears: bool = True
    """Feedback and messages to the library are accepted: true with a hub, false with only a third-party ILS."""
    record: bool = True
    """Patrons can open their record here: true if a hub keeps the loans. With an ILS it opens on the phone only."""
    voices: frozenset[str] = frozenset()
    """Codes of the languages that have a voice; empty if the kiosk does not speak."""
    speaker: bool = False
    """A speaker is fitted, so the technician can test it."""
    release: Release = Release()  # noqa: RUF009 - a frozen value

    def name(self, language: str) -> str:
        return text_for(self.names, language) or self.names.get(self.language) or self.kiosk
