"""Describe the differences between library systems as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kiosk.sync.sip2.connection import Speech


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
