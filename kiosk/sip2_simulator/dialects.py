"""Describe the SIP2 dialects of real systems as data.

They were measured on running servers or read in their sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Dialect:
    """Manners of one system. `charset` is its usual character set."""

    name: str
    charset: str = "utf-8"
    end: bytes = b"\r"
    login_first: bool = True
    """Disconnects clients that send anything before Login (93)."""
    hangs_up_on_bad_login: bool = False
    unknown: str = "96"
    """Reaction to an unsupported message: `96`, `close`, or `silence`."""
    resend_ends: bool = True
    """The response to 97 has a terminator."""
    resend_zero: bool = False
    """The response to 97 is built again, with sequence number 0."""
    due: str = "%Y%m%d    %H%M%S"
    """Format of due dates (strftime)."""
    greets: str = ""
    """Text in AF of a successful response."""
    titles_as_loans: bool = False
    """AU, AS and AT list titles instead of barcodes."""
    pads_numbers: str = "0"
    counts: bool = True
    """False leaves every count of the response 64 blank."""
    wants_place: bool = False
    """Refuses checkins if the Login had no CP (location)."""
    wants_due: bool = False
    """Disconnects on a checkout or renewal without a no-block due date."""
    desensitizes_always: bool = False
    transit: bool = False
    """Sends items of another branch there: alert Y and CV 04."""
    heeds_no_block: bool = True
    """Accepts an offline loan as it happened, with its dates; otherwise judges it as requested now."""
    renews_from_due: bool = False
    """A renewal adds its period to the due date instead of today."""
    tells_owner: bool = False
    """The response 18 has BG: the branch that owns the item."""
    renews_on_repeat: bool = True
    pin_in_patron_status: bool = True
    """The response 24 has CQ although no PIN was sent."""
    accepts_unlent: bool = False
    """A checkin of an item that is not on loan succeeds."""
    version: str = "2.00"
    speaks: frozenset[str] = frozenset({"93", "99", "23", "63", "17", "11", "09", "29", "65", "35", "15", "37", "97"})
    bx: str = "YYYYYYNYNYYYYNYY"
    """BX: supported messages, in the specification's order."""
    tells_expiry: bool = False
    """PA, an extension of SIP2: the card's expiry date."""
    order: str = ""
    """Fields that come first in a response, in this order."""


ALL = (
    Dialect(
        "koha",
        end=b"\r\n",
        hangs_up_on_bad_login=True,
        resend_zero=True,
        due="%Y%m%d    235900",
        greets="Greetings from Koha. ",
        heeds_no_block=False,
        renews_from_due=True,
        tells_owner=True,
        bx="YYYYYYNYYYYYYNYY",
        tells_expiry=True,
        order="AE AA BL CQ BV CC",
    ),
    Dialect(
        "evergreen",
        unknown="close",
        resend_zero=True,
        due="%Y-%m-%d %H:%M:%S",
        titles_as_loans=True,
        tells_expiry=True,
        renews_on_repeat=False,
        pin_in_patron_status=False,
    ),
    Dialect(
        "folio",
        charset="cp850",
        login_first=False,
        unknown="silence",
        wants_place=True,
        desensitizes_always=True,
        transit=True,
        renews_on_repeat=False,
        accepts_unlent=True,
    ),
    Dialect(
        "strict",
        charset="cp850",
        hangs_up_on_bad_login=True,
        unknown="silence",
        resend_ends=False,
        wants_due=True,
        counts=False,
        renews_on_repeat=False,
    ),
    Dialect(
        "sip1",
        charset="latin-1",
        login_first=False,
        due="%d.%m.%Y",
        version="1.00",
        speaks=frozenset({"99", "23", "11", "09", "97", "35"}),
        bx="",
        pads_numbers=" ",
    ),
)
DIALECTS: Mapping[str, Dialect] = MappingProxyType({each.name: each for each in ALL})
LENDING = ("koha", "evergreen", "folio", "strict")
"""Dialects with enough information to lend by."""
