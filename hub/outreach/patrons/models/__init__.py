"""Define the profile tables: a person by pseudonym, and the rows that are deleted with the person."""

from hub.outreach.patrons.models.consents import Consent, ConsentText, FieldConsent
from hub.outreach.patrons.models.contacts import Code, Contact, Order
from hub.outreach.patrons.models.feed_position import FeedPosition
from hub.outreach.patrons.models.person import Change, Note, Person, ProfileField, Source
from hub.outreach.patrons.models.terms import MonthlyLoans, ProfileSettings

__all__ = [
    "Change",
    "Code",
    "Consent",
    "ConsentText",
    "Contact",
    "FeedPosition",
    "FieldConsent",
    "MonthlyLoans",
    "Note",
    "Order",
    "Person",
    "ProfileField",
    "ProfileSettings",
    "Source",
]
