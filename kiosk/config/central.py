"""[central]: the library's system, our own hub or any that speaks SIP2, and how to reach it; connects to nothing.

[hub]: our hub beside a system that speaks SIP2.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from kiosk.config.fields import Address, Local, Text
from kiosk.config.section import Section
from kiosk.system.lazy_text import sentence

THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
Patience = Annotated[float, Field(gt=0, le=30)]


def in_clear(url: str) -> bool:
    """What is said on the way to another machine can be read by whoever sits there."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in THIS_MACHINE


class Hub(Section):
    """Our own hub. Who this kiosk is to it lies in the state folder: `kiosk enrol` writes it there."""

    url: Address
    clear_text: bool = False
    """Lets `url` be http to another machine: card key, cards and PINs can be read on the way."""

    @property
    def in_clear(self) -> bool:
        return in_clear(self.url)

    @property
    def address(self) -> str:
        """As a person names it."""
        return self.url

    @model_validator(mode="after")
    def _kept_from_others(self) -> Self:
        if self.in_clear and not self.clear_text:
            raise ValueError(
                sentence(
                    "url = {url}: card key, cards and PINs could be read on the way. Let the hub answer with https;"
                    " clear_text = true would allow it all the same",
                    url=repr(self.url),
                )
            )
        return self


class HubCentral(Hub):
    """It keeps the loans."""

    driver: Literal["hub"]
    patience: Patience = 2.0
    """Seconds that a patron waits for the hub's answer."""


Value = Annotated[str, Field(max_length=80, pattern=r"^[ -{}~]*$")]
"""What may stand in a field of SIP2: nothing that would end it, and ASCII alone."""


class Sip2Central(Section):
    """Any library system. The password of the login lies in a file of its own, which only its owner may read."""

    driver: Literal["sip2"]
    host: Text
    port: Annotated[int, Field(ge=1, le=65535)] = 6001
    profile: Literal["koha", "evergreen", "folio", "polaris", "generic"]
    """Whose manners it has; see kiosk.sync.sip2.profile. `kiosk check` says which it looks like."""
    institution: Value = ""
    """AO."""
    user: Value = ""
    """CN of the login; empty where the system wants none."""
    password_file: Local | None = None
    """Its first line is the password; `kiosk.toml` may be shown to others, this may not."""
    location: Value = ""
    """CP of the login: FOLIO wants its service point there, Polaris its organisation."""
    branch: Value = ""
    """AP of a return: empty, or exactly the branch's code at the system."""
    charset: Literal["cp850", "latin-1", "utf-8", "gbk", "gb18030", "big5", "cp932"] | None = None
    """None: the profile's."""
    day_first: bool | None = None
    """How the system writes 5/6/2026; None: the profile's."""
    error_detection: bool = True
    """Sequence numbers and checksums are sent."""
    sums_over_characters: bool = False
    """Some systems add characters up instead of bytes: then that is believed too."""
    line_end: Literal["cr", "crlf", "lf"] | None = None
    """What ends each message to it; None: the profile's. What it sends may end in any of them."""
    tls: bool | None = None
    """None: wherever the system is on another machine."""
    server_name: Text | None = None
    """What its certificate says, where that is not `host`."""
    authority: Local | None = None
    """A file with the certificates by which the system's is believed, in place of the machine's own."""
    clear_text: bool = False
    """Lets cards, names and PINs go to another machine without TLS: for a network that nobody else is in."""
    patience: Patience = 4.0
    """Seconds that a patron waits for the system's answer, to a tap, which takes several questions, or to an act."""

    @property
    def encrypted(self) -> bool:
        return self.host not in THIS_MACHINE and not self.clear_text if self.tls is None else self.tls

    @property
    def in_clear(self) -> bool:
        return not self.encrypted and self.host not in THIS_MACHINE

    @property
    def address(self) -> str:
        """As a person names it."""
        return f"{self.host}:{self.port}"

    @model_validator(mode="after")
    def _fits_together(self) -> Sip2Central:
        if self.in_clear and not self.clear_text:
            raise ValueError(
                sentence(
                    "tls = false: cards, names and PINs could be read on the way to {host}. Put TLS before the system,"
                    " as stunnel does; clear_text = true would allow it all the same",
                    host=self.host,
                )
            )
        if self.user and self.password_file is None:
            raise ValueError(
                sentence(
                    "password_file is missing: write the password of {user} into a file that only the kiosk may read,"
                    " and name it here",
                    user=repr(self.user),
                )
            )
        if self.password_file is not None and not self.user:
            raise ValueError(sentence("user is missing: a password goes with the user of the login"))
        return self


Central: TypeAlias = Annotated[HubCentral | Sip2Central, Field(discriminator="driver")]
