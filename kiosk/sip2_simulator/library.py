"""Keep the simulator's small library: patrons, copies, holds, loans, and a log of every action."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

DAYS = 28
CHILDS_DAYS = 21
LIMIT = 10
RENEWALS = 2


@dataclass(slots=True)
class LibraryPatron:
    """A patron of the library."""

    number: str
    name: str
    pin: str = ""
    card: str = ""
    """UID of the patron's card, also accepted as patron identifier; empty if there is none."""
    expires: datetime | None = None
    lost: bool = False
    blocked: bool = False
    flag: int | None = None
    """Position (0 to 13) in the patron status that is always set; by itself it does not block the patron."""
    fees: Decimal = Decimal(0)
    fines: list[str] = field(default_factory=list)
    """What the fees are for, in the software's words."""
    limit: int = LIMIT
    days: int | None = None
    """Loan period in days; None for the copy's."""
    language: str = ""
    address: str = ""
    mail: str = ""
    phone: str = ""
    """Reported in 64 to every client, although a kiosk does not need these fields."""


@dataclass(slots=True)
class Loan:
    """An open loan."""

    patron: str
    due: datetime
    renewals: int = 0


@dataclass(slots=True)
class Copy:
    """A copy of a title."""

    barcode: str
    title: str
    author: str = ""
    call_number: str = ""
    branch: str = "main"
    days: int = DAYS
    renewals: int = RENEWALS
    reference: bool = False
    """Not for loan."""
    lost: bool = False
    rent: Decimal = Decimal(0)
    """Fee for a checkout and for a renewal."""
    loan: Loan | None = None
    trapped: str = ""
    """Number of the patron for whom the copy is on the hold shelf."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on a copy."""

    patron: str
    barcode: str


@dataclass(frozen=True, slots=True)
class Event:
    """One executed action: `checkout`, `renew`, `checkin`, `trap` or `pay`."""

    did: str
    at: datetime
    """Time of the action according to the client; for offline actions, when they happened."""
    barcode: str = ""
    patron: str = ""
    due: datetime | None = None
    no_block: bool = False


class No(Exception):
    """Refusal by the library; `args[0]` is the software's terse message."""


class FeeAsked(No):
    """The action costs this fee, and is executed if the patron agrees."""

    def __init__(self, fee: Decimal) -> None:
        super().__init__("")
        self.fee = fee


@dataclass(slots=True)
class SimulatedLibrary:
    """Patrons, copies, holds, and every executed action."""

    institution: str = "main"
    patrons: dict[str, LibraryPatron] = field(default_factory=dict)
    copies: dict[str, Copy] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    repeats_renew: bool = True
    """A checkout by the current borrower renews the loan."""
    renews_from_due: bool = False
    """A renewal adds its period to the due date."""

    def add(self, *things: LibraryPatron | Copy) -> None:
        for each in things:
            if isinstance(each, LibraryPatron):
                self.patrons[each.number] = each
            else:
                self.copies[each.barcode] = each

    def patron(self, number: str) -> LibraryPatron | None:
        """Find a patron by number or card UID."""
        found = self.patrons.get(number)
        return found or next((each for each in self.patrons.values() if each.card and each.card == number), None)

    def loans(self, patron: LibraryPatron) -> list[Copy]:
        return [each for each in self.copies.values() if each.loan and each.loan.patron == patron.number]

    def bars(self, patron: LibraryPatron, now: datetime) -> str:
        """Return why the patron may not borrow, in the software's words, or ""."""
        if patron.expires and patron.expires < now:
            return "PATRON EXPIRED"
        if patron.lost:
            return "Card lost"
        if patron.blocked:
            return "Patron Blocked"
        return "Outstanding Fines block issue" if patron.fees > 0 else ""

    def checkout(
        self,
        copy: Copy,
        patron: LibraryPatron,
        at: datetime,
        *,
        agreed: bool,
        no_block: bool,
        due: datetime | None = None,
    ) -> bool:
        """Check out a copy.

        With no-block the loan has already happened, so only a loan to another patron prevents it.

        Returns:
            True if the patron's own loan was renewed instead.

        Raises:
            No: The library refuses.
            FeeAsked: The loan costs a fee that was not agreed to.
        """
        if copy.loan and copy.loan.patron != patron.number:
            raise No("Item checked out to another patron")
        if not no_block:
            self._judge(copy, patron, at)
        if copy.loan:
            if not self.repeats_renew:
                raise No("Item already checked out to you")
            self.renew(copy, patron, at, agreed=agreed)
            return True
        if copy.rent and not agreed and not no_block:
            raise FeeAsked(copy.rent)
        copy.trapped = ""
        self.holds = [each for each in self.holds if (each.patron, each.barcode) != (patron.number, copy.barcode)]
        copy.loan = Loan(patron.number, due if no_block and due else self._due(copy, patron, at))
        self.events.append(Event("checkout", at, copy.barcode, patron.number, copy.loan.due, no_block))
        return False

    def _judge(self, copy: Copy, patron: LibraryPatron, at: datetime) -> None:
        if bar := self.bars(patron, at):
            raise No(bar)
        if copy.lost:
            raise No("LOST: 1")
        if copy.reference:
            raise No("NOT_FOR_LOAN: 1")
        waiting = [each.patron for each in self.holds if each.barcode == copy.barcode]
        if patron.number not in (copy.trapped, *waiting[:1]) and (copy.trapped or waiting):
            raise No("Item is on hold shelf for another patron.")
        if not copy.loan and len(self.loans(patron)) >= patron.limit:
            raise No("Maximum checkouts reached")

    def renew(self, copy: Copy, patron: LibraryPatron, at: datetime, *, agreed: bool) -> None:
        """Renew a loan. Raises No and FeeAsked."""
        if copy.loan is None or copy.loan.patron != patron.number:
            raise No("Item not checked out to you")
        if bar := self.bars(patron, at):
            raise No(bar)
        if copy.loan.renewals >= copy.renewals:
            raise No("Item has reached maximum renewals")
        if any(each.barcode == copy.barcode for each in self.holds):
            raise No("Item unavailable due to outstanding holds")
        if copy.rent and not agreed:
            raise FeeAsked(copy.rent)
        since = copy.loan.due.astimezone(at.tzinfo) if self.renews_from_due else at
        copy.loan = Loan(patron.number, self._due(copy, patron, since), copy.loan.renewals + 1)
        self.events.append(Event("renew", at, copy.barcode, patron.number, copy.loan.due))

    def checkin(self, copy: Copy, at: datetime, *, no_block: bool) -> LibraryPatron | None:
        """Check in a copy and return the patron for whom it is held.

        Raises No if it was not on loan; a hold is trapped even then.
        """
        loan, copy.loan = copy.loan, None
        if loan:
            self.events.append(Event("checkin", at, copy.barcode, loan.patron, None, no_block))
        waiting = next((each for each in self.holds if each.barcode == copy.barcode), None)
        if waiting and not copy.trapped:
            copy.trapped = waiting.patron
            self.holds.remove(waiting)
            self.events.append(Event("trap", at, copy.barcode, waiting.patron))
        if not loan:
            raise No("Item not checked out")
        return self.patrons.get(copy.trapped)

    def pay(self, patron: LibraryPatron, fee: Decimal, at: datetime) -> None:
        patron.fees -= fee
        if patron.fees <= 0:
            patron.fines.clear()
        self.events.append(Event("pay", at, "", patron.number))

    def _due(self, copy: Copy, patron: LibraryPatron, at: datetime) -> datetime:
        return (at + timedelta(days=patron.days or copy.days)).replace(hour=23, minute=59, second=0, microsecond=0)

    def truth(self) -> Mapping[str, Any]:
        """Return all loans and actions, oldest first, as JSON values."""
        return {
            "loans": [
                {
                    "barcode": each.barcode,
                    "patron": each.loan.patron,
                    "due": each.loan.due.isoformat(),
                    "renewals": each.loan.renewals,
                }
                for each in self.copies.values()
                if each.loan
            ],
            "events": [
                {
                    "did": each.did,
                    "at": each.at.isoformat(),
                    "barcode": each.barcode,
                    "patron": each.patron,
                    "due": each.due.isoformat() if each.due else None,
                    "no_block": each.no_block,
                }
                for each in self.events
            ],
        }


