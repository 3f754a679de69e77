"""Define the interface of outreach to the system that keeps the loans: the hub or a third-party ILS.

`the_central` returns its implementation.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class CurrentLoan:
    """Open loan of a patron. `title` is the title id of the catalogue, None if it has no such item."""

    loan: str
    item: str
    title: int | None
    words: str
    due: datetime
    renewals: int
    type: str = ""
    """Code of the item type."""
    out: datetime | None = None
    """Time of the checkout, aware; None if unknown."""
    dated: bool = True
    """False if that system sent a due date that cannot be parsed.

    `due` is then an estimate and is not shown.
    """
    renewals_left: int | None = None
    """Number of renewals left; None if the system that keeps the loans does not report it."""
    renewable_from: date | None = None
    """First day on which it may be renewed. None if that is today, or if another reason forbids it."""
    renewed_due: datetime | None = None
    """Due date after a renewal now; None if it would be refused, or if the system cannot say so beforehand."""
    no_renewal: str = ""
    """Reason code why it cannot be renewed now; empty if it can, or if the system cannot say so beforehand."""


@dataclass(frozen=True, slots=True)
class CurrentHold:
    """Hold of a patron. `title` is the catalogue's title id, None if it is not in the catalogue.

    `until` is the last day on the hold shelf, `shelf` its place there; both are empty before that.
    """

    hold: str
    title: int | None
    words: str
    ready: bool
    pickup: str
    until: date | None
    place: int | None = None
    """Position in the hold queue, from 1.

    None if a copy is on the hold shelf, the hold is suspended or the system does not report it.
    """
    suspended_until: date | None = None
    """Day on which a suspended hold continues; None if it is not suspended."""
    shelf: str = ""
    copy: str = ""
    """Call number or barcode of the only copy that can fill it; empty if any copy of the title can."""


@dataclass(frozen=True, slots=True)
class PatronAccount:
    """Loans, holds and unpaid fees of a patron, as of now. `fees` is in the library's currency.

    `limit` is the number of items that the patron may have on loan; 0 if they may not borrow, or if the system does not
    report it.
    """

    loans: tuple[CurrentLoan, ...] = ()
    holds: tuple[CurrentHold, ...] = ()
    fees: Decimal = Decimal(0)
    limit: int = 0


@dataclass(frozen=True, slots=True)
class UnpaidFee:
    """Fee that is not fully paid. `owed` is what is left to pay.

    `kind` is `overdue`, `lost`, `damage`, `membership`, `not_collected` or `other`.

    `item` is the title of the item and `barcode` its barcode; both are empty without one. `growing` marks the fine of a
    loan that is overdue: `owed` is what a return today would cost.
    """

    kind: str
    owed: Decimal
    charged_at: datetime
    item: str = ""
    barcode: str = ""
    growing: bool = False


@dataclass(frozen=True, slots=True)
class OpenToday:
    """Opening hours of a branch on one day. `hours` is None if it is closed."""

    branch: str
    hours: tuple[time, time] | None


@dataclass(frozen=True, slots=True)
class PatronStatus:
    """Patron as the circulation side identifies them.

    `name` is shown to staff, and to the patron on their own card; it is not stored in outreach.
    """

    ref: str
    name: str
    identifier: str
    category: str
    language: str
    active: bool


@dataclass(frozen=True, slots=True)
class PatronCard:
    """What is printed on a patron's card.

    `number` is the number that kiosks read, empty if the patron has no usable card with a known number. `symbology` is
    that of the library's barcodes, by the name that kiosk.toml uses. `expires` is the last day on which the card is
    valid, None if it does not expire or the system cannot say so.
    """

    number: str
    symbology: str
    expires: date | None


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy of a title that can be borrowed now or later, and its branch. `due` is set while it is on loan.

    `branch` is the branch's name in the active language, `code` its code in the catalogue.
    """

    branch: str
    call_number: str
    state: Literal["shelf", "loan", "returned", "hold"]
    due: datetime | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class RegisteredPatron:
    """Newly registered patron; `identifier` is the number by which staff find the patron at the desk."""

    ref: str
    identifier: str


