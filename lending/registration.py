"""Self-registration: the form, validation of the answers and their wire format."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from lending.transactions import TransactionId

GUARDIAN_AGE = 14
"""Usual age below which a guardian must consent: Personal Information Protection Law of the PRC, article 31."""
OLDEST = 120
LONGEST_NAME, LONGEST_ADDRESS = 60, 100
"""Maximum characters that can be entered at a kiosk."""
MAIL = re.compile(
    r"[0-9A-Za-z_%+-]+(\.[0-9A-Za-z_%+-]+)*@([0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.)+[A-Za-z]{2,24}"
)
INTERNATIONAL = re.compile(r"(\+|00)[1-9][0-9]{6,14}")
NO_NUMBER = re.compile(r"(?!)")
NO_WORDS: Mapping[str, str] = MappingProxyType({})


class InputFault(StrEnum):
    """Why an answer is not accepted."""

    MISSING = "missing"
    NO_YEAR = "no_year"
    """Not four digits, or out of range for a living person."""
    NO_ADDRESS = "no_address"
    """Neither an e-mail address nor a mobile number."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The answers. `guardian` is set for a child, as entered; `contact` is then the guardian's."""

    name: str = ""
    born: str = ""
    """Year of birth, four digits; day and month are not needed."""
    guardian: str = ""
    group: str = ""
    contact: str = ""
    language: str = ""
    consents: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    """Consent purposes agreed to, each with the version of the wording shown."""


@dataclass(frozen=True, slots=True)
class RegistrationPurpose:
    """A consent purpose that is asked separately: name and wording by language code, and the wording's version."""

    code: str
    name: Mapping[str, str]
    words: Mapping[str, str]
    version: str


@dataclass(frozen=True, slots=True)
class RegistrationForm:
    """What this library asks. `groups` maps the code of a patron group to its names by language code."""

    groups: Mapping[str, Mapping[str, str]]
    purposes: tuple[RegistrationPurpose, ...] = ()
    reached: bool = False
    """An address is required."""
    mobile: re.Pattern[str] = NO_NUMBER
    """A mobile number as it is dialled in the library's country."""
    languages: tuple[str, ...] = ()
    """Codes of the languages in which the library writes messages; one is not asked about."""
    guardian_age: int = GUARDIAN_AGE
    """Age in years below which a guardian is required. At 0 none is, and the year of birth is not asked."""


def is_child(born: str, year: int, guardian_age: int) -> bool:
    """Return whether a guardian is required. The year of the birthday counts as a whole.

    Args:
        born: Year of birth, four digits; empty if unknown.
        year: Current year.
        guardian_age: The library's age in years below which a guardian is required, or 0.
    """
    return guardian_age > 0 and born.isdecimal() and year - int(born) <= guardian_age


def channel(contact: str) -> str:
    """Return the message channel of an address."""
    return "mail" if "@" in contact else "sms"


def year_fault(born: str, year: int) -> InputFault | None:
    """Check a year of birth against the current `year`."""
    if not born:
        return InputFault.MISSING
    is_year = re.fullmatch("[0-9]{4}", born) is not None and year - OLDEST <= int(born) <= year
    return None if is_year else InputFault.NO_YEAR


def name_fault(name: str) -> InputFault | None:
    """Return what is wrong with a name, or None."""
    return None if name.strip() else InputFault.MISSING


def contact_fault(contact: str, mobile: re.Pattern[str], *, needed: bool) -> InputFault | None:
    """Return what is wrong with an e-mail address or mobile number, or None. `mobile` is that of the form."""
    plain = contact.strip()
    if not plain:
        return InputFault.MISSING if needed else None
    if channel(plain) == "mail":
        return None if MAIL.fullmatch(plain) else InputFault.NO_ADDRESS
    digits = re.sub(r"[ ().-]", "", plain)
    return None if INTERNATIONAL.fullmatch(digits) or mobile.fullmatch(digits) else InputFault.NO_ADDRESS


def encode_form(registration: Registration) -> str:
    """Return the wire form, without empty fields."""
    texts = {each.name: getattr(registration, each.name) for each in fields(registration) if each.name != "consents"}
    content = {name: value for name, value in texts.items() if value} | {"consents": dict(registration.consents)}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(text: str) -> Registration:
    """Parse the wire form. Raise ValueError that names the faulty part, never its content."""
    try:
        values = json.loads(text)
    except ValueError:
        raise ValueError("the registration is not valid JSON") from None
    if not isinstance(values, dict) or set(values) - set(Registration.__dataclass_fields__):
        raise ValueError("the registration has an unknown field")
    consents = values.pop("consents", {})
    if not isinstance(consents, dict):
        raise ValueError("the consents of the registration are not an object")
    if not all(isinstance(each, str) for each in (*values.values(), *consents.values())):
        raise ValueError("the registration has a value that is not a string")
    return Registration(**values, consents=consents)


def number(of: TransactionId) -> str:
    """Return the number that the patron shows at the service desk, derived from the registration's transaction id.

    The kiosk can therefore show it while the central is away, and the central computes the same one.
    """
    return f"T{int.from_bytes(sha256(of.encode()).digest()[8:16], 'big') % 10**9:09}"
