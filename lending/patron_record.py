"""The patron's own record as shown at the kiosk, with masked addresses, and changes to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from lending.display_preferences import OFF
from lending.responses import (
    AddressUse,
    AnyPatronResponse,
    ConsentChange,
    ContactCheck,
    HistoryErasure,
    InferenceChange,
    InterestChange,
    MessageLanguage,
    MessageRead,
    PreferredChannel,
    QuietHours,
    StoredPreferences,
)

HISTORY = "history"
"""Consent purpose required for the loan history."""
REMINDERS = "reminders"
"""Consent purpose for reminders at the patron's usual return time instead of some days before the due date."""
NEVER_QUIET = "none"
ADD, REMOVE, RESTORE = "add", "remove", "restore"
GIVE, WITHDRAW = "give", "withdraw"
STATED, REMOVED = "stated", "removed"


@dataclass(frozen=True, slots=True)
class ProofOptions:
    """How a patron can prove ownership of the card; `by` is the channel for a one-time code, empty if there is none."""

    pin: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A masked address or, with `address` False, another detail that the patron gave; then number and channel name it.

    `sure`: confirmed recently. `bounced`: a message to it was returned. `serves`: consent purposes whose messages may
    be sent there. `kept`: reserved for loan notices, so later consents do not apply to it.
    """

    number: str
    channel: str
    shown: str
    sure: bool = True
    bounced: bool = False
    serves: tuple[str, ...] = ()
    kept: bool = False
    address: bool = True


@dataclass(frozen=True, slots=True)
class ContactChannel:
    """A channel for messages to the patron; the first in the list is tried first."""

    channel: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent purpose, with its name and wording by language code. `news`: messages are sent for it."""

    purpose: str
    name: Mapping[str, str]
    words: Mapping[str, str]
    version: str
    given: bool
    news: bool = False


@dataclass(frozen=True, slots=True)
class Interest:
    """A class or subject. `source` is `stated` (chosen by the patron), `inferred` or `removed`."""

    code: str
    name: Mapping[str, str]
    source: str = STATED


@dataclass(frozen=True, slots=True)
class StaffMessage:
    """A message from staff. For an acquisition request, `state` is its outcome."""

    key: str
    about: str
    words: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A title the patron has borrowed, and its public catalogue link, for sharing; empty if there is none."""

    key: str
    title: str
    author: str = ""
    day: date | None = None
    """Date of the patron's latest loan of it."""
    link: str = ""


@dataclass(frozen=True, slots=True)
class PatronRecord:
    """`stays`: reasons that delay an erasure. `page`: the patron's phone pages are available."""

    contacts: tuple[Contact, ...] = ()
    ways: tuple[ContactChannel, ...] = ()
    quiet: str = NEVER_QUIET
    """Quiet hours, such as `21:00-08:00`, or `NEVER_QUIET`."""
    consents: tuple[Consent, ...] = ()
    interests: tuple[Interest, ...] = ()
    classes: tuple[Interest, ...] = ()
    """Interests that the patron may add."""
    infers: bool = False
    """Interests are inferred from the patron's loans."""
    reads: bool = False
    """The patron gave the consent required for interests."""
    language: str = ""
    languages: tuple[str, ...] = ()
    """Codes of the languages in which the library writes messages."""
    letters: tuple[StaffMessage, ...] = ()
    stays: tuple[str, ...] = ()
    child: bool = False
    page: bool = False
    look: bool = False
    """Display preferences are stored for the patron's card."""
    had: tuple[HistoryEntry, ...] = ()
    """Loan history, newest first; empty without consent."""

    @property
    def remembers(self) -> bool:
        """Whether the patron consented to the loan history."""
        return any(each.given for each in self.consents if each.purpose == HISTORY)

    @property
    def news(self) -> tuple[str, ...]:
        """The consent purposes given for which messages are sent."""
        return tuple(each.purpose for each in self.consents if each.given and each.news)


def apply_response(record: PatronRecord, response: AnyPatronResponse) -> PatronRecord:
    """Return the record as it will be once the library has processed a response."""
    match response:
        case ContactCheck():
            return replace(record, contacts=_contacts(record, response))
        case PreferredChannel():
            first = [each for each in record.ways if each.channel == response.answer]
            rest = [each for each in record.ways if each.channel != response.answer]
            return replace(record, ways=(*first, *rest))
        case QuietHours():
            return replace(record, quiet=response.answer)
        case ConsentChange():
            given = response.answer != WITHDRAW
            consents = (
                replace(each, given=given) if each.purpose == response.about else each for each in record.consents
            )
            ends = response.about == HISTORY and not given
            agreed = replace(record, consents=tuple(consents), had=() if ends else record.had)
            return replace(
                agreed, contacts=tuple(_with_consents(each, response, agreed.news) for each in record.contacts)
            )
        case AddressUse():
            serves, only_for_loans = (record.news, False) if response.answer == GIVE else ((), True)
            used = (
                replace(each, serves=serves, kept=only_for_loans) if _is_of(each, response) else each
                for each in record.contacts
            )
            return replace(record, contacts=tuple(used))
        case HistoryErasure():
            return replace(record, had=tuple(each for each in record.had if each.key != response.about))
        case InterestChange():
            return replace(record, interests=_interests(record, response))
        case InferenceChange():
            return replace(record, infers=response.answer == "on")
        case MessageLanguage():
            return replace(record, language=response.answer)
        case StoredPreferences():
            return replace(record, look=response.answer != OFF)
        case MessageRead():
            return replace(record, letters=tuple(each for each in record.letters if each.key != response.about))
        case _:
            return record


def _is_of(contact: Contact, response: AnyPatronResponse) -> bool:
    return contact.address and contact.channel == response.about


def _with_consents(contact: Contact, response: AnyPatronResponse, news: tuple[str, ...]) -> Contact:
    """Apply the given consents to an address, unless it is reserved for loan notices; withdrawn ones always end."""
    may = contact.address and not contact.kept
    return replace(
        contact,
        serves=tuple(each for each in news if each in contact.serves or (may and each == response.about)),
    )


def _contacts(record: PatronRecord, response: AnyPatronResponse) -> tuple[Contact, ...]:
    if response.answer == "wrong":
        return tuple(each for each in record.contacts if each.number != response.about)
    sure = (
        replace(each, sure=True, bounced=False) if each.number == response.about else each for each in record.contacts
    )
    return tuple(sure)


def _interests(record: PatronRecord, response: AnyPatronResponse) -> tuple[Interest, ...]:
    others = tuple(each for each in record.interests if each.code != response.about)
    before = next((each for each in (*record.interests, *record.classes) if each.code == response.about), None)
    if before is None or response.answer == RESTORE or (response.answer == REMOVE and before.source == STATED):
        return others
    return (*others, replace(before, source=STATED if response.answer == ADD else REMOVED))
