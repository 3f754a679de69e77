"""What a library has configured for the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lending.languages import own, usual
from lending.number_patterns import Numbers


@dataclass(frozen=True, slots=True)
class DeskRules:
    kiosk: str
    branch: str
    names: Mapping[str, str]
    """The library's name by language."""
    timezone: str
    """IANA name."""
    numbers: Numbers
    language: str = "zh"
    languages: tuple[str, ...] = field(default_factory=usual)
    """Those that are offered, in the order of the switch."""
    returns: Literal["off", "provisional", "bin", "trusted"] = "provisional"
    pin: Literal["never", "always", "account"] = "never"
    offline_pin: Literal["refuse", "lend_capped"] = "refuse"
    face: bool = True
    """A visit without a card is asked for one of five faces."""
    tall: bool = False
    """The screen is so tall that not everybody reaches all of it."""
    hears: bool = True
    """Somebody hears what patrons say: a hub does, and no library's own system."""
    record: bool = True
    """Her record opens here: where a hub keeps the loans. Beside a library's own system it opens on her phone alone."""
    voices: frozenset[str] = frozenset()
    """The languages that the kiosk can say; none where it has no voice."""
    speaker: bool = False
    """There is one, for the technician to try."""

    def name(self, language: str) -> str:
        return own(self.names, language) or self.names.get(self.language) or self.kiosk
