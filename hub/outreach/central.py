"""What outreach asks of the system that keeps the loans, whichever that is: ours, or a library's own."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Applied:
    """The rule by which something is lent: for days or for hours, and the names of the group and the collection that
    it is for, in the reader's language; an empty name is everybody, or everything."""

    group: str
    kind: str
    days: int | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class CurrentLoan:
    """An item that the patron has. `title` is the catalogue's number of it, None where the catalogue has none."""

    loan: str
    item: str
    title: int | None
    words: str
    due: datetime
    renewals: int
    type: str = ""
    """The item type's code."""
    out: datetime | None = None
    """When it was lent."""
    rule: Applied | None = None
    """None where the system that keeps the loans does not tell."""
    dated: bool = True
    """False where that system has a day that nobody here can read: `due` is only reckoned then, and told to nobody."""
    renewals_left: int | None = None
    """How often it may still be renewed; None where the system that keeps the loans does not tell."""
    renewable_from: date | None = None
    """The first day on which it may be renewed; None where it may be today, or for another reason never."""


@dataclass(frozen=True, slots=True)
class CurrentHold:
    hold: str
    title: int | None
    words: str
    ready: bool
    pickup: str
    until: date | None
    place: int | None = None
    """Her place in the line, from 1; None where a copy is kept for her, or where the system does not tell."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the patron has and owes now."""

    loans: tuple[CurrentLoan, ...] = ()
    holds: tuple[CurrentHold, ...] = ()
    fees: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class PatronStatus:
    """Who the patron is at the desk. `name` is for the eyes of staff alone and is kept by nobody here."""

    ref: str
    name: str
    identifier: str
    category: str
    language: str
    active: bool


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a title that can be borrowed now or later, and where it is; `due` while it is on loan."""

    branch: str
    call_number: str
    state: Literal["shelf", "loan", "returned", "hold"]
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A patron who was taken in: the number by which the desk finds her."""

    ref: str
    identifier: str


@dataclass(frozen=True, slots=True)
class ReceiptAct:
    """One act on a receipt, and what became of it as of now. `title` is for the library to show or not."""

    act: Literal["checkout", "renew", "checkin", "other"]
    fate: Literal["done", "refused", "with_staff", "settled", "undone", "being_checked"]
    due: datetime | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A visit by the code on its receipt, with nothing that says whose it was; without acts nobody can read them."""

    place: str
    at: datetime | None
    acts: tuple[ReceiptAct, ...]


class Central(Protocol):
    """Patrons are named by `ref`, the pseudonym that the feed uses; items by barcode."""

    def standing(self, refs: list[str]) -> dict[str, PatronStatus]:
        """Tells who they are; whoever is unknown or erased is left out."""
        ...

    def by_card(self, number: str) -> str | None:
        """Finds the `ref` of the patron whose card or identifier has this number."""
        ...

    def account(self, ref: str) -> Account:
        """Tells what she has; an empty account for a stranger."""
        ...

    def on_shelf(self, titles: list[int]) -> set[int]:
        """Tells which of these titles have a copy on the shelf now."""
        ...

    def copies(self, title: int) -> list[Copy]:
        """Tells where each copy of the title is; those that are lost are left out."""
        ...

    def renew(self, ref: str, item: str) -> datetime | str:
        """Renews; gives the new due date, or the reason code why not."""
        ...

    def renews(self) -> bool:
        """Whether a renewal that is asked for here counts: a library's own system may never hear of it."""
        ...

    def receipts(self, code: str) -> list[Receipt]:
        """Every visit whose receipt bears the code, newest first: a code is short, so two may share it."""
        ...

    def keeps_pins(self) -> bool:
        """Whether a PIN that is set here counts at kiosks: a library's own system has one of its own."""
        ...

    def keeps_patrons(self) -> bool:
        """Whether patrons are taken in, and cards given and blocked, here: a system of the library's may not hear."""
        ...

    def set_pin(self, ref: str, pin: str) -> None:
        """Sets a new PIN and unlocks it."""
        ...

    def lose_cards(self, ref: str) -> int:
        """Blocks each of her active cards as lost; tells how many."""
        ...

    def declare_lost(self, ref: str, item: str, fee: Decimal) -> bool:
        """Declares her item lost and charges her the fee, if there is one; False where she has not got it any more."""
        ...

    def library(self, language: str) -> str:
        """The name of the library, as it is called in this language: `zh` or `en`."""
        ...

    def time_zone(self) -> str:
        """The IANA name of the zone in which the library's days begin and end."""
        ...

    def categories(self) -> list[tuple[str, str]]:
        """The groups a patron can be in: code and name."""
        ...

    def register(self, name: str, category: str, language: str, by: str, number: str = "") -> Registered:
        """Takes in a patron who may not borrow until she is confirmed. `by` is staff's name, a kiosk's, or `phone`.

        `number` is the one that she was told already; she has another one where it is somebody's.
        """
        ...

    def alike(self, ref: str) -> list[str]:
        """The `ref` of each who has the same name, oldest first."""
        ...

    def confirm(self, ref: str, by: str) -> None:
        """Staff have seen her: from now on she may borrow."""
        ...

    def give_card(self, ref: str, number: str, by: str) -> bool:
        """Gives her one more card; what she has on loan stays hers. False where the number is none, or is taken."""
        ...

    def kept(self, ref: str) -> dict[str, object]:
        """All that is kept of her, as JSON can hold it, for her to read."""
        ...

    def forget(self, ref: str) -> list[str]:
        """Takes away whatever says who `ref` is; tells what must stay for now, as codes: `open_loans`, `fees`.

        Where something must stay nothing is taken away.
        """
        ...


@runtime_checkable
class HoldsApi(Protocol):
    """What a `Central` does besides where it takes holds from patrons' phones; where it does not, none is offered."""

    def pickups(self) -> list[tuple[str, str]]:
        """The branches at which a copy can be picked up: code and name."""
        ...

    def waiting(self, title: int) -> int:
        """How many wait for the title and have no copy kept for them."""
        ...

    def why_no_hold(self, ref: str, title: int) -> str:
        """The reason code why she cannot wait for the title; empty where she can."""
        ...

    def place_hold(self, ref: str, title: int, pickup: str) -> int | str:
        """Puts her into the line; gives her place in it, from 1, or the reason code why not."""
        ...

    def cancel_hold(self, ref: str, hold: str) -> bool:
        """Ends her hold, whether it waits or is ready; False where she has none such."""
        ...
