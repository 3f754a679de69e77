"""The people's tables: a person by her pseudonym, and all that hangs on her and goes with her."""

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