@dataclass(frozen=True, slots=True)
class ReceiptAct:
    """Transaction on a receipt, with its current outcome. `title` is shown only if the library allows it."""

    act: Literal["checkout", "renew", "checkin", "other"]
    fate: Literal["done", "refused", "with_staff", "settled", "undone", "being_checked"]
    due: datetime | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class OfferedService:
    """What the library grants some patrons on top of their loan rule; all numbers are additions.

    A new hold counts as placed `head_start` days earlier. `words` say to the patron why, by language code.
    """

    key: str
    days: int
    loans: int
    renewals: int
    head_start: int
    until: date | None
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Visit found by the code on its receipt, without patron data. `acts` is empty if they cannot be read."""

    place: str
    at: datetime | None
    acts: tuple[ReceiptAct, ...]


class Central(Protocol):
    """System that keeps the loans.

    Patrons are identified by `ref`, the pseudonym of the event feed, and items by barcode.
    """

    def standing(self, refs: list[str]) -> dict[str, PatronStatus]:
        """Return the status of each known patron; unknown and erased refs are left out."""
        ...

    def by_card(self, number: str) -> str | None:
        """Return the `ref` of the patron with this card number or identifier, or None."""
        ...

    def account(self, ref: str) -> PatronAccount:
        """Return the patron's loans, holds and fees; an empty account if the ref is unknown."""
        ...

    def pressing(self, ref: str, before: datetime) -> int:
        """Return how many loans of the patron are due before this time, and how many holds are ready."""
        ...

    def on_shelf(self, titles: list[int], branch: str = "", item_type: str = "") -> set[int]:
        """Return those of these titles that have a copy on the shelf now.

        `branch` and `item_type` are codes of the catalogue that the copy must have; empty for any.
        """
        ...

    def copies(self, titles: list[int]) -> dict[int, list[Copy]]:
        """Return the copies of each title and where each is; lost copies are left out."""
        ...

    def renew(self, ref: str, item: str) -> datetime | str:
        """Renew a loan; return the new due date, or the reason code of the refusal."""
        ...

    def renews(self) -> bool:
        """Return whether a renewal made here is valid; a third-party ILS may not be notified of it."""
        ...

    def receipts(self, code: str) -> list[Receipt]:
        """Return each visit whose receipt bears this code, newest first.

        Codes are short, so two visits may share one.
        """
        ...

    def keeps_pins(self) -> bool:
        """Return whether kiosks accept a PIN set here; a third-party ILS keeps its own PINs."""
        ...

    def keeps_patrons(self) -> bool:
        """Return whether patrons are registered and cards issued here. A third-party ILS may not be notified."""
        ...

    def check_pin(self, ref: str | None, pin: str) -> Literal["right", "wrong", "locked"]:
        """Check the patron's PIN, and count a wrong one.

        `locked` after too many. None as `ref` is an unknown card, which takes as long as a wrong PIN.
        """
        ...

    def set_pin(self, ref: str, pin: str) -> None:
        """Set a new PIN and lift a lock caused by wrong attempts."""
        ...

    def lose_cards(self, ref: str) -> int:
        """Block each active card of the patron as lost; return how many."""
        ...

    def declare_lost(self, ref: str, item: str, fee: Decimal) -> Decimal | None:
        """Mark the patron's item as lost; return what was charged for it, or None if the patron no longer has it.

        `fee` is charged where the system has no rule of its own for such an item. A library without fees charges 0.
        """
        ...

    def library(self, language: str) -> str:
        """Return the name of the library for readers of this language: `zh`, `en` or `mn`."""
        ...

    def time_zone(self) -> str:
        """Return the IANA name of the library's time zone."""
        ...

    def guardian_age(self) -> int:
        """Return the age in years below which a patron needs a parent or guardian; 0 if no patron does."""
        ...

    def categories(self) -> list[tuple[str, str]]:
        """Return code and name of each patron category."""
        ...

    def register(self, name: str, category: str, language: str, by: str, number: str = "") -> RegisteredPatron:
        """Register a patron who may not borrow until confirmed by staff.

        `by` is the name of a staff member or a kiosk, or `phone`. `number` is a number that the patron was already
        given. If it is taken, another one is assigned.
        """
        ...

    def alike(self, ref: str) -> list[str]:
        """Return the `ref` of each patron with the same name, oldest first."""
        ...

    def confirm(self, ref: str, by: str) -> None:
        """Record that staff have checked the patron's identity; from now on the patron may borrow."""
        ...

    def give_card(self, ref: str, number: str, by: str) -> bool:
        """Issue an additional card.

        Open loans stay with the patron. Return False if the number is invalid or taken.
        """
        ...

    def patron_data(self, ref: str) -> dict[str, object]:
        """Return all data kept about the patron, JSON-serialisable, for the patron's own export."""
        ...

    def forget(self, ref: str) -> list[str]:
        """Erase all that identifies the patron, or nothing if something must stay for now.

        Returns:
            Codes of what must stay: `open_loans`, `fees`. Empty if the data was erased.
        """
        ...


