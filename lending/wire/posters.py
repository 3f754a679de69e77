"""What a kiosk shows of the library while nobody is there, as the hub tells it; knows no patron."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from lending.wire.base import Lenient


class WirePicture(Lenient):
    """A JPEG of at most 1600 by 1600 pixels, at `GET posters/{id}/picture`; `sha256` is that of its bytes."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    width: int
    height: int


class WirePoster(Lenient):
    """Texts are by language, `zh` and `en`. `link` is what its QR code holds.

    `begins` and `place` are an event's; `session` is the number of its date, by which a place is
    asked for; 0 where none can be.
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
