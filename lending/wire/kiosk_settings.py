"""Settings of a kiosk that the library changes at its hub, signed for one device; specified in docs/wire.md.

What belongs to the machine (pins, drivers, keys, the hub's address) has no field here, so it cannot be sent.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from pydantic import Field

from lending.showcase import Slides
from lending.wire.base import LARGEST, Lenient, Strict

ALWAYS, OPEN = "always", "open"
"""Values of `screen_hours`: the screen never goes dark, or while the branch is closed."""
TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
MOST_UNKNOWN, LONGEST_DOCUMENT = 20, 8192
Volume = Annotated[float, Field(gt=0, le=1)]
LanguageCode = Annotated[str, Field(pattern=r"^[A-Za-z_]{2,20}$")]
FieldName = Annotated[str, Field(pattern=r"^[a-z0-9_]{0,40}$")]
DocumentName = Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")]


class KioskSettings(Strict):
    """What may be changed from the hub; None keeps what kiosk.toml says."""

    screen_hours: Annotated[str, Field(pattern=rf"^({ALWAYS}|{OPEN}|{TIME}-{TIME})$")] | None = None
    """Hours outside which an idle screen is dark, in the library's time, or `always` or `open`."""
    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1, max_length=20)] | None = None
    """Languages of the switch, in its order."""
    language: LanguageCode | None = None
    """Language of a new visit."""
    ask_face: bool | None = None
    """Ask for one of five faces after a return without a card."""
    accent: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None
    slides: Slides | None = None
    """What an idle first screen shows in turn."""
    receipt_width: Literal[384, 576] | None = None
    """Dots per line: 384 on paper of 58 mm, 576 on 80 mm."""
    sound_volume: Volume | None = None
    """Volume of the tone that guides a book under the camera; 1 is the loudest."""
    voice_volume: Volume | None = None
    voice_speed: Annotated[int, Field(ge=80, le=300)] | None = None
    """Words per minute."""
    beeps: bool | None = None
    """False: the buzzer is silent, as in a reading room."""


class SettingsDocument(Lenient):
    """Content of a signed document. `values` may have fields that only a later version of the kiosk knows."""

    wire: int
    version: Annotated[int, Field(ge=1, le=LARGEST)]
    """Number of the newest publication that it contains."""
    values: Annotated[dict[FieldName, Any], Field(max_length=100)]


def name_of(document: str) -> str:
    """Return the name by which a kiosk reports a document."""
    return hashlib.sha256(document.encode()).hexdigest()[:16]


class SignedSettings(Lenient):
    """A document as text, and the hub's signature over the device and this text."""

    document: Annotated[str, Field(max_length=LONGEST_DOCUMENT)]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]

    @property
    def name(self) -> str:
        """Return the name by which a kiosk reports the document."""
        return name_of(self.document)


class SettingsReport(Strict):
    """What became of the settings that the kiosk received."""

    name: DocumentName = ""
    """Document that the kiosk runs with; empty: only kiosk.toml."""
    version: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    waiting: DocumentName = ""
    """Document that is applied after the visit in progress."""
    refused: DocumentName = ""
    """Newest document that the kiosk could not use."""
    fault: Literal["", "altered", "value", "start", "unwritable"] = ""
    """Why: not signed for this kiosk, a value in `field`, no start with it, or a disk that cannot be written."""
    field: FieldName = ""
    unknown: Annotated[list[FieldName], Field(max_length=MOST_UNKNOWN, default_factory=list)]
    """Fields that this version of the kiosk ignores."""
