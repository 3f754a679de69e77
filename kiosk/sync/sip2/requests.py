"""Build the SIP2 requests of this kiosk with its account, the time and the library's time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from kiosk.sync.sip2.field_values import stamp
from kiosk.sync.sip2.message import Sip2Message
from kiosk.sync.sip2.profile import SystemLogin
from lending.model import ItemId

BLANK = " " * 18
SUMMARY = " " * 10
READY, LOANS, WAITING = 0, 2, 5
"""Positions in the summary field: holds ready for pickup, charged items, holds not yet available."""
Fields = list[tuple[str, str]]


def login(account: SystemLogin) -> Sip2Message | None:
    """Build Login (93); None if the ILS requires no login."""
    if not account.user:
        return None
    place = [("CP", account.location)] if account.location else []
    fields = [("CN", account.user), ("CO", account.password), *place]
    return Sip2Message("93", {"uid_algorithm": "0", "pwd_algorithm": "0"}, fields)


@dataclass(frozen=True, slots=True)
class Requests:
    """Request builder; `clock` returns the time, `zone` is the library's time zone."""

    account: SystemLogin
    clock: Callable[[], datetime]
    zone: tzinfo

    def patron(
        self, number: str, pin: str = "", listed: int | None = None, first: int = 0, last: int = 0
    ) -> Sip2Message:
        """Build Patron Information (63).

        `listed` is the position of the list to return, from entry `first` to `last`.
        """
        summary = SUMMARY if listed is None else f"{' ' * listed}Y".ljust(10)
        fields = self._patron_fields(number)
        fields += [("AD", pin)] if pin else []
        fields += [("BP", str(first)), ("BQ", str(last))] if first else []
        return Sip2Message("63", {"language": "000", "date": self._now, "summary": summary}, fields)

    def item(self, item: ItemId) -> Sip2Message:
        return Sip2Message("17", {"date": self._now}, [self._here, ("AB", item)])

    def checkout(
        self, number: str, item: ItemId, at: datetime, due: datetime | None, *, happened: bool, agreed: bool = False
    ) -> Sip2Message:
        """Build Checkout (11), without renewal by the ILS.

        Args:
            number: AA, patron identifier.
            item: AB, item identifier.
            at: When the patron borrowed it.
            due: No-block due date; None: left blank.
            happened: No-block: the loan was made, whatever the ILS decides.
            agreed: The patron accepts a fee.
        """
        fixed = {"renewal_policy": "N", **self._loan_fields(at, due, happened)}
        fields = [*self._patron_fields(number), ("AB", item), ("AC", ""), ("BO", "Y" if agreed else "N"), ("BI", "N")]
        return Sip2Message("11", fixed, fields)

    def checkin(self, item: ItemId, at: datetime, *, happened: bool) -> Sip2Message:
        """Build Checkin (09). `at` is when the item was returned; `happened` sets no-block."""
        fixed = {"no_block": "Y" if happened else "N", "date": self._now, "return_date": stamp(at, self.zone)}
        fields = [("AP", self.account.branch), self._here, ("AB", item), ("AC", "")]
        return Sip2Message("09", fixed, fields)

    def renew(self, number: str, item: ItemId, at: datetime, due: datetime | None, *, happened: bool) -> Sip2Message:
        """Build Renew (29). `happened` sets no-block with the due date `due`."""
        fixed = {"third_party": "N", **self._loan_fields(at, due, happened)}
        return Sip2Message("29", fixed, [*self._patron_fields(number), ("AB", item), ("BO", "N")])

    def end_session(self, number: str) -> Sip2Message:
        return Sip2Message("35", {"date": self._now}, self._patron_fields(number))

    @property
    def _now(self) -> str:
        return stamp(self.clock(), self.zone)

    @property
    def _here(self) -> tuple[str, str]:
        return "AO", self.account.institution

    def _patron_fields(self, number: str) -> Fields:
        return [self._here, ("AA", number)]

    def _loan_fields(self, at: datetime, due: datetime | None, happened: bool) -> dict[str, str]:
        return {
            "no_block": "Y" if happened else "N",
            "date": stamp(at, self.zone),
            "nb_due_date": stamp(due, self.zone) if due else BLANK,
        }
