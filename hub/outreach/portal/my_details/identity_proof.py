"""Verify a patron's identity without a PIN, at a kiosk or on a phone, by a code sent to a verified address."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from hub.outreach.patrons import verification_codes
from hub.outreach.patrons.models import Code, Contact, Person
from hub.outreach.portal import message_links

AIM = Code.Aim.SIGN
PAGE = "portal:from_kiosk"
PAGE_GOOD_FOR = timedelta(minutes=10)
"""Validity of the hand-over page; short, because the phone is at hand."""
Verdict = Literal["right", "wrong", "locked"]


def way(person: Person) -> Contact | None:
    """Return the contact for the code: the one verified last, for a child the guardian's."""
    return next(iter(verification_codes.verified_contacts(person)), None)


def send(person: Person) -> str:
    """Send a code; return why it was not sent, or empty. A repeated request keeps the last valid code."""
    contact = way(person)
    return send_to(contact) if contact else str(verification_codes.CodeRefusalReason.NOT_PROVED)


def send_to(contact: Contact) -> str:
    """Send a code to this contact, like `send`."""
    sent = verification_codes.send(contact, AIM)
    if isinstance(sent, Code) or verification_codes.open_one(contact, AIM) is not None:
        return ""
    return str(sent)


def check(person: Person, typed: str) -> Verdict:
    """Check the code that was entered; `locked` after too many wrong ones."""
    contact = way(person)
    if contact is None:
        return "wrong"
    refused = verification_codes.sign_in(person, contact, typed)
    if refused is None:
        return "right"
    return "locked" if refused is verification_codes.CodeRefusalReason.TOO_MANY else "wrong"


def page(person: Person, about: str) -> str:
    """Return the URL where the patron's phone continues, once, with full access.

    Links with different `about` are used up separately.
    """
    return message_links.signed_link(PAGE, person.pk, about, PAGE_GOOD_FOR)
