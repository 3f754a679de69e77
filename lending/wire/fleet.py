"""The JSON of enrolment and of a kiosk's health, as written down in docs/wire.md; knows no patron and no loan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from lending.transactions import ClockTrust
from lending.wire import LARGEST, Lenient, Moment, Strict, UuidV7

Key = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Signature = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
Code = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
MOST_CALLS = 20
MOST_GONE = 50
MOST_HELD = 100
MOST_WARNINGS = 20
MOST_SEALS = 50
SealName = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Whole = Annotated[int, Field(ge=0, le=LARGEST)]


class EnrolmentRequest(Strict):
    """POST fleet/enrolments: the one-time code, the public key, and `proof` that its private half is there."""

    wire: Literal[1]
    code: Annotated[str, Field(pattern=r"^[0-9A-Z]{1,32}$")]
    public_key: Key
    proof: Signature


class EnrolmentAnswer(Lenient):
    """Who the device is from now on, and the library's secrets. The answer is signed by the hub's key."""

    wire: int
    device: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    kiosk: str
    branch: str
    card_key: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){16,64}$")]
    hub_key: Key
    seal_key: Key
    """The hub's public key (X25519) to which the kiosk seals its rows."""
    now: AwareDatetime


class EnrolmentRefusal(Lenient):
    """403 of the hub's own; 429 says that there were too many tries."""

    detail: Literal["wrong_code", "expired_code", "used_code", "dead_code"]


class SignatureRefusal(Lenient):
    """401 of the hub's own: why a signed request is not taken."""

    detail: Literal["bad_signature", "old_counter", "unknown_device", "revoked"]


class PartReport(Strict):
    """How one part is; `reason` is a code such as `out_of_paper`."""

    condition: Literal["ready", "faulty", "absent"]
    reason: Annotated[str, Field(max_length=80)] = ""


class HelpReport(Strict):
    """Somebody pressed help, or too much was in vain (`unasked`). Told until the hub has it, whoever she was.

    `why` is the code of what was refused; empty where nothing was.
    """

    id: UuidV7
    at: Moment
    why: Annotated[str, Field(pattern=r"^[a-z_]{0,40}$")] = ""
    unasked: bool = False


class GoneReport(Strict):
    """What is still known of a row that the kiosk cannot send again; `last` ends a run of which nothing is known."""

    seq: Annotated[int, Field(ge=1, le=LARGEST)]
    last: Annotated[int, Field(ge=1, le=LARGEST)] | None = None
    why: Literal["erased", "deleted", "refused", "set_aside", "unsendable"]
    id: UuidV7 | None = None
    kind: Annotated[str, Field(pattern=r"^[a-z_]{0,32}$")] = ""
    at: Moment | None = None


class HeldReport(Strict):
    """A row that the hub has answered and must therefore have."""

    seq: Annotated[int, Field(ge=1, le=LARGEST)]
    id: UuidV7


class SealedReport(Strict):
    """How many rows are sealed to a key of the hub's: of those that wait, and of all whose bodies are still kept."""

    key: SealName
    queued: Whole
    kept: Whole


class HealthReport(Strict):
    """POST fleet/health: how the kiosk is. Nothing of a patron has a place in it."""

    wire: Literal[1]
    version: Annotated[str, Field(max_length=40)]
    boot: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
    uptime: Whole
    """Seconds since the kiosk's program started."""
    now: Moment
    trust: ClockTrust
    parts: Annotated[dict[Code, PartReport], Field(max_length=40)]
    queued: Whole
    set_aside: Whole
    oldest: Whole | None = None
    """Seconds that the oldest queued transaction has waited; null when nothing waits or the clock cannot tell."""
    in_service: bool
    """False while the screen says that the kiosk is out of order."""
    help: Annotated[list[HelpReport], Field(max_length=MOST_CALLS, default_factory=list)]
    journal: Annotated[str, Field(pattern=r"^([0-9a-f-]{36})?$")] = ""
    """The id of the kiosk's journal; empty while the hub was told nothing of it."""
    gone: Annotated[list[GoneReport], Field(max_length=MOST_GONE, default_factory=list)]
    """Rows that the hub does not know any more and that cannot come again."""
    held: Annotated[list[HeldReport], Field(max_length=MOST_HELD, default_factory=list)]
    """Rows that the hub has answered: a part of them with each report, the newest first."""
    two_boxes: Annotated[list[date], Field(max_length=MOST_WARNINGS, default_factory=list)]
    """Days on which the hub saw numbers used twice, from its last answer; a restored hub learns them again."""
    seal: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""
    """The name of the hub's key to which it seals what comes now."""
    sealed: Annotated[list[SealedReport], Field(max_length=MOST_SEALS)] | None = None
    """By each key what is sealed to it; null where the journal cannot be read."""


class OutOfService(Lenient):
    """Why the library keeps the kiosk closed, in both languages."""

    zh: str
    en: str


class FleetAnswer(Lenient):
    """What the hub wants of the kiosk; signed by the hub's key."""

    wire: int
    out_of_service: OutOfService | None = None
    identify: bool = False
    """Staff look for it: it may show its name."""
    help_seen: bool = False
    """Staff have seen every call that it made."""
    known: Annotated[int, Field(ge=0)] | None = None
    """Every row of its journal up to this number is here; null where the hub cannot tell."""
    missing: Annotated[Sequence[UuidV7], Field(max_length=MOST_HELD)] = ()
    """Rows named in `held` that are not here, though their numbers count as received."""
    two_boxes: Annotated[Sequence[date], Field(max_length=MOST_WARNINGS)] = ()
    """Days on which numbers came twice, for which staff have not settled the case."""
    now: AwareDatetime | None = None
    """The hub's own time; a kiosk whose clock is another judges by it."""
    seal_key: Key | None = None
    """To which the kiosk seals from now on; a hub that says nothing of it leaves it at the one before."""
