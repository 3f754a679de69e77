"""Circulation's tables, under one name as Django wants them; holds no code of its own."""

from kiosk.hub.circulation.models.changes import LawMark, Mark, Told, Touched
from kiosk.hub.circulation.models.exchange import Attempt, ExceptionCase, Kiosk, Transaction
from kiosk.hub.circulation.models.loans import CirculationEvent, Fee, FeedEnd, HandedIn, Hold, Loan, Renewal
from kiosk.hub.circulation.models.patrons import Card, Carried, CarriedLook, Patron, PatronCategory
from kiosk.hub.circulation.models.rules import ClosedDay, Edition, Library, Rule
from kiosk.hub.circulation.models.sightings import InHouseUse, Sighting
from kiosk.hub.circulation.models.transits import Transit

__all__ = [
    "Attempt",
    "Card",
    "Carried",
    "CarriedLook",
    "CirculationEvent",
    "ClosedDay",
    "Edition",
    "ExceptionCase",
    "Fee",
    "FeedEnd",
    "HandedIn",
    "Hold",
    "InHouseUse",
    "Kiosk",
    "LawMark",
    "Library",
    "Loan",
    "Mark",
    "Patron",
    "PatronCategory",
    "Renewal",
    "Rule",
    "Sighting",
    "Told",
    "Touched",
    "Transaction",
    "Transit",
]
