"""Convert SIP2 responses about patrons and items into the model of lending.

AF (screen message) and AG (print line) are ignored: they are for people, in any language.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal

from kiosk.sync.sip2.field_values import NO_BAR_TO_LOANS, Flag, amount, count, currency, flags, moment, words, yes
from kiosk.sync.sip2.message import Sip2Message
from lending.model import Block, CardStatus, FeeKind, Item, ItemId, ItemStatus, Patron, PatronRef, Reason
from lending.name_masking import mask_name

ON_LOAN = frozenset({"04", "05", "07"})
"""Circulation status 04 charged, 05 charged and not to be recalled, 07 recalled."""
HOLD_SHELF, LOST = "08", frozenset({"11", "12", "13"})
OTHER = "01"
CARDS = {Reason.CARD_LOST: CardStatus.LOST, Reason.CARD_BLOCKED: CardStatus.BLOCKED}
TAKEN = {"checkout": 1, "checkin": 2, "renewal": 14}
"""Functions that ACS Status (98) may forbid by its letters or by BX; value: position in BX."""
NEEDED = {"patron": 7, "item": 10}
"""Functions that are used whatever 98 says; value: position in BX.

Without Patron (63) and Item Information (17) no patron is known, and no lost response can be checked.
"""
PLACES = {**TAKEN, **NEEDED, "end_session": 8}
"""Positions in BX (supported messages). BX may be shorter; then only the letters count."""
FEE_TYPES = {
    "02": FeeKind.ADMINISTRATIVE,
    "03": FeeKind.DAMAGE,
    "04": FeeKind.OVERDUE,
    "05": FeeKind.PROCESSING,
    "06": FeeKind.LOAN,
    "07": FeeKind.LOST,
    "08": FeeKind.COMPUTER,
    "09": FeeKind.HOLD,
}
"""Fee types of BT (3M SIP2 2.00); 01 is other or unknown."""
LANGUAGES = {"001": "en", "019": "zh"}
"""SIP2 language codes that the kiosk has translations for."""


def forbids(status: Sip2Message | None) -> Sequence[str]:
    """Return the functions that 98 forbids, by its letters or in BX."""
    if status is None:
        return []
    return [each for each in TAKEN if status.fixed[each] == "N" or takes(status, each) is False]


def denies(status: Sip2Message) -> Sequence[str]:
    """Return the indispensable messages that BX says are unsupported."""
    return [each for each in NEEDED if takes(status, each) is False]


def takes(status: Sip2Message | None, what: str) -> bool | None:
    """Return whether BX says that the message is supported; None if it does not say."""
    taken = (status.first("BX") or "") if status else ""
    at = PLACES[what]
    return {"Y": True, "N": False}.get(taken[at : at + 1])


def is_known(response: Sip2Message) -> bool:
    """Return whether the card is valid: BL says so; if BL is missing, a name does."""
    valid = yes(response.first("BL"))
    return bool((response.first("AE") or "").strip()) if valid is None else valid


def patron_of(response: Sip2Message, zone: tzinfo, now: datetime) -> Patron | Block:
    """Convert a 64 or a 24. Loans are counted by the fixed field, under the item type ""."""
    if not is_known(response):
        return Block(Reason.UNKNOWN_CARD)
    number = (response.first("AA") or "").strip()
    loans = count(response.fixed.get("charged"))
    bar = bar_of(response, zone, now)
    card = CARDS.get(bar.reason, CardStatus.ACTIVE) if bar else CardStatus.ACTIVE
    return Patron(
        ref=PatronRef(number),
        category="",
        card=card,
        loans={"": loans} if loans else {},
        name=mask_name(words(response.first("AE"))),
        fees=_fees_owed(response),
        currency=currency(response.first("BH")),
        fee_limit=amount(response.first("CC")),
        last4=number[-4:],
        language=LANGUAGES.get(response.fixed["language"], ""),
        barred=bar if card is CardStatus.ACTIVE else None,
    )


def bar_of(response: Sip2Message, zone: tzinfo, now: datetime) -> Block | None:
    """Return why the patron may not borrow: the gravest reason first, and CARD_BLOCKED only if none is known."""
    raised = flags(response.fixed["flags"]) - NO_BAR_TO_LOANS
    if not raised:
        return None
    if Flag.CARD_LOST in raised:
        return Block(Reason.CARD_LOST)
    ends = moment(response.first("PA") or "", zone)
    if ends is not None and ends < now:
        return Block(Reason.CARD_EXPIRED, on=ends.astimezone(zone).date())
    owed = _fees_owed(response)
    if raised & {Flag.EXCESSIVE_FINES, Flag.EXCESSIVE_FEES, Flag.TOO_MANY_BILLED} or owed > 0:
        return Block(Reason.FEES, amount=owed or None, currency=currency(response.first("BH")))
    if Flag.TOO_MANY_CHARGED in raised:
        return Block(Reason.LIMIT, count=count(response.fixed.get("charged")))
    return Block(Reason.CARD_BLOCKED)


def keeps_security(response: Sip2Message) -> bool:
    """Return whether the response to a loan leaves the item's security on. One to a renewal changes nothing.

    Source: 3M SIP2 2.00, desensitize (of which U counts as N) and CI, security inhibit.
    """
    is_first = response.code == "12" and response.fixed["renewal_ok"] != "Y"
    return is_first and (response.fixed["desensitize"] != "Y" or response.first("CI") == "Y")


def fee_kind(response: Sip2Message) -> FeeKind | None:
    """Return what the amount in BV is for, by BT; None if the ILS does not say."""
    return FEE_TYPES.get((response.first("BT") or "").strip())


def _fees_owed(response: Sip2Message) -> Decimal:
    """Return what the patron owes, in the system's currency; 0 for a credit, which is an amount below 0."""
    return max(amount(response.first("BV")) or Decimal(0), Decimal(0))


def item_of(
    response: Sip2Message, zone: tzinfo, day_first: bool | None, holder: PatronRef | None = None
) -> Item | None:
    """Convert an 18; None if the ILS does not know the item. `holder` is the borrower, if known otherwise."""
    barcode, title = (response.first("AB") or "").strip(), words(response.first("AJ"))
    status = response.fixed["circulation_status"]
    if not barcode or (not title and status == OTHER):
        return None
    item_status = ItemStatus.ON_SHELF
    if status in ON_LOAN:
        item_status = ItemStatus.ON_LOAN
    elif status == HOLD_SHELF:
        item_status = ItemStatus.ON_HOLD_SHELF
    elif status in LOST:
        item_status = ItemStatus.LOST
    return Item(
        ItemId(barcode),
        title,
        call_number=words(response.first("CS")),
        branch=(response.first("AQ") or "").strip(),
        status=item_status,
        holder=holder if item_status is ItemStatus.ON_LOAN else None,
        due=moment(response.first("AH") or "", zone, day_first) if item_status is ItemStatus.ON_LOAN else None,
        waiting=count(response.first("CF")) or 0,
    )
