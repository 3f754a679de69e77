"""Export circulation's tables under one module, where Django looks for them."""

from hub.circulation.models.changes import ChangeMark, PolicyMark, SnapshotChange, UnnumberedChange
from hub.circulation.models.exchange import ExceptionCase, Kiosk, Transaction
from hub.circulation.models.loans import (
    CirculationEvent,
    Fee,
    FeedCursor,
    Hold,
    InHouseUse,
    Loan,
    PendingReturn,
    Renewal,
    Sighting,
    Transit,
)
from hub.circulation.models.patrons import Card, CardDisplayPreferences, CardRecommendations, Patron, PatronCategory
from hub.circulation.models.rules import ClosedDay, Library, Rule, RuleVersion

__all__ = [
    "Card",
    "CardDisplayPreferences",
    "CardRecommendations",
    "ChangeMark",
    "CirculationEvent",
    "ClosedDay",
    "ExceptionCase",
    "Fee",
    "FeedCursor",
    "Hold",
    "InHouseUse",
    "Kiosk",
    "Library",
    "Loan",
    "Patron",
    "PatronCategory",
    "PendingReturn",
    "PolicyMark",
    "Renewal",
    "Rule",
    "RuleVersion",
    "Sighting",
    "SnapshotChange",
    "Transaction",
    "Transit",
    "UnnumberedChange",
]
