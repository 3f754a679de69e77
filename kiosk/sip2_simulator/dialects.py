"""How different systems say the same, as data. Measured against running servers or read in their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Dialect:
    """`charset` is its usual one."""

    name: str
    charset: str = "utf-8"
    end: bytes = b"\r"
    login_first: bool = True
    """Whoever says anything else before 93 is hung up on."""
    hangs_up_on_bad_login: bool = False
    unknown: str = "96"
    """What it does with a message that it does not know: `96`, `close`, or `silence`."""
    resend_ends: bool = True
    """The answer to 97 has an end."""
    resend_zero: bool = False
    """The answer to 97 is made anew, with sequence number 0."""
    due: str = "%Y%m%d    %H%M%S"
    """How it writes due dates."""
    greets: str = ""
    """Said in AF of an answer that tells of no trouble."""
    titles_as_loans: bool = False
    """AU, AS and AT hold titles instead of barcodes."""
    pads_numbers: str = "0"
    counts: bool = True
    """False: blanks for every count in 64."""
    wants_place: bool = False
    """No checkin without CP in the login."""
    wants_due: bool = False
    """Hangs up on a checkout or a renewal without a no-block due date."""
    desensitizes_always: bool = False
    transit: bool = False
    """Sends what belongs to another branch there: alert and CV 04."""
    heeds_no_block: bool = True
    """A loan that happened off line is taken as it was, with its dates; else it is judged as asked for now."""
    renews_from_due: bool = False
    """A renewal adds its period to the day on which the loan is due, not to today."""
    tells_owner: bool = False
    """BG in 18: which branch owns the item."""
    renews_on_repeat: bool = True
    pin_in_patron_status: bool = True
    """CQ comes in 24 though no PIN was sent."""
    accepts_unlent: bool = False
    """A checkin of what was not lent is a success."""
    version: str = "2.00"
    speaks: frozenset[str] = frozenset({"93", "99", "23", "63", "17", "11", "09", "29", "65", "35", "15", "37", "97"})
    bx: str = "YYYYYYNYNYYYYNYY"
    """Which messages it takes, in the guide's order."""
    tells_expiry: bool = False
    """PA, beyond the guide: the day on which a card ends."""
    order: str = ""
    """Ids that come first in an answer, in this order; the rest follow."""


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