@runtime_checkable
class HoldsApi(Protocol):
    """Additional methods of a `Central` that accepts holds from the portal.

    Without them no hold is offered.
    """

    def pickups(self) -> list[tuple[str, str]]:
        """Return code and name of each pickup branch."""
        ...

    def waiting(self, title: int) -> int:
        """Return how many patrons wait for the title without a copy on the hold shelf."""
        ...

    def why_no_hold(self, ref: str, title: int) -> str:
        """Return the reason code why the patron cannot place a hold on the title; empty if they can."""
        ...

    def place_hold(self, ref: str, title: int, pickup: str) -> int | str:
        """Place a hold; return the position in the queue, from 1, or the reason code of the refusal."""
        ...

    def cancel_hold(self, ref: str, hold: str) -> bool:
        """Cancel a waiting or ready hold of the patron; return False if there is none with this id."""
        ...


@runtime_checkable
class PatronPagesApi(Protocol):
    """Additional methods of a `Central` that knows single fees and opening hours.

    Without them the portal shows the sum of the fees, and no hours.
    """

    def currency(self) -> str:
        """Return the ISO 4217 code of the library's currency."""
        ...

    def unpaid_fees(self, ref: str) -> list[UnpaidFee]:
        """Return the patron's unpaid fees, oldest first."""
        ...

    def opening_hours(self, day: date) -> list[OpenToday]:
        """Return the hours of each branch that publishes them, on this day."""
        ...


@runtime_checkable
class PatronCardApi(Protocol):
    """Additional method of a `Central` that knows the numbers of its cards.

    Without it the portal shows no card.
    """

    def card(self, ref: str) -> PatronCard | None:
        """Return the patron's card; None if the ref is unknown."""
        ...


@runtime_checkable
class PatronDatesApi(Protocol):
    """Additional methods of a `Central` that knows when cards expire and holds are placed.

    Without them no journey can begin with these days.
    """

    def expiring(self, first: date, last: date) -> dict[str, date]:
        """Return the `ref` of each patron whose card expires on one of these days, with that day."""
        ...

    def first_holds(self, first: date, last: date) -> dict[str, date]:
        """Return the `ref` of each patron whose first stored hold was placed on one of these days, with that day."""
        ...


@runtime_checkable
class ServicesApi(Protocol):
    """Additional methods of a `Central` whose loan rules can be extended for single patrons."""

    def offer_services(self, offered: list[OfferedService]) -> None:
        """Replace the services that run today."""
        ...

    def set_services(self, keys: dict[str, list[str]]) -> None:
        """Grant each patron, by `ref`, the services with these keys and no others."""
        ...

    def with_services(self) -> dict[str, list[str]]:
        """Return the keys of the services by the `ref` of each patron who has any."""
        ...


def the_central() -> Central:
    """Return the adapter that the setting `LIBRARY_SYSTEM` names."""
    return import_string(settings.LIBRARY_SYSTEM)()


def the_holds() -> HoldsApi | None:
    """Return the same adapter if it accepts holds from the portal, else None."""
    central = the_central()
    return central if isinstance(central, HoldsApi) else None


def the_patron_pages() -> PatronPagesApi | None:
    """Return the same adapter if it knows single fees and opening hours, else None."""
    central = the_central()
    return central if isinstance(central, PatronPagesApi) else None


def the_patron_cards() -> PatronCardApi | None:
    """Return the same adapter if it knows the numbers of its cards, else None."""
    central = the_central()
    return central if isinstance(central, PatronCardApi) else None


def the_services() -> ServicesApi | None:
    """Return the same adapter if its loan rules can be extended for single patrons, else None."""
    central = the_central()
    return central if isinstance(central, ServicesApi) else None


def the_patron_dates() -> PatronDatesApi | None:
    """Return the same adapter if it knows when cards expire and holds are placed, else None."""
    central = the_central()
    return central if isinstance(central, PatronDatesApi) else None


def zone() -> ZoneInfo:
    """Return the library's time zone."""
    return ZoneInfo(the_central().time_zone())


def local_day(moment: datetime, where: ZoneInfo) -> date:
    """Return the date of a time in the time zone."""
    return moment.astimezone(where).date()


def moment(day: date, at: time, where: ZoneInfo) -> datetime:
    """Return the aware time of a date and a time of day."""
    return datetime.combine(day, at, where)


def days_between(begin: datetime, end: datetime) -> float:
    """Return the days from one time to another as a fraction, at least 0."""
    return max((end - begin) / timedelta(days=1), 0.0)
