"""Build the SIP2 requests of this kiosk, with its account, the time and time zone, and the peculiarities of the ILS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import MappingProxyType

from kiosk.sync.sip2.connection import Speech
from kiosk.sync.sip2.field_values import stamp
from kiosk.sync.sip2.message import Sip2Message
from lending.model import ItemId

BLANK = " " * 18
SUMMARY = " " * 10
READY, LOANS, FINES, WAITING = 0, 2, 3, 5
"""Positions in the summary field: holds ready for pickup, charged items, fine items, holds not yet available."""
Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Profile:
    """Defaults for one ILS product; settings in kiosk.toml take precedence."""

    name: str
    speech: Speech = Speech()  # noqa: RUF009 - a frozen value
    day_first: bool | None = None
    """How it writes 5/6/2026; None: such a date is ambiguous and ignored."""
    lists_titles: bool = False
    """Loans and holds are listed as titles, which cannot be queried by barcode."""
    sends_due: bool = False
    """It hangs up on a Checkout without a no-block due date, so the kiosk always sends its own."""
    ends_sessions: bool = False
    """It accepts End Patron Session (35) even if BX does not say so."""


ALL = (
    Profile("koha", Speech("utf-8"), ends_sessions=True),
    Profile("evergreen", Speech("utf-8"), lists_titles=True),
    Profile("folio", Speech("cp850")),
    Profile("polaris", Speech("cp850"), day_first=False),
    Profile("generic", Speech("cp850"), sends_due=True),
)
PROFILES: Mapping[str, Profile] = MappingProxyType({each.name: each for each in ALL})


@dataclass(frozen=True, slots=True)
class SystemLogin:
    """The kiosk's account at the ILS."""

    institution: str = ""
    """AO, institution id."""
    user: str = ""
    """CN, login user id; empty if no login is required."""
    password: str = ""
    location: str = ""
    """CP, location code of the login: FOLIO requires the service point, Polaris the organisation."""
    branch: str = ""
    """AP, current location of a Checkin: empty or exactly the branch's code, as Koha takes it as the place."""


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
