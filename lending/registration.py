"""What somebody without a card tells of herself: what is asked, what is wrong with it, how it travels; asks nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from lending.transactions import TransactionId

REGISTER = "register"
"""What a `said` asks that is a registration: its answer is one as text, its card the blank one that she holds."""
GUARDED_UNTIL = 14
"""Below this age a guardian agrees for the child: Personal Information Protection Law of the PRC, article 31."""
OLDEST = 120
LONGEST_NAME, LONGEST_ADDRESS = 60, 100
"""Signs that can be typed at a kiosk."""
MAIL = re.compile(
    r"[0-9A-Za-z_%+-]+(\.[0-9A-Za-z_%+-]+)*@([0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.)+[A-Za-z]{2,24}"
)
MOBILE = re.compile(r"(\+|00)[1-9][0-9]{6,14}|1[3-9][0-9]{9}")
NO_WORDS: Mapping[str, str] = MappingProxyType({})


class Fault(StrEnum):
    """What is wrong with an answer."""

    MISSING = "missing"
    NO_YEAR = "no_year"
    """Not four digits, or a year in which nobody living was born."""
    NO_ADDRESS = "no_address"
    """Neither an e-mail address nor a mobile number."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What was told. `guardian` is a child's: the name as it was told; `contact` is the guardian's then."""

    name: str = ""
    born: str = ""
    """The year, with four digits: nothing more of it is needed."""
    guardian: str = ""
    group: str = ""
    contact: str = ""
    language: str = ""
    consents: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    """The purposes to which she said yes, each with the version of the words that she was shown."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One that is asked for by itself: its name and the words, by language, and their version."""

    code: str
    name: Mapping[str, str]
    words: Mapping[str, str]
    version: str


@dataclass(frozen=True, slots=True)
class Form:
    """What this library asks. `groups` are the codes of its groups of patrons with their names by language."""

    groups: Mapping[str, Mapping[str, str]]
    purposes: tuple[Purpose, ...] = ()
    reached: bool = False
    """Nobody registers without an address."""


def is_child(born: str, year: int) -> bool:
    """Whoever may still be under the age: only the year is known, so her whole birthday's year counts."""
    return born.isdecimal() and year - int(born) <= GUARDED_UNTIL


def channel(contact: str) -> str:
    """By which way an address is one."""
    return "mail" if "@" in contact else "sms"


def year_fault(born: str, year: int) -> Fault | None:
    """What is wrong with a year of birth, in the year that is now."""
    if not born:
        return Fault.MISSING
    is_year = re.fullmatch("[0-9]{4}", born) is not None and year - OLDEST <= int(born) <= year
    return None if is_year else Fault.NO_YEAR


def name_fault(name: str) -> Fault | None:
    return None if name.strip() else Fault.MISSING


def contact_fault(contact: str, *, needed: bool) -> Fault | None:
    plain = contact.strip()
    if not plain:
        return Fault.MISSING if needed else None
    shape = MAIL if channel(plain) == "mail" else MOBILE
    return None if shape.fullmatch(re.sub(r"[ ().-]", "", plain) if shape is MOBILE else plain) else Fault.NO_ADDRESS


def written(told: Registration) -> str:
    """As it travels; what was left out is left out."""
    texts = {each.name: getattr(told, each.name) for each in fields(told) if each.name != "consents"}
    kept = {name: value for name, value in texts.items() if value} | {"consents": dict(told.consents)}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(text: str) -> Registration:
    """The other way round. Raises ValueError, which names what is at fault and never what was told."""
    try:
        told = json.loads(text)
    except ValueError:
        raise ValueError("the registration is no JSON text") from None
    if not isinstance(told, dict) or set(told) - set(Registration.__dataclass_fields__):
        raise ValueError("the registration has a field that nobody knows")
    consents = told.pop("consents", {})
    if not isinstance(consents, dict):
        raise ValueError("the registration has consents that nobody can read")
    if not all(isinstance(each, str) for each in (*told.values(), *consents.values())):
        raise ValueError("the registration has a value that is no text")
    return Registration(**told, consents=consents)


def number(of: TransactionId) -> str:
    """The number that she shows at the desk, made of her registration's transaction alone.

    So a kiosk can tell it while the central is away, and the central makes it again of the same.
    """
    return f"T{int.from_bytes(sha256(of.encode()).digest()[8:16], 'big') % 10**9:09}"
