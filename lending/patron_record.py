"""What the library knows of a patron, as she sees and changes it herself; asks nobody and shows no whole address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from lending.display_preferences import OFF
from lending.transactions import PatronResponse

CONTACT, CHANNEL, TEST, QUIET, CONSENT = "contact", "channel", "test", "quiet", "consent"
INTEREST, INFER, LANGUAGE, MESSAGE = "interest", "infer", "language", "message"
FORGET, EXPORT, ERASE, REGISTER = "forget_visit", "export", "erase", "register"
"""What she says, by the names under which it travels."""
HAD = "had"
"""Of a title in her history."""
USE = "use"
"""Of one address: whether more than her loans may be sent there."""
HISTORY = "history"
"""The purpose on which it stands."""
REMINDERS = "reminders"
"""The purpose on which a reminder comes when she usually returns, instead of some days before the due date."""
NEVER_QUIET = "none"
ADD, REMOVE, RESTORE = "add", "remove", "restore"
GIVE, WITHDRAW = "give", "withdraw"
HERS, REMOVED = "hers", "removed"
SENSITIVE = frozenset({CONSENT, USE, QUIET, LANGUAGE, INTEREST, INFER, TEST, FORGET, HAD, EXPORT, ERASE})
"""Answers that change the record: the central takes them only with the pass that a right PIN or code was answered with.

`CONTACT` and `CHANNEL` are also asked after a card alone. Without a pass they may confirm and begin, and take nothing
away."""
PASS_TRAVELS = SENSITIVE | {CONTACT, CHANNEL}
"""Answers that carry the pass, where the patron has one."""


@dataclass(frozen=True, slots=True)
class ProofOptions:
    """How she can show that the card is hers. `by` is the channel to which a code can be sent, empty where none can."""

    pin: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A masked address, or something else that she told: then `address` is False, number and channel name the field.

    `sure`: it was known to be right not long ago; `bounced`: what was sent there came back. `serves` are the purposes
    for which news may go there; where it is `kept`, none does that she agrees to later.
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
    """One by which she can be told something; the first of them is tried first."""

    channel: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """A purpose by its name, and the words with which it is asked for, both by language. `news`: something is sent."""

    purpose: str
    name: Mapping[str, str]
    words: Mapping[str, str]
    version: str
    given: bool
    news: bool = False


@dataclass(frozen=True, slots=True)
class Interest:
    """A class or a subject. `source` is `hers`, `inferred` or `removed`."""

    code: str
    name: Mapping[str, str]
    source: str = HERS


@dataclass(frozen=True, slots=True)
class StaffMessage:
    """Something that somebody wrote to her. For a wish `state` is what became of it."""

    key: str
    about: str
    words: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A title that she has borrowed, and where a friend's phone finds it; empty where it cannot."""

    key: str
    title: str
    author: str = ""
    day: date | None = None
    """On which she borrowed it last."""
    link: str = ""


@dataclass(frozen=True, slots=True)
class PatronRecord:
    """`stays` are the reasons why an erasure would have to wait, `page` is there where her phone can go on."""

    contacts: tuple[Contact, ...] = ()
    ways: tuple[ContactChannel, ...] = ()
    quiet: str = NEVER_QUIET
    """Such as `21:00-08:00`."""
    consents: tuple[Consent, ...] = ()
    interests: tuple[Interest, ...] = ()
    classes: tuple[Interest, ...] = ()
    """What she may add."""
    infers: bool = False
    """Her loans tell what interests her."""
    reads: bool = False
    """She agreed to what interests stand on."""
    language: str = ""
    letters: tuple[StaffMessage, ...] = ()
    stays: tuple[str, ...] = ()
    child: bool = False
    page: bool = False
    look: bool = False
    """How she likes the screen is remembered for her card."""
    had: tuple[HistoryEntry, ...] = ()
    """Her history, the newest first; nothing unless she agreed to it."""

    @property
    def remembers(self) -> bool:
        """She agreed to her history."""
        return any(each.given for each in self.consents if each.purpose == HISTORY)

    @property
    def news(self) -> tuple[str, ...]:
        """The purposes that she agrees to on which something is sent."""
        return tuple(each.purpose for each in self.consents if each.given and each.news)


def after(mine: PatronRecord, said: PatronResponse) -> PatronRecord:
    """The same once the library has heard what she said."""
    match said.ask:
        case "contact":
            return replace(mine, contacts=_contacts(mine, said))
        case "channel":
            first = [each for each in mine.ways if each.channel == said.answer]
            rest = [each for each in mine.ways if each.channel != said.answer]
            return replace(mine, ways=(*first, *rest))
        case "quiet":
            return replace(mine, quiet=said.answer)
        case "consent":
            given = said.answer != WITHDRAW
            consents = (replace(each, given=given) if each.purpose == said.about else each for each in mine.consents)
            ends = said.about == HISTORY and not given
            agreed = replace(mine, consents=tuple(consents), had=() if ends else mine.had)
            return replace(agreed, contacts=tuple(_covered(each, said, agreed.news) for each in mine.contacts))
        case "use":
            serves, kept = (mine.news, False) if said.answer == GIVE else ((), True)
            used = (replace(each, serves=serves, kept=kept) if _is_of(each, said) else each for each in mine.contacts)
            return replace(mine, contacts=tuple(used))
        case "had":
            return replace(mine, had=tuple(each for each in mine.had if each.key != said.about))
        case "interest":
            return replace(mine, interests=_interests(mine, said))
        case "infer":
            return replace(mine, infers=said.answer == "on")
        case "language":
            return replace(mine, language=said.answer)
        case "look":
            return replace(mine, look=said.answer != OFF)
        case "message":
            return replace(mine, letters=tuple(each for each in mine.letters if each.key != said.about))
        case _:
            return mine


def _is_of(contact: Contact, said: PatronResponse) -> bool:
    return contact.address and contact.channel == said.about


def _covered(contact: Contact, said: PatronResponse, news: tuple[str, ...]) -> Contact:
    """What she agrees to goes to each address but those that she keeps for her loans; what she takes back to none."""
    may = contact.address and not contact.kept
    return replace(
        contact,
        serves=tuple(each for each in news if each in contact.serves or (may and each == said.about)),
    )


def _contacts(mine: PatronRecord, said: PatronResponse) -> tuple[Contact, ...]:
    if said.answer == "wrong":
        return tuple(each for each in mine.contacts if each.number != said.about)
    sure = (replace(each, sure=True, bounced=False) if each.number == said.about else each for each in mine.contacts)
    return tuple(sure)


def _interests(mine: PatronRecord, said: PatronResponse) -> tuple[Interest, ...]:
    kept = tuple(each for each in mine.interests if each.code != said.about)
    before = next((each for each in (*mine.interests, *mine.classes) if each.code == said.about), None)
    if before is None or said.answer == RESTORE or (said.answer == REMOVE and before.source == HERS):
        return kept
    return (*kept, replace(before, source=HERS if said.answer == ADD else REMOVED))
