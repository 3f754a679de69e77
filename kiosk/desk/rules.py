"""Settings of the library and kiosk that the desk uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lending.languages import own, usual
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
    """The screen is so tall that not everyone can reach all of it."""
    hears: bool = True
    """Feedback and messages to the library are accepted: true with a hub, false with a library system alone."""
    record: bool = True
    """The patron record opens here, because a hub keeps the loans; with a library system, on the phone only."""
    voices: frozenset[str] = frozenset()
    """Language codes with a voice; empty if the kiosk has none."""
    speaker: bool = False
    """A speaker is fitted, for the technician to test."""

    def name(self, language: str) -> str:
        return own(self.names, language) or self.names.get(self.language) or self.kiosk
