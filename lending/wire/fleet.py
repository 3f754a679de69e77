"""Messages of kiosk enrolment and health reports, specified in docs/wire.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from lending.transactions import ClockTrust
from lending.wire import LARGEST, Lenient, Moment, Strict, UuidV7
from lending.wire.kiosk_settings import SettingsReport, SignedSettings

Key = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Signature = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
Code = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
MOST_CALLS, MOST_GONE, MOST_HELD, MOST_WARNINGS, MOST_SEALS = 20, 50, 100, 20, 50
"""Maximum numbers in a report: help calls, lost rows, rows to compare, days with repeated numbers, and keys."""
MOST_TASKS = 10
"""Maximum number of remote tasks in an answer."""
SealName = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Whole = Annotated[int, Field(ge=0, le=LARGEST)]


class EnrolmentRequest(Strict):
    """POST fleet/enrolments: one-time code, public key, and in `proof` the signature of the private key."""

    wire: Literal[1]
    code: Annotated[str, Field(pattern=r"^[0-9A-Z]{1,32}$")]
    public_key: Key
    proof: Signature


class EnrolmentAnswer(Lenient):
    """Identity of the device and the library's secrets; the response is signed with the hub's key."""

    wire: int
    device: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    kiosk: str
    branch: str
    card_key: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){16,64}$")]
    hub_key: Key
    seal_key: Key
    """Public key of the hub (X25519) to which the kiosk encrypts its journal rows."""
    now: AwareDatetime


class EnrolmentRefusal(Lenient):
    """403 from the hub; 429 means too many attempts."""

    detail: Literal["wrong_code", "expired_code", "used_code", "dead_code"]


class SignatureRefusal(Lenient):
    """401 from the hub: why a signed request is rejected."""

    detail: Literal["bad_signature", "old_counter", "unknown_device", "revoked"]


class PartReport(Strict):
    """State of one hardware part; `reason` is a code such as `out_of_paper`."""

    condition: Literal["ready", "faulty", "absent"]
    reason: Annotated[str, Field(max_length=80)] = ""


class HelpReport(Strict):
    """A help call from a patron, or raised after too many failures (`unasked`). Sent until the hub has it, anonymously.

    `why` is the code of the latest refusal, empty if there was none.
    """

    id: UuidV7
    at: Moment
    why: Annotated[str, Field(pattern=r"^[a-z_]{0,40}$")] = ""
    unasked: bool = False


class GoneReport(Strict):
    """What is known of a row that the kiosk cannot send again; `last` ends a run of rows of which nothing is known."""

    seq: Annotated[int, Field(ge=1, le=LARGEST)]
    last: Annotated[int, Field(ge=1, le=LARGEST)] | None = None
    why: Literal["erased", "deleted", "refused", "set_aside", "unsendable"]
    id: UuidV7 | None = None
    kind: Annotated[str, Field(pattern=r"^[a-z_]{0,32}$")] = ""
    at: Moment | None = None


class HeldReport(Strict):
    """A row that the hub has confirmed and must therefore have."""

    seq: Annotated[int, Field(ge=1, le=LARGEST)]
    id: UuidV7


class SealedReport(Strict):
    """Number of rows encrypted to one key of the hub: still queued, and all whose bodies are kept."""

    key: SealName
    queued: Whole
    kept: Whole


Release = Annotated[str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,6}){1,3}([-+.][0-9A-Za-z.]{1,20})?$", max_length=40)]
"""Version of an image, whose numbers are compared from left to right: 2026.12.1."""


class UpdateReport(Strict):
    """What a kiosk that is updated by images runs, and how its last update ended."""

    slot: Literal["A", "B"]
    running: Release
    confirmed: bool
    """False while a new version still has to prove itself."""
    target: Release | None = None
    """Version that the kiosk was last asked to run."""
    state: Literal["idle", "loading", "installing", "waiting", "fallen_back", "refused"] = "idle"
    """`waiting`: installed, until no visit is in progress. `fallen_back`: the new version failed, the old one runs."""
    progress: Annotated[int, Field(ge=0, le=100)] = 0
    """Per cent of the download."""
    why: Code | None = None
    """Why the update was refused."""


class HealthReport(Strict):
    """POST fleet/health: state of the kiosk, without patron data."""

    wire: Literal[1]
    version: Annotated[str, Field(max_length=40)]
    boot: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
    uptime: Whole
    """Seconds since the kiosk program started."""
    now: Moment
    trust: ClockTrust
    parts: Annotated[dict[Code, PartReport], Field(max_length=40)]
    queued: Whole
    set_aside: Whole
    oldest: Whole | None = None
    """Seconds since the oldest queued transaction; null if none is queued or the journal cannot be read."""
    in_service: bool
    """False while the screen shows that the kiosk is out of order."""
    help: Annotated[list[HelpReport], Field(max_length=MOST_CALLS, default_factory=list)]
    journal: Annotated[str, Field(pattern=r"^([0-9a-f-]{36})?$")] = ""
    """Id of the kiosk's journal; empty until a row of it was sent to the hub."""
    gone: Annotated[list[GoneReport], Field(max_length=MOST_GONE, default_factory=list)]
    """Rows that the hub no longer has and that cannot be sent again."""
    held: Annotated[list[HeldReport], Field(max_length=MOST_HELD, default_factory=list)]
    """Rows that the hub confirmed: a part of them in each report, newest first."""
    cloned_kiosk: Annotated[list[date], Field(max_length=MOST_WARNINGS, default_factory=list)]
    """Days with sequence numbers used twice, from the hub's latest response; a restored hub learns them again."""
    seal: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""
    """Id of the hub's key to which new rows are encrypted."""
    sealed: Annotated[list[SealedReport], Field(max_length=MOST_SEALS)] | None = None
    """Counts per key; null if the journal cannot be read or more than MOST_SEALS keys are in use."""
    settings: SettingsReport | None = None
    """What became of the hub's settings; sent only to a hub whose last answer had `settings`."""
    update: UpdateReport | None = None
    """Null on a machine that is not updated by images."""


