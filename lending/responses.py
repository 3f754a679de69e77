"""What a patron may answer, request or change outside lending, one class per kind.

The union `AnyPatronResponse` lists every kind. Each class declares its wire name (`ask`), the proof of identity that it
needs, and what may be kept of it. `docs/wire.md` describes the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar, TypeAlias, get_args

from lending.model import CardRef

LONGEST_ANSWER = 4000
"""Maximum characters of an answer."""
WITHDRAW = "withdraw"
"""Answer of a `RecommendationFeedback` that takes back the one before."""
TITLE_RATINGS = (UNHAPPY, SO_SO, HAPPY) = ("1", "2", "3")
"""Answers of an `ItemRating`: one of three smileys."""


class Proof(Enum):
    """Whether a response carries the pass that the hub issued for a correct PIN or code."""

    NONE = auto()
    OPTIONAL = auto()
    """Also asked after a card alone. Without a pass it may confirm or add, never remove."""
    REQUIRED = auto()
    """Changes the patron's record: refused without a pass."""


class Retention(Enum):
    """What the hub keeps of a response after it was processed."""

    KEPT = auto()
    """Feed and transaction keep it until the patron is erased or the usual period ends."""
    IN_RECORD = auto()
    """The answer is deleted from feed and transaction; only the patron record has it, encrypted."""
    ANONYMOUS = auto()
    """The answer is deleted from feed, transaction and exception: the time alone could identify the patron."""
    UNLINKED = auto()
    """As ANONYMOUS, and the subject and the card are deleted as well."""
    IDENTITY = auto()
    """Name and address of a new patron: the body is never stored outside the patron record."""

    @property
    def is_anonymous(self) -> bool:
        """Whether nothing may link the answer to a patron."""
        return self in (Retention.ANONYMOUS, Retention.UNLINKED)


@dataclass(frozen=True, slots=True)
class PatronResponse:
    """Base of all kinds; it changes no loan. Only the kinds are instantiated."""

    ask: ClassVar[str]
    """Name of the kind on the wire."""
    required_proof: ClassVar[Proof] = Proof.NONE
    retention: ClassVar[Retention] = Retention.KEPT

    answer: str
    about: str = ""
    """The central's id of the subject; empty if there is only one possible subject."""
    card: CardRef | None = None
    """None for an anonymous answer."""
    proof: str = ""
    """Pass that the hub issued for the PIN or the code; empty if none was checked."""


class VisitRating(PatronResponse):
    """Rating of the visit: the smiley's number, then perhaps a comment on the next line. `about`: a topic."""

    ask = "face"
    retention = Retention.ANONYMOUS


class ItemRating(PatronResponse):
    """Rating of a returned item, one of `TITLE_RATINGS`. `about`: its barcode."""

    ask = "book"
    retention = Retention.UNLINKED


class AnonymousSurvey(PatronResponse):
    """Answers to a questionnaire without names, as JSON. `about`: its code and version."""

    ask = "sheet"
    retention = Retention.ANONYMOUS


class NamedSurvey(PatronResponse):
    """Participation in a questionnaire, and the answers if it has names: `given` or `part`, a blank, JSON."""

    ask = "questionnaire"


class MessageRead(PatronResponse):
    """A message from the library was read or printed. `about`: its key."""

    ask = "message"


class ReminderDay(PatronResponse):
    """Day of a reminder, ISO 8601. `about`: the barcode of the item."""

    ask = "reminder"


class RecommendationFeedback(PatronResponse):
    """`like`, `not`, or WITHDRAW to take back the last one. `about`: the recommendation."""

    ask = "pick"


class PurchaseSuggestion(PatronResponse):
    """A title to buy: its ISBN, or text."""

    ask = "suggestion"


class LibrarianQuestion(PatronResponse):
    """A question to a librarian, or `call` without text. `about`: its topic."""

    ask = "question"


class ContactCheck(PatronResponse):
    """Whether a contact detail is `right` or `wrong`. `about`: its number."""

    ask = "contact"
    required_proof = Proof.OPTIONAL


class PreferredChannel(PatronResponse):
    """The channel that is tried first."""

    ask = "channel"
    required_proof = Proof.OPTIONAL


