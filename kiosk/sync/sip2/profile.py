"""What differs from one library system to the next, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kiosk.sync.sip2.connection import Speech


@dataclass(frozen=True, slots=True)
class Profile:
    """Where systems of one name differ among themselves, kiosk.toml says it again and wins."""

    name: str
    speech: Speech = Speech()  # noqa: RUF009 - a frozen value
    day_first: bool | None = None
    """How it writes 5/6/2026; None: no such date is believed."""
    lists_titles: bool = False
    """Loans and holds come as titles, and nobody can be asked about them by number."""
    sends_due: bool = False
    """It hangs up on a loan without a no-block due date, so that ours is always sent."""
    ends_sessions: bool = False
    """It takes 35, also where BX does not say so."""


ALL = (
    Profile("koha", Speech("utf-8"), ends_sessions=True),
    Profile("evergreen", Speech("utf-8"), lists_titles=True),
    Profile("folio", Speech("cp850")),
    Profile("polaris", Speech("cp850"), day_first=False),
    Profile("generic", Speech("cp850"), sends_due=True),
)
PROFILES: Mapping[str, Profile] = MappingProxyType({each.name: each for each in ALL})


@dataclass(frozen=True, slots=True)
class Account:
    """Who the kiosk is at the library's system."""

    institution: str = ""
    """AO."""
    user: str = ""
    """CN; empty where no login is wanted."""
    password: str = ""
    location: str = ""
    """CP of the login: FOLIO wants the service point there, Polaris the organisation."""
    branch: str = ""
    """AP of a return: empty, or exactly the branch's code, for Koha takes it for the place of the return."""
    terminal_password: str = ""
    """AC."""
