"""Define the interface between the outbox and a channel: letter, outcome and transport."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from hub.outreach.messaging.rendering import RenderedMessage
from hub.outreach.patrons.purposes import MessageKind


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter by mail."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one address.

    `key` is the same for every repetition of the sending, so pass it to the provider as idempotency key.
    """

    key: str
    kind: MessageKind
    address: str
    words: RenderedMessage
    stop: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class SendSuccess:
    """The provider has accepted the letter; `number` is its own identifier."""

    number: str = ""


@dataclass(frozen=True, slots=True)
class SendFailure:
    """A failure that may pass; `everybody` means that the channel itself fails, for every letter."""

    code: str
    words: str = ""
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class PermanentRefusal:
    """A permanent refusal. `bounced` means that the address itself is unusable."""

    code: str
    words: str = ""
    bounced: bool = False


Outcome = SendSuccess | SendFailure | PermanentRefusal


class Transport(Protocol):
    """An open connection to a provider, used for many letters. `send` raises nothing: errors are outcomes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection; a transport without one has nothing to close."""
        return

    def send(self, letter: Letter) -> Outcome: ...