class ConsentChange(PatronResponse):
    """`give` and the version of the wording, or `withdraw`. `about`: the purpose."""

    ask = "consent"
    required_proof = Proof.REQUIRED


class AddressUse(PatronResponse):
    """`give` or `withdraw`: whether other messages than loan notices may be sent there. `about`: the channel."""

    ask = "use"
    required_proof = Proof.REQUIRED


class QuietHours(PatronResponse):
    """Hours without messages, such as `21:00-08:00`, or `none`."""

    ask = "quiet"
    required_proof = Proof.REQUIRED


class MessageLanguage(PatronResponse):
    """Language of messages."""

    ask = "language"
    required_proof = Proof.REQUIRED


class StoredPreferences(PatronResponse):
    """Display preferences to store with the card (`lending.display_preferences`), or `off`."""

    ask = "look"
    retention = Retention.IN_RECORD


class InterestChange(PatronResponse):
    """`add`, `remove` or `restore`. `about`: the class or subject."""

    ask = "interest"
    required_proof = Proof.REQUIRED


class InferenceChange(PatronResponse):
    """`on` or `off`: whether interests are inferred from loans."""

    ask = "infer"
    required_proof = Proof.REQUIRED


class MessageTest(PatronResponse):
    """Request for a test message. Answer and `about`: the channel."""

    ask = "test"
    required_proof = Proof.REQUIRED


class VisitErasure(PatronResponse):
    """Request to leave the loans of this visit out of the loan history: barcodes, joined by commas."""

    ask = "forget_visit"
    required_proof = Proof.REQUIRED


class HistoryErasure(PatronResponse):
    """`remove` one title from the loan history. `about`: its id."""

    ask = "had"
    required_proof = Proof.REQUIRED


class RecordExport(PatronResponse):
    """Request for a copy of the patron's record."""

    ask = "export"
    required_proof = Proof.REQUIRED


class RecordErasure(PatronResponse):
    """Request to erase the patron's record."""

    ask = "erase"
    required_proof = Proof.REQUIRED


class ReceiptRequest(PatronResponse):
    """Request to send the receipt as a message: `borrow:`, `renew:` or `return:` and a barcode, joined by commas."""

    ask = "receipt"


class HoldRequest(PatronResponse):
    """Request for a hold. `about`: the id of the title."""

    ask = "hold"


class EventPlace(PatronResponse):
    """`take` or `give_back` a place at a library event. `about`: the hub's number of the event date."""

    ask = "place"


class SearchAlertRequest(PatronResponse):
    """Search text to be notified of. `about`: version of the consent text."""

    ask = "search"


class AvailabilityAlertRequest(PatronResponse):
    """Request to be notified when a copy is available: version of the consent text. `about`: the id of the title."""

    ask = "back"


class SelfRegistration(PatronResponse):
    """A registration as text (`lending.registration`). `card`: the new blank card."""

    ask = "register"
    retention = Retention.IDENTITY


AnyPatronResponse: TypeAlias = (
    VisitRating
    | ItemRating
    | AnonymousSurvey
    | NamedSurvey
    | MessageRead
    | ReminderDay
    | RecommendationFeedback
    | PurchaseSuggestion
    | LibrarianQuestion
    | ContactCheck
    | PreferredChannel
    | ConsentChange
    | AddressUse
    | QuietHours
    | MessageLanguage
    | StoredPreferences
    | InterestChange
    | InferenceChange
    | MessageTest
    | VisitErasure
    | HistoryErasure
    | RecordExport
    | RecordErasure
    | ReceiptRequest
    | HoldRequest
    | EventPlace
    | SearchAlertRequest
    | AvailabilityAlertRequest
    | SelfRegistration
)

KINDS: Mapping[str, type[AnyPatronResponse]] = {each.ask: each for each in get_args(AnyPatronResponse)}
"""Classes by wire name."""


def in_parts(entries: Iterable[str]) -> list[str]:
    """Join barcodes (each with what was done) by commas into as few answers as hold them."""
    parts: list[str] = []
    for each in entries:
        if parts and len(parts[-1]) + 1 + len(each) <= LONGEST_ANSWER:
            parts[-1] += f",{each}"
        else:
            parts.append(each)
    return parts
