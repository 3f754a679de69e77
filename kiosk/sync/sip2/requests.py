"""The requests as this kiosk makes them: who it is, when it is, and what for; sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from kiosk.sync.sip2.field_values import stamp
from kiosk.sync.sip2.message import Message
from kiosk.sync.sip2.profile import Account
from lending.model import ItemId

BLANK = " " * 18
SUMMARY = " " * 10
READY, LOANS, WAITING = 0, 2, 5
"""Places of a summary: holds that wait to be fetched, charged items, holds that are not there yet."""
Fields = list[tuple[str, str]]


def login(account: Account) -> Message | None:
    """None where the system wants no login."""
    if not account.user:
        return None
    place = [("CP", account.location)] if account.location else []
    fields = [("CN", account.user), ("CO", account.password), *place]
    return Message("93", {"uid_algorithm": "0", "pwd_algorithm": "0"}, fields)


@dataclass(frozen=True, slots=True)
class Requests:
    """`clock` tells now, `zone` the library's time."""

    account: Account
    clock: Callable[[], datetime]
    zone: tzinfo

    def patron(self, number: str, pin: str = "", listed: int | None = None, first: int = 0, last: int = 0) -> Message:
        """`listed` is the place of the summary that is asked for, from the `first` to the `last` of its list."""
        summary = SUMMARY if listed is None else f"{' ' * listed}Y".ljust(10)
        fields = [*self._who(number), *self._terminal()]
        fields += [("AD", pin)] if pin else []
        fields += [("BP", str(first)), ("BQ", str(last))] if first else []
        return Message("63", {"language": "000", "date": self._now, "summary": summary}, fields)

    def item(self, item: ItemId) -> Message:
        return Message("17", {"date": self._now}, [self._here, ("AB", item), *self._terminal()])

    def checkout(
        self, number: str, item: ItemId, at: datetime, due: datetime | None, *, happened: bool, agreed: bool = False
    ) -> Message:
        """Never renews by itself. `happened` is no-block: it was lent then, until `due`, whatever the system thinks.

        `agreed`: the patron takes it though it costs something.
        """
        fixed = {"renewal_policy": "N", **self._agreed(at, due, happened)}
        fields = [
            *self._who(number),
            ("AB", item),
            ("AC", self.account.terminal_password),
            ("BO", "Y" if agreed else "N"),
            ("BI", "N"),
        ]
        return Message("11", fixed, fields)

    def checkin(self, item: ItemId, at: datetime, *, happened: bool) -> Message:
        fixed = {"no_block": "Y" if happened else "N", "date": self._now, "return_date": stamp(at, self.zone)}
        fields = [("AP", self.account.branch), self._here, ("AB", item), ("AC", self.account.terminal_password)]
        return Message("09", fixed, fields)

    def renew(self, number: str, item: ItemId, at: datetime, due: datetime | None, *, happened: bool) -> Message:
        fixed = {"third_party": "N", **self._agreed(at, due, happened)}
        return Message("29", fixed, [*self._who(number), ("AB", item), *self._terminal(), ("BO", "N")])

    def end_session(self, number: str) -> Message:
        return Message("35", {"date": self._now}, [*self._who(number), *self._terminal()])

    @property
    def _now(self) -> str:
        return stamp(self.clock(), self.zone)

    @property
    def _here(self) -> tuple[str, str]:
        return "AO", self.account.institution

    def _who(self, number: str) -> Fields:
        return [self._here, ("AA", number)]

    def _terminal(self) -> Fields:
        return [("AC", self.account.terminal_password)] if self.account.terminal_password else []

    def _agreed(self, at: datetime, due: datetime | None, happened: bool) -> dict[str, str]:
        return {
            "no_block": "Y" if happened else "N",
            "date": stamp(at, self.zone),
            "nb_due_date": stamp(due, self.zone) if due else BLANK,
        }
