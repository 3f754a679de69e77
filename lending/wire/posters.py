"""Posters and events that a kiosk shows on its idle screen."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from lending.wire.base import Lenient


class WirePicture(Lenient):
    """A JPEG of at most 1600 x 1600 pixels at `GET posters/{id}/picture`; `sha256` is the hash of the file."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    width: int
    height: int


class WirePoster(Lenient):
    """Texts are by language code, `zh` and `en`. `link` is the content of the QR code.

    `begins` and `place` are set for an event. `session` is the id of its date, for booking; 0 if it cannot be booked.
    """

    id: int
    title: dict[str, str]
    words: dict[str, str]
    link: str
    first: date
    last: date
    begins: AwareDatetime | None = None
    place: dict[str, str] = Field(default_factory=dict)
    session: int = 0
    full: bool = False
    picture: WirePicture | None = None


class PostersAnswer(Lenient):
    """GET posters: what this kiosk shows today, in order."""

    posters: list[WirePoster]
