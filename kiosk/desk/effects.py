"""Effects that a step requests: lookups, deliveries, prints; plain data, carried out by `Desk`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kiosk.events import Answer, TagHandle
from kiosk.system.health import Device, PartName
from kiosk.views import Farewell, Status, Technician
from lending.model import Block, CardRef, ItemId
from lending.questions import Question
from lending.transactions import Act, TransactionId


@dataclass(frozen=True, slots=True)
class AskPatron:
    """Look up the patron of a card."""

    card: CardRef


@dataclass(frozen=True, slots=True)
class AskPin:
    """Check a PIN; `turn` identifies the attempt."""

    card: CardRef
    turn: int
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskItem:
    """Look up an item."""

    item: ItemId


@dataclass(frozen=True, slots=True)
class AskAccount:
    """Look up a patron's loans, holds and fees."""

    card: CardRef


@dataclass(frozen=True, slots=True)
class AskHub:
    """Ask a question in passing; `items` are those borrowed in the visit and confirmed."""

    question: Question[Any]
    card: CardRef | None = None
    items: tuple[ItemId, ...] = ()


@dataclass(frozen=True, slots=True)
class AskForYou:
    """Look up the recommendations for a card."""

    card: CardRef


@dataclass(frozen=True, slots=True)
class AskProof:
    """Look up how the patron can prove ownership of the card."""

    card: CardRef


@dataclass(frozen=True, slots=True)
class SendCode:
    """Send a one-time code to the patron."""

    card: CardRef


@dataclass(frozen=True, slots=True)
class AskCode:
    """Check a one-time code; `turn` identifies the attempt."""

    card: CardRef
    turn: int
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskMine:
    """Look up the patron's own record."""

    card: CardRef


@dataclass(frozen=True, slots=True)
class AskPage:
    """Request a one-time URL that continues on the patron's phone."""

    card: CardRef


@dataclass(frozen=True, slots=True)
class AskTitles:
    """Search titles; a later query replaces this one."""

    typed: str


@dataclass(frozen=True, slots=True)
class AskTitle:
    """Look up a recommended title by its id, or by the copy if that is 0."""

    item: ItemId
    title: int = 0


@dataclass(frozen=True, slots=True)
class AskCharacters:
    """Look up character candidates for typed pinyin letters."""

    letters: str


@dataclass(frozen=True, slots=True)
class AskBacklog:
    """Count the journal's queued rows for the technician."""


@dataclass(frozen=True, slots=True)
class AskTechnician:
    """Look up the technician of a sign-in code."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TryPart:
    """Operate a part once so that the technician can check it."""

    part: PartName | Device


@dataclass(frozen=True, slots=True)
class Deliver:
    """Submit a transaction; `item` is empty for patron responses."""

    item: ItemId
    act: Act
    unless: Block | None = None
    """Why the transaction must not be promised if the central does not answer; None if it may be."""
    on_pad: bool = False
    """The item's security is switched off after this loan."""


def submit(response: Act) -> Deliver:
    """Return the effect that submits a patron's response, which is about no item."""
    return Deliver(ItemId(""), response)


@dataclass(frozen=True, slots=True)
class StoreDisplayPreferences:
    """Keep the display preferences in memory at this kiosk until the central reports others.

    Empty: preferences are no longer stored. None: the patron's change did not take effect.
    """

    card: CardRef
    text: str | None


@dataclass(frozen=True, slots=True)
class Print:
    """Print the receipt of a visit."""

    farewell: Farewell
    status: Status


@dataclass(frozen=True, slots=True)
class PrintReport:
    """Print the condition of the kiosk for the technician."""

    view: Technician
    status: Status


@dataclass(frozen=True, slots=True)
class Later:
    """Post the answer when the clock has moved on by `seconds`."""

    seconds: float
    answer: Answer


@dataclass(frozen=True, slots=True)
class LetThrough:
    """Open the security gate for an item whose loan is recorded."""


@dataclass(frozen=True, slots=True)
class SwitchSecurity:
    """Switch and verify the security of an item's tags; `secured` makes the gate ring."""

    item: ItemId
    tags: tuple[TagHandle, ...]
    secured: bool
    is_last: bool = True
    """False if a return or an undo follows."""


@dataclass(frozen=True, slots=True)
class CallStaff:
    """Notify staff elsewhere that a patron needs help."""

    why: str = ""
    """Code of the latest refusal; empty if nothing was refused."""
    unasked: bool = False
    """The help button was not pressed: too many attempts failed."""


@dataclass(frozen=True, slots=True)
class KeepReceipt:
    """Store the transactions of a receipt, so that staff can find the visit by its code."""

    code: str
    transactions: tuple[TransactionId, ...]


Asked = AskPatron | AskPin | AskItem | AskAccount | AskHub | AskForYou
PatronRecordTask = AskProof | SendCode | AskCode | AskMine | AskPage
Unfollowed = (
    Asked
    | PatronRecordTask
    | AskTitles
    | AskTitle
    | AskCharacters
    | AskBacklog
    | AskTechnician
    | TryPart
    | Print
    | PrintReport
)
Task = Unfollowed | Deliver | SwitchSecurity
Effect = Task | Later | LetThrough | CallStaff | StoreDisplayPreferences | KeepReceipt
