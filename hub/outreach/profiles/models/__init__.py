"""Define the profile tables: a person by pseudonym, and the rows that are deleted with the person."""

from hub.outreach.profiles.models.consents import Consent, ConsentText, FieldConsent
from hub.outreach.profiles.models.contacts import Code, Contact, Order
from hub.outreach.profiles.models.person import Change, Note, Person, ProfileField, Source
from hub.outreach.profiles.models.terms import MonthlyLoans, ProfileSettings

__all__ = [
    "Change",
    "Code",
    "Consent",
    "ConsentText",
    "Contact",
    "FieldConsent",
    "MonthlyLoans",
    "Note",
    "Order",
    "Person",
    "ProfileField",
    "ProfileSettings",
    "Source",
]
