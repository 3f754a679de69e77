"""The people's tables: a person by her pseudonym, and all that hangs on her and goes with her."""

from kiosk.hub.outreach.people.models.consents import Consent, ConsentText, Use
from kiosk.hub.outreach.people.models.contacts import Code, Contact, Order
from kiosk.hub.outreach.people.models.person import Change, Fact, Note, Person, Source
from kiosk.hub.outreach.people.models.terms import Busy, Terms

__all__ = [
    "Busy",
    "Change",
    "Code",
    "Consent",
    "ConsentText",
    "Contact",
    "Fact",
    "Note",
    "Order",
    "Person",
    "Source",
    "Terms",
    "Use",
]