class OutOfService(Lenient):
    """Why the library has closed the kiosk."""

    words: dict[str, str]
    """By language code, in the library's order."""


class UpdateOffer(Lenient):
    """The version that the kiosk may run now, until an answer no longer names it."""

    version: Release
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = ""
    """Of the bundle; empty if the kiosk is to go back to what its other slot holds."""
    size: Whole = 0
    path: Annotated[str, Field(pattern=r"^(/api/v1/[!-~]{1,200})?$")] = ""
    """Where the hub serves the bundle, by ranges of bytes."""


class RemoteTask(Lenient):
    """Remote task of staff: `log`, `screenshot` or `restart`; later versions may have more."""

    id: UuidV7
    kind: Code
    until: AwareDatetime


class TaskResult(Strict):
    """POST fleet/tasks/{id}: what became of a task. A log and a screenshot contain no patron data."""

    wire: Literal[1]
    outcome: Literal["done", "visit", "failed", "unknown"]
    """`visit`: refused because a patron was at the kiosk."""
    log: Annotated[str, Field(max_length=40_000)] = ""
    screenshot: Annotated[str, Field(max_length=56_000, pattern="^[A-Za-z0-9+/]*={0,2}$")] = ""
    """PNG in Base64."""


class FleetAnswer(Lenient):
    """The hub's instructions to the kiosk; signed with the hub's key."""

    wire: int
    out_of_service: OutOfService | None = None
    identify: bool = False
    """Staff are looking for this kiosk: it may show its name."""
    help_seen: bool = False
    """Staff have seen every help call of the kiosk."""
    known: Annotated[int, Field(ge=0)] | None = None
    """All rows of the kiosk's journal up to this number are stored here; null if the hub cannot tell."""
    missing: Annotated[Sequence[UuidV7], Field(max_length=MOST_HELD)] = ()
    """Rows reported in `held` that are not stored here although their numbers count as received."""
    cloned_kiosk: Annotated[Sequence[date], Field(max_length=MOST_WARNINGS)] = ()
    """Days with sequence numbers used twice whose case staff have not settled."""
    now: AwareDatetime | None = None
    """The hub's time, by which a kiosk detects that its own clock is wrong."""
    seal_key: Key | None = None
    """Key to which the kiosk encrypts from now on; if absent, the previous key stays in use."""
    settings: SignedSettings | None = None
    """Settings that the kiosk has not reported; null if it has them, or if the library has published none."""
    update: UpdateOffer | None = None
    """Null while the kiosk is to stay as it is."""
    tasks: Annotated[Sequence[RemoteTask], Field(max_length=MOST_TASKS)] = ()
    """What staff ask and the kiosk has not answered."""