def of_demo(listed: Mapping[str, Any], now: datetime) -> SimulatedLibrary:
    """Build the demo library from the output of `kiosk-hub demo --json`: the same numbers in the same states."""
    library = SimulatedLibrary()
    for each in listed["patrons"]:
        case = each["case"]
        patron = LibraryPatron(each["identifier"], each["name"], each["pin"], each["card"])
        if case == "fees":
            patron.fees, patron.fines = Decimal("35.00"), ["30.00 Lost item: The violin book", "5.00 Card replacement"]
        patron.expires = now - timedelta(days=30) if case == "expired" else now + timedelta(days=365)
        patron.days = CHILDS_DAYS if case == "child" else None
        patron.lost, patron.blocked = case == "lost_card", case == "blocked"
        patron.address, patron.mail = f"{each['identifier'][-4:]} Sample Road", f"{each['identifier']}@sample.example"
        patron.phone = f"555 0{each['identifier'][-4:]}"
        library.add(patron)
        if case == "at_limit":
            patron.limit = 3
            library.add(*(_earlier_loan(number, patron, now) for number in range(patron.limit)))
        if case == "hold_ready":
            library.add(Copy("39999999999990", "Kept for her", trapped=patron.number))
    by_case = {each["case"]: each["identifier"] for each in listed["patrons"]}
    nobody = LibraryPatron("20000000000000", "Nobody Inparticular", limit=100)
    library.add(nobody)
    for each in listed["items"]:
        case = each["case"]
        copy = Copy(each["barcode"], each["title"], branch=each["branch"])
        copy.reference, copy.lost = each["type"] == "reference", case == "lost"
        copy.renewals = 0 if each["type"] == "express" else RENEWALS
        if case in ("on_loan", "no_renewals", "overdue"):
            holder = {"no_renewals": "plain_1", "overdue": "overdue"}.get(case)
            late = timedelta(days=-9 if case == "overdue" else 9)
            copy.loan = Loan(by_case.get(holder or "", nobody.number), now + late)
        copy.trapped = nobody.number if case == "held_for_other" else ""
        library.add(copy)
    return library


def _earlier_loan(number: int, patron: LibraryPatron, now: datetime) -> Copy:
    return Copy(f"3999999999998{number}", f"Lent before {number}", loan=Loan(patron.number, now + timedelta(days=9)))


def of_file(path: Path, now: datetime) -> SimulatedLibrary:
    """Read a library from JSON in the format of `of_demo`. Raises ValueError that names the fault."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        return of_demo(listed, now)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: no library of patrons and items in JSON ({error})") from error


def small(
    now: datetime, titles: Sequence[str] = ("Faust", "围城", "Тунгалаг Тамир", "Über alles | und nichts")
) -> SimulatedLibrary:
    """Build the default library: two patrons and one shelf."""
    library = SimulatedLibrary()
    ada = LibraryPatron(
        "1001", "Ada Sample", "1234", address="1 Sample Road", mail="ada@sample.example", phone="555 0100"
    )
    library.add(ada, LibraryPatron("1002", "林样本", "2345"))
    library.add(*(Copy(f"300{number}", title, "Somebody") for number, title in enumerate(titles, 1)))
    return library
