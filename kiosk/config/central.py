"""Define [central], the system that keeps the loans, and [hub], the companion of an ILS.

The central is the hub, or an ILS over SIP2.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from kiosk.config.fields import Address, Local, Section, Text
from kiosk.system.lazy_text import sentence

THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
Patience = Annotated[float, Field(gt=0, le=30)]


def in_clear(url: str) -> bool:
    """Return whether traffic to this URL leaves the machine unencrypted."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in THIS_MACHINE


class Hub(Section):
    """The hub. `kiosk enrol` stores the kiosk's identity there in the state folder."""

    url: Address
    clear_text: bool = False
    """Allows http to another machine: card key, cards and PINs can then be read in transit."""

    @property
    def in_clear(self) -> bool:
        return in_clear(self.url)

    @property
    def address(self) -> str:
        """The address for display."""
        return self.url

    @model_validator(mode="after")
    def _require_encryption(self) -> Self:
        if self.in_clear and not self.clear_text:
            raise ValueError(
                sentence(
                    "url = {url}: the card key, card numbers and PINs can be intercepted on the way. Use https for "
                    "the hub; clear_text = true allows it anyway",
                    url=repr(self.url),
                )
            )
        return self


class HubCentral(Hub):
    """The hub as the system that keeps the loans."""

    driver: Literal["hub"]
    patience: Patience = 2.0
    """Seconds that a patron waits for the hub's answer."""


Value = Annotated[str, Field(max_length=80, pattern=r"^[ -{}~]*$")]
"""Value of a SIP2 field: ASCII without the delimiter."""


class Sip2Central(Section):
    """An ILS over SIP2. The password is in a file of its own, which only its owner may read."""

    driver: Literal["sip2"]
    host: Text
    port: Annotated[int, Field(ge=1, le=65535)] = 6001
    profile: Literal["koha", "evergreen", "folio", "polaris", "generic"]
    """The product; see kiosk.sync.sip2.requests. `kiosk check` reports which it resembles."""
    institution: Value = ""
    """AO, institution id."""
    user: Value = ""
    """CN, login user id; empty if the ILS requires no login."""
    password_file: Local | None = None
    """Its first line is the password. Unlike `kiosk.toml`, this file must not be shown to others."""
    location: Value = ""
    """CP, location code of the login: FOLIO requires the service point, Polaris the organisation."""
    branch: Value = ""
    """AP, current location of a Checkin: empty, or exactly the branch's code in the ILS."""
    charset: Literal["cp850", "latin-1", "utf-8", "gbk", "gb18030", "big5", "cp932"] | None = None
    """None: the profile's."""
    day_first: bool | None = None
    """How the ILS writes 5/6/2026; None: the profile's."""
    error_detection: bool = True
    """Send sequence numbers and checksums."""
    sums_over_characters: bool = False
    """Also accept checksums over characters instead of bytes, as some systems compute them."""
    line_end: Literal["cr", "crlf", "lf"] | None = None
    """Terminator of sent messages; None: the profile's. Any of them is accepted in responses."""
    tls: bool | None = None
    """None: TLS if the ILS is on another machine."""
    server_name: Text | None = None
    """Name in the server's certificate, if it is not `host`."""
    authority: Local | None = None
    """PEM file of the certificates to trust, in place of the machine's own."""
    clear_text: bool = False
    """Allows cards, names and PINs to go to another machine without TLS: for an isolated network."""
    patience: Patience = 4.0
    """Seconds that a patron waits for the ILS's answer, to a card (several queries) or to a transaction."""

    @property
    def encrypted(self) -> bool:
        return self.host not in THIS_MACHINE and not self.clear_text if self.tls is None else self.tls

    @property
    def in_clear(self) -> bool:
        return not self.encrypted and self.host not in THIS_MACHINE

    @property
    def address(self) -> str:
        """The address for display."""
        return f"{self.host}:{self.port}"

    @model_validator(mode="after")
    def _fits_together(self) -> Sip2Central:
        if self.in_clear and not self.clear_text:
            raise ValueError(
                sentence(
                    "tls = false: card numbers, names and PINs can be intercepted on the way to {host}. Put TLS in "
                    "front of the system, for example with stunnel; clear_text = true allows it anyway",
                    host=self.host,
                )
            )
        if self.user and self.password_file is None:
            raise ValueError(
                sentence(
                    "password_file is missing: write the password of {user} into a file that only the kiosk can "
                    "read, and set its path here",
                    user=repr(self.user),
                )
            )
        if self.password_file is not None and not self.user:
            raise ValueError(sentence("user is missing: a password goes with the user of the login"))
        return self


Central: TypeAlias = Annotated[HubCentral | Sip2Central, Field(discriminator="driver")]
