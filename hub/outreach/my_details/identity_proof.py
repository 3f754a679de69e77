"""How a patron at a kiosk can show that the card is hers without a PIN: a code to an address that she has proved."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from hub.outreach.patron_portal import portal_session
from hub.outreach.profiles import verification_codes
from hub.outreach.profiles.models import Code, Contact, Person

AIM = Code.Aim.SIGN
PAGE = "phone:from_kiosk"
PAGE_GOOD_FOR = timedelta(minutes=10)
"""Her phone is in her hand."""
Verdict = Literal["right", "wrong", "locked"]


def way(person: Person) -> Contact | None:
    """Where a code would go: to what she proved last, or her guardian for a child."""
    return next(iter(verification_codes.proved(person)), None)


def send(person: Person) -> str:
    """Sends one; why it was not sent, or nothing. Whoever asks again at once goes on with the last."""
    contact = way(person)
    if contact is None:
        return str(verification_codes.Refused.NOT_PROVED)
    sent = verification_codes.send(contact, AIM)
    if isinstance(sent, Code) or verification_codes.open_one(contact, AIM) is not None:
        return ""
    return str(sent)


def check(person: Person, typed: str) -> Verdict:
    contact = way(person)
    if contact is None:
        return "wrong"
    refused = verification_codes.sign_in(person, contact, typed)
    if refused is None:
        return "right"
    return "locked" if refused is verification_codes.Refused.TOO_MANY else "wrong"


def page(person: Person, about: str) -> str:
    """Where her phone goes on, once, with all that is hers. `about` makes two of them two."""
    return portal_session.link(PAGE, person.pk, about, PAGE_GOOD_FOR)
