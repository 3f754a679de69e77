"""What a step wants done outside: questions, deliveries, print-outs; plain data, carried out by the desk."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.events import Answer
from kiosk.system.health import Device, PartName
from kiosk.views import Farewell, Status
from lending.model import Block, CardRef, ItemId
from lending.transactions import Act, TransactionId


@dataclass(frozen=True, slots=True)
class AskPatron:
    card: CardRef


@dataclass(frozen=True, slots=True)
class AskPin:
    card: CardRef
    turn: int
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskItem:
    item: ItemId


@dataclass(frozen=True, slots=True)
class AskAccount:
    card: CardRef


@dataclass(frozen=True, slots=True)
class AskAfter:
    card: CardRef
    items: tuple[ItemId, ...]
    """What was borrowed in the visit and confirmed."""


@dataclass(frozen=True, slots=True)
class AskGreeting:
    card: CardRef


@dataclass(frozen=True, slots=True)
class AskForYou:
    card: CardRef


@dataclass(frozen=True, slots=True)
class AskProof:
    """How can she show that the card is hers?"""

    card: CardRef


@dataclass(frozen=True, slots=True)
class SendCode:
    card: CardRef


@dataclass(frozen=True, slots=True)
class AskCode:
    card: CardRef
    turn: int
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskMine:
    card: CardRef


@dataclass(frozen=True, slots=True)
class AskPage:
    """Where can her phone go on?"""

    card: CardRef


@dataclass(frozen=True, slots=True)
class AskPublished:
    pass


@dataclass(frozen=True, slots=True)
class AskTitles:
    """Which titles answer the words; a later question overtakes this one."""

    typed: str


@dataclass(frozen=True, slots=True)
class AskCharacters:
    """Which characters may the letters stand for?"""

    letters: str


@dataclass(frozen=True, slots=True)
class AskBacklog:
    pass


@dataclass(frozen=True, slots=True)
class AskTechnician:
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TryPart:
    """Have a part do what it does, so that the technician sees it."""

    part: PartName | Device


@dataclass(frozen=True, slots=True)
class Deliver:
    item: ItemId
    act: Act
    unless: Block | None = None
    """Why it may not be promised, should the central fall silent; None where it may."""


@dataclass(frozen=True, slots=True)
class KeepLook:
    """How she likes the screen, as she has just said it: so it is at this kiosk until the central tells another.

    Empty: it is remembered no more. None: what she said counts nowhere.
    """

    card: CardRef
    text: str | None


@dataclass(frozen=True, slots=True)
class Print:
    farewell: Farewell
    status: Status


@dataclass(frozen=True, slots=True)
class Later:
    """Posts the answer when the clock has moved on by `seconds`."""

    seconds: float
    answer: Answer


@dataclass(frozen=True, slots=True)
class LetThrough:
    """A book is lent, and written down: the security gate may let it pass."""


@dataclass(frozen=True, slots=True)
class CallStaff:
    """Staff elsewhere are to hear that somebody here needs them."""

    why: str = ""
    """The code of what she was refused for; empty where nothing was refused."""
    unasked: bool = False
    """Nobody pressed help: too much was in vain."""


@dataclass(frozen=True, slots=True)
class KeepReceipt:
    """Staff are to find the visit by the code on its receipt."""

    code: str
    transactions: tuple[TransactionId, ...]


Asked = AskPatron | AskPin | AskItem | AskAccount | AskGreeting | AskAfter | AskForYou | AskPublished
Hers = AskProof | SendCode | AskCode | AskMine | AskPage
Task = Asked | Hers | AskTitles | AskCharacters | AskBacklog | AskTechnician | TryPart | Deliver | Print
Effect = Task | Later | LetThrough | CallStaff | KeepLook | KeepReceipt
